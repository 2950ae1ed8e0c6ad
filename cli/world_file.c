// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "cli/world_file.h"

#include "base/alloc.h"
#include "cli/command_fields.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FILE_BYTES_MAX = 4 * 1024 * 1024 };

struct body_draft {
    double x, y, vx, vy, radius;
    int kind;
    json_t *agent;
};

static enum lq_result add_body(struct lq_world *world, json_t *value, size_t number,
                               struct lq_error_message *message)
{
    struct body_draft draft = {.radius = 0.5};
    json_error_t error;

    if (json_unpack_ex(value, &error, JSON_STRICT, "{s:F,s:F,s?F,s?F,s?F,s?i,s?o}", "x", &draft.x,
                       "y", &draft.y, "radius", &draft.radius, "vx", &draft.vx, "vy", &draft.vy,
                       "kind", &draft.kind, "agent", &draft.agent) != 0) {
        lq_error_message_set(message, "body %zu: %s", number, error.text);
        return LQ_ERR_INVALID;
    }
    if (draft.kind < 0 || draft.kind > UINT8_MAX) {
        lq_error_message_set(message, "body %zu: kind is 0 to 255", number);
        return LQ_ERR_INVALID;
    }
    uint32_t body =
        lq_world_add_body(world, (uint8_t)draft.kind, draft.x, draft.y, (float)draft.radius);
    if (body == LQ_BODY_NONE) {
        lq_error_message_set(message, "a world has at most %d bodies", LQ_BODIES_MAX);
        return LQ_ERR_INVALID;
    }
    world->vx[body] = (float)draft.vx;
    world->vy[body] = (float)draft.vy;
    return LQ_OK;
}

/* Once all bodies have their ids: an agent may chase a body that comes later in the file. */
static enum lq_result add_agent(struct lq_world *world, json_t *agent, uint32_t body_id,
                                struct lq_error_message *message)
{
    const char *behavior = NULL;
    int target = 0;
    double strength = 1;
    json_error_t error;

    if (json_unpack_ex(agent, &error, JSON_STRICT, "{s:s,s?i,s?F}", "behavior", &behavior, "target",
                       &target, "strength", &strength) != 0) {
        lq_error_message_set(message, "agent of body %u: %s", body_id, error.text);
        return LQ_ERR_INVALID;
    }
    uint8_t known = lq_command_fields_behavior(behavior);
    if (known == 0 || target < 0) {
        lq_error_message_set(
            message,
            "agent of body %u: behavior is idle, seek, flee or wander, target a body's number",
            body_id);
        return LQ_ERR_INVALID;
    }
    enum lq_result rc =
        lq_world_set_agent(world, body_id, known, (uint32_t)target, (float)strength);
    if (rc != LQ_OK) {
        lq_error_message_set(message, "agent of body %u: %s", body_id, lq_result_text(rc));
    }
    return rc;
}

static enum lq_result build_world(json_t *root, struct lq_world *world,
                                  struct lq_error_message *message)
{
    json_t *bodies = json_object_get(root, "bodies");
    json_t *body = NULL;
    size_t index = 0;
    const char *where = NULL;

    if (!json_is_array(bodies) || json_object_size(root) != 1) {
        lq_error_message_set(message, "the file holds one object with one key, \"bodies\"");
        return LQ_ERR_INVALID;
    }
    json_array_foreach(bodies, index, body)
    {
        enum lq_result rc = add_body(world, body, index + 1, message);
        if (rc != LQ_OK) {
            return rc;
        }
    }
    json_array_foreach(bodies, index, body)
    {
        json_t *agent = json_object_get(body, "agent");
        if (agent != NULL && add_agent(world, agent, world->body_id[index], message) != LQ_OK) {
            return LQ_ERR_INVALID;
        }
    }
    if (lq_world_check(world, &where) != LQ_OK) {
        lq_error_message_set(message, "the world is out of its limits: %s", where);
        return LQ_ERR_INVALID;
    }
    return LQ_OK;
}

/* NULL: `message` says what and where. A byte order mark of UTF-8 is passed by, as editors write
 * it. */
static json_t *read_document(FILE *file, const char *path, struct lq_error_message *message)
{
    char *text = lq_alloc(FILE_BYTES_MAX + 1, 1);
    size_t bytes = fread(text, 1, FILE_BYTES_MAX + 1, file);
    size_t mark = bytes >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
    json_error_t error;
    json_t *root = NULL;

    if (ferror(file) != 0) {
        lq_error_message_set(message, "%.200s: %s", path, strerror(errno));
    } else if (bytes > FILE_BYTES_MAX) {
        lq_error_message_set(message, "%.200s: longer than %d MiB", path, FILE_BYTES_MAX >> 20);
    } else {
        root = json_loadb(text + mark, bytes - mark, JSON_REJECT_DUPLICATES, &error);
        if (root == NULL) {
            lq_error_message_set(message, "%.200s:%d:%d: %s", path, error.line, error.column,
                                 error.text);
        }
    }
    free(text);
    return root;
}

enum lq_result lq_world_file_read(const char *path, struct lq_world *world,
                                  struct lq_error_message *message)
{
    struct lq_error_message what = {""};
    bool from_stdin = strcmp(path, "-") == 0;
    FILE *file = from_stdin ? stdin : fopen(path, "r");

    lq_world_clear(world);
    if (file == NULL) {
        lq_error_message_set(message, "%s: %s", path, strerror(errno));
        return LQ_ERR_INVALID;
    }
    json_t *root = read_document(file, path, message);
    if (!from_stdin) {
        (void)fclose(file);
    }
    if (root == NULL) {
        return LQ_ERR_INVALID;
    }
    enum lq_result rc = build_world(root, world, &what);
    json_decref(root);
    if (rc != LQ_OK) {
        lq_error_message_set(message, "%.200s: %s", path, what.text);
    }
    return rc;
}
