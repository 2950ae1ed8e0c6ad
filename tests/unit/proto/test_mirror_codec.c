// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* What a report, an answer to it and a durability must not be. */
#include "proto/admin_codec.h"

#include "tests/unit/proto/proto_cases.h"

#include <string.h>

static uint8_t bytes[LQ_HEADER_BYTES_MAX];
static uint8_t memory[1 << 20];
static struct lq_arena arena = {memory, sizeof memory, 0};
static struct lq_stream_progress streams[LQ_MIRROR_STREAMS_MAX];

/* The field that is at fault; NULL: none is. */
static const char *send(const struct lq_admin_request *request, struct lq_admin_request *back)
{
    const char *where = NULL;
    size_t written = 0;

    arena.used_bytes = 0;
    ck_assert_int_eq(lq_admin_request_encode(request, bytes, sizeof bytes, &written), LQ_OK);
    enum lq_result result = lq_admin_request_decode(
        lq_view_of(bytes + LQ_FRAMING_BYTES, written - LQ_FRAMING_BYTES), &arena, back, &where);
    ck_assert_int_eq(result == LQ_OK, where == NULL);
    return where;
}

static const struct {
    struct lq_durability durability;
    const char *where;
} durabilities[] = {
    {{true, LQ_DURABILITY_LOCAL, 0, 0}, NULL},
    {{true, LQ_DURABILITY_MIRRORED, 3600000, 36500}, NULL},
    {{false, LQ_DURABILITY_LOCAL, 0, 0}, NULL},
    {{true, 0, 0, 0}, "durability.policy"},
    {{true, 3, 0, 0}, "durability.policy"},
    {{true, LQ_DURABILITY_LOCAL, 3600001, 0}, "durability"},
    {{true, LQ_DURABILITY_LOCAL, 0, 36501}, "durability"},
};

START_TEST(test_mirror_durabilities)
{
    struct lq_admin_request back;
    struct lq_admin_request request = {.kind = LQ_ADMIN_SET_DURABILITY,
                                       .has_durability = true,
                                       .durability = durabilities[_i].durability};
    const char *where = send(&request, &back);

    if (durabilities[_i].where != NULL) {
        ck_assert_ptr_nonnull(where);
        ck_assert_str_eq(where, durabilities[_i].where);
        return;
    }
    ck_assert_ptr_null(where);
    ck_assert(back.has_durability);
    ck_assert_int_eq(back.durability.own, durabilities[_i].durability.own);
    ck_assert_int_eq(back.durability.policy, durabilities[_i].durability.policy);
    ck_assert_uint_eq(back.durability.flush_ms, durabilities[_i].durability.flush_ms);
}
END_TEST

START_TEST(test_mirror_report_of_as_many_streams_as_may_be)
{
    struct lq_mirror_report report = {
        .number = 1, .stream_count = LQ_MIRROR_STREAMS_MAX, .streams = streams};
    struct lq_admin_request request = {.kind = LQ_ADMIN_REPORT_MIRROR, .mirror = &report};
    struct lq_admin_request back;

    for (uint32_t index = 0; index < LQ_MIRROR_STREAMS_MAX; index++) {
        streams[index] = (struct lq_stream_progress){
            lq_view_text("01234567890123456789012345678901"), UINT64_MAX - index, 1, 2};
    }
    ck_assert_ptr_null(send(&request, &back));
    ck_assert_uint_eq(back.mirror->stream_count, LQ_MIRROR_STREAMS_MAX);
    ck_assert_uint_eq(back.mirror->streams[255].ledger_sequence, UINT64_MAX - 255);
    streams[7].tenant = lq_view_text("012345678901234567890123456789012");
    const char *where = send(&request, &back);
    ck_assert_ptr_nonnull(where);
    ck_assert_str_eq(where, "mirror.streams.tenant");
}
END_TEST

/* An orders' or a state's page that a newer broker might send is refused, not cut. */
START_TEST(test_mirror_answers_are_bounded)
{
    struct lq_tenant_policy policy = {lq_view_text("demo"), {true, LQ_DURABILITY_LOCAL, 0, 0}};
    struct lq_mirror_orders orders = {.policies = 1, .policy_count = 1, .list = &policy};
    struct lq_admin_reply reply = {.orders = &orders};
    struct lq_admin_reply back;
    const char *where = NULL;
    size_t written = 0;

    arena.used_bytes = 0;
    ck_assert_int_eq(lq_admin_reply_encode(&reply, bytes, sizeof bytes, &written), LQ_OK);
    ck_assert_int_eq(
        lq_admin_reply_decode(lq_view_of(bytes + LQ_FRAMING_BYTES, written - LQ_FRAMING_BYTES),
                              &arena, &back, &where),
        LQ_OK);
    ck_assert_uint_eq(back.orders->policy_count, 1);
    policy.durability.policy = 9;
    ck_assert_int_eq(lq_admin_reply_encode(&reply, bytes, sizeof bytes, &written), LQ_OK);
    ck_assert_int_eq(
        lq_admin_reply_decode(lq_view_of(bytes + LQ_FRAMING_BYTES, written - LQ_FRAMING_BYTES),
                              &arena, &back, &where),
        LQ_ERR_MALFORMED);
    ck_assert_str_eq(where, "durability.policy");
}
END_TEST

TCase *lq_test_mirror_codec(void)
{
    TCase *tc = tcase_create("mirror_codec");

    tcase_add_loop_test(tc, test_mirror_durabilities, 0,
                        sizeof durabilities / sizeof durabilities[0]);
    tcase_add_test(tc, test_mirror_report_of_as_many_streams_as_may_be);
    tcase_add_test(tc, test_mirror_answers_are_bounded);
    return tc;
}
