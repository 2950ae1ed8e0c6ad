// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "client/client.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/descriptor_limit.h"
#include "client/client_record.h"
#include "config/config_file.h"
#include "proto/tick_codec.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

enum { ARENA_BYTES = 4 * 1024 * 1024 };

static enum lq_result take_random(void *to, size_t bytes)
{
    while (getrandom(to, bytes, 0) != (ssize_t)bytes) {
        if (errno != EINTR) {
            return LQ_ERR_IO;
        }
    }
    return LQ_OK;
}

static enum lq_result name_client(struct lq_client *client, const struct lq_client_options *options,
                                  struct lq_error_message *message)
{
    size_t bytes = strlen(options->tenant);

    if (bytes > 0 && !lq_tenant_name_valid(lq_view_text(options->tenant))) {
        lq_error_message_set(message, "%s is no name of a tenant", options->tenant);
        return LQ_ERR_INVALID;
    }
    memcpy(client->tenant, options->tenant, bytes + 1);
    if (options->id != NULL) {
        client->id = *options->id;
        return LQ_OK;
    }
    uint8_t random[LQ_CLIENT_ID_RANDOM_BYTES];
    enum lq_result rc = take_random(random, sizeof random);
    if (rc == LQ_OK) {
        client->id = lq_client_id_fresh(random, lq_clock_wall_ns());
    }
    return rc;
}

/* Tables are made at once and whole, so that a wild number is refused before it is memory. */
static enum lq_result check_options(const struct lq_client_options *options,
                                    struct lq_error_message *message)
{
    if (options->runtime_dir == NULL || options->runtime_dir[0] == '\0' ||
        options->tenant == NULL) {
        lq_error_message_set(message, "%s is not set",
                             options->tenant == NULL ? "tenant" : "runtime_dir");
        return LQ_ERR_INVALID;
    }
    if (options->sessions_max > LQ_CLIENT_SESSIONS_MAX ||
        options->outstanding_max > LQ_CLIENT_OUTSTANDING_MAX) {
        lq_error_message_set(message, "at most %d sessions and %d outstanding commands",
                             LQ_CLIENT_SESSIONS_MAX, LQ_CLIENT_OUTSTANDING_MAX);
        return LQ_ERR_LIMIT;
    }
    return LQ_OK;
}

enum lq_result lq_client_new(const struct lq_client_options *options, lq_client_t **client,
                             struct lq_error_message *message)
{
    char endpoint[LQ_OPTION_TEXT_BYTES_MAX + 32];
    enum lq_result rc = check_options(options, message);

    if (rc != LQ_OK) {
        return rc;
    }
    struct lq_client *made = lq_alloc(1, sizeof *made);
    rc = lq_descriptor_limit_raise(LQ_DESCRIPTOR_LIMIT_BASE, message);
    if (rc == LQ_OK) {
        rc = name_client(made, options, message);
    }
    if (rc == LQ_OK) {
        rc = lq_cluster_endpoint_in(options->runtime_dir, "cluster/runtime_dir",
                                    LQ_ENDPOINT_CLIENTS, endpoint, sizeof endpoint, message);
    }
    if (rc == LQ_OK) {
        rc = lq_broker_link_open(&made->link, endpoint, &made->id, message);
    }
    /* Tags of two incarnations under one id must differ, so they start anywhere. */
    if (rc == LQ_OK) {
        rc = take_random(&made->requests.last_tag, sizeof made->requests.last_tag);
    }
    if (rc != LQ_OK) {
        lq_broker_link_close(&made->link);
        free(made);
        return rc;
    }
    made->on_receipt = options->on_receipt;
    made->context = options->context;
    made->hears_quota = options->hears_quota;
    if (options->history != NULL) {
        memcpy(made->history.bytes, options->history, sizeof made->history.bytes);
        made->history.is_known = true;
    }
    lq_quota_wait_init(&made->quota_wait);
    lq_outstanding_init(&made->outstanding, options->outstanding_max);
    lq_session_table_init(&made->sessions, options->sessions_max);
    made->arena = (struct lq_arena){.memory = lq_alloc(ARENA_BYTES, 1), .bytes = ARENA_BYTES};
    made->submit_commands = lq_alloc(LQ_SUBMIT_COMMANDS_MAX, sizeof *made->submit_commands);
    made->header = lq_alloc(LQ_HEADER_BYTES_MAX, 1);
    made->body = lq_alloc(LQ_CLIENT_BODY_BYTES_MAX, 1);
    *client = made;
    return LQ_OK;
}

void lq_client_destroy(lq_client_t **client)
{
    struct lq_client *gone = *client;

    if (gone == NULL) {
        return;
    }
    lq_broker_link_close(&gone->link);
    lq_outstanding_release(&gone->outstanding);
    lq_session_table_release(&gone->sessions);
    free(gone->arena.memory);
    free(gone->submit_commands);
    free(gone->header);
    free(gone->body);
    free(gone);
    *client = NULL;
}

enum lq_result lq_client_runtime_dir(const char *path, char *runtime_dir,
                                     struct lq_error_message *message)
{
    struct lq_cluster_config cluster;
    size_t count = 0;
    const struct lq_option *options = lq_cluster_options(&count);
    enum lq_result rc = lq_config_file_load(path, options, count, &cluster, message);

    _Static_assert(sizeof cluster.runtime_dir == LQ_CLIENT_RUNTIME_DIR_BYTES, "one text");
    if (rc == LQ_OK) {
        memcpy(runtime_dir, cluster.runtime_dir, sizeof cluster.runtime_dir);
    }
    return rc;
}

const struct lq_client_id *lq_client_identity(const lq_client_t *client)
{
    return &client->id;
}

const uint8_t *lq_client_history(const lq_client_t *client)
{
    return client->history.is_known ? client->history.bytes : NULL;
}

uint32_t lq_client_outstanding(const lq_client_t *client)
{
    return client->outstanding.count;
}

uint64_t lq_client_resends(const lq_client_t *client)
{
    return client->resends;
}

uint64_t lq_client_broker_epoch(const lq_client_t *client)
{
    return client->link.epoch;
}

void lq_client_quota(const lq_client_t *client, struct lq_client_quota *quota)
{
    *quota = (struct lq_client_quota){
        .refusals = client->quota_wait.refusals,
        .waits = client->quota_wait.waits,
        .until_ns = client->quota_wait.until_ns,
        .reason = client->quota_wait.reason,
    };
}

const char *lq_client_not_served(const lq_client_t *client)
{
    return client->link.not_served;
}

enum lq_result lq_client_session(lq_client_t *client, const char *session, uint64_t next_sequence,
                                 uint32_t *handle)
{
    if (!lq_session_name_valid(lq_view_text(session)) || next_sequence == 0) {
        return LQ_ERR_INVALID;
    }
    return lq_session_table_handle(&client->sessions, session,
                                   client->history.has_changed ? 1 : next_sequence, handle);
}

uint64_t lq_client_next_sequence(const lq_client_t *client, uint32_t handle)
{
    LQ_ASSERT(handle < client->sessions.row_count);
    return client->sessions.rows[handle].numbers.next;
}

enum lq_result lq_client_submit(lq_client_t *client, uint32_t handle,
                                const struct lq_command *command, void *context, uint64_t *sequence,
                                char *reason)
{
    uint8_t body[LQ_CLIENT_COMMAND_BYTES_MAX];
    size_t written = 0;

    LQ_ASSERT(handle < client->sessions.row_count);
    enum lq_result rc = lq_command_check(command, reason);
    if (rc != LQ_OK) {
        return rc;
    }
    if (client->outstanding.count == client->outstanding.slot_count) {
        return LQ_ERR_FULL;
    }
    rc = lq_command_encode(command, body, sizeof body, &written);
    if (rc != LQ_OK) {
        snprintf(reason, LQ_REASON_BYTES_MAX, "cannot be encoded: %s", lq_result_text(rc));
        return LQ_ERR_INVALID;
    }
    rc = lq_session_numbers_take(&client->sessions.rows[handle].numbers, sequence);
    if (rc != LQ_OK) {
        return rc;
    }
    uint32_t index =
        lq_outstanding_add(&client->outstanding, handle, *sequence, lq_view_of(body, written),
                           context, lq_clock_monotonic_ns());
    LQ_ASSERT(index != LQ_OUTSTANDING_NONE);
    client->queued = true;
    return LQ_OK;
}
