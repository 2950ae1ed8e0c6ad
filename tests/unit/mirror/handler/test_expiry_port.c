// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "mirror/handler/expiry_port.h"

#include "base/clock.h"
#include "mirror/handler/table_tag.h"
#include "store/seal/digest.h"
#include "tests/support/suite.h"
#include "tests/unit/mirror/handler/upkeep_fixture.h"

enum { FLIGHT_BASE = 8, DAY_S = 86400, DAYS = 7 };

static struct lq_expiry_port port;

static void start(uint32_t history_days)
{
    const struct lq_expiry_port_options options = {.streams = &lq_upkeep_fixture.streams,
                                                   .budget = &lq_upkeep_fixture.budget,
                                                   .flight_base = FLIGHT_BASE,
                                                   .history_days = history_days};

    lq_expiry_port_init(&port, &options);
}

static void set_up(void)
{
    lq_upkeep_fixture_make();
    start(DAYS);
}

static void tear_down(void)
{
    lq_expiry_port_destroy(&port);
    lq_upkeep_fixture_remove();
}

static void hear(const struct lq_dynamodb_answer *answer)
{
    lq_expiry_port_hear(&port, lq_table_tag_place(answer->tag) - FLIGHT_BASE, answer,
                        lq_upkeep_fixture.now_ns);
}

/* Until nothing is asked any more; how many questions there were. */
static int run(void)
{
    int count = 0;

    lq_upkeep_fixture.now_ns += 2 * LQ_NS_PER_S;
    lq_expiry_port_turn(&port, lq_upkeep_fixture.now_ns);
    while (lq_fake_table_step(LQ_FAKE_DONE, hear)) {
        lq_expiry_port_turn(&port, lq_upkeep_fixture.now_ns);
        count++;
    }
    return count;
}

static const char *sk_of(uint64_t number)
{
    static struct lq_segment_key key;

    lq_segment_key_set_number(&key, number);
    return key.sk;
}

static uint64_t wall_s(void)
{
    return lq_clock_wall_ns() / LQ_NS_PER_S;
}

/* Segment `number` with one record of its sequence; the first is a claim. */
static void add_segment(uint64_t number)
{
    struct lq_fake_item *item = lq_fake_table_add(LQ_UPKEEP_PK, sk_of(number));
    struct lq_segment_header header = {.kind = LQ_SEGMENT_CLAIM,
                                       .tenant_number = 1,
                                       .number = number,
                                       .claim = 1,
                                       .wall_ns = lq_clock_wall_ns()};
    struct lq_segment_packer packer;
    uint8_t body[LQ_FAKE_BYTES];
    struct lq_segment_entry entry = {
        .kind = LQ_SEGMENT_RECORD, .sequence = number, .bytes = lq_view_text("not looked into")};

    memset(entry.identity, 1, sizeof entry.identity);
    item->h_bytes = LQ_SEGMENT_HEADER_BYTES;
    if (number == 1) {
        lq_segment_encode(&header, lq_digest, lq_view_of("", 0), item->h);
    } else {
        static const struct lq_segment_position nothing;
        lq_segment_packer_start(&packer, lq_digest, sizeof body, &nothing);
        lq_segment_packer_begin(&packer, body);
        ck_assert_int_eq(lq_segment_packer_add(&packer, &entry), LQ_OK);
        lq_segment_packer_finish(&packer, &header, item->h);
        item->has_b = true;
        item->b_bytes = header.body_bytes;
        memcpy(item->b, body, header.body_bytes);
    }
    lq_upkeep_fixture_durable(number, number);
    lq_upkeep_fixture.streams.progress++;
}

static void add_segments(uint64_t count)
{
    for (uint64_t number = 1; number <= count; number++) {
        add_segment(number);
    }
}

/* Those up to `border` have a ttl, and no others. */
static void check_border(uint64_t border)
{
    for (uint64_t number = 1; lq_fake_table_find(LQ_UPKEEP_PK, sk_of(number)) != NULL; number++) {
        const struct lq_fake_item *item = lq_fake_table_find(LQ_UPKEEP_PK, sk_of(number));
        ck_assert_msg(item->has_ttl == (number <= border), "segment %llu of border %llu",
                      (unsigned long long)number, (unsigned long long)border);
    }
}

START_TEST(test_expiry_behind_bases)
{
    add_segments(6);
    run();
    check_border(1); /* the claim has no records */
    lq_expiry_port_based(&port, 3);
    run();
    check_border(3);
    uint64_t ttl = lq_fake_table_find(LQ_UPKEEP_PK, sk_of(3))->ttl;
    ck_assert_uint_le(ttl, wall_s() + DAYS * DAY_S);
    ck_assert_uint_ge(ttl, wall_s() + DAYS * DAY_S - 60);
    lq_expiry_port_based(&port, 6);
    run();
    check_border(5); /* never the newest */
    ck_assert_int_eq(run(), 0);
    ck_assert_uint_eq(lq_expiry_port_next_ns(&port, lq_upkeep_fixture.now_ns), UINT64_MAX);
    ck_assert_uint_eq(port.segments, 5);
    add_segment(7);
    lq_expiry_port_based(&port, 7);
    run();
    check_border(6);
    ck_assert_uint_eq(lq_fake_table.writes, 6); /* each once */
}
END_TEST

START_TEST(test_expiry_after_a_restart)
{
    add_segments(20);
    lq_expiry_port_based(&port, 12);
    run();
    check_border(12);
    for (uint64_t number = 1; number <= 12; number += 1 + number % 3) {
        lq_fake_table_remove(LQ_UPKEEP_PK, sk_of(number)); /* in any order */
    }
    lq_expiry_port_destroy(&port);
    start(DAYS);
    uint64_t writes = lq_fake_table.writes;
    lq_expiry_port_based(&port, 20);
    run();
    ck_assert_uint_eq(lq_fake_table.writes, writes + 7);
    for (uint64_t number = 13; number <= 19; number++) {
        ck_assert(lq_fake_table_find(LQ_UPKEEP_PK, sk_of(number))->has_ttl);
    }
    ck_assert(!lq_fake_table_find(LQ_UPKEEP_PK, sk_of(20))->has_ttl);
}
END_TEST

START_TEST(test_expiry_keeps_history)
{
    lq_expiry_port_destroy(&port);
    start(0);
    add_segments(6);
    lq_expiry_port_based(&port, 6);
    ck_assert_int_eq(run(), 0);
    ck_assert_uint_eq(lq_expiry_port_next_ns(&port, lq_upkeep_fixture.now_ns), UINT64_MAX);
    check_border(0);
}
END_TEST

START_TEST(test_expiry_asks_the_policy_first)
{
    struct lq_mirror_streams *streams = &lq_upkeep_fixture.streams;
    struct lq_mirror_stream *stream = &streams->streams[LQ_UPKEEP_PLACE];

    stream->knows_policy = false;
    add_segments(6);
    lq_expiry_port_based(&port, 6);
    ck_assert_int_eq(run(), 0);
    stream->knows_policy = stream->keeps_own_history = true; /* for ever */
    streams->policies++;
    ck_assert_int_eq(run(), 1); /* whether it ever did not */
    ck_assert_int_eq(run(), 0);
    check_border(0);
    lq_expiry_port_destroy(&port);
    start(0); /* and where all others keep it for ever */
    lq_expiry_port_based(&port, 6);
    stream->history_days = DAYS;
    streams->any_policy = true;
    streams->policies++;
    ck_assert_int_gt(run(), 0);
    check_border(5);
}
END_TEST

static void keep(uint32_t days)
{
    struct lq_mirror_stream *stream = &lq_upkeep_fixture.streams.streams[LQ_UPKEEP_PLACE];

    stream->keeps_own_history = true;
    stream->history_days = days;
    lq_upkeep_fixture.streams.any_policy = true;
    lq_upkeep_fixture.streams.policies++;
}

static void check_kept(uint64_t first, uint64_t last, uint64_t days)
{
    for (uint64_t number = first; number <= last; number++) {
        uint64_t ttl = lq_fake_table_find(LQ_UPKEEP_PK, sk_of(number))->ttl;
        uint64_t wanted = days == 0 ? LQ_EXPIRY_RENEWAL_NEVER_S : wall_s() + days * DAY_S;
        ck_assert_uint_le(ttl, wanted);
        ck_assert_uint_ge(ttl, wanted - 60);
    }
}

/* More days count for what has its ttl already, before anything else gets one. */
START_TEST(test_expiry_of_more_days)
{
    static const uint32_t more[] = {30, 0};

    add_segments(20);
    lq_expiry_port_based(&port, 12);
    run();
    lq_fake_table_remove(LQ_UPKEEP_PK, sk_of(1));
    lq_fake_table_find(LQ_UPKEEP_PK, sk_of(2))->ttl = 1; /* due */
    keep(more[_i]);
    lq_expiry_port_based(&port, 15);
    run();
    check_kept(3, 12, more[_i]);
    ck_assert_uint_eq(lq_fake_table_find(LQ_UPKEEP_PK, sk_of(2))->ttl, 1);
    ck_assert_uint_eq(port.renewed, 10);
    ck_assert(lq_fake_table_find(LQ_UPKEEP_PK, sk_of(15))->has_ttl == (more[_i] > 0));
    ck_assert(!lq_fake_table_find(LQ_UPKEEP_PK, sk_of(16))->has_ttl);
    ck_assert_int_eq(run(), 0);
    keep(DAYS); /* fewer hold for what comes */
    run();
    ck_assert_uint_eq(port.renewed, 10);
    check_kept(3, 12, more[_i]);
}
END_TEST

/* They were told while no mirror was there, or it died over it. */
START_TEST(test_expiry_of_more_days_after_a_restart)
{
    add_segments(20);
    lq_expiry_port_based(&port, 12);
    run();
    uint64_t segments = port.segments;
    for (int steps = 1; steps < 6; steps++) {
        lq_expiry_port_destroy(&port);
        start(DAYS);
        keep(_i == 0 ? 30 : 0);
        lq_upkeep_fixture.now_ns += 2 * LQ_NS_PER_S;
        lq_expiry_port_based(&port, 19);
        lq_expiry_port_turn(&port, lq_upkeep_fixture.now_ns);
        for (int step = 0; step < 3 * steps && lq_fake_table_step(LQ_FAKE_DONE, hear); step++) {
            lq_expiry_port_turn(&port, lq_upkeep_fixture.now_ns);
        }
        while (lq_fake_table_step(LQ_FAKE_LOST, hear)) {
        }
    }
    lq_upkeep_fixture.now_ns += 10 * LQ_NS_PER_S;
    run();
    check_kept(1, 12, _i == 0 ? 30 : 0);
    check_border(_i == 0 ? 19 : 12);
    ck_assert_uint_eq(segments, 12);
}
END_TEST

START_TEST(test_expiry_waits_for_events)
{
    add_segments(6);
    port.settled[LQ_SEGMENT_OUTBOX - 1] = 0; /* no segment has any: nothing to wait for */
    lq_expiry_port_based(&port, 6);
    run();
    check_border(5);
}
END_TEST

/* Given up, done or not: it is asked again, later. */
START_TEST(test_expiry_over_lost_answers)
{
    add_segments(3);
    lq_expiry_port_based(&port, 3);
    lq_expiry_port_turn(&port, lq_upkeep_fixture.now_ns);
    for (int step = 0; step < _i / 2; step++) {
        ck_assert(lq_fake_table_step(LQ_FAKE_DONE, hear));
        lq_expiry_port_turn(&port, lq_upkeep_fixture.now_ns);
    }
    ck_assert(lq_fake_table_step(_i % 2 == 0 ? LQ_FAKE_LOST : LQ_FAKE_NOT_DONE, hear));
    lq_expiry_port_turn(&port, lq_upkeep_fixture.now_ns);
    ck_assert_uint_eq(lq_fake_table.question_count, 0);
    lq_upkeep_fixture.now_ns += LQ_NS_PER_S; /* it looks, and sees that it is too early */
    lq_expiry_port_turn(&port, lq_upkeep_fixture.now_ns);
    uint64_t next_ns = lq_expiry_port_next_ns(&port, lq_upkeep_fixture.now_ns);
    ck_assert_uint_gt(next_ns, lq_upkeep_fixture.now_ns);
    ck_assert_uint_le(next_ns, lq_upkeep_fixture.now_ns + 5 * LQ_NS_PER_S);
    lq_upkeep_fixture.now_ns = next_ns;
    run();
    check_border(2);
}
END_TEST

START_TEST(test_expiry_stops_at_damage)
{
    add_segments(6);
    lq_fake_table_find(LQ_UPKEEP_PK, sk_of(3))->b[5]++;
    lq_expiry_port_based(&port, 6);
    run();
    check_border(2);
    lq_expiry_port_based(&port, 7);
    ck_assert_int_eq(run(), 0);
}
END_TEST

START_TEST(test_expiry_waits_for_units_and_room)
{
    add_segments(4);
    lq_expiry_port_based(&port, 4);
    lq_fake_table.is_full = true;
    ck_assert_int_eq(run(), 0);
    lq_fake_table.is_full = false;
    lq_write_budget_init(&lq_upkeep_fixture.budget, 1, lq_upkeep_fixture.now_ns);
    lq_write_budget_spend(&lq_upkeep_fixture.budget, 10);
    ck_assert_int_eq(run(), 0);
    uint64_t ready_ns = lq_expiry_port_next_ns(&port, lq_upkeep_fixture.now_ns);
    ck_assert_uint_gt(ready_ns, lq_upkeep_fixture.now_ns + LQ_NS_PER_S);
    ck_assert_uint_lt(ready_ns, lq_upkeep_fixture.now_ns + 10 * LQ_NS_PER_S);
    lq_upkeep_fixture.now_ns = ready_ns;
    for (int turn = 0; turn < 8; turn++) { /* a unit a second */
        run();
    }
    check_border(3);
}
END_TEST

TCase *lq_test_expiry_port(void);
TCase *lq_test_expiry_port(void)
{
    TCase *tc = tcase_create("expiry_port");

    tcase_add_checked_fixture(tc, set_up, tear_down);
    tcase_add_test(tc, test_expiry_behind_bases);
    tcase_add_test(tc, test_expiry_after_a_restart);
    tcase_add_test(tc, test_expiry_keeps_history);
    tcase_add_test(tc, test_expiry_asks_the_policy_first);
    tcase_add_loop_test(tc, test_expiry_of_more_days, 0, 2);
    tcase_add_loop_test(tc, test_expiry_of_more_days_after_a_restart, 0, 2);
    tcase_add_test(tc, test_expiry_waits_for_events);
    tcase_add_loop_test(tc, test_expiry_over_lost_answers, 0, 8);
    tcase_add_test(tc, test_expiry_stops_at_damage);
    tcase_add_test(tc, test_expiry_waits_for_units_and_room);
    return tc;
}
