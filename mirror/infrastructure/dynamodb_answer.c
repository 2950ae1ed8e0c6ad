// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "mirror/infrastructure/dynamodb_answer.h"

#include "base/alloc.h"
#include "mirror/infrastructure/item_json.h"

#include <stdio.h>
#include <stdlib.h>

/* What an answer points to; the caller sees the first member. */
struct kept {
    struct lq_dynamodb_answer answer;
    json_t *root;
    uint8_t *bytes;
};

static void refuse(struct lq_dynamodb_answer *answer, const char *what)
{
    answer->verdict = LQ_VERDICT_REFUSED;
    (void)snprintf(answer->text, sizeof answer->text, "an answer that cannot be understood: %.240s",
                   what);
}

/* Decode the items of a list, or one item alone. */
static enum lq_result decode_items(struct kept *kept, const json_t *list, const json_t *one,
                                   struct lq_error_message *message)
{
    size_t count = list != NULL ? json_array_size(list) : 1, room_bytes = 0;
    enum lq_result result = LQ_OK;

    if (count > LQ_DYNAMODB_GATEWAY_PAGE_MAX) {
        lq_error_message_set(message, "%zu items in a page", count);
        return LQ_ERR_MALFORMED;
    }
    for (size_t index = 0; index < count; index++) {
        room_bytes += lq_item_json_room(list != NULL ? json_array_get(list, index) : one);
    }
    uint8_t *room = kept->bytes = lq_alloc(room_bytes + 1, 1);
    kept->answer.items = lq_alloc(count + 1, sizeof kept->answer.items[0]);
    for (size_t index = 0; index < count && result == LQ_OK; index++) {
        result = lq_item_json_decode(list != NULL ? json_array_get(list, index) : one,
                                     &kept->answer.items[index], &room, &room_bytes, message);
    }
    kept->answer.item_count = result == LQ_OK ? (uint32_t)count : 0;
    return result;
}

static enum lq_result decode_page(struct kept *kept, struct lq_error_message *message)
{
    const json_t *list = json_object_get(kept->root, "Items");
    const json_t *last = json_object_get(kept->root, "LastEvaluatedKey");
    const json_t *sk = json_object_get(json_object_get(last, LQ_TABLE_ITEM_SK), "S");

    if (!json_is_array(list)) {
        lq_error_message_set(message, "Items is not a list");
        return LQ_ERR_MALFORMED;
    }
    if (last != NULL && !json_is_null(last)) {
        if (!json_is_string(sk) || json_string_length(sk) == 0) {
            lq_error_message_set(message, "LastEvaluatedKey without a text " LQ_TABLE_ITEM_SK);
            return LQ_ERR_MALFORMED;
        }
        kept->answer.has_more = true;
        kept->answer.last_sk = lq_view_of(json_string_value(sk), json_string_length(sk));
    }
    return decode_items(kept, list, NULL, message);
}

static enum lq_result decode(struct kept *kept, struct lq_error_message *message)
{
    const json_t *item = json_object_get(kept->root, "Item");

    if (kept->answer.verdict == LQ_VERDICT_DONE && kept->answer.call == LQ_TABLE_QUERY) {
        return decode_page(kept, message);
    }
    if (kept->answer.verdict == LQ_VERDICT_DONE && kept->answer.call != LQ_TABLE_GET) {
        return LQ_OK;
    }
    return item == NULL || json_is_null(item) ? LQ_OK : decode_items(kept, NULL, item, message);
}

static double read_units(const json_t *root)
{
    const json_t *units =
        json_object_get(json_object_get(root, "ConsumedCapacity"), "CapacityUnits");
    double value = json_number_value(units);

    return value > 0 && value < 1e9 ? value : 0;
}

/* It was set to expire before: what was asked for is so. */
static bool is_set_already(const struct lq_dynamodb_answer *answer)
{
    return answer->call == LQ_TABLE_EXPIRE_BY && answer->verdict == LQ_VERDICT_REFUSED &&
           strcmp(answer->error_code, "ValidationException") == 0 &&
           strstr(answer->text, "already enabled") != NULL;
}

struct lq_dynamodb_answer *lq_dynamodb_answer_new(struct lq_aws_reply *reply)
{
    struct kept *kept = lq_alloc(1, sizeof *kept);
    struct lq_dynamodb_answer *answer = &kept->answer;
    struct lq_error_message message = {""};

    kept->root = reply->root;
    reply->root = NULL;
    answer->call = (enum lq_table_call)reply->kind;
    answer->tag = reply->tag;
    answer->verdict = reply->verdict;
    answer->is_in_doubt = reply->is_in_doubt;
    answer->attempt_count = reply->attempt_count;
    answer->duration_ns = reply->duration_ns;
    memcpy(answer->error_code, reply->error_code, sizeof answer->error_code);
    memcpy(answer->text, reply->text, sizeof answer->text);
    memcpy(answer->request_id, reply->request_id, sizeof answer->request_id);
    answer->capacity_units = read_units(kept->root);
    if (is_set_already(answer)) {
        answer->verdict = LQ_VERDICT_DONE;
    } else if (answer->verdict == LQ_VERDICT_DONE ||
               answer->verdict == LQ_VERDICT_CONDITION_FAILED) {
        if (decode(kept, &message) != LQ_OK) {
            refuse(answer, message.text);
        }
    }
    return answer;
}

void lq_dynamodb_answer_destroy(struct lq_dynamodb_answer **answer)
{
    struct kept *kept = (struct kept *)*answer;

    if (kept != NULL) {
        json_decref(kept->root);
        free(kept->bytes);
        free(kept->answer.items);
        free(kept);
        *answer = NULL;
    }
}
