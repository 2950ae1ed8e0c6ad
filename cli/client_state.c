// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "cli/client_state.h"

#include "base/clock.h"
#include "cli/durable_file.h"
#include "cli/json_output.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    LOCK_POLL_MS = 20,
    KEY_BYTES_MAX = LQ_TENANT_NAME_BYTES_MAX + LQ_SESSION_NAME_BYTES_MAX + 2
};

static uint32_t hash_text(const char *text)
{
    uint32_t hash = UINT32_C(2166136261);

    for (; *text != '\0'; text++) {
        hash = (hash ^ (uint8_t)*text) * UINT32_C(16777619);
    }
    return hash;
}

/* mkdir -p with 0700. */
static bool make_folders(char *path)
{
    for (char *slash = strchr(path + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        bool made = mkdir(path, 0700) == 0 || errno == EEXIST;
        *slash = '/';
        if (!made) {
            return false;
        }
    }
    return true;
}

static enum lq_result find_path(const struct lq_cluster_config *cluster, const char *name,
                                struct lq_client_state *state, struct lq_error_message *message)
{
    const char *state_home = getenv("XDG_STATE_HOME");
    const char *home = getenv("HOME");
    bool absolute = state_home != NULL && state_home[0] == '/';
    char data_dir[4096];

    if (!lq_session_name_valid(lq_view_text(name))) {
        lq_error_message_set(message,
                             "%s is no name for a client: 1 to %d of [A-Za-z0-9._-], no dot first",
                             name, LQ_SESSION_NAME_BYTES_MAX);
        return LQ_ERR_INVALID;
    }
    if (!absolute && (home == NULL || home[0] != '/')) {
        lq_error_message_set(
            message,
            "no place for the client's numbers: neither XDG_STATE_HOME nor HOME is set to an "
            "absolute path");
        return LQ_ERR_IO;
    }
    if (realpath(cluster->data_dir, data_dir) == NULL) {
        snprintf(data_dir, sizeof data_dir, "%s", cluster->data_dir);
    }
    int bytes = snprintf(state->path, sizeof state->path, "%s%s/ledgerquest/%s-%08x/%s.json",
                         absolute ? state_home : home, absolute ? "" : "/.local/state",
                         cluster->name, hash_text(data_dir), name);
    if (bytes < 0 || (size_t)bytes >= sizeof state->path || !make_folders(state->path)) {
        lq_error_message_set(message, "%s: %s", state->path, strerror(errno));
        return LQ_ERR_IO;
    }
    return LQ_OK;
}

static enum lq_result take_lock(struct lq_client_state *state, uint32_t wait_ms,
                                struct lq_error_message *message)
{
    char path[LQ_CLIENT_STATE_PATH_BYTES + 8];
    uint64_t until_ns = lq_clock_monotonic_ns() + wait_ms * LQ_NS_PER_MS;

    snprintf(path, sizeof path, "%s.lock", state->path);
    state->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (state->lock_fd < 0) {
        lq_error_message_set(message, "%s: %s", path, strerror(errno));
        return LQ_ERR_IO;
    }
    while (flock(state->lock_fd, LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK && errno != EINTR) {
            lq_error_message_set(message, "%s: %s", path, strerror(errno));
            return LQ_ERR_IO;
        }
        if (lq_clock_monotonic_ns() >= until_ns) {
            lq_error_message_set(
                message,
                "another lqctl is this client (%s): wait for it, or choose another --client", path);
            return LQ_ERR_BUSY;
        }
        (void)poll(NULL, 0, LOCK_POLL_MS);
    }
    return LQ_OK;
}

static_assert(LQ_CLIENT_STATE_HISTORY_BYTES == LQ_CLIENT_ID_BYTES, "both are read as digits");

static bool read_digits(const char *digits, uint8_t to[LQ_CLIENT_ID_BYTES])
{
    if (digits == NULL || strlen(digits) != LQ_CLIENT_ID_BYTES * 2 ||
        strspn(digits, "0123456789abcdef") != LQ_CLIENT_ID_BYTES * 2) {
        return false;
    }
    for (size_t index = 0; index < LQ_CLIENT_ID_BYTES; index++) {
        char pair[3] = {digits[index * 2], digits[index * 2 + 1], '\0'};
        to[index] = (uint8_t)strtoul(pair, NULL, 16);
    }
    return true;
}

static bool numbers_valid(json_t *next)
{
    const char *key = NULL;
    json_t *value = NULL;

    if (!json_is_object(next)) {
        return false;
    }
    json_object_foreach(next, key, value)
    {
        if (!json_is_integer(value) || json_integer_value(value) < 1) {
            return false;
        }
    }
    return true;
}

static enum lq_result read_state(struct lq_client_state *state, struct lq_error_message *message)
{
    json_error_t error;
    json_t *root = json_load_file(state->path, 0, &error);
    const char *id = json_string_value(json_object_get(root, "client"));
    json_t *next = json_object_get(root, "next");
    enum lq_result rc = LQ_OK;

    const json_t *history = json_object_get(root, "history");

    state->has_history = history != NULL;
    if (root == NULL || !read_digits(id, state->id.bytes) || !numbers_valid(next) ||
        (state->has_history && !read_digits(json_string_value(history), state->history))) {
        lq_error_message_set(message, "%s is damaged: put it away, or choose another --client",
                             state->path);
        rc = LQ_ERR_MALFORMED;
    } else {
        state->next = json_incref(next);
    }
    json_decref(root);
    return rc;
}

enum lq_result lq_client_state_open(const struct lq_cluster_config *cluster, const char *name,
                                    uint32_t wait_ms, struct lq_client_state *state,
                                    struct lq_error_message *message)
{
    *state = (struct lq_client_state){.lock_fd = -1};
    enum lq_result rc = find_path(cluster, name, state, message);

    if (rc == LQ_OK) {
        rc = take_lock(state, wait_ms, message);
    }
    if (rc != LQ_OK) {
        return rc;
    }
    if (access(state->path, F_OK) == 0) {
        return read_state(state, message);
    }
    state->next = json_object();
    uint8_t random[LQ_CLIENT_ID_RANDOM_BYTES];
    if (getrandom(random, sizeof random, 0) != (ssize_t)sizeof random) {
        lq_error_message_set(message, "no random numbers: %s", strerror(errno));
        return LQ_ERR_IO;
    }
    state->id = lq_client_id_fresh(random, lq_clock_wall_ns());
    return LQ_OK;
}

void lq_client_state_close(struct lq_client_state *state)
{
    json_decref(state->next);
    state->next = NULL;
    if (state->lock_fd >= 0) {
        (void)close(state->lock_fd);
        state->lock_fd = -1;
    }
}

static void session_key(struct lq_session_names names, char *key)
{
    snprintf(key, KEY_BYTES_MAX, "%.*s/%.*s", (int)names.tenant.bytes,
             (const char *)names.tenant.data, (int)names.session.bytes,
             (const char *)names.session.data);
}

uint64_t lq_client_state_next(const struct lq_client_state *state, struct lq_session_names names)
{
    char key[KEY_BYTES_MAX];

    session_key(names, key);
    const json_t *value = json_object_get(state->next, key);
    return value == NULL ? 1 : (uint64_t)json_integer_value(value);
}

void lq_client_state_set(struct lq_client_state *state, struct lq_session_names names,
                         uint64_t next)
{
    char key[KEY_BYTES_MAX];

    session_key(names, key);
    json_object_set_new(state->next, key, lq_json_output_number(next));
}

bool lq_client_state_renew(struct lq_client_state *state, const struct lq_client_id *id,
                           const uint8_t *history)
{
    bool other_id = !lq_client_id_equal(&state->id, id);
    bool other_history =
        history != NULL &&
        (!state->has_history || memcmp(state->history, history, sizeof state->history) != 0);

    if (other_id) {
        state->id = *id;
        json_object_clear(state->next);
    }
    if (other_history) {
        memcpy(state->history, history, sizeof state->history);
        state->has_history = true;
    }
    return other_id || other_history;
}

enum lq_result lq_client_state_save(const struct lq_client_state *state,
                                    struct lq_error_message *message)
{
    struct lq_durable_file file;
    enum lq_result rc = lq_durable_file_begin(&file, state->path, true, message);

    if (rc != LQ_OK) {
        return rc;
    }
    json_t *document =
        json_pack("{s:o,s:O}", "client", lq_json_output_hex(state->id.bytes, LQ_CLIENT_ID_BYTES),
                  "next", state->next);
    if (state->has_history) {
        json_object_set_new(document, "history",
                            lq_json_output_hex(state->history, sizeof state->history));
    }
    if (!lq_json_output_write("client", document, file.stream)) {
        lq_error_message_set(message, "%s: %s", state->path, strerror(errno));
        lq_durable_file_abandon(&file);
        return LQ_ERR_IO;
    }
    return lq_durable_file_commit(&file, message);
}
