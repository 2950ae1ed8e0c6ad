// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "mirror/restore/table_asker.h"

#include "base/clock.h"

#include <poll.h>
#include <stdio.h>

enum { CREDENTIALS_MS = 30000, WAIT_MS = 1000 };

enum lq_result lq_table_asker_open(struct lq_table_asker *asker, const char *table,
                                   struct lq_error_message *message)
{
    struct lq_aws_environment environment;
    const struct lq_dynamodb_gateway_options options = {
        .table = table, .environment = &environment, .calls_max = 1};
    enum lq_result result = lq_aws_environment_read(&environment, message);

    *asker = (struct lq_table_asker){.gateway = NULL};
    if (result != LQ_OK) {
        return LQ_ERR_INVALID;
    }
    snprintf(asker->table, sizeof asker->table, "%s", table);
    asker->credentials = lq_aws_credentials_new(&environment, LQ_CREDENTIAL_CHAIN_PROCESS_MS);
    struct lq_dynamodb_gateway_options filled = options;
    filled.credentials = asker->credentials;
    result = lq_dynamodb_gateway_new(&filled, &asker->gateway, message);
    if (result == LQ_OK) {
        result = lq_aws_credentials_wait(asker->credentials, CREDENTIALS_MS, message);
    }
    return result == LQ_OK || result == LQ_ERR_TIMEOUT ? result : LQ_ERR_INVALID;
}

void lq_table_asker_close(struct lq_table_asker *asker)
{
    if (asker->answer != NULL) {
        lq_dynamodb_gateway_release(&asker->answer);
    }
    lq_dynamodb_gateway_destroy(&asker->gateway);
    lq_aws_credentials_destroy(&asker->credentials);
}

static void wait_for_answer(struct lq_table_asker *asker)
{
    struct pollfd polled = {lq_dynamodb_gateway_descriptor(asker->gateway), POLLIN, 0};
    uint64_t due_ns = lq_dynamodb_gateway_next_timer_ns(asker->gateway);
    uint64_t now_ns = lq_clock_monotonic_ns();
    int wait_ms = WAIT_MS;

    if (due_ns != UINT64_MAX) {
        uint64_t left_ms = due_ns > now_ns ? (due_ns - now_ns) / LQ_NS_PER_MS + 1 : 0;
        wait_ms = left_ms < (uint64_t)wait_ms ? (int)left_ms : wait_ms;
    }
    (void)poll(&polled, 1, wait_ms);
}

/* `asked` is what asking came to. The gateway gives up by itself, so this ends. */
static enum lq_result answer(struct lq_table_asker *asker, enum lq_result asked,
                             struct lq_error_message *message)
{
    if (asked != LQ_OK) {
        lq_error_message_set(message, "table %.100s: a question that cannot be asked: %s",
                             asker->table, lq_result_text(asked));
        return LQ_ERR_IO;
    }
    asker->requests++;
    while ((asker->answer = lq_dynamodb_gateway_take(asker->gateway)) == NULL) {
        wait_for_answer(asker);
        lq_dynamodb_gateway_turn(asker->gateway);
    }
    if (asker->answer->verdict == LQ_VERDICT_DONE) {
        return LQ_OK;
    }
    if (asker->answer->verdict == LQ_VERDICT_CONDITION_FAILED) {
        return LQ_ERR_CONFLICT;
    }
    const char *code = asker->answer->error_code;
    const char *text = asker->answer->text;
    asker->has_no_table = strcmp(code, "ResourceNotFoundException") == 0;
    lq_error_message_set(message, "table %.100s: %.90s%s%.300s", asker->table, code,
                         code[0] != '\0' && text[0] != '\0' ? ": " : "",
                         code[0] == '\0' && text[0] == '\0' ? "no answer" : text);
    return LQ_ERR_IO;
}

/* The answer before goes. */
static uint64_t next_tag(struct lq_table_asker *asker)
{
    if (asker->answer != NULL) {
        lq_dynamodb_gateway_release(&asker->answer);
    }
    return ++asker->tag;
}

enum lq_result lq_table_asker_get(struct lq_table_asker *asker, const char *pk, const char *sk,
                                  const struct lq_table_item **item,
                                  struct lq_error_message *message)
{
    uint64_t tag = next_tag(asker);
    enum lq_result result = answer(
        asker, lq_dynamodb_gateway_get(asker->gateway, lq_view_text(pk), lq_view_text(sk), tag),
        message);

    if (result == LQ_OK && asker->answer->item_count == 0) {
        return LQ_ERR_NOT_FOUND;
    }
    *item = result == LQ_OK ? &asker->answer->items[0] : NULL;
    return result;
}

enum lq_result lq_table_asker_query(struct lq_table_asker *asker,
                                    const struct lq_table_query *query,
                                    struct lq_error_message *message)
{
    uint64_t tag = next_tag(asker);

    return answer(asker, lq_dynamodb_gateway_query(asker->gateway, query, tag), message);
}

enum lq_result lq_table_asker_put(struct lq_table_asker *asker, const struct lq_table_item *item,
                                  const struct lq_table_condition *condition,
                                  struct lq_error_message *message)
{
    uint64_t tag = next_tag(asker);

    return answer(asker, lq_dynamodb_gateway_put(asker->gateway, item, condition, tag), message);
}

enum lq_result lq_table_asker_update(struct lq_table_asker *asker,
                                     const struct lq_table_item *change,
                                     const struct lq_table_condition *condition,
                                     struct lq_error_message *message)
{
    uint64_t tag = next_tag(asker);

    return answer(asker, lq_dynamodb_gateway_update(asker->gateway, change, condition, tag),
                  message);
}
