// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "pipeline/document/pipeline_document.h"

#include "base/alloc.h"
#include "pipeline/document/document_reader.h"
#include "pipeline/document/policy_document.h"
#include "pipeline/document/state_document.h"
#include "store/seal/digest.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Where the document says nothing. */
#define TICK_TIMEOUT_MS_DEFAULT 10000u

struct states {
    uint32_t count;
    struct lq_plan_state entries[LQ_STAGES_MAX]; /* in the order of the document */
    const char *next[LQ_STAGES_MAX];             /* NULL: the end */
};

/* ---- states ---- */

static enum lq_result read_state(struct lq_document_reader *reader, const char *name,
                                 const json_t *object, struct states *states)
{
    struct lq_plan_state *state = &states->entries[states->count];
    enum lq_result result = lq_state_document_read(reader, name, object, state);

    if (result != LQ_OK) {
        return result;
    }
    for (uint32_t other = 0; other < states->count; other++) {
        if (strcmp(states->entries[other].stage, state->stage) == 0) {
            return lq_document_reader_refuse(reader, "Resource",
                                             "stage %s is that of state %s already", state->stage,
                                             states->entries[other].name);
        }
    }
    return lq_state_document_read_next(reader, object, &states->next[states->count]);
}

static enum lq_result read_states(struct lq_document_reader *reader, const json_t *object,
                                  struct states *states)
{
    const char *name;
    json_t *state;
    enum lq_result result = LQ_OK;

    lq_document_reader_enter_key(reader, "States");
    if (!json_is_object(object) || json_object_size(object) == 0) {
        return lq_document_reader_refuse(reader, NULL,
                                         "States must be an object with at least one state");
    }
    if (json_object_size(object) > LQ_STAGES_MAX) {
        return lq_document_reader_refuse(reader, NULL, "more than %d states", LQ_STAGES_MAX);
    }
    json_object_foreach((json_t *)object, name, state)
    {
        reader->state = name;
        lq_document_reader_enter_key(reader, name);
        result = read_state(reader, name, state, states);
        if (result != LQ_OK) {
            return result;
        }
        lq_document_reader_leave(reader);
        states->count++;
    }
    reader->state = NULL;
    lq_document_reader_leave(reader);
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

static enum lq_result refuse_state(struct lq_document_reader *reader, const struct states *states,
                                   uint32_t index, const char *key, const char *what)
{
    lq_document_reader_enter_key(reader, "States");
    reader->state = states->entries[index].name;
    lq_document_reader_enter_key(reader, reader->state);
    return lq_document_reader_refuse(reader, key, "%s", what);
}

/* The states in the order in which a tick passes them. */
static enum lq_result walk(struct lq_document_reader *reader, const struct states *states,
                           const char *start, struct lq_plan *plan)
{
    bool seen[LQ_STAGES_MAX] = {false};
    uint32_t index = find_state(states, start);

    if (index == LQ_STATE_NONE) {
        return lq_document_reader_refuse(reader, "StartAt", "StartAt: there is no state %.40s",
                                         start);
    }
    for (;;) {
        seen[index] = true;
        struct lq_plan_state *state = &plan->states[plan->state_count++];
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
        state->next = plan->state_count;
        index = next;
    }
    for (uint32_t at = 0; at < states->count; at++) {
        if (!seen[at]) {
            return refuse_state(reader, states, at, NULL, "it cannot be reached from StartAt");
        }
    }
    if (strcmp(plan->states[0].stage, "load") != 0) {
        return lq_document_reader_refuse(reader, "StartAt",
                                         "StartAt must be the state of stage load");
    }
    if (strcmp(states->entries[index].stage, "persist") != 0) {
        return refuse_state(reader, states, index, "End",
                            "the end must be the state of stage persist");
    }
    plan->start = 0;
    plan->persist = plan->state_count - 1;
    return LQ_OK;
}

static enum lq_result read_machine(struct lq_document_reader *reader, const json_t *root,
                                   struct lq_plan *plan)
{
    static const char *const known[] = {"Comment", "QueryLanguage",  "StartAt", "States",
                                        "Version", "TimeoutSeconds", NULL};
    const char *start = json_string_value(json_object_get(root, "StartAt"));
    const json_t *language = json_object_get(root, "QueryLanguage");
    struct states *states = NULL;
    uint32_t timeout_s = 0;
    enum lq_result result;

    if (!json_is_object(root)) {
        return lq_document_reader_refuse(reader, NULL, "a pipeline must be an object");
    }
    if ((result = lq_document_reader_check_fields(reader, root, known, "a pipeline")) != LQ_OK ||
        (result = lq_document_reader_check_text(reader, root, "Comment")) != LQ_OK ||
        (result = lq_document_reader_check_text(reader, root, "Version")) != LQ_OK ||
        (result = lq_document_reader_whole(reader, root, "TimeoutSeconds", 1,
                                           LQ_DOCUMENT_SECONDS_MAX, &timeout_s)) != LQ_OK) {
        return result;
    }
    if (language != NULL &&
        (!json_is_string(language) || strcmp(json_string_value(language), "JSONPath") != 0)) {
        return lq_document_reader_refuse(reader, "QueryLanguage", "QueryLanguage must be JSONPath");
    }
    if (start == NULL) {
        return lq_document_reader_refuse(reader, "StartAt", "StartAt must be the name of a state");
    }
    plan->tick_timeout_ms = timeout_s > 0 ? timeout_s * 1000 : TICK_TIMEOUT_MS_DEFAULT;
    states = lq_alloc(1, sizeof *states);
    result = read_states(reader, json_object_get(root, "States"), states);
    if (result == LQ_OK) {
        result = walk(reader, states, start, plan);
    }
    free(states);
    return result;
}

/* ---- texts and files ---- */

/* Some editors put a byte order mark in front, which says nothing in UTF-8. */
static struct lq_view skip_byte_order_mark(struct lq_view text)
{
    bool there = text.bytes >= 3 && memcmp(text.data, "\xEF\xBB\xBF", 3) == 0;
    const uint8_t *data = text.data;

    return there ? (struct lq_view){data + 3, text.bytes - 3} : text;
}

static json_t *parse_json(struct lq_view text, const char *name, struct lq_error_message *message)
{
    json_error_t error;
    json_t *root = json_loadb((const char *)text.data, text.bytes, JSON_REJECT_DUPLICATES, &error);

    if (root == NULL) {
        lq_error_message_set(message, "%s:%d: %s", name, error.line, error.text);
    }
    return root;
}

enum lq_result lq_pipeline_document_parse(struct lq_view document, const char *document_name,
                                          struct lq_view policy, const char *policy_name,
                                          struct lq_plan *plan, struct lq_error_message *message)
{
    enum lq_result result = LQ_ERR_INVALID;

    document = skip_byte_order_mark(document);
    policy = skip_byte_order_mark(policy);
    struct lq_document_reader reader = {
        .text = document, .name = document_name, .message = message};
    memset(plan, 0, sizeof *plan);
    json_t *root = parse_json(document, document_name, message);
    if (root != NULL) {
        result = read_machine(&reader, root, plan);
        json_decref(root);
    }
    if (result != LQ_OK || policy.bytes == 0) {
        return result;
    }
    reader = (struct lq_document_reader){.text = policy, .name = policy_name, .message = message};
    root = parse_json(policy, policy_name, message);
    if (root == NULL) {
        return LQ_ERR_INVALID;
    }
    result = lq_policy_document_read(&reader, root, plan);
    json_decref(root);
    return result;
}

/* The whole file; the caller frees it. NULL: *result and the message say why. */
static uint8_t *read_file(const char *path, size_t *bytes, enum lq_result *result,
                          struct lq_error_message *message)
{
    FILE *file = fopen(path, "re");

    if (file == NULL) {
        *result = errno == ENOENT ? LQ_ERR_NOT_FOUND : LQ_ERR_IO;
        lq_error_message_set(message, "%s: %s", path, strerror(errno));
        return NULL;
    }
    uint8_t *text = lq_alloc(LQ_PIPELINE_DOCUMENT_BYTES_MAX + 1, 1);
    *bytes = fread(text, 1, LQ_PIPELINE_DOCUMENT_BYTES_MAX + 1, file);
    *result = LQ_OK;
    if (ferror(file) != 0) {
        *result = LQ_ERR_IO;
        lq_error_message_set(message, "%s: cannot be read", path);
    } else if (*bytes > LQ_PIPELINE_DOCUMENT_BYTES_MAX) {
        *result = LQ_ERR_LIMIT;
        lq_error_message_set(message, "%s: larger than %u bytes", path,
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
                                         struct lq_plan *plan, struct lq_error_message *message)
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
                                            lq_view_of(policy, policy_bytes), policy_path, plan,
                                            message);
    }
    if (result == LQ_OK) {
        lq_digest(plan->hash, lq_view_of(document, document_bytes));
    }
    free(policy);
    free(document);
    return result;
}
