// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "mirror/infrastructure/eventbridge_gateway.h"

#include "base/alloc.h"
#include "mirror/infrastructure/eventbridge_answer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CONTENT_TYPE "application/x-amz-json-1.1"
#define TARGET_PUT "AWSEvents.PutEvents"
#define QUESTIONS_USUAL 64u
#define GIVE_UP_USUAL_MS UINT64_C(60000)

struct lq_eventbridge_gateway {
    lq_aws_service_t *service;
    size_t bytes_max;
    char bus[LQ_EVENTBRIDGE_GATEWAY_BUS_BYTES_MAX + 1];
};

static bool is_bus_name(const char *name)
{
    size_t bytes =
        strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-./:");

    return bytes >= 1 && bytes <= LQ_EVENTBRIDGE_GATEWAY_BUS_BYTES_MAX && name[bytes] == '\0';
}

static enum lq_result check_options(const struct lq_eventbridge_gateway_options *options,
                                    struct lq_error_message *message)
{
    if (!is_bus_name(options->bus)) {
        lq_error_message_set(message, "%.80s is not the name of an event bus", options->bus);
        return LQ_ERR_INVALID;
    }
    if (options->environment->region[0] == '\0') {
        lq_error_message_set(message, "no region: set AWS_REGION, or region in profile %s",
                             options->environment->profile);
        return LQ_ERR_INVALID;
    }
    if (options->bytes_max > 0 && (options->bytes_max < LQ_EVENTBRIDGE_GATEWAY_BYTES_LEAST ||
                                   options->bytes_max > LQ_EVENTBRIDGE_GATEWAY_BYTES_MOST)) {
        lq_error_message_set(message, "a call of events must be of %zu to %zu bytes, not %zu",
                             LQ_EVENTBRIDGE_GATEWAY_BYTES_LEAST, LQ_EVENTBRIDGE_GATEWAY_BYTES_MOST,
                             options->bytes_max);
        return LQ_ERR_INVALID;
    }
    return LQ_OK;
}

enum lq_result lq_eventbridge_gateway_new(const struct lq_eventbridge_gateway_options *options,
                                          lq_eventbridge_gateway_t **gateway,
                                          struct lq_error_message *message)
{
    struct lq_aws_endpoint endpoint;
    enum lq_result result =
        lq_aws_environment_endpoint(options->environment, LQ_AWS_EVENTBRIDGE, &endpoint, message);
    struct lq_aws_service_options service = {
        .client = lq_aws_client_options_default(),
        .name = "eventbridge",
        .credentials = options->credentials,
        .questions_max = options->questions_max > 0 ? options->questions_max : QUESTIONS_USUAL,
        .give_up_ms = options->give_up_ms > 0 ? options->give_up_ms : GIVE_UP_USUAL_MS,
    };

    if (result != LQ_OK || (result = check_options(options, message)) != LQ_OK) {
        return result;
    }
    service.client.endpoint = &endpoint;
    service.client.service = "events";
    service.client.region = options->environment->region;
    service.client.content_type = CONTENT_TYPE;
    service.client.ca_bundle = options->environment->ca_bundle;
    service.client.calls_max =
        options->calls_max > 0 ? options->calls_max : service.client.calls_max;
    service.client.timeout_ms =
        options->timeout_ms > 0 ? options->timeout_ms : service.client.timeout_ms;
    lq_eventbridge_gateway_t *made = lq_alloc(1, sizeof *made);
    (void)snprintf(made->bus, sizeof made->bus, "%s", options->bus);
    made->bytes_max =
        options->bytes_max > 0 ? options->bytes_max : LQ_EVENTBRIDGE_GATEWAY_BYTES_USUAL;
    result = lq_aws_service_new(&service, &made->service, message);
    if (result != LQ_OK) {
        free(made);
        return result;
    }
    *gateway = made;
    return LQ_OK;
}

void lq_eventbridge_gateway_destroy(lq_eventbridge_gateway_t **gateway)
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

/* NULL: not UTF-8, or empty, or longer. */
static json_t *read_text(struct lq_view text, size_t bytes_max)
{
    return text.bytes == 0 || text.bytes > bytes_max
               ? NULL
               : json_stringn((const char *)text.data, text.bytes);
}

/* Some implementations take what is no JSON, and then nobody can read it. */
static bool is_json_object(struct lq_view text)
{
    json_error_t error;
    json_t *root = json_loadb((const char *)text.data, text.bytes, 0, &error);
    bool is = json_is_object(root);

    json_decref(root);
    return is;
}

/* NULL: the service would refuse it. */
static json_t *encode_entry(const lq_eventbridge_gateway_t *gateway,
                            const struct lq_event_entry *entry)
{
    json_t *source = read_text(entry->source, LQ_EVENT_ENTRY_SOURCE_BYTES_MAX);
    json_t *type = read_text(entry->detail_type, LQ_EVENT_ENTRY_TYPE_BYTES_MAX);
    json_t *detail = is_json_object(entry->detail) ? read_text(entry->detail, SIZE_MAX) : NULL;
    json_t *resources = json_array(), *object = json_object();
    bool valid = source != NULL && type != NULL && detail != NULL;

    LQ_ASSERT(object != NULL && resources != NULL);
    LQ_ASSERT(entry->resource_count <= LQ_EVENT_ENTRY_RESOURCES_MAX);
    for (uint32_t index = 0; index < entry->resource_count; index++) {
        json_t *resource = read_text(entry->resources[index], 2048);
        valid = valid && resource != NULL;
        (void)json_array_append_new(resources, resource);
    }
    if (!valid) {
        json_decref(source);
        json_decref(type);
        json_decref(detail);
        json_decref(resources);
        json_decref(object);
        return NULL;
    }
    put(object, "EventBusName", json_string(gateway->bus));
    put(object, "Source", source);
    put(object, "DetailType", type);
    put(object, "Detail", detail);
    if (entry->resource_count > 0) {
        put(object, "Resources", json_incref(resources));
    }
    json_decref(resources);
    if (entry->time_s > 0) {
        put(object, "Time", json_integer((json_int_t)entry->time_s));
    }
    return object;
}

static enum lq_result check_size(const lq_eventbridge_gateway_t *gateway,
                                 const struct lq_event_entry *entries, uint32_t count,
                                 uint32_t *entry)
{
    size_t bytes = 0;

    *entry = count;
    if (count < 1 || count > LQ_EVENTBRIDGE_GATEWAY_ENTRIES_MAX) {
        return LQ_ERR_LIMIT;
    }
    for (uint32_t index = 0; index < count; index++) {
        size_t own = lq_event_entry_bytes(&entries[index]);
        if (own > gateway->bytes_max) {
            *entry = index;
            return LQ_ERR_LIMIT;
        }
        bytes += own;
    }
    return bytes > gateway->bytes_max ? LQ_ERR_LIMIT : LQ_OK;
}

enum lq_result lq_eventbridge_gateway_put(lq_eventbridge_gateway_t *gateway,
                                          const struct lq_event_entry *entries, uint32_t count,
                                          uint64_t tag, uint32_t *entry)
{
    enum lq_result result = check_size(gateway, entries, count, entry);

    if (result != LQ_OK) {
        return result;
    }
    json_t *list = json_array(), *request = json_object();
    LQ_ASSERT(list != NULL && request != NULL);
    put(request, "Entries", list);
    for (uint32_t index = 0; index < count; index++) {
        json_t *object = encode_entry(gateway, &entries[index]);
        if (object == NULL) {
            *entry = index;
            json_decref(request);
            return LQ_ERR_INVALID;
        }
        LQ_ASSERT(json_array_append_new(list, object) == 0);
    }
    char *body = json_dumps(request, JSON_COMPACT);
    LQ_ASSERT(body != NULL);
    json_decref(request);
    struct lq_aws_question question = {
        .kind = count, .tag = tag, .target = TARGET_PUT, .body = body, .body_bytes = strlen(body)};
    result = lq_aws_service_ask(gateway->service, &question);
    if (result != LQ_OK) {
        free(body);
    }
    return result;
}

/* ---- answers, and the loop ---- */

bool lq_eventbridge_gateway_take(lq_eventbridge_gateway_t *gateway,
                                 struct lq_eventbridge_answer *answer)
{
    struct lq_aws_reply reply;

    if (!lq_aws_service_take(gateway->service, &reply)) {
        return false;
    }
    lq_eventbridge_answer_read(&reply, answer);
    return true;
}

uint32_t lq_eventbridge_gateway_room(const lq_eventbridge_gateway_t *gateway)
{
    return lq_aws_service_room(gateway->service);
}

int lq_eventbridge_gateway_descriptor(const lq_eventbridge_gateway_t *gateway)
{
    return lq_aws_service_descriptor(gateway->service);
}

uint64_t lq_eventbridge_gateway_next_timer_ns(const lq_eventbridge_gateway_t *gateway)
{
    return lq_aws_service_next_timer_ns(gateway->service);
}

void lq_eventbridge_gateway_turn(lq_eventbridge_gateway_t *gateway)
{
    lq_aws_service_turn(gateway->service);
}

void lq_eventbridge_gateway_count(const lq_eventbridge_gateway_t *gateway,
                                  struct lq_aws_service_counts *counts)
{
    lq_aws_service_count(gateway->service, counts);
}
