// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "gateway/infrastructure/message_reader.h"

#include "tests/support/suite.h"

#include <stdio.h>

TCase *lq_test_message_reader(void);

static struct lq_message_reader reader;
static struct lq_player_message message;
static char reason[LQ_REASON_BYTES_MAX];

static enum lq_result read_text(const char *text)
{
    return lq_message_reader_read(&reader, lq_view_text(text), &message, reason);
}

#define MAL LQ_ERR_MALFORMED
#define INV LQ_ERR_INVALID

/* text, result, how the reason begins */
static const struct {
    const char *text;
    enum lq_result result;
    const char *reason;
} rows[] = {
    {"{\"type\":\"hello\",\"session\":\"a\"}", LQ_OK, ""},
    {"{\"type\":\"hello\"}", INV, "session: missing"},
    {"{\"type\":\"hello\",\"session\":\"\"}", INV, "session: a text"},
    {"{\"type\":\"hello\",\"session\":7}", INV, "session: a text"},
    {"{\"type\":\"hello\",\"session\":\"a\\n\"}", INV, "session: a control"},
    {"{\"type\":\"hello\",\"session\":\"a\",\"right\":\"watch\"}", LQ_OK, ""},
    {"{\"type\":\"hello\",\"session\":\"a\",\"right\":\"rule\"}", INV, "right: not one"},
    {"{\"type\":\"hello\",\"session\":\"a\",\"states_per_s\":61}", INV, "states_per_s: a whole"},
    {"{\"type\":\"hello\",\"session\":\"a\",\"states_per_s\":2.5}", INV, "states_per_s: a whole"},
    {"{\"type\":\"hello\",\"session\":\"a\",\"have\":{\"frame\":1}}", INV, "have: missing"},
    {"{\"type\":\"hello\",\"session\":\"a\",\"have\":7}", MAL, "have: an object"},
    {"{\"type\":\"hello\",\"session\":\"a\",\"have\":{\"x\":7}}", MAL, "have.x: no field"},
    {"{\"type\":\"hello\",\"session\":\"a\",\"frame\":7}", MAL, "frame: no field"},
    {"{\"type\":\"hello\",\"session\":\"a\",\"view\":{\"x\":1,\"y\":2,\"width\":3}}", INV,
     "view.height: missing"},
    {"{\"type\":\"hello\",\"session\":\"a\",\"view\":{\"x\":1,\"y\":2,\"width\":3,\"height\":-1}}",
     INV, "view.height: a number"},
    {"{\"type\":\"hello\",\"session\":\"a\",\"have\":{\"frame\":1,\"hash\":\"x\"}}", INV,
     "have.hash: 64"},
    {"{\"type\":\"hello\",\"session\":\"a\",\"session\":\"b\"}", MAL, "no JSON object"},
    {"{\"type\":\"hello\",\"session\":\"a\",\"hurry\":true}", MAL, "hurry: no field of hello"},
    {"{\"type\":\"welcome\"}", MAL, "type: no message"},
    {"{\"type\":1}", MAL, "type: a text"},
    {"{}", MAL, "type: missing"},
    {"[]", MAL, "no JSON object"},
    {"\"x\"", MAL, "no JSON object"},
    {"", MAL, "no JSON object"},
    {"{\"type\":\"refresh\"} x", MAL, "no JSON object"},
    {"{\"type\":\"refresh\"}", LQ_OK, ""},
    {"{\"type\":\"ping\",\"at\":-3}", LQ_OK, ""},
    {"{\"type\":\"ping\",\"at\":1e3}", INV, "at: a whole"},
    {"{\"type\":\"ping\",\"at\":9007199254740992}", INV, "at: a whole"},
    {"{\"type\":\"ack\",\"state\":0}", LQ_OK, ""},
    {"{\"type\":\"join\",\"number\":1}", LQ_OK, ""},
    {"{\"type\":\"join\",\"number\":0}", INV, "number: a whole"},
    {"{\"type\":\"join\",\"number\":1,\"x\":1}", INV, "y: missing"},
    {"{\"type\":\"join\",\"number\":1,\"previous\":1}", INV, "previous: true or"},
    {"{\"type\":\"view\",\"all\":true}", LQ_OK, ""},
    {"{\"type\":\"view\",\"all\":false}", INV, "all: missing"},
    {"{\"type\":\"view\",\"all\":true,\"x\":0,\"y\":0,\"width\":1,\"height\":1}", INV,
     "all: beside"},
    {"{\"type\":\"command\",\"number\":1}", INV, "kind: missing"},
    {"{\"type\":\"command\",\"number\":1,\"kind\":\"Join\"}", INV, "kind: not one"},
    {"{\"type\":\"command\",\"number\":1,\"kind\":\"SetThrust\",\"vx\":1}", INV, "vy: missing"},
    {"{\"type\":\"command\",\"number\":1,\"kind\":\"SetThrust\",\"vx\":1,\"vy\":2,\"x\":0}", INV,
     "x: no field of SetThrust"},
    {"{\"type\":\"command\",\"number\":1,\"kind\":\"SetThrust\",\"vx\":1e19,\"vy\":2}", INV,
     "vx: a number"},
    {"{\"type\":\"command\",\"number\":1,\"kind\":\"SetThrust\",\"vx\":1,\"vy\":-0.5}", LQ_OK, ""},
    {"{\"type\":\"command\",\"number\":1,\"kind\":\"SetBehavior\",\"behavior\":\"Dance\"}", INV,
     "behavior: not one"},
    {"{\"type\":\"command\",\"number\":1,\"kind\":\"Custom\",\"custom\":\"AAE=\"}", LQ_OK, ""},
    {"{\"type\":\"command\",\"number\":1,\"kind\":\"Custom\",\"custom\":\"\"}", LQ_OK, ""},
    {"{\"type\":\"command\",\"number\":1,\"kind\":\"Custom\",\"custom\":\"AAF=\"}", INV,
     "custom: base64"},
    {"{\"type\":\"command\",\"number\":1,\"kind\":\"Custom\",\"custom\":\"AA==AAAA\"}", INV,
     "custom: base64"},
    {"{\"type\":\"command\",\"number\":1,\"kind\":\"Custom\",\"custom\":\"A\"}", INV,
     "custom: base64"},
};

START_TEST(test_rows)
{
    enum lq_result result = read_text(rows[_i].text);

    ck_assert_msg(result == rows[_i].result, "%s: %d: %s", rows[_i].text, (int)result, reason);
    ck_assert_msg(strncmp(reason, rows[_i].reason, strlen(rows[_i].reason)) == 0, "%s: %s",
                  rows[_i].text, reason);
}
END_TEST

START_TEST(test_values)
{
    ck_assert_int_eq(read_text("{\"type\":\"command\",\"number\":7,\"kind\":\"ApplyImpulse\","
                               "\"vx\":1,\"vy\":-0.25,\"previous\":true}"),
                     LQ_OK);
    ck_assert_int_eq(message.number, 7);
    ck_assert(message.previous);
    ck_assert_int_eq(message.kind, LQ_COMMAND_APPLY_IMPULSE);
    ck_assert(message.vx == 1.0F && message.vy == -0.25F);
    ck_assert_int_eq(read_text("{\"type\":\"command\",\"number\":1,\"kind\":\"Custom\","
                               "\"custom\":\"AAECAw==\"}"),
                     LQ_OK);
    ck_assert_uint_eq(message.custom.bytes, 4);
    ck_assert_int_eq(memcmp(message.custom.data, "\0\1\2\3", 4), 0);
}
END_TEST

/* A custom of exactly the most bytes is taken, one more is not. */
START_TEST(test_custom_at_its_bound)
{
    static char text[32768];

    for (size_t over = 0; over < 2; over++) {
        size_t digits = (LQ_CUSTOM_BYTES_MAX + 2) / 3 * 4;
        int head = snprintf(text, sizeof text,
                            "{\"type\":\"command\",\"number\":1,\"kind\":\"Custom\",\"custom\":\"");
        memset(text + head, 'A', digits);
        /* 16384 = 3 * 5461 + 1: two digits of padding; with one of them it is a byte more. */
        text[head + (int)digits - 1] = '=';
        text[head + (int)digits - 2] = over == 0 ? '=' : 'A';
        memcpy(text + head + digits, "\"}", 3);
        ck_assert_int_eq(read_text(text), over == 0 ? LQ_OK : LQ_ERR_INVALID);
    }
}
END_TEST

/* Each field of the table is refused in each message that does not have it, and named. */
START_TEST(test_foreign_fields)
{
    const struct lq_player_field_row *fields = lq_player_message_fields();
    char text[256];

    for (uint32_t type = 1; type < LQ_PLAYER_MESSAGE_TYPES; type++) {
        for (uint32_t field = 0; field < LQ_PLAYER_FIELD_COUNT; field++) {
            bool has = false;
            for (uint32_t other = 0; other < LQ_PLAYER_FIELD_COUNT; other++) {
                has = has || (fields[other].message == type &&
                              strcmp(fields[other].name, fields[field].name) == 0 &&
                              fields[other].group[0] == '\0');
            }
            if (has) {
                continue;
            }
            snprintf(text, sizeof text, "{\"type\":\"%s\",\"%s\":1}",
                     lq_player_message_name((enum lq_player_message_type)type), fields[field].name);
            ck_assert_msg(read_text(text) == LQ_ERR_MALFORMED, "%s", text);
            ck_assert_msg(strncmp(reason, fields[field].name, strlen(fields[field].name)) == 0,
                          "%s: %s", text, reason);
        }
    }
}
END_TEST

TCase *lq_test_message_reader(void)
{
    TCase *tests = tcase_create("message_reader");

    tcase_add_loop_test(tests, test_rows, 0, sizeof rows / sizeof rows[0]);
    tcase_add_test(tests, test_values);
    tcase_add_test(tests, test_custom_at_its_bound);
    tcase_add_test(tests, test_foreign_fields);
    return tests;
}
