// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "broker/io/pipeline_document.h"

#include "base/alloc.h"
#include "broker/io/document_lines.h"
#include "store/seal/digest.h"

#include <errno.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MESSAGE_BYTES 512u
#define RESOURCE_PREFIX "urn:ledgerquest:stage:"
#define POLICY_SCHEMA "ledgerquest.policy/v1"
#define SECONDS_MAX 1000000
#define MS_MAX 1000000000
#define PATH_STEPS_MAX 6u

/* Where the document says nothing: a tick's own measure, not the language's whole seconds. */
#define TIMEOUT_MS_DEFAULT 900u
#define INTERVAL_MS_DEFAULT 5u
#define DELAY_MAX_MS_DEFAULT 200u
#define TICK_TIMEOUT_MS_DEFAULT 10000u

/* A text under examination, and where in it: for messages. */
struct reader {
    struct lq_view text;
    const char *name;
    char *message;
    struct lq_document_step path[PATH_STEPS_MAX];
    size_t depth;
    const char *state; /* NULL: outside of the states */
};

struct states {
    uint32_t count;
    struct lq_pipeline_state entries[LQ_STAGES_MAX]; /* in the order of the document */
    const char *next[LQ_STAGES_MAX];                 /* NULL: the end */
};

static void enter_key(struct reader *reader, const char *key)
{
    LQ_ASSERT(reader->depth < PATH_STEPS_MAX);
    reader->path[reader->depth++] = (struct lq_document_step){key, 0};
}

static void enter_index(struct reader *reader, size_t index)
{
    LQ_ASSERT(reader->depth < PATH_STEPS_MAX);
    reader->path[reader->depth++] = (struct lq_document_step){NULL, index};
}

static void leave(struct reader *reader)
{
    LQ_ASSERT(reader->depth > 0);
    reader->depth--;
}

/* "FILE:LINE: state X: what" about the place where the reader is, or about `key` in it. */
static enum lq_result LQ_PRINTF(3, 4)
    refuse(struct reader *reader, const char *key, const char *format, ...)
{
    struct lq_document_step path[PATH_STEPS_MAX + 1];
    size_t depth = reader->depth;
    char what[320];
    va_list arguments;

    memcpy(path, reader->path, depth * sizeof path[0]);
    if (key != NULL) {
        path[depth++] = (struct lq_document_step){key, 0};
    }
    va_start(arguments, format);
    vsnprintf(what, sizeof what, format, arguments);
    va_end(arguments);
    snprintf(reader->message, MESSAGE_BYTES, "%.100s:%u: %s%.40s%s%s", reader->name,
             lq_document_lines_find(reader->text, path, depth),
             reader->state != NULL ? "state " : "", reader->state != NULL ? reader->state : "",
             reader->state != NULL ? ": " : "", what);
    return LQ_ERR_INVALID;
}

/* ---- fields ---- */

static enum lq_result check_fields(struct reader *reader, const json_t *object,
                                   const char *const *known, const char *where)
{
    const char *key;
    json_t *value;

    json_object_foreach((json_t *)object, key, value)
    {
        size_t index = 0;
        while (known[index] != NULL && strcmp(known[index], key) != 0) {
            index++;
        }
        if (known[index] == NULL) {
            return refuse(reader, key, "field %.80s is not one this engine knows in %s", key,
                          where);
        }
    }
    return LQ_OK;
}

/* A whole number in [least, most]; *to is untouched when the key is absent. */
static enum lq_result read_whole(struct reader *reader, const json_t *object, const char *key,
                                 uint32_t least, uint32_t most, uint32_t *to)
{
    const json_t *value = json_object_get(object, key);

    if (value == NULL) {
        return LQ_OK;
    }
    if (!json_is_integer(value) || json_integer_value(value) < least ||
        json_integer_value(value) > most) {
        return refuse(reader, key, "%s must be a whole number from %u to %u", key, least, most);
    }
    *to = (uint32_t)json_integer_value(value);
    return LQ_OK;
}

static enum lq_result check_text(struct reader *reader, const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);

    if (value != NULL && !json_is_string(value)) {
        return refuse(reader, key, "%s must be a text", key);
    }
    return LQ_OK;
}

/* ---- retriers ---- */

static bool error_is_predefined(const char *error)
{
    static const char *const names[] = {
        "States.ALL",
        "States.BranchFailed",
        "States.DataLimitExceeded",
        "States.ExceedToleratedFailureThreshold",
        "States.HeartbeatTimeout",
        "States.Http.Socket",
        "States.IntrinsicFailure",
        "States.ItemReaderFailed",
        "States.NoChoiceMatched",
        "States.ParameterPathFailure",
        "States.Permissions",
        "States.QueryEvaluationError",
        "States.ResultPathMatchFailure",
        "States.ResultWriterFailed",
        "States.Runtime",
        "States.TaskFailed",
        "States.Timeout",
    };

    for (size_t index = 0; index < sizeof names / sizeof names[0]; index++) {
        if (strcmp(names[index], error) == 0) {
            return true;
        }
    }
    return false;
}

static enum lq_result read_errors(struct reader *reader, const json_t *object, bool last,
                                  struct lq_retrier *retrier)
{
    const char *key = "ErrorEquals";
    const json_t *errors = json_object_get(object, key);
    size_t count = json_array_size(errors);

    if (count == 0) {
        return refuse(reader, key, "ErrorEquals must be a list of at least one error name");
    }
    if (count > LQ_RETRIER_ERRORS_MAX) {
        return refuse(reader, key, "ErrorEquals has more than %u names", LQ_RETRIER_ERRORS_MAX);
    }
    for (size_t index = 0; index < count; index++) {
        const char *error = json_string_value(json_array_get(errors, index));
        if (error == NULL || error[0] == '\0' || strlen(error) >= LQ_ERROR_NAME_BYTES_MAX) {
            return refuse(reader, key, "an error name is a text of 1 to %u bytes",
                          LQ_ERROR_NAME_BYTES_MAX - 1);
        }
        if (strncmp(error, "States.", 7) == 0 && !error_is_predefined(error)) {
            return refuse(reader, key, "%s: names beginning with States. are reserved", error);
        }
        if (strcmp(error, "States.ALL") == 0 && (count > 1 || !last)) {
            return refuse(reader, key, "States.ALL must stand alone and in the last retrier");
        }
        memcpy(retrier->errors[index], error, strlen(error) + 1);
    }
    retrier->error_count = (uint32_t)count;
    return LQ_OK;
}

/* Seconds of the document count where it states them; else the engine's milliseconds. */
static enum lq_result read_delays(struct reader *reader, const json_t *object,
                                  struct lq_retrier *retrier)
{
    uint32_t interval_s = 0;
    uint32_t delay_max_s = 0;
    enum lq_result result =
        read_whole(reader, object, "IntervalSeconds", 1, SECONDS_MAX, &interval_s);

    if (result == LQ_OK) {
        result = read_whole(reader, object, "MaxDelaySeconds", 1, SECONDS_MAX, &delay_max_s);
    }
    retrier->interval_ms = interval_s > 0 ? interval_s * 1000 : INTERVAL_MS_DEFAULT;
    retrier->delay_max_ms = interval_s > 0 ? UINT32_MAX : DELAY_MAX_MS_DEFAULT;
    if (delay_max_s > 0) {
        retrier->delay_max_ms = delay_max_s * 1000;
    }
    return result;
}

static enum lq_result read_growth(struct reader *reader, const json_t *object,
                                  struct lq_retrier *retrier)
{
    const json_t *rate = json_object_get(object, "BackoffRate");
    const json_t *jitter = json_object_get(object, "JitterStrategy");
    const char *strategy = json_string_value(jitter);

    retrier->backoff_rate = rate != NULL ? json_number_value(rate) : 2.0;
    if (!(retrier->backoff_rate >= 1.0)) {
        return refuse(reader, "BackoffRate", "BackoffRate must be a number of at least 1.0");
    }
    retrier->jitter = LQ_JITTER_NONE;
    if (jitter == NULL) {
        return LQ_OK;
    }
    if (strategy == NULL || (strcmp(strategy, "FULL") != 0 && strcmp(strategy, "NONE") != 0)) {
        return refuse(reader, "JitterStrategy", "JitterStrategy must be FULL or NONE");
    }
    if (strategy[0] == 'F') {
        retrier->jitter = LQ_JITTER_FULL;
    }
    return LQ_OK;
}

static enum lq_result read_retrier(struct reader *reader, const json_t *object, bool last,
                                   struct lq_retrier *retrier)
{
    static const char *const known[] = {"BackoffRate",     "Comment",     "ErrorEquals",
                                        "IntervalSeconds", "MaxAttempts", "MaxDelaySeconds",
                                        "JitterStrategy",  NULL};
    enum lq_result result;

    if (!json_is_object(object)) {
        return refuse(reader, NULL, "a retrier must be an object");
    }
    retrier->attempts_max = 3;
    if ((result = check_fields(reader, object, known, "a retrier")) != LQ_OK ||
        (result = check_text(reader, object, "Comment")) != LQ_OK ||
        (result = read_errors(reader, object, last, retrier)) != LQ_OK ||
        (result = read_whole(reader, object, "MaxAttempts", 0, LQ_RETRY_ATTEMPTS_MAX,
                             &retrier->attempts_max)) != LQ_OK ||
        (result = read_delays(reader, object, retrier)) != LQ_OK) {
        return result;
    }
    return read_growth(reader, object, retrier);
}

static enum lq_result read_retry(struct reader *reader, const json_t *object,
                                 struct lq_pipeline_state *state)
{
    const json_t *retry = json_object_get(object, "Retry");
    size_t count = json_array_size(retry);
    enum lq_result result = LQ_OK;

    if (retry == NULL) {
        return LQ_OK;
    }
    if (!json_is_array(retry) || count > LQ_RETRIERS_MAX) {
        return refuse(reader, "Retry", "Retry must be a list of at most %u retriers",
                      LQ_RETRIERS_MAX);
    }
    enter_key(reader, "Retry");
    for (size_t index = 0; index < count && result == LQ_OK; index++) {
        enter_index(reader, index);
        result = read_retrier(reader, json_array_get(retry, index), index + 1 == count,
                              &state->retriers[index]);
        leave(reader);
    }
    leave(reader);
    state->retrier_count = (uint32_t)count;
    return result;
}

/* ---- states ---- */

static enum lq_result read_type(struct reader *reader, const json_t *object)
{
    const char *type = json_string_value(json_object_get(object, "Type"));

    if (type == NULL) {
        return refuse(reader, "Type", "Type is missing");
    }
    if (strcmp(type, "Task") != 0) {
        return refuse(reader, "Type", "type %.40s is not supported: only Task is", type);
    }
    if (json_object_get(object, "Catch") != NULL) {
        return refuse(reader, "Catch",
                      "Catch is not supported: what no retry helps becomes a dead letter");
    }
    return LQ_OK;
}

static enum lq_result read_resource(struct reader *reader, const json_t *object,
                                    struct lq_pipeline_state *state)
{
    const char *resource = json_string_value(json_object_get(object, "Resource"));
    size_t prefix = strlen(RESOURCE_PREFIX);

    if (resource == NULL || strncmp(resource, RESOURCE_PREFIX, prefix) != 0) {
        return refuse(reader, "Resource", "Resource must be %sNAME", RESOURCE_PREFIX);
    }
    const char *stage = resource + prefix;
    size_t bytes = strlen(stage);
    if (bytes == 0 || bytes > LQ_STAGE_NAME_BYTES_MAX ||
        strspn(stage, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") !=
            bytes) {
        return refuse(reader, "Resource", "a stage's name is 1 to %d of A-Z a-z 0-9 . _ -",
                      LQ_STAGE_NAME_BYTES_MAX);
    }
    memcpy(state->stage, stage, bytes + 1);
    return LQ_OK;
}

static enum lq_result read_timeout(struct reader *reader, const json_t *object,
                                   struct lq_pipeline_state *state)
{
    uint32_t timeout_s = 0;
    uint32_t heartbeat_s = 0;
    enum lq_result result =
        read_whole(reader, object, "TimeoutSeconds", 1, SECONDS_MAX, &timeout_s);

    if (result == LQ_OK) {
        result = read_whole(reader, object, "HeartbeatSeconds", 1, SECONDS_MAX, &heartbeat_s);
    }
    if (result == LQ_OK && heartbeat_s > 0 && heartbeat_s >= timeout_s) {
        return refuse(reader, "HeartbeatSeconds",
                      "HeartbeatSeconds must be smaller than TimeoutSeconds");
    }
    state->timeout_ms = timeout_s > 0 ? timeout_s * 1000 : TIMEOUT_MS_DEFAULT;
    return result;
}

static enum lq_result read_transition(struct reader *reader, const json_t *object,
                                      const char **next)
{
    const json_t *end = json_object_get(object, "End");
    const json_t *target = json_object_get(object, "Next");

    if (end != NULL && !json_is_boolean(end)) {
        return refuse(reader, "End", "End must be true");
    }
    if (target != NULL && !json_is_string(target)) {
        return refuse(reader, "Next", "Next must be the name of a state");
    }
    if (json_is_true(end) == (target != NULL)) {
        return refuse(reader, NULL, "exactly one of Next and \"End\": true must stand");
    }
    *next = json_string_value(target);
    return LQ_OK;
}

static enum lq_result read_state(struct reader *reader, const char *name, const json_t *object,
                                 struct states *states)
{
    static const char *const known[] = {"Comment",        "End",   "HeartbeatSeconds",
                                        "Next",           "Retry", "Resource",
                                        "TimeoutSeconds", "Type",  NULL};
    struct lq_pipeline_state *state = &states->entries[states->count];
    enum lq_result result;

    if (name[0] == '\0' || strlen(name) > LQ_STAGE_NAME_BYTES_MAX) {
        return refuse(reader, NULL, "a state's name is 1 to %d bytes", LQ_STAGE_NAME_BYTES_MAX);
    }
    if (!json_is_object(object)) {
        return refuse(reader, NULL, "a state must be an object");
    }
    memcpy(state->name, name, strlen(name) + 1);
    state->version = 1;
    if ((result = read_type(reader, object)) != LQ_OK ||
        (result = check_fields(reader, object, known, "a Task")) != LQ_OK ||
        (result = check_text(reader, object, "Comment")) != LQ_OK ||
        (result = read_resource(reader, object, state)) != LQ_OK ||
        (result = read_timeout(reader, object, state)) != LQ_OK ||
        (result = read_retry(reader, object, state)) != LQ_OK) {
        return result;
    }
    for (uint32_t other = 0; other < states->count; other++) {
        if (strcmp(states->entries[other].stage, state->stage) == 0) {
            return refuse(reader, "Resource", "stage %s is that of state %s already", state->stage,
                          states->entries[other].name);
        }
    }
    return read_transition(reader, object, &states->next[states->count]);
}

static enum lq_result read_states(struct reader *reader, const json_t *object,
                                  struct states *states)
{
    const char *name;
    json_t *state;
    enum lq_result result = LQ_OK;

    enter_key(reader, "States");
    if (!json_is_object(object) || json_object_size(object) == 0) {
        return refuse(reader, NULL, "States must be an object with at least one state");
    }
    if (json_object_size(object) > LQ_STAGES_MAX) {
        return refuse(reader, NULL, "more than %d states", LQ_STAGES_MAX);
    }
    json_object_foreach((json_t *)object, name, state)
    {
        reader->state = name;
        enter_key(reader, name);
        result = read_state(reader, name, state, states);
        if (result != LQ_OK) {
            return result;
        }
        leave(reader);
        states->count++;
    }
    reader->state = NULL;
    leave(reader);
    return LQ_OK;
}

/* ---- the way through ---- */

static uint32_t find_state(const struct states *states, const char *name)
{
    for (uint32_t index = 0; index < states->count; index++) {
        if (strcmp(states->entries[index].name, name) == 0) {
            return index;
        }
    }
    return LQ_STATE_NONE;
}

static enum lq_result refuse_state(struct reader *reader, const struct states *states,
                                   uint32_t index, const char *key, const char *what)
{
    enter_key(reader, "States");
    reader->state = states->entries[index].name;
    enter_key(reader, reader->state);
    return refuse(reader, key, "%s", what);
}

/* The states in the order in which a tick passes them. */
static enum lq_result walk(struct reader *reader, const struct states *states, const char *start,
                           struct lq_pipeline *pipeline)
{
    bool seen[LQ_STAGES_MAX] = {false};
    uint32_t index = find_state(states, start);

    if (index == LQ_STATE_NONE) {
        return refuse(reader, "StartAt", "StartAt: there is no state %.40s", start);
    }
    for (;;) {
        seen[index] = true;
        struct lq_pipeline_state *state = &pipeline->states[pipeline->state_count++];
        *state = states->entries[index];
        state->next = LQ_STATE_NONE;
        if (states->next[index] == NULL) {
            break;
        }
        uint32_t next = find_state(states, states->next[index]);
        if (next == LQ_STATE_NONE) {
            return refuse_state(reader, states, index, "Next", "Next: there is no such state");
        }
        if (seen[next]) {
            return refuse_state(reader, states, index, "Next", "Next leads in a circle");
        }
        state->next = pipeline->state_count;
        index = next;
    }
    for (uint32_t at = 0; at < states->count; at++) {
        if (!seen[at]) {
            return refuse_state(reader, states, at, NULL, "it cannot be reached from StartAt");
        }
    }
    if (strcmp(pipeline->states[0].stage, "load") != 0) {
        return refuse(reader, "StartAt", "StartAt must be the state of stage load");
    }
    if (strcmp(states->entries[index].stage, "persist") != 0) {
        return refuse_state(reader, states, index, "End",
                            "the end must be the state of stage persist");
    }
    pipeline->start = 0;
    pipeline->persist = pipeline->state_count - 1;
    return LQ_OK;
}

static enum lq_result read_machine(struct reader *reader, const json_t *root,
                                   struct lq_pipeline *pipeline)
{
    static const char *const known[] = {"Comment", "QueryLanguage",  "StartAt", "States",
                                        "Version", "TimeoutSeconds", NULL};
    const char *start = json_string_value(json_object_get(root, "StartAt"));
    const json_t *language = json_object_get(root, "QueryLanguage");
    struct states *states = NULL;
    uint32_t timeout_s = 0;
    enum lq_result result;

    if (!json_is_object(root)) {
        return refuse(reader, NULL, "a pipeline must be an object");
    }
    if ((result = check_fields(reader, root, known, "a pipeline")) != LQ_OK ||
        (result = check_text(reader, root, "Comment")) != LQ_OK ||
        (result = check_text(reader, root, "Version")) != LQ_OK ||
        (result = read_whole(reader, root, "TimeoutSeconds", 1, SECONDS_MAX, &timeout_s)) !=
            LQ_OK) {
        return result;
    }
    if (language != NULL &&
        (!json_is_string(language) || strcmp(json_string_value(language), "JSONPath") != 0)) {
        return refuse(reader, "QueryLanguage", "QueryLanguage must be JSONPath");
    }
    if (start == NULL) {
        return refuse(reader, "StartAt", "StartAt must be the name of a state");
    }
    pipeline->tick_timeout_ms = timeout_s > 0 ? timeout_s * 1000 : TICK_TIMEOUT_MS_DEFAULT;
    states = lq_alloc(1, sizeof *states);
    result = read_states(reader, json_object_get(root, "States"), states);
    if (result == LQ_OK) {
        result = walk(reader, states, start, pipeline);
    }
    free(states);
    return result;
}

/* ---- the policy beside it ---- */

static enum lq_result read_state_retry(struct reader *reader, const json_t *retry,
                                       struct lq_pipeline_state *state)
{
    static const char *const known[] = {"interval_ms", "max_delay_ms", NULL};
    uint32_t interval_ms = UINT32_MAX;
    uint32_t delay_max_ms = UINT32_MAX;
    enum lq_result result;

    if (retry == NULL) {
        return LQ_OK;
    }
    enter_key(reader, "retry");
    if (!json_is_object(retry)) {
        return refuse(reader, NULL, "retry must be an object");
    }
    if ((result = check_fields(reader, retry, known, "a policy's retry")) != LQ_OK ||
        (result = read_whole(reader, retry, "interval_ms", 1, MS_MAX, &interval_ms)) != LQ_OK ||
        (result = read_whole(reader, retry, "max_delay_ms", 1, MS_MAX, &delay_max_ms)) != LQ_OK) {
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
    leave(reader);
    return LQ_OK;
}

static enum lq_result read_state_policy(struct reader *reader, const char *name,
                                        const json_t *object, struct lq_pipeline *pipeline)
{
    static const char *const known[] = {"retry", "timeout_ms", "version", NULL};
    struct lq_pipeline_state *state = NULL;
    enum lq_result result;

    for (uint32_t index = 0; index < pipeline->state_count; index++) {
        if (strcmp(pipeline->states[index].name, name) == 0) {
            state = &pipeline->states[index];
        }
    }
    if (state == NULL) {
        return refuse(reader, NULL, "the pipeline has no such state");
    }
    if (!json_is_object(object)) {
        return refuse(reader, NULL, "the policy of a state must be an object");
    }
    if ((result = check_fields(reader, object, known, "a state's policy")) != LQ_OK ||
        (result = read_whole(reader, object, "version", 1, MS_MAX, &state->version)) != LQ_OK ||
        (result = read_whole(reader, object, "timeout_ms", 1, MS_MAX, &state->timeout_ms)) !=
            LQ_OK) {
        return result;
    }
    return read_state_retry(reader, json_object_get(object, "retry"), state);
}

static enum lq_result read_policy(struct reader *reader, const json_t *root,
                                  struct lq_pipeline *pipeline)
{
    static const char *const known[] = {"schema", "states", "tick_timeout_ms", NULL};
    const char *schema = json_string_value(json_object_get(root, "schema"));
    const json_t *states = json_object_get(root, "states");
    const char *name;
    json_t *state;
    enum lq_result result;

    if (!json_is_object(root)) {
        return refuse(reader, NULL, "a policy must be an object");
    }
    if (schema == NULL || strcmp(schema, POLICY_SCHEMA) != 0) {
        return refuse(reader, "schema", "schema must be %s", POLICY_SCHEMA);
    }
    if ((result = check_fields(reader, root, known, "a policy")) != LQ_OK ||
        (result = read_whole(reader, root, "tick_timeout_ms", 1, MS_MAX,
                             &pipeline->tick_timeout_ms)) != LQ_OK) {
        return result;
    }
    if (states != NULL && !json_is_object(states)) {
        return refuse(reader, "states", "states must be an object");
    }
    enter_key(reader, "states");
    json_object_foreach((json_t *)states, name, state)
    {
        reader->state = name;
        enter_key(reader, name);
        result = read_state_policy(reader, name, state, pipeline);
        if (result != LQ_OK) {
            return result;
        }
        leave(reader);
    }
    return LQ_OK;
}

/* ---- texts and files ---- */

static json_t *parse_json(struct lq_view text, const char *name, char *message)
{
    json_error_t error;
    json_t *root = json_loadb((const char *)text.data, text.bytes, JSON_REJECT_DUPLICATES, &error);

    if (root == NULL) {
        snprintf(message, MESSAGE_BYTES, "%.100s:%d: %.200s", name, error.line, error.text);
    }
    return root;
}

enum lq_result lq_pipeline_document_parse(struct lq_view document, const char *document_name,
                                          struct lq_view policy, const char *policy_name,
                                          struct lq_pipeline *pipeline, char *message)
{
    struct reader reader = {.text = document, .name = document_name, .message = message};
    enum lq_result result = LQ_ERR_INVALID;

    memset(pipeline, 0, sizeof *pipeline);
    json_t *root = parse_json(document, document_name, message);
    if (root != NULL) {
        result = read_machine(&reader, root, pipeline);
        json_decref(root);
    }
    if (result != LQ_OK || policy.bytes == 0) {
        return result;
    }
    reader = (struct reader){.text = policy, .name = policy_name, .message = message};
    root = parse_json(policy, policy_name, message);
    if (root == NULL) {
        return LQ_ERR_INVALID;
    }
    result = read_policy(&reader, root, pipeline);
    json_decref(root);
    return result;
}

/* The whole file; the caller frees it. NULL: *result and the message say why. */
static uint8_t *read_file(const char *path, size_t *bytes, enum lq_result *result, char *message)
{
    FILE *file = fopen(path, "re");

    if (file == NULL) {
        *result = errno == ENOENT ? LQ_ERR_NOT_FOUND : LQ_ERR_IO;
        snprintf(message, MESSAGE_BYTES, "%.200s: %s", path, strerror(errno));
        return NULL;
    }
    uint8_t *text = lq_alloc(LQ_PIPELINE_DOCUMENT_BYTES_MAX + 1, 1);
    *bytes = fread(text, 1, LQ_PIPELINE_DOCUMENT_BYTES_MAX + 1, file);
    *result = LQ_OK;
    if (ferror(file) != 0) {
        *result = LQ_ERR_IO;
        snprintf(message, MESSAGE_BYTES, "%.200s: cannot be read", path);
    } else if (*bytes > LQ_PIPELINE_DOCUMENT_BYTES_MAX) {
        *result = LQ_ERR_LIMIT;
        snprintf(message, MESSAGE_BYTES, "%.200s: larger than %u bytes", path,
                 LQ_PIPELINE_DOCUMENT_BYTES_MAX);
    }
    fclose(file);
    if (*result != LQ_OK) {
        free(text);
        return NULL;
    }
    return text;
}

enum lq_result lq_pipeline_document_load(const char *document_path, const char *policy_path,
                                         struct lq_pipeline *pipeline, char *message)
{
    enum lq_result result;
    size_t document_bytes, policy_bytes;
    uint8_t *document = read_file(document_path, &document_bytes, &result, message);
    uint8_t *policy = NULL;

    if (document != NULL) {
        policy = read_file(policy_path, &policy_bytes, &result, message);
    }
    if (policy != NULL) {
        result = lq_pipeline_document_parse(lq_view_of(document, document_bytes), document_path,
                                            lq_view_of(policy, policy_bytes), policy_path, pipeline,
                                            message);
    }
    if (result == LQ_OK) {
        lq_digest(pipeline->hash, lq_view_of(document, document_bytes));
    }
    free(policy);
    free(document);
    return result;
}
