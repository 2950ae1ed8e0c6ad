// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "mirror/infrastructure/eventbridge_answer.h"

#include <stdio.h>
#include <string.h>

/* Entries fail in an answer of status 200; the rules are those of an error's name all the same. */
#define STATUS_OF_ENTRY 400

static void copy_text(char *to, size_t bytes_max, const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    (void)snprintf(to, bytes_max, "%s", text != NULL ? text : "");
}

static void read_entry(const json_t *entry, struct lq_event_outcome *outcome)
{
    copy_text(outcome->event_id, sizeof outcome->event_id, entry, "EventId");
    copy_text(outcome->error_code, sizeof outcome->error_code, entry, "ErrorCode");
    copy_text(outcome->text, sizeof outcome->text, entry, "ErrorMessage");
    if (outcome->error_code[0] == '\0') {
        outcome->verdict = LQ_VERDICT_DONE;
        return;
    }
    struct lq_retry_rule_answer judged = {.transport = LQ_TRANSPORT_WHOLE,
                                          .http_status = STATUS_OF_ENTRY,
                                          .error_code = lq_view_text(outcome->error_code)};
    outcome->verdict = lq_retry_rule_judge(&judged);
    outcome->event_id[0] = '\0';
}

/* NULL, or what is wrong. */
static const char *read_entries(const json_t *list, uint32_t count,
                                struct lq_eventbridge_answer *answer)
{
    if (!json_is_array(list) || json_array_size(list) != count) {
        return "not as many entries as were put";
    }
    for (uint32_t index = 0; index < count; index++) {
        const json_t *entry = json_array_get(list, index);
        struct lq_event_outcome *outcome = &answer->entries[index];
        read_entry(entry, outcome);
        if (outcome->verdict == LQ_VERDICT_DONE && outcome->event_id[0] == '\0') {
            return "an entry with neither an id nor an error";
        }
        answer->failed_count += outcome->verdict != LQ_VERDICT_DONE;
    }
    answer->entry_count = count;
    return NULL;
}

void lq_eventbridge_answer_read(struct lq_aws_reply *reply, struct lq_eventbridge_answer *answer)
{
    const char *wrong = NULL;

    LQ_ASSERT(reply->kind <= LQ_EVENTBRIDGE_GATEWAY_ENTRIES_MAX);
    memset(answer, 0, sizeof *answer);
    answer->tag = reply->tag;
    answer->verdict = reply->verdict;
    answer->is_in_doubt = reply->is_in_doubt;
    answer->attempt_count = reply->attempt_count;
    answer->duration_ns = reply->duration_ns;
    memcpy(answer->error_code, reply->error_code, sizeof answer->error_code);
    memcpy(answer->text, reply->text, sizeof answer->text);
    memcpy(answer->request_id, reply->request_id, sizeof answer->request_id);
    if (answer->verdict == LQ_VERDICT_DONE) {
        wrong = read_entries(json_object_get(reply->root, "Entries"), reply->kind, answer);
    }
    if (wrong != NULL) {
        answer->verdict = LQ_VERDICT_REFUSED;
        answer->failed_count = 0;
        (void)snprintf(answer->text, sizeof answer->text, "an answer that cannot be understood: %s",
                       wrong);
    }
    json_decref(reply->root);
    reply->root = NULL;
}
