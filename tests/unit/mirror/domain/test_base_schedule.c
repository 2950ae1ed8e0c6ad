// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "mirror/domain/base_schedule.h"

#include "tests/support/suite.h"

#include <string.h>

#define S UINT64_C(1000000000)

enum { ROOM = 8, QUIET_S = 60, EVERY_S = 3600 };

static struct lq_base_session sessions[ROOM];
static uint32_t buckets[ROOM], heap[ROOM];
static struct lq_base_schedule schedule;
static uint64_t number, first;

/* Records up to `covered` have bases, and there are no sessions but those that are seen. */
static void begin(uint64_t covered)
{
    const struct lq_base_schedule_memory memory = {sessions, buckets, heap, ROOM};

    lq_base_schedule_init(&schedule, &memory, QUIET_S * S, EVERY_S * S);
    lq_base_schedule_begin(&schedule, covered);
    lq_base_schedule_walked(&schedule);
}

START_TEST(test_schedule_quiet)
{
    begin(100);
    ck_assert_uint_eq(lq_base_schedule_next_ns(&schedule), UINT64_MAX);
    ck_assert_uint_eq(lq_base_schedule_covered(&schedule, 100), 100);
    lq_base_schedule_saw(&schedule, 7, 101, 1000 * S);
    lq_base_schedule_saw(&schedule, 7, 103, 1030 * S);
    ck_assert_uint_eq(lq_base_schedule_covered(&schedule, 103), 100);
    ck_assert(!lq_base_schedule_take(&schedule, 1061 * S, &number, &first));
    ck_assert_uint_eq(lq_base_schedule_next_ns(&schedule), 1090 * S);
    ck_assert(lq_base_schedule_take(&schedule, 1090 * S, &number, &first));
    ck_assert_uint_eq(number, 7);
    ck_assert_uint_eq(first, 101);
    ck_assert(!lq_base_schedule_take(&schedule, 2000 * S, &number, &first)); /* it is under way */
    lq_base_schedule_based(&schedule, 7, 103, 1091 * S);
    ck_assert(lq_base_schedule_is_empty(&schedule));
    ck_assert_uint_eq(lq_base_schedule_next_ns(&schedule), UINT64_MAX);
    ck_assert_uint_eq(lq_base_schedule_covered(&schedule, 103), 103);
}
END_TEST

START_TEST(test_schedule_while_it_ticks)
{
    uint64_t sequence = 1;

    begin(0);
    for (uint64_t second = 0; second < EVERY_S; second += 10) {
        lq_base_schedule_saw(&schedule, 7, sequence++, second * S);
        ck_assert(!lq_base_schedule_take(&schedule, second * S, &number, &first));
    }
    ck_assert(lq_base_schedule_take(&schedule, EVERY_S * S, &number, &first));
    lq_base_schedule_saw(&schedule, 7, sequence, EVERY_S * S);
    lq_base_schedule_based(&schedule, 7, sequence - 5, (EVERY_S + 1) * S);
    ck_assert_uint_eq(lq_base_schedule_covered(&schedule, sequence), sequence - 5);
    ck_assert(lq_base_schedule_take(&schedule, (EVERY_S + QUIET_S) * S, &number, &first));
    ck_assert_uint_eq(first, sequence - 4);
}
END_TEST

START_TEST(test_schedule_postponed)
{
    begin(0);
    lq_base_schedule_saw(&schedule, 7, 1, 0);
    lq_base_schedule_saw(&schedule, 8, 2, 0);
    ck_assert(lq_base_schedule_take(&schedule, 100 * S, &number, &first));
    lq_base_schedule_postpone(&schedule, number, 105 * S);
    uint64_t other = number;
    ck_assert(lq_base_schedule_take(&schedule, 100 * S, &number, &first));
    ck_assert_uint_ne(number, other);
    lq_base_schedule_postpone(&schedule, number, 103 * S);
    lq_base_schedule_hurry(&schedule);
    ck_assert(!lq_base_schedule_take(&schedule, 102 * S, &number, &first));
    ck_assert_uint_eq(lq_base_schedule_next_ns(&schedule), 103 * S);
    ck_assert(lq_base_schedule_take(&schedule, 103 * S, &number, &first));
    ck_assert_uint_ne(number, other);
}
END_TEST

START_TEST(test_schedule_hurries)
{
    begin(0);
    for (uint64_t session = 1; session <= 8; session++) {
        lq_base_schedule_saw(&schedule, session, session, 1000 * S);
    }
    ck_assert(!lq_base_schedule_take(&schedule, 1001 * S, &number, &first));
    lq_base_schedule_hurry(&schedule);
    for (uint64_t session = 1; session <= 8; session++) {
        ck_assert(lq_base_schedule_take(&schedule, 1001 * S, &number, &first));
        lq_base_schedule_based(&schedule, number, first, 1001 * S);
    }
    ck_assert(lq_base_schedule_is_empty(&schedule));
    lq_base_schedule_saw(&schedule, 3, 20, 1002 * S); /* as one that comes late */
    ck_assert(lq_base_schedule_take(&schedule, 1002 * S, &number, &first));
}
END_TEST

/* A session that gives its room away is found again, though its record is older than what the walk
 * was opened for. */
START_TEST(test_schedule_gives_room_away)
{
    begin(0);
    for (uint64_t session = 1; session <= ROOM; session++) {
        lq_base_schedule_saw(&schedule, session, session, session * S);
    }
    ck_assert(lq_base_schedule_take(&schedule, (1 + QUIET_S) * S, &number, &first));
    ck_assert_uint_eq(number, 1);
    lq_base_schedule_saw(&schedule, 1, ROOM + 1, 100 * S);
    lq_base_schedule_saw(&schedule, ROOM + 1, ROOM + 2, 100 * S); /* there is no room */
    ck_assert(schedule.walk.is_open);
    ck_assert(!lq_base_schedule_should_walk(&schedule));
    lq_base_schedule_based(&schedule, 1, 1, 101 * S);
    for (uint64_t session = 2; session <= 4; session++) {
        ck_assert(lq_base_schedule_take(&schedule, 200 * S, &number, &first));
        lq_base_schedule_based(&schedule, number, number, 200 * S);
    }
    /* Which record of session 1 came next is not known: the lowest that it can be counts. */
    ck_assert_uint_eq(lq_base_schedule_covered(&schedule, ROOM + 2), 1);
    ck_assert(lq_base_schedule_should_walk(&schedule));
    ck_assert_int_eq(lq_base_schedule_found(&schedule, 1, ROOM + 1, 200 * S, 0), LQ_OK);
    ck_assert_int_eq(lq_base_schedule_found(&schedule, 2, 2, 200 * S, 0), LQ_OK);
    ck_assert_int_eq(lq_base_schedule_found(&schedule, ROOM + 1, ROOM + 2, 200 * S, 0), LQ_OK);
    lq_base_schedule_walked(&schedule);
    ck_assert_uint_eq(schedule.session_count, 7); /* 2 is looked for in the table */
}
END_TEST

/* ---- a ledger, a table, and mirrors that come and go between both ---- */

enum { SESSIONS = 40, STEPS = 4000, FLIGHTS = 3 };

static struct {
    uint64_t state;
    uint64_t sequence;            /* of the newest record */
    uint8_t owner[STEPS + 1];     /* whose record a sequence is */
    uint64_t head[SESSIONS + 1];  /* of each session; 0: it has none */
    uint64_t based[SESSIONS + 1]; /* up to which record the table has a base of it */
    uint64_t kept;                /* what the table says is covered */
    uint64_t checked;             /* records up to this one were seen to have bases */
    uint64_t now_ns;
    struct {
        uint64_t number, head; /* number 0: free */
    } flights[FLIGHTS];
} world;

static uint64_t draw(uint64_t below)
{
    world.state = world.state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (world.state >> 33) % below;
}

static void make_frame(void)
{
    uint64_t session = 1 + draw(draw(2) == 0 ? SESSIONS : 5); /* some tick most */

    world.head[session] = ++world.sequence;
    world.owner[world.sequence] = (uint8_t)session;
    lq_base_schedule_saw(&schedule, session, world.sequence, world.now_ns);
}

/* The rule that expiry and restarts live by. */
static void check_covered(void)
{
    uint64_t covered = lq_base_schedule_covered(&schedule, world.sequence);

    ck_assert_uint_ge(covered, world.kept);
    for (; world.checked < covered; world.checked++) {
        uint64_t session = world.owner[world.checked + 1];
        LQ_HOLDS(world.based[session] > world.checked,
                 "record %llu of session %llu has no base, and %llu are said to have",
                 (unsigned long long)world.checked + 1, (unsigned long long)session,
                 (unsigned long long)covered);
    }
    if (draw(4) == 0) {
        world.kept = covered;
    }
}

static void walk(void)
{
    uint64_t session = schedule.walk.after + 1;
    uint64_t end = session + draw(10);

    if (!lq_base_schedule_should_walk(&schedule)) {
        return;
    }
    for (; session <= end && session <= SESSIONS; session++) {
        if (world.head[session] != 0 &&
            lq_base_schedule_found(&schedule, session, world.head[session], world.now_ns,
                                   draw(1000000)) != LQ_OK) {
            return;
        }
    }
    if (session > SESSIONS) {
        lq_base_schedule_walked(&schedule);
    }
}

static void begin_base(void)
{
    uint64_t flight = draw(FLIGHTS);

    if (world.flights[flight].number == 0 &&
        lq_base_schedule_take(&schedule, world.now_ns, &number, &first)) {
        ck_assert_uint_gt(first, world.kept);
        world.flights[flight].number = number;
        world.flights[flight].head = world.head[number];
    }
}

static void end_base(void)
{
    uint64_t flight = draw(FLIGHTS);

    number = world.flights[flight].number;
    if (number == 0) {
        return;
    }
    world.flights[flight].number = 0;
    if (draw(4) == 0) {
        lq_base_schedule_postpone(&schedule, number, world.now_ns + draw(5) * S);
        return;
    }
    world.based[number] = world.flights[flight].head;
    lq_base_schedule_based(&schedule, number, world.flights[flight].head, world.now_ns);
}

static void restart(void)
{
    const struct lq_base_schedule_memory memory = {sessions, buckets, heap, ROOM};

    lq_base_schedule_init(&schedule, &memory, QUIET_S * S, EVERY_S * S);
    lq_base_schedule_begin(&schedule, world.kept);
    memset(world.flights, 0, sizeof world.flights);
}

START_TEST(test_schedule_over_restarts)
{
    memset(&world, 0, sizeof world);
    world.state = lq_suite_seed(3) + (uint64_t)_i;
    world.now_ns = 1000 * S;
    restart();
    for (int step = 0; step < STEPS; step++) {
        world.now_ns += draw(20) * S;
        uint64_t what = draw(100);
        if (what < 40) {
            make_frame();
        } else if (what < 60) {
            begin_base();
        } else if (what < 80) {
            end_base();
        } else if (what < 99) {
            walk();
        } else if (draw(5) == 0) {
            restart();
        }
        check_covered();
    }
    lq_base_schedule_hurry(&schedule);
    for (int step = 0; step < STEPS && !lq_base_schedule_is_empty(&schedule); step++) {
        world.now_ns += S;
        walk();
        begin_base();
        end_base();
    }
    ck_assert(lq_base_schedule_is_empty(&schedule));
    ck_assert_mem_eq(world.head, world.based, sizeof world.head);
    ck_assert_uint_eq(lq_base_schedule_covered(&schedule, world.sequence), world.sequence);
}
END_TEST

TCase *lq_test_base_schedule(void);
TCase *lq_test_base_schedule(void)
{
    TCase *tc = tcase_create("base_schedule");

    tcase_add_test(tc, test_schedule_quiet);
    tcase_add_test(tc, test_schedule_while_it_ticks);
    tcase_add_test(tc, test_schedule_postponed);
    tcase_add_test(tc, test_schedule_hurries);
    tcase_add_test(tc, test_schedule_gives_room_away);
    tcase_add_loop_test(tc, test_schedule_over_restarts, 0, 50);
    return tc;
}
