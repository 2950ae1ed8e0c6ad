// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "mirror/domain/stream_set.h"

#include "tests/support/suite.h"
#include "tests/unit/mirror/domain/segment_fixture.h"

enum { STREAMS = 3, ROOM = 4 };

static struct lq_stream_log logs[ROOM];
static struct lq_stream_set set;
static struct lq_stream_log_effects out;

static void add(uint32_t stream)
{
    lq_stream_log_init(&logs[stream], lq_fixture_digest, 0, stream, lq_fixture_writer('m'));
    ck_assert_int_eq(lq_stream_set_add(&set), LQ_OK);
}

static void make(void)
{
    lq_stream_set_init(&set, logs, ROOM);
    for (uint32_t stream = 0; stream < STREAMS; stream++) {
        add(stream);
    }
}

static enum lq_result step(uint32_t stream, enum lq_stream_log_event_kind kind)
{
    struct lq_stream_log_event event = {
        .kind = kind, .token = logs[stream].token, .now_s = 1000, .found = LQ_STREAM_LOG_NOTHING};

    return lq_stream_set_step(&set, stream, &event, &out);
}

static void look(uint32_t stream)
{
    ck_assert_int_eq(lq_stream_set_turn(&set, stream), LQ_STREAM_SET_LOOK);
    ck_assert_int_eq(step(stream, LQ_STREAM_LOG_ON_LOOK), LQ_OK);
    ck_assert_int_eq(lq_stream_set_turn(&set, stream), LQ_STREAM_SET_WAIT);
    ck_assert_int_eq(step(stream, LQ_STREAM_LOG_ON_READ), LQ_OK);
}

/* Up to OPEN, of a stream that is empty. */
static void claim(uint32_t stream)
{
    ck_assert_int_eq(lq_stream_set_turn(&set, stream), LQ_STREAM_SET_CLAIM);
    ck_assert_int_eq(step(stream, LQ_STREAM_LOG_ON_CLAIM), LQ_OK);
    ck_assert_int_eq(step(stream, LQ_STREAM_LOG_ON_READ), LQ_OK);
    ck_assert_int_eq(out.list[0].kind, LQ_STREAM_LOG_PUT_CLAIM);
    ck_assert_int_eq(step(stream, LQ_STREAM_LOG_ON_PUT), LQ_OK);
    ck_assert_int_eq(lq_stream_set_turn(&set, stream), LQ_STREAM_SET_PUT);
}

START_TEST(test_set_control_is_claimed_first)
{
    make();
    for (uint32_t stream = 0; stream < STREAMS; stream++) {
        ck_assert_int_eq(step(0, LQ_STREAM_LOG_ON_CLAIM), LQ_ERR_STATE); /* not all looked at */
        look(stream);
        ck_assert(stream == 0 || lq_stream_set_turn(&set, stream) == LQ_STREAM_SET_WAIT);
    }
    ck_assert_int_eq(step(1, LQ_STREAM_LOG_ON_CLAIM), LQ_ERR_STATE); /* control first */
    ck_assert_uint_eq(out.count, 0);
    claim(0);
    claim(2);
    claim(1);
    ck_assert_uint_eq(logs[1].claim, logs[0].claim);
    ck_assert_uint_eq(logs[2].claim, logs[0].claim);
    add(3); /* a tenant that comes later takes the same way */
    look(3);
    claim(3);
    ck_assert_uint_eq(logs[3].claim, logs[0].claim);
    ck_assert_int_eq(lq_stream_set_add(&set), LQ_ERR_FULL);
}
END_TEST

START_TEST(test_set_one_is_refused_and_none_writes)
{
    static struct lq_fixture_segment there;
    struct lq_stream_log_event event = {.kind = LQ_STREAM_LOG_ON_READ, .now_s = 1000};

    make();
    look(0);
    look(1);
    lq_fixture_claim(&there, 'o', 3, NULL);
    there.header.partition = 0;
    there.header.tenant_number = 2;
    ck_assert_int_eq(step(2, LQ_STREAM_LOG_ON_LOOK), LQ_OK);
    event.token = logs[2].token;
    event.found = LQ_STREAM_LOG_A_SEGMENT;
    event.segment = &there.header;
    ck_assert_int_eq(lq_stream_set_step(&set, 2, &event, &out), LQ_OK);
    event = (struct lq_stream_log_event){
        .kind = LQ_STREAM_LOG_ON_COMPARED, .token = logs[2].token, .verdict = LQ_STREAM_LOG_BEHIND};
    ck_assert_int_eq(lq_stream_set_step(&set, 2, &event, &out), LQ_OK);
    ck_assert_int_eq(out.list[0].kind, LQ_STREAM_LOG_TELL_REFUSED);
    ck_assert(set.over);
    ck_assert_uint_eq(set.over_at, 2);
    for (uint32_t stream = 0; stream < STREAMS; stream++) {
        ck_assert_int_eq(lq_stream_set_turn(&set, stream), LQ_STREAM_SET_OVER);
        ck_assert_int_eq(step(stream, LQ_STREAM_LOG_ON_CLAIM), LQ_ERR_STATE);
    }
}
END_TEST

/* Stands for puts: what a stream has in the table. */
static void cover(uint32_t stream, uint64_t ledger, uint64_t outbox, uint64_t broker)
{
    logs[stream].table.after.sequence[0] = ledger;
    logs[stream].table.after.sequence[1] = outbox;
    logs[stream].table.after.sequence[2] = broker;
}

START_TEST(test_set_what_waits_for_what)
{
    uint64_t durable[LQ_SEGMENT_SOURCES];
    static const uint64_t names[LQ_SEGMENT_SOURCES] = {0, 7, 2};
    struct lq_stream_set_event event = {.stream = 1,
                                        .kind = LQ_SEGMENT_OUTBOX,
                                        .sequence = 20,
                                        .frame_stream = 1,
                                        .frame_ledger = 30};
    static const struct lq_stream_set_event letter = {
        .stream = 0, .kind = LQ_SEGMENT_BROKER, .sequence = 2};

    make();
    for (uint32_t stream = 0; stream < STREAMS; stream++) {
        look(stream);
    }
    cover(1, 30, 20, 0);
    lq_stream_set_durable(&set, 1, durable); /* not claimed: not known */
    ck_assert_uint_eq(durable[0], 0);
    ck_assert(!lq_stream_set_may_publish(&set, &event));
    claim(0);
    ck_assert(!lq_stream_set_may_put(&set, 1, names)); /* not open */
    claim(1);
    cover(0, 0, 7, 1);
    ck_assert(!lq_stream_set_may_put(&set, 1, names));
    ck_assert(lq_stream_set_may_put(&set, 0, names));
    cover(0, 0, 7, 2);
    ck_assert(lq_stream_set_may_put(&set, 1, names));
    cover(1, 29, 20, 0); /* the event, but not its frame */
    ck_assert(!lq_stream_set_may_publish(&set, &event));
    cover(1, 30, 19, 0); /* the frame, but not the event */
    ck_assert(!lq_stream_set_may_publish(&set, &event));
    cover(1, 30, 20, 0);
    ck_assert(lq_stream_set_may_publish(&set, &event));
    ck_assert(lq_stream_set_may_publish(&set, &letter));
    cover(0, 0, 7, 1);
    ck_assert(!lq_stream_set_may_publish(&set, &letter));
    set.over = true;
    ck_assert(!lq_stream_set_may_publish(&set, &event));
    ck_assert(!lq_stream_set_may_put(&set, 0, names));
}
END_TEST

TCase *lq_test_stream_set(void);
TCase *lq_test_stream_set(void)
{
    TCase *tc = tcase_create("stream_set");

    tcase_add_test(tc, test_set_control_is_claimed_first);
    tcase_add_test(tc, test_set_one_is_refused_and_none_writes);
    tcase_add_test(tc, test_set_what_waits_for_what);
    return tc;
}
