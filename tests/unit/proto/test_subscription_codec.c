// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* What a subscription must not be, in a request and beside an item. */
#include "proto/actor_codec.h"
#include "proto/admin_codec.h"
#include "tests/unit/proto/proto_cases.h"
#include "tests/unit/proto/wire_samples.h"

static uint8_t encoded[LQ_WIRE_SAMPLE_BYTES_MAX];
static uint8_t memory[LQ_WIRE_SAMPLE_ARENA_BYTES];

static struct lq_view unframed(size_t bytes)
{
    return lq_view_of(encoded + LQ_FRAMING_BYTES, bytes - LQ_FRAMING_BYTES);
}

static const struct {
    struct lq_event_subscription events;
    bool is_valid;
} rows[] = {
    {{true, "tick.Collision,session.*"}, true},
    {{false, ""}, true},
    {{true, ""}, false},
    {{false, "tick.Collision"}, false},
    {{true, "no such event"}, false},
};

START_TEST(test_of_a_request)
{
    struct lq_arena arena = {memory, sizeof memory, 0};
    struct lq_admin_request request = {
        .kind = LQ_ADMIN_SET_EVENTS, .has_events = true, .events = rows[_i].events};
    struct lq_admin_request back;
    const char *where = "";
    size_t bytes = 0;

    ck_assert_int_eq(lq_admin_request_encode(&request, encoded, sizeof encoded, &bytes), LQ_OK);
    enum lq_result result = lq_admin_request_decode(unframed(bytes), &arena, &back, &where);
    ck_assert_int_eq(result, rows[_i].is_valid ? LQ_OK : LQ_ERR_MALFORMED);
    if (!rows[_i].is_valid) {
        ck_assert_str_eq(where, "events.list");
        return;
    }
    ck_assert(back.has_events);
    ck_assert_int_eq(back.events.own, rows[_i].events.own);
    ck_assert_str_eq(back.events.text, rows[_i].events.text);
}
END_TEST

/* Of three items; NULL: as nobody has a list of its own. */
static const struct {
    const char *of_second;
    bool is_valid;
} items[] = {{NULL, true}, {"!*", true}, {"tick.*,", false}};

START_TEST(test_of_an_item)
{
    struct lq_arena arena = {memory, sizeof memory, 0};
    struct lq_dispatch dispatch;
    struct lq_dispatch back;
    const char *where = "";
    size_t plain_bytes = 0;
    size_t bytes = 0;

    lq_wire_sample_dispatch(&dispatch, 3);
    ck_assert_int_eq(lq_dispatch_encode(&dispatch, encoded, sizeof encoded, &plain_bytes), LQ_OK);
    if (items[_i].of_second != NULL) {
        dispatch.items[1].events = lq_view_text(items[_i].of_second);
    }
    ck_assert_int_eq(lq_dispatch_encode(&dispatch, encoded, sizeof encoded, &bytes), LQ_OK);
    dispatch.items[1].events = lq_view_of(NULL, 0);
    ck_assert_int_eq(bytes > plain_bytes, items[_i].of_second != NULL);
    enum lq_result result = lq_dispatch_decode(unframed(bytes), &arena, &back, &where);
    ck_assert_int_eq(result, items[_i].is_valid ? LQ_OK : LQ_ERR_MALFORMED);
    if (!items[_i].is_valid) {
        ck_assert_str_eq(where, "events");
        return;
    }
    ck_assert_uint_eq(back.items[0].events.bytes, 0);
    ck_assert(lq_view_equal(back.items[1].events,
                            lq_view_text(items[_i].of_second != NULL ? items[_i].of_second : "")));
}
END_TEST

TCase *lq_test_subscription_codec(void)
{
    TCase *tcase = tcase_create("subscription_codec");

    tcase_add_loop_test(tcase, test_of_a_request, 0, sizeof rows / sizeof rows[0]);
    tcase_add_loop_test(tcase, test_of_an_item, 0, sizeof items / sizeof items[0]);
    return tcase;
}
