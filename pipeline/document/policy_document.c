// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "pipeline/document/policy_document.h"

#include <string.h>

#define POLICY_SCHEMA "ledgerquest.policy/v1"

static enum lq_result read_state_retry(struct lq_document_reader *reader, const json_t *retry,
                                       struct lq_plan_state *state)
{
    static const char *const known[] = {"interval_ms", "max_delay_ms", NULL};
    uint32_t interval_ms = UINT32_MAX;
    uint32_t delay_max_ms = UINT32_MAX;
    enum lq_result result;

    if (retry == NULL) {
        return LQ_OK;
    }
    lq_document_reader_enter_key(reader, "retry");
    if (!json_is_object(retry)) {
        return lq_document_reader_refuse(reader, NULL, "retry must be an object");
    }
    if ((result = lq_document_reader_check_fields(reader, retry, known, "a policy's retry")) !=
            LQ_OK ||
        (result = lq_document_reader_whole(reader, retry, "interval_ms", 1, LQ_DOCUMENT_MS_MAX,
                                           &interval_ms)) != LQ_OK ||
        (result = lq_document_reader_whole(reader, retry, "max_delay_ms", 1, LQ_DOCUMENT_MS_MAX,
                                           &delay_max_ms)) != LQ_OK) {
        return result;
    }
    for (uint32_t index = 0; index < state->retrier_count; index++) {
        struct lq_retrier *retrier = &state->retriers[index];
        if (interval_ms != UINT32_MAX) {
            retrier->interval_ms = interval_ms;
        }
        if (delay_max_ms != UINT32_MAX) {
            retrier->delay_max_ms = delay_max_ms;
        }
    }
    lq_document_reader_leave(reader);
    return LQ_OK;
}

static enum lq_result read_state_policy(struct lq_document_reader *reader, const char *name,
                                        const json_t *object, struct lq_plan *plan)
{
    static const char *const known[] = {"retry", "timeout_ms", "version", NULL};
    struct lq_plan_state *state = NULL;
    enum lq_result result;

    for (uint32_t index = 0; index < plan->state_count; index++) {
        if (strcmp(plan->states[index].name, name) == 0) {
            state = &plan->states[index];
        }
    }
    if (state == NULL) {
        return lq_document_reader_refuse(reader, NULL, "the pipeline has no such state");
    }
    if (!json_is_object(object)) {
        return lq_document_reader_refuse(reader, NULL, "the policy of a state must be an object");
    }
    if ((result = lq_document_reader_check_fields(reader, object, known, "a state's policy")) !=
            LQ_OK ||
        (result = lq_document_reader_whole(reader, object, "version", 1, LQ_DOCUMENT_MS_MAX,
                                           &state->version)) != LQ_OK ||
        (result = lq_document_reader_whole(reader, object, "timeout_ms", 1, LQ_DOCUMENT_MS_MAX,
                                           &state->timeout_ms)) != LQ_OK) {
        return result;
    }
    return read_state_retry(reader, json_object_get(object, "retry"), state);
}

enum lq_result lq_policy_document_read(struct lq_document_reader *reader, const json_t *root,
                                       struct lq_plan *plan)
{
    static const char *const known[] = {"schema", "states", "tick_timeout_ms", NULL};
    const char *schema = json_string_value(json_object_get(root, "schema"));
    const json_t *states = json_object_get(root, "states");
    const char *name;
    json_t *state;
    enum lq_result result;

    if (!json_is_object(root)) {
        return lq_document_reader_refuse(reader, NULL, "a policy must be an object");
    }
    if (schema == NULL || strcmp(schema, POLICY_SCHEMA) != 0) {
        return lq_document_reader_refuse(reader, "schema", "schema must be %s", POLICY_SCHEMA);
    }
    if ((result = lq_document_reader_check_fields(reader, root, known, "a policy")) != LQ_OK ||
        (result = lq_document_reader_whole(reader, root, "tick_timeout_ms", 1, LQ_DOCUMENT_MS_MAX,
                                           &plan->tick_timeout_ms)) != LQ_OK) {
        return result;
    }
    if (states != NULL && !json_is_object(states)) {
        return lq_document_reader_refuse(reader, "states", "states must be an object");
    }
    lq_document_reader_enter_key(reader, "states");
    json_object_foreach((json_t *)states, name, state)
    {
        reader->state = name;
        lq_document_reader_enter_key(reader, name);
        result = read_state_policy(reader, name, state, plan);
        if (result != LQ_OK) {
            return result;
        }
        lq_document_reader_leave(reader);
    }
    return LQ_OK;
}
