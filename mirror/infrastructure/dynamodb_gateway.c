// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "mirror/infrastructure/dynamodb_gateway.h"

#include "base/alloc.h"
#include "mirror/infrastructure/dynamodb_answer.h"
#include "mirror/infrastructure/item_json.h"

#include <stdio.h>
#include <stdlib.h>

#define CONTENT_TYPE "application/x-amz-json-1.0"
#define TARGET(operation) "DynamoDB_20120810." operation
#define QUESTIONS_USUAL 64u
#define GIVE_UP_USUAL_MS UINT64_C(60000)

struct lq_dynamodb_gateway {
    lq_aws_service_t *service;
    char table[LQ_DYNAMODB_GATEWAY_TABLE_BYTES_MAX + 1];
};

static bool is_table_name(const char *name)
{
    size_t bytes =
        strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.");

    return bytes >= 3 && bytes <= LQ_DYNAMODB_GATEWAY_TABLE_BYTES_MAX && name[bytes] == '\0';
}

enum lq_result lq_dynamodb_gateway_new(const struct lq_dynamodb_gateway_options *options,
                                       lq_dynamodb_gateway_t **gateway,
                                       struct lq_error_message *message)
{
    struct lq_aws_endpoint endpoint;
    enum lq_result result =
        lq_aws_environment_endpoint(options->environment, LQ_AWS_DYNAMODB, &endpoint, message);
    struct lq_aws_service_options service = {
        .client = lq_aws_client_options_default(),
        .name = "dynamodb",
        .credentials = options->credentials,
        .questions_max = options->questions_max > 0 ? options->questions_max : QUESTIONS_USUAL,
        .give_up_ms = options->give_up_ms > 0 ? options->give_up_ms : GIVE_UP_USUAL_MS,
    };

    if (result != LQ_OK) {
        return result;
    }
    if (!is_table_name(options->table)) {
        lq_error_message_set(message, "%.80s is not the name of a table", options->table);
        return LQ_ERR_INVALID;
    }
    if (options->environment->region[0] == '\0') {
        lq_error_message_set(message, "no region: set AWS_REGION, or region in profile %s",
                             options->environment->profile);
        return LQ_ERR_INVALID;
    }
    service.client.endpoint = &endpoint;
    service.client.service = "dynamodb";
    service.client.region = options->environment->region;
    service.client.content_type = CONTENT_TYPE;
    service.client.ca_bundle = options->environment->ca_bundle;
    service.client.answer_bytes_max = LQ_DYNAMODB_GATEWAY_ANSWER_BYTES_MAX;
    service.client.calls_max =
        options->calls_max > 0 ? options->calls_max : service.client.calls_max;
    service.client.timeout_ms =
        options->timeout_ms > 0 ? options->timeout_ms : service.client.timeout_ms;
    lq_dynamodb_gateway_t *made = lq_alloc(1, sizeof *made);
    (void)snprintf(made->table, sizeof made->table, "%s", options->table);
    result = lq_aws_service_new(&service, &made->service, message);
    if (result != LQ_OK) {
        free(made);
        return result;
    }
    *gateway = made;
    return LQ_OK;
}

void lq_dynamodb_gateway_destroy(lq_dynamodb_gateway_t **gateway)
{
    if (*gateway != NULL) {
        lq_aws_service_destroy(&(*gateway)->service);
        free(*gateway);
        *gateway = NULL;
    }
}

/* ---- requests ---- */

static void put(json_t *object, const char *name, json_t *value)
{
    LQ_ASSERT(json_object_set_new_nocheck(object, name, value) == 0);
}

static json_t *new_request(const lq_dynamodb_gateway_t *gateway)
{
    json_t *request = json_object();

    LQ_ASSERT(request != NULL);
    put(request, "TableName", json_string(gateway->table));
    put(request, "ReturnConsumedCapacity", json_string("TOTAL"));
    return request;
}

/* Takes the body. */
static enum lq_result ask_text(lq_dynamodb_gateway_t *gateway, char *body, const char *target,
                               enum lq_table_call call, uint64_t tag)
{
    struct lq_aws_question question = {.kind = (uint32_t)call,
                                       .tag = tag,
                                       .target = target,
                                       .body = body,
                                       .body_bytes = strlen(body)};
    enum lq_result result = lq_aws_service_ask(gateway->service, &question);

    if (result != LQ_OK) {
        free(body);
    }
    return result;
}

/* Takes the request. */
static char *dump_request(json_t *request)
{
    char *body = json_dumps(request, JSON_COMPACT);

    LQ_ASSERT(body != NULL);
    json_decref(request);
    return body;
}

static enum lq_result ask(lq_dynamodb_gateway_t *gateway, json_t *request, const char *target,
                          enum lq_table_call call, uint64_t tag)
{
    return ask_text(gateway, dump_request(request), target, call, tag);
}

/* The request with one member more, "Item". Takes the request. */
static char *dump_with_item(json_t *request, const struct lq_table_item *item)
{
    static const char name[] = ",\"Item\":";
    size_t item_bytes;
    char *head = dump_request(request), *text = lq_item_json_dump(item, &item_bytes);
    size_t head_bytes = strlen(head) - 1; /* without its last brace */
    char *body = lq_alloc(head_bytes + sizeof name + item_bytes + 1, 1), *to = body;

    memcpy(to, head, head_bytes);
    to += head_bytes;
    memcpy(to, name, sizeof name - 1);
    to += sizeof name - 1;
    memcpy(to, text, item_bytes);
    memcpy(to + item_bytes, "}", 2);
    free(text);
    free(head);
    return body;
}

static bool is_text(struct lq_view text)
{
    json_t *value = json_stringn((const char *)text.data, text.bytes);
    bool valid = value != NULL && memchr(text.data, 0, text.bytes) == NULL;

    json_decref(value);
    return valid;
}

static enum lq_result check_key(struct lq_view key, size_t bytes_max)
{
    if (key.bytes == 0 || !is_text(key)) {
        return LQ_ERR_INVALID;
    }
    return key.bytes > bytes_max ? LQ_ERR_LIMIT : LQ_OK;
}

static enum lq_result check_keys(struct lq_view pk, struct lq_view sk)
{
    enum lq_result result = check_key(pk, LQ_TABLE_ITEM_PK_BYTES_MAX);

    return result != LQ_OK ? result : check_key(sk, LQ_TABLE_ITEM_SK_BYTES_MAX);
}

static enum lq_result check_item(const struct lq_table_item *item)
{
    enum lq_result result = check_keys(item->pk, item->sk);

    for (uint32_t index = 0; index < item->attribute_count && result == LQ_OK; index++) {
        const struct lq_table_attribute *attribute = &item->attributes[index];
        if (attribute->type == LQ_TABLE_TEXT && attribute->view.bytes > 0 &&
            !is_text(attribute->view)) {
            result = LQ_ERR_INVALID;
        }
    }
    if (result == LQ_OK && lq_table_item_bytes(item) > LQ_TABLE_ITEM_BYTES_MAX) {
        result = LQ_ERR_LIMIT;
    }
    return result;
}

static const char *expression_of(enum lq_table_requirement requirement)
{
    switch (requirement) {
    case LQ_TABLE_ALWAYS:
        return NULL;
    case LQ_TABLE_ABSENT:
        return "attribute_not_exists(" LQ_TABLE_ITEM_PK ")";
    case LQ_TABLE_PRESENT:
        return "attribute_exists(" LQ_TABLE_ITEM_PK ")";
    case LQ_TABLE_BELOW:
        return "#c < :c";
    case LQ_TABLE_ABSENT_OR_BELOW:
        return "attribute_not_exists(" LQ_TABLE_ITEM_PK ") OR #c < :c";
    case LQ_TABLE_EQUAL:
        return "#c = :c";
    case LQ_TABLE_EQUAL_AND_BELOW:
        return "#c = :c AND #d < :d";
    }
    LQ_ASSERT(!"a requirement that is none");
    return NULL;
}

/* `names` and `values`: what the request's expressions stand for; this adds the condition's. */
static void add_condition(json_t *request, const struct lq_table_condition *condition,
                          json_t *names, json_t *values)
{
    const char *expression = expression_of(condition->requirement);

    if (expression == NULL) {
        return;
    }
    put(request, "ConditionExpression", json_string(expression));
    put(request, "ReturnValuesOnConditionCheckFailure", json_string("ALL_OLD"));
    if (strchr(expression, '#') != NULL) {
        LQ_ASSERT(condition->name != NULL);
        LQ_ASSERT(strlen(condition->name) <= LQ_TABLE_ITEM_NAME_BYTES_MAX);
        put(names, "#c", json_string(condition->name));
        put(values, ":c", lq_item_json_number(condition->number));
    }
    if (condition->requirement == LQ_TABLE_EQUAL_AND_BELOW) {
        LQ_ASSERT(strlen(condition->below_name) <= LQ_TABLE_ITEM_NAME_BYTES_MAX);
        put(names, "#d", json_string(condition->below_name));
        put(values, ":d", lq_item_json_number(condition->below));
    }
}

/* The service refuses empty ones. Takes both. */
static void add_substitutes(json_t *request, json_t *names, json_t *values)
{
    if (json_object_size(names) > 0) {
        put(request, "ExpressionAttributeNames", json_incref(names));
    }
    if (json_object_size(values) > 0) {
        put(request, "ExpressionAttributeValues", json_incref(values));
    }
    json_decref(names);
    json_decref(values);
}

enum lq_result lq_dynamodb_gateway_put(lq_dynamodb_gateway_t *gateway,
                                       const struct lq_table_item *item,
                                       const struct lq_table_condition *condition, uint64_t tag)
{
    enum lq_result result = check_item(item);

    if (result != LQ_OK) {
        return result;
    }
    json_t *request = new_request(gateway), *names = json_object(), *values = json_object();
    add_condition(request, condition, names, values);
    add_substitutes(request, names, values);
    return ask_text(gateway, dump_with_item(request, item), TARGET("PutItem"), LQ_TABLE_PUT, tag);
}

enum lq_result lq_dynamodb_gateway_update(lq_dynamodb_gateway_t *gateway,
                                          const struct lq_table_item *change,
                                          const struct lq_table_condition *condition, uint64_t tag)
{
    char expression[8 + 16 * LQ_TABLE_ITEM_ATTRIBUTES_MAX], name[16], value[16];
    size_t bytes = 0;
    enum lq_result result = check_item(change);

    if (result != LQ_OK) {
        return result;
    }
    LQ_ASSERT(change->attribute_count > 0);
    json_t *request = new_request(gateway), *names = json_object(), *values = json_object();
    for (uint32_t index = 0; index < change->attribute_count; index++) {
        (void)snprintf(name, sizeof name, "#a%u", index);
        (void)snprintf(value, sizeof value, ":a%u", index);
        int added = snprintf(expression + bytes, sizeof expression - bytes, "%s%s = %s",
                             index == 0 ? "SET " : ", ", name, value);
        LQ_ASSERT(added > 0 && (size_t)added < sizeof expression - bytes);
        bytes += (size_t)added;
        put(names, name, json_string(change->attributes[index].name));
        put(values, value, lq_item_json_attribute(&change->attributes[index]));
    }
    put(request, "Key", lq_item_json_key(change->pk, change->sk));
    put(request, "UpdateExpression", json_string(expression));
    add_condition(request, condition, names, values);
    add_substitutes(request, names, values);
    return ask(gateway, request, TARGET("UpdateItem"), LQ_TABLE_UPDATE, tag);
}

enum lq_result lq_dynamodb_gateway_get(lq_dynamodb_gateway_t *gateway, struct lq_view pk,
                                       struct lq_view sk, uint64_t tag)
{
    enum lq_result result = check_keys(pk, sk);

    if (result != LQ_OK) {
        return result;
    }
    json_t *request = new_request(gateway);
    put(request, "Key", lq_item_json_key(pk, sk));
    put(request, "ConsistentRead", json_true());
    return ask(gateway, request, TARGET("GetItem"), LQ_TABLE_GET, tag);
}

enum lq_result lq_dynamodb_gateway_query(lq_dynamodb_gateway_t *gateway,
                                         const struct lq_table_query *query, uint64_t tag)
{
    enum lq_result result = check_keys(query->pk, query->sk_from);

    LQ_ASSERT(query->limit >= 1 && query->limit <= LQ_DYNAMODB_GATEWAY_PAGE_MAX);
    if (result != LQ_OK || (result = check_keys(query->pk, query->sk_to)) != LQ_OK) {
        return result;
    }
    if (query->after_sk.bytes > 0 && (result = check_keys(query->pk, query->after_sk)) != LQ_OK) {
        return result;
    }
    json_t *request = new_request(gateway), *values = json_object();
    put(values, ":p", lq_item_json_text(query->pk));
    put(values, ":f", lq_item_json_text(query->sk_from));
    put(values, ":t", lq_item_json_text(query->sk_to));
    put(request, "KeyConditionExpression",
        json_string(LQ_TABLE_ITEM_PK " = :p AND " LQ_TABLE_ITEM_SK " BETWEEN :f AND :t"));
    put(request, "ExpressionAttributeValues", values);
    put(request, "ConsistentRead", json_true());
    put(request, "ScanIndexForward", json_boolean(!query->is_descending));
    put(request, "Limit", json_integer(query->limit));
    if (query->after_sk.bytes > 0) {
        put(request, "ExclusiveStartKey", lq_item_json_key(query->pk, query->after_sk));
    }
    return ask(gateway, request, TARGET("Query"), LQ_TABLE_QUERY, tag);
}

enum lq_result lq_dynamodb_gateway_expire_by(lq_dynamodb_gateway_t *gateway, const char *name,
                                             uint64_t tag)
{
    json_t *request = json_object(), *specification = json_object();

    LQ_ASSERT(request != NULL && specification != NULL);
    put(specification, "AttributeName", json_string(name));
    put(specification, "Enabled", json_true());
    put(request, "TableName", json_string(gateway->table));
    put(request, "TimeToLiveSpecification", specification);
    return ask(gateway, request, TARGET("UpdateTimeToLive"), LQ_TABLE_EXPIRE_BY, tag);
}

/* ---- answers, and the loop ---- */

struct lq_dynamodb_answer *lq_dynamodb_gateway_take(lq_dynamodb_gateway_t *gateway)
{
    struct lq_aws_reply reply;

    return lq_aws_service_take(gateway->service, &reply) ? lq_dynamodb_answer_new(&reply) : NULL;
}

void lq_dynamodb_gateway_release(struct lq_dynamodb_answer **answer)
{
    lq_dynamodb_answer_destroy(answer);
}

uint32_t lq_dynamodb_gateway_room(const lq_dynamodb_gateway_t *gateway)
{
    return lq_aws_service_room(gateway->service);
}

int lq_dynamodb_gateway_descriptor(const lq_dynamodb_gateway_t *gateway)
{
    return lq_aws_service_descriptor(gateway->service);
}

uint64_t lq_dynamodb_gateway_next_timer_ns(const lq_dynamodb_gateway_t *gateway)
{
    return lq_aws_service_next_timer_ns(gateway->service);
}

void lq_dynamodb_gateway_turn(lq_dynamodb_gateway_t *gateway)
{
    lq_aws_service_turn(gateway->service);
}

void lq_dynamodb_gateway_count(const lq_dynamodb_gateway_t *gateway,
                               struct lq_aws_service_counts *counts)
{
    lq_aws_service_count(gateway->service, counts);
}
