// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* mirror_probe.c - the mirror's gateways and credentials, driven by a test script.
 *
 *   lq-mirror-probe gateway TABLE BUS [GIVE_UP_MS [TIMEOUT_MS]]
 *   lq-mirror-probe credentials      one JSON line: where they came from, digests of the secrets
 *   lq-mirror-probe sign             calls as they are told, one after the other
 *
 * Questions are JSON objects on stdin, a line each; answers are JSON objects on stdout, a line
 * each, as they come. At the end of stdin what was asked is still answered. No secret is printed.
 */
#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"
#include "mirror/infrastructure/dynamodb_gateway.h"
#include "mirror/infrastructure/eventbridge_gateway.h"
#include "mirror/infrastructure/item_json.h"

#include <errno.h>
#include <poll.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define LINE_BYTES_MAX ((size_t)2 << 20)
#define CREDENTIALS_WAIT_MS 90000

struct probe {
    struct lq_aws_environment environment;
    lq_aws_credentials_t *credentials;
    lq_dynamodb_gateway_t *table;
    lq_eventbridge_gateway_t *bus;
    uint32_t open_count; /* asked and not answered */
    bool is_at_end;
    size_t bytes;
    char line[LINE_BYTES_MAX];
};

LQ_NORETURN static void fail(const char *what)
{
    fprintf(stderr, "lq-mirror-probe: %s\n", what);
    exit(2);
}

static void print_json(json_t *object)
{
    char *text = json_dumps(object, JSON_COMPACT | JSON_ENSURE_ASCII);

    LQ_ASSERT(text != NULL);
    puts(text);
    fflush(stdout);
    free(text);
    json_decref(object);
}

static struct lq_view text_of(const json_t *question, const char *key)
{
    const json_t *text = json_object_get(question, key);
    const char *value = json_string_value(text);

    return lq_view_of(value != NULL ? value : "", json_string_length(text));
}

static uint64_t number_of(const json_t *question, const char *key)
{
    return (uint64_t)json_integer_value(json_object_get(question, key));
}

/* ---- questions ---- */

static struct lq_table_condition read_condition(const json_t *question)
{
    static const char *const names[] = {"always",          "absent", "present",        "below",
                                        "absent_or_below", "equal",  "equal_and_below"};
    const char *wanted = json_string_value(json_object_get(question, "if"));
    struct lq_table_condition condition = {
        .requirement = LQ_TABLE_ALWAYS,
        .name = json_string_value(json_object_get(question, "name")),
        .number = number_of(question, "number"),
        .below_name = json_string_value(json_object_get(question, "below_name")),
        .below = number_of(question, "below")};

    for (int index = 0; wanted != NULL && index < 7; index++) {
        if (strcmp(names[index], wanted) == 0) {
            condition.requirement = (enum lq_table_requirement)(index + 1);
        }
    }
    return condition;
}

static enum lq_result ask_write(struct probe *probe, const json_t *question, bool is_put)
{
    const json_t *json = json_object_get(question, "item");
    struct lq_table_condition condition = read_condition(question);
    struct lq_error_message message = {""};
    struct lq_table_item item;
    size_t room_bytes = lq_item_json_room(json);
    uint8_t *memory = lq_alloc(room_bytes + 1, 1), *room = memory;
    enum lq_result result = lq_item_json_decode(json, &item, &room, &room_bytes, &message);

    if (result != LQ_OK) {
        fail(message.text);
    }
    result = is_put ? lq_dynamodb_gateway_put(probe->table, &item, &condition,
                                              number_of(question, "tag"))
                    : lq_dynamodb_gateway_update(probe->table, &item, &condition,
                                                 number_of(question, "tag"));
    free(memory);
    return result;
}

static enum lq_result ask_query(struct probe *probe, const json_t *question)
{
    struct lq_table_query query = {.pk = text_of(question, "pk"),
                                   .sk_from = text_of(question, "from"),
                                   .sk_to = text_of(question, "to"),
                                   .after_sk = text_of(question, "after"),
                                   .is_descending =
                                       json_is_true(json_object_get(question, "descending")),
                                   .limit = (uint32_t)number_of(question, "limit")};

    return lq_dynamodb_gateway_query(probe->table, &query, number_of(question, "tag"));
}

static enum lq_result ask_events(struct probe *probe, const json_t *question, uint32_t *entry)
{
    struct lq_event_entry entries[16] = {0};
    const json_t *list = json_object_get(question, "entries");
    uint32_t count = (uint32_t)json_array_size(list);

    for (uint32_t index = 0; index < count && index < 16; index++) {
        const json_t *one = json_array_get(list, index);
        const json_t *resources = json_object_get(one, "resources");
        entries[index] = (struct lq_event_entry){.source = text_of(one, "source"),
                                                 .detail_type = text_of(one, "type"),
                                                 .detail = text_of(one, "detail"),
                                                 .time_s = number_of(one, "time")};
        entries[index].resource_count = (uint32_t)json_array_size(resources);
        for (uint32_t place = 0; place < entries[index].resource_count; place++) {
            const json_t *resource = json_array_get(resources, place);
            entries[index].resources[place] =
                lq_view_of(json_string_value(resource), json_string_length(resource));
        }
    }
    return lq_eventbridge_gateway_put(probe->bus, entries, count, number_of(question, "tag"),
                                      entry);
}

static void print_counts(const struct probe *probe)
{
    struct lq_aws_service_counts table, bus;
    struct lq_aws_credentials_status status;

    lq_dynamodb_gateway_count(probe->table, &table);
    lq_eventbridge_gateway_count(probe->bus, &bus);
    lq_aws_credentials_describe(probe->credentials, &status);
    print_json(json_pack("{s:b,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:i,s:I,s:I,s:s}", "sleeps",
                         lq_dynamodb_gateway_next_timer_ns(probe->table) == UINT64_MAX &&
                             lq_eventbridge_gateway_next_timer_ns(probe->bus) == UINT64_MAX,
                         "calls", (json_int_t)table.calls, "retries", (json_int_t)table.retries,
                         "throttled", (json_int_t)table.throttled, "failed",
                         (json_int_t)table.failed, "refused", (json_int_t)table.refused,
                         "breaker_opened", (json_int_t)table.breaker_opened, "skew_s",
                         (json_int_t)table.skew_s, "bus_calls", (json_int_t)bus.calls, "breaker",
                         (int)table.breaker, "fetches", (json_int_t)status.fetch_count,
                         "fetch_failures", (json_int_t)status.failure_count, "source",
                         lq_credential_chain_source_name(status.source)));
}

static void ask(struct probe *probe, const json_t *question)
{
    const char *what = json_string_value(json_object_get(question, "do"));
    uint64_t tag = number_of(question, "tag");
    enum lq_result result = LQ_OK;
    uint32_t entry = 0;

    LQ_ASSERT(what != NULL);
    if (strcmp(what, "count") == 0) {
        print_counts(probe);
        return;
    }
    if (strcmp(what, "put") == 0 || strcmp(what, "update") == 0) {
        result = ask_write(probe, question, what[0] == 'p');
    } else if (strcmp(what, "get") == 0) {
        result = lq_dynamodb_gateway_get(probe->table, text_of(question, "pk"),
                                         text_of(question, "sk"), tag);
    } else if (strcmp(what, "query") == 0) {
        result = ask_query(probe, question);
    } else if (strcmp(what, "expire_by") == 0) {
        result = lq_dynamodb_gateway_expire_by(
            probe->table, json_string_value(json_object_get(question, "name")), tag);
    } else if (strcmp(what, "events") == 0) {
        result = ask_events(probe, question, &entry);
    } else {
        fail("a question that is none");
    }
    if (result != LQ_OK) {
        print_json(json_pack("{s:I,s:s,s:i}", "tag", (json_int_t)tag, "local",
                             lq_result_text(result), "entry", (int)entry));
        return;
    }
    probe->open_count++;
}

/* ---- answers ---- */

static void print_table_answer(struct probe *probe)
{
    struct lq_dynamodb_answer *answer = lq_dynamodb_gateway_take(probe->table);

    if (answer == NULL) {
        return;
    }
    json_t *items = json_array();
    for (uint32_t index = 0; index < answer->item_count; index++) {
        size_t bytes;
        char *text = lq_item_json_dump(&answer->items[index], &bytes);
        json_array_append_new(items, json_loadb(text, bytes, 0, NULL));
        free(text);
    }
    json_t *line =
        json_pack("{s:I,s:s,s:b,s:s,s:s,s:i,s:f,s:o,s:I}", "tag", (json_int_t)answer->tag,
                  "verdict", lq_retry_rule_verdict_name(answer->verdict), "in_doubt",
                  (int)answer->is_in_doubt, "code", answer->error_code, "text", answer->text,
                  "attempts", (int)answer->attempt_count, "units", answer->capacity_units, "items",
                  items, "ms", (json_int_t)(answer->duration_ns / LQ_NS_PER_MS));
    LQ_ASSERT(line != NULL);
    if (answer->has_more) {
        json_object_set_new(
            line, "last", json_stringn((const char *)answer->last_sk.data, answer->last_sk.bytes));
    }
    print_json(line);
    lq_dynamodb_gateway_release(&answer);
    probe->open_count--;
}

static void print_bus_answer(struct probe *probe)
{
    struct lq_eventbridge_answer answer;

    if (!lq_eventbridge_gateway_take(probe->bus, &answer)) {
        return;
    }
    json_t *entries = json_array();
    for (uint32_t index = 0; index < answer.entry_count; index++) {
        const struct lq_event_outcome *outcome = &answer.entries[index];
        json_array_append_new(entries, json_pack("{s:s,s:s,s:s,s:s}", "verdict",
                                                 lq_retry_rule_verdict_name(outcome->verdict),
                                                 "code", outcome->error_code, "text", outcome->text,
                                                 "id", outcome->event_id));
    }
    print_json(json_pack("{s:I,s:s,s:b,s:s,s:s,s:i,s:i,s:o}", "tag", (json_int_t)answer.tag,
                         "verdict", lq_retry_rule_verdict_name(answer.verdict), "in_doubt",
                         (int)answer.is_in_doubt, "code", answer.error_code, "text", answer.text,
                         "attempts", (int)answer.attempt_count, "failed", (int)answer.failed_count,
                         "entries", entries));
    probe->open_count--;
}

/* ---- the loop ---- */

static bool has_room(const struct probe *probe)
{
    return lq_dynamodb_gateway_room(probe->table) > 0 &&
           lq_eventbridge_gateway_room(probe->bus) > 0;
}

static void read_stdin(struct probe *probe)
{
    ssize_t got = read(0, probe->line + probe->bytes, sizeof probe->line - probe->bytes);

    if (got < 0 && errno != EINTR) {
        fail("stdin cannot be read");
    }
    probe->is_at_end = got == 0;
    probe->bytes += got > 0 ? (size_t)got : 0;
}

/* Lines that are there, as long as they can be asked. */
static void ask_lines(struct probe *probe)
{
    char *end;

    while (has_room(probe) && (end = memchr(probe->line, '\n', probe->bytes)) != NULL) {
        size_t bytes = (size_t)(end - probe->line) + 1;
        json_t *question = json_loadb(probe->line, bytes, 0, NULL);
        if (question == NULL) {
            fail("a line that is no JSON");
        }
        ask(probe, question);
        json_decref(question);
        probe->bytes -= bytes;
        memmove(probe->line, end + 1, probe->bytes);
    }
    if (probe->bytes == sizeof probe->line && has_room(probe)) {
        fail("a line that is too long");
    }
}

static int wait_ms(const struct probe *probe)
{
    uint64_t one = lq_dynamodb_gateway_next_timer_ns(probe->table);
    uint64_t other = lq_eventbridge_gateway_next_timer_ns(probe->bus);
    uint64_t next = one < other ? one : other, now = lq_clock_monotonic_ns();

    if (next == UINT64_MAX) {
        return -1;
    }
    return next <= now ? 0 : (int)((next - now + LQ_NS_PER_MS - 1) / LQ_NS_PER_MS);
}

static int run_gateway(struct probe *probe)
{
    while (!probe->is_at_end || probe->open_count > 0 || probe->bytes > 0) {
        bool reads = !probe->is_at_end && probe->bytes < sizeof probe->line && has_room(probe);
        struct pollfd ready[] = {
            {.fd = reads ? 0 : -1, .events = POLLIN},
            {.fd = lq_dynamodb_gateway_descriptor(probe->table), .events = POLLIN},
            {.fd = lq_eventbridge_gateway_descriptor(probe->bus), .events = POLLIN}};
        (void)poll(ready, 3, wait_ms(probe));
        if (ready[0].revents != 0) {
            read_stdin(probe);
        }
        ask_lines(probe);
        lq_dynamodb_gateway_turn(probe->table);
        lq_eventbridge_gateway_turn(probe->bus);
        print_table_answer(probe);
        print_bus_answer(probe);
    }
    return 0;
}

static void open_gateways(struct probe *probe, int count, char **arguments)
{
    struct lq_error_message message = {""};
    struct lq_dynamodb_gateway_options table = {.table = arguments[0],
                                                .environment = &probe->environment,
                                                .credentials = probe->credentials,
                                                .questions_max = 256};
    struct lq_eventbridge_gateway_options bus = {
        .bus = arguments[1], .environment = &probe->environment, .credentials = probe->credentials};

    table.give_up_ms = bus.give_up_ms = count > 2 ? strtoull(arguments[2], NULL, 10) : 0;
    table.timeout_ms = bus.timeout_ms = count > 3 ? (uint32_t)strtoul(arguments[3], NULL, 10) : 0;
    if (lq_dynamodb_gateway_new(&table, &probe->table, &message) != LQ_OK ||
        lq_eventbridge_gateway_new(&bus, &probe->bus, &message) != LQ_OK) {
        fail(message.text);
    }
}

/* ---- credentials alone ---- */

static void digest_hex(const char *secret, char hex[65])
{
    uint8_t digest[32];

    crypto_generichash(digest, sizeof digest, (const uint8_t *)secret, strlen(secret), NULL, 0);
    sodium_bin2hex(hex, 65, digest, sizeof digest);
}

static int run_credentials(struct probe *probe)
{
    struct lq_aws_credentials_status status;
    struct lq_error_message message = {""};
    struct lq_aws_keys keys = {0};
    uint64_t generation = 0;
    char secret[65] = "", token[65] = "";
    enum lq_result result =
        lq_aws_credentials_wait(probe->credentials, CREDENTIALS_WAIT_MS, &message);

    lq_aws_credentials_describe(probe->credentials, &status);
    if (result == LQ_OK && lq_aws_credentials_copy(probe->credentials, &keys, &generation)) {
        digest_hex(keys.secret_access_key, secret);
        digest_hex(keys.session_token, token);
    }
    print_json(json_pack(
        "{s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:I}", "result", lq_result_text(result), "text", message.text,
        "source", lq_credential_chain_source_name(status.source), "id", keys.access_key_id,
        "secret", secret, "token", token, "region", probe->environment.region, "expires",
        keys.expires_at_s == LQ_AWS_NEVER_EXPIRES ? (json_int_t)-1
                                                  : (json_int_t)keys.expires_at_s));
    lq_aws_keys_wipe(&keys);
    return result == LQ_OK ? 0 : 1;
}

/* ---- calls as they are told ---- */

struct signing {
    lq_aws_client_t *client;
    char place[LQ_AWS_ENDPOINT_BYTES_MAX * 2]; /* that it was made for */
};

static void open_client(struct signing *signing, const json_t *line)
{
    struct lq_aws_client_options options = lq_aws_client_options_default();
    struct lq_error_message message = {""};
    struct lq_aws_endpoint endpoint;
    char place[sizeof signing->place];
    const char *type;

    options.endpoint = &endpoint;
    if (json_unpack((json_t *)line, "{s:s,s:s,s:s}", "service", &options.service, "region",
                    &options.region, "type", &type) != 0) {
        fail("a call without its service, region or type");
    }
    options.content_type = type;
    (void)snprintf(place, sizeof place, "%s %s %s %s", (const char *)text_of(line, "url").data,
                   options.service, options.region, type);
    if (strcmp(place, signing->place) == 0) {
        return;
    }
    lq_aws_client_destroy(&signing->client);
    memcpy(signing->place, place, sizeof place);
    if (lq_aws_endpoint_parse("url", (const char *)text_of(line, "url").data, &endpoint,
                              &message) != LQ_OK ||
        lq_aws_client_new(&options, &signing->client, &message) != LQ_OK) {
        fail(message.text);
    }
}

static struct lq_aws_call *await_call(lq_aws_client_t *client)
{
    struct lq_aws_call *done;

    while ((done = lq_aws_client_take(client)) == NULL) {
        struct pollfd ready = {.fd = lq_aws_client_descriptor(client), .events = POLLIN};
        uint64_t next = lq_aws_client_next_timer_ns(client), now = lq_clock_monotonic_ns();
        int ms = next == UINT64_MAX ? -1 : next <= now ? 0 : (int)((next - now) / LQ_NS_PER_MS) + 1;
        (void)poll(&ready, 1, ms);
        lq_aws_client_turn(client);
    }
    return done;
}

static void sign_one(struct signing *signing, const json_t *line, uint8_t *body)
{
    size_t bytes = (size_t)number_of(line, "bytes");
    struct lq_aws_call call = {.target = (const char *)text_of(line, "target").data,
                               .body = lq_view_of(body, bytes)};
    struct lq_aws_keys keys = {0};

    if (bytes > LQ_AWS_CLIENT_BODY_BYTES_MAX || fread(body, 1, bytes, stdin) != bytes) {
        fail("a body that is too long, or cut");
    }
    (void)snprintf(keys.access_key_id, sizeof keys.access_key_id, "%s",
                   (const char *)text_of(line, "id").data);
    (void)snprintf(keys.secret_access_key, sizeof keys.secret_access_key, "%s",
                   (const char *)text_of(line, "secret").data);
    (void)snprintf(keys.session_token, sizeof keys.session_token, "%s",
                   (const char *)text_of(line, "token").data);
    open_client(signing, line);
    if (lq_aws_client_send(signing->client, &call, &keys) != LQ_OK) {
        fail("a call that cannot be sent");
    }
    struct lq_aws_call *done = await_call(signing->client);
    print_json(json_pack("{s:s,s:i,s:I,s:s}", "transport",
                         lq_retry_rule_transport_name(done->transport), "status",
                         (int)done->http_status, "received", (json_int_t)done->received_bytes,
                         "trouble", done->trouble));
    lq_aws_client_release(signing->client, done);
}

static int run_sign(void)
{
    struct signing signing = {0};
    char *text = lq_alloc(1, 65536);
    uint8_t *body = lq_alloc(1, LQ_AWS_CLIENT_BODY_BYTES_MAX);

    while (fgets(text, 65536, stdin) != NULL) {
        json_t *line = json_loads(text, 0, NULL);
        if (line == NULL) {
            fail("a line that is no JSON");
        }
        sign_one(&signing, line, body);
        json_decref(line);
    }
    lq_aws_client_destroy(&signing.client);
    free(body);
    free(text);
    return 0;
}

int main(int count, char **arguments)
{
    struct lq_error_message message = {""};
    bool is_gateway = count >= 4 && strcmp(arguments[1], "gateway") == 0;
    int code;

    lq_log_open("lq-mirror-probe", "1", LQ_LOG_INFO);
    if (count == 2 && strcmp(arguments[1], "sign") == 0) {
        return run_sign();
    }
    if (!is_gateway && (count != 2 || strcmp(arguments[1], "credentials") != 0)) {
        fail("usage: lq-mirror-probe gateway TABLE BUS [GIVE_UP_MS [TIMEOUT_MS]] | credentials | "
             "sign");
    }
    struct probe *probe = lq_alloc(1, sizeof *probe);
    if (lq_aws_environment_read(&probe->environment, &message) != LQ_OK) {
        fail(message.text);
    }
    probe->credentials =
        lq_aws_credentials_new(&probe->environment, LQ_CREDENTIAL_CHAIN_PROCESS_MS);
    if (is_gateway) {
        open_gateways(probe, count - 2, arguments + 2);
        code = run_gateway(probe);
    } else {
        code = run_credentials(probe);
    }
    lq_dynamodb_gateway_destroy(&probe->table);
    lq_eventbridge_gateway_destroy(&probe->bus);
    lq_aws_credentials_destroy(&probe->credentials);
    free(probe);
    return code;
}
