// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "cli/world_file.h"

#include "cli/command_fields.h"

#include <jansson.h>
#include <stdio.h>

enum { MESSAGE_BYTES = 512 };

struct body_draft {
    double x, y, vx, vy, radius;
    int kind;
    json_t *agent;
};

static enum lq_result add_body(struct lq_world *world, json_t *value, size_t number, char *message)
{
    struct body_draft draft = {.radius = 0.5};
    json_error_t error;

    if (json_unpack_ex(value, &error, JSON_STRICT, "{s:F,s:F,s?F,s?F,s?F,s?i,s?o}", "x", &draft.x,
                       "y", &draft.y, "radius", &draft.radius, "vx", &draft.vx, "vy", &draft.vy,
                       "kind", &draft.kind, "agent", &draft.agent) != 0) {
        snprintf(message, MESSAGE_BYTES, "body %zu: %s", number, error.text);
        return LQ_ERR_INVALID;
    }
    if (draft.kind < 0 || draft.kind > UINT8_MAX) {
        snprintf(message, MESSAGE_BYTES, "body %zu: kind is 0 to 255", number);
        return LQ_ERR_INVALID;
    }
    uint32_t body =
        lq_world_add_body(world, (uint8_t)draft.kind, draft.x, draft.y, (float)draft.radius);
    if (body == LQ_BODY_NONE) {
        snprintf(message, MESSAGE_BYTES, "a world has at most %d bodies", LQ_BODIES_MAX);
        return LQ_ERR_INVALID;
    }
    world->vx[body] = (float)draft.vx;
    world->vy[body] = (float)draft.vy;
    return LQ_OK;
}

/* Once all bodies have their ids: an agent may chase a body that comes later in the file. */
static enum lq_result add_agent(struct lq_world *world, json_t *agent, uint32_t body_id,
                                char *message)
{
    const char *behavior = NULL;
    int target = 0;
    double strength = 1;
    json_error_t error;

    if (json_unpack_ex(agent, &error, JSON_STRICT, "{s:s,s?i,s?F}", "behavior", &behavior, "target",
                       &target, "strength", &strength) != 0) {
        snprintf(message, MESSAGE_BYTES, "agent of body %u: %s", body_id, error.text);
        return LQ_ERR_INVALID;
    }
    uint8_t known = lq_command_fields_behavior(behavior);
    if (known == 0 || target < 0) {
        snprintf(message, MESSAGE_BYTES,
                 "agent of body %u: behavior is idle, seek, flee or wander, target a body's number",
                 body_id);
        return LQ_ERR_INVALID;
    }
    enum lq_result rc =
        lq_world_set_agent(world, body_id, known, (uint32_t)target, (float)strength);
    if (rc != LQ_OK) {
        snprintf(message, MESSAGE_BYTES, "agent of body %u: %s", body_id, lq_result_text(rc));
    }
    return rc;
}

static enum lq_result build_world(json_t *root, struct lq_world *world, char *message)
{
    json_t *bodies = json_object_get(root, "bodies");
    json_t *body = NULL;
    size_t index = 0;
    const char *where = NULL;

    if (!json_is_array(bodies) || json_object_size(root) != 1) {
        snprintf(message, MESSAGE_BYTES, "the file holds one object with one key, \"bodies\"");
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
        snprintf(message, MESSAGE_BYTES, "the world is out of its limits: %s", where);
        return LQ_ERR_INVALID;
    }
    return LQ_OK;
}

enum lq_result lq_world_file_read(const char *path, struct lq_world *world, char *message)
{
    json_error_t error;
    bool from_stdin = strcmp(path, "-") == 0;
    json_t *root = from_stdin ? json_loadf(stdin, JSON_REJECT_DUPLICATES, &error)
                              : json_load_file(path, JSON_REJECT_DUPLICATES, &error);

    lq_world_clear(world);
    if (root == NULL) {
        snprintf(message, MESSAGE_BYTES, "%s:%d: %s", path, error.line, error.text);
        return LQ_ERR_INVALID;
    }
    enum lq_result rc = build_world(root, world, message);
    json_decref(root);
    return rc;
}
