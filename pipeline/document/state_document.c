// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "pipeline/document/state_document.h"

#include "pipeline/document/retrier_document.h"

#include <string.h>

#define RESOURCE_PREFIX "urn:ledgerquest:stage:"

/* Where the document says nothing: a tick's own measure, not the language's whole seconds. */
#define TIMEOUT_MS_DEFAULT 900u

static enum lq_result read_type(struct lq_document_reader *reader, const json_t *object)
{
    const char *type = json_string_value(json_object_get(object, "Type"));

    if (type == NULL) {
        return lq_document_reader_refuse(reader, "Type", "Type is missing");
    }
    if (strcmp(type, "Task") != 0) {
        return lq_document_reader_refuse(reader, "Type",
                                         "type %.40s is not supported: only Task is", type);
    }
    if (json_object_get(object, "Catch") != NULL) {
        return lq_document_reader_refuse(
            reader, "Catch", "Catch is not supported: what no retry helps becomes a dead letter");
    }
    return LQ_OK;
}

static enum lq_result read_resource(struct lq_document_reader *reader, const json_t *object,
                                    struct lq_plan_state *state)
{
    const char *resource = json_string_value(json_object_get(object, "Resource"));
    size_t prefix = strlen(RESOURCE_PREFIX);

    if (resource == NULL || strncmp(resource, RESOURCE_PREFIX, prefix) != 0) {
        return lq_document_reader_refuse(reader, "Resource", "Resource must be %sNAME",
                                         RESOURCE_PREFIX);
    }
    const char *stage = resource + prefix;
    size_t bytes = strlen(stage);
    if (bytes == 0 || bytes > LQ_STAGE_NAME_BYTES_MAX ||
        strspn(stage, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") !=
            bytes) {
        return lq_document_reader_refuse(reader, "Resource",
                                         "a stage's name is 1 to %d of A-Z a-z 0-9 . _ -",
                                         LQ_STAGE_NAME_BYTES_MAX);
    }
    memcpy(state->stage, stage, bytes + 1);
    return LQ_OK;
}

static enum lq_result read_timeout(struct lq_document_reader *reader, const json_t *object,
                                   struct lq_plan_state *state)
{
    uint32_t timeout_s = 0;
    uint32_t heartbeat_s = 0;
    enum lq_result result = lq_document_reader_whole(reader, object, "TimeoutSeconds", 1,
                                                     LQ_DOCUMENT_SECONDS_MAX, &timeout_s);

    if (result == LQ_OK) {
        result = lq_document_reader_whole(reader, object, "HeartbeatSeconds", 1,
                                          LQ_DOCUMENT_SECONDS_MAX, &heartbeat_s);
    }
    if (result == LQ_OK && heartbeat_s > 0 && heartbeat_s >= timeout_s) {
        return lq_document_reader_refuse(reader, "HeartbeatSeconds",
                                         "HeartbeatSeconds must be smaller than TimeoutSeconds");
    }
    state->timeout_ms = timeout_s > 0 ? timeout_s * 1000 : TIMEOUT_MS_DEFAULT;
    return result;
}

enum lq_result lq_state_document_read(struct lq_document_reader *reader, const char *name,
                                      const json_t *object, struct lq_plan_state *state)
{
    static const char *const known[] = {"Comment",        "End",   "HeartbeatSeconds",
                                        "Next",           "Retry", "Resource",
                                        "TimeoutSeconds", "Type",  NULL};
    enum lq_result result;

    if (name[0] == '\0' || strlen(name) > LQ_STAGE_NAME_BYTES_MAX) {
        return lq_document_reader_refuse(reader, NULL, "a state's name is 1 to %d bytes",
                                         LQ_STAGE_NAME_BYTES_MAX);
    }
    if (!json_is_object(object)) {
        return lq_document_reader_refuse(reader, NULL, "a state must be an object");
    }
    memcpy(state->name, name, strlen(name) + 1);
    state->version = 1;
    if ((result = read_type(reader, object)) != LQ_OK ||
        (result = lq_document_reader_check_fields(reader, object, known, "a Task")) != LQ_OK ||
        (result = lq_document_reader_check_text(reader, object, "Comment")) != LQ_OK ||
        (result = read_resource(reader, object, state)) != LQ_OK ||
        (result = read_timeout(reader, object, state)) != LQ_OK) {
        return result;
    }
    return lq_retrier_document_read(reader, object, state);
}

enum lq_result lq_state_document_read_next(struct lq_document_reader *reader, const json_t *object,
                                           const char **next)
{
    const json_t *end = json_object_get(object, "End");
    const json_t *target = json_object_get(object, "Next");

    if (end != NULL && !json_is_boolean(end)) {
        return lq_document_reader_refuse(reader, "End", "End must be true");
    }
    if (target != NULL && !json_is_string(target)) {
        return lq_document_reader_refuse(reader, "Next", "Next must be the name of a state");
    }
    if (json_is_true(end) == (target != NULL)) {
        return lq_document_reader_refuse(reader, NULL,
                                         "exactly one of Next and \"End\": true must stand");
    }
    *next = json_string_value(target);
    return LQ_OK;
}
