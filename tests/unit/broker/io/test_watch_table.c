// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "broker/io/watch_table.h"
#include "tests/unit/broker/io/broker_io_cases.h"

#include <stdio.h>
#include <stdlib.h>

#define WATCHES_MAX 40u
#define PER_PEER_MAX 10u
#define SESSIONS 12u
#define PEERS 9u

static lq_watch_table_t *table;

static void open_table(void)
{
    const struct lq_watch_limits limits = {WATCHES_MAX, PER_PEER_MAX};

    table = lq_watch_table_new(&limits);
}

static void close_table(void)
{
    lq_watch_table_destroy(&table);
    lq_watch_table_destroy(&table);
}

static struct lq_session_names names_of(uint32_t number)
{
    static char name[16];

    snprintf(name, sizeof name, "s%u", number);
    return lq_session_names_of("t", name);
}

static bool began;

static enum lq_result put(uint32_t peer, uint32_t session, bool world, uint64_t now_ns)
{
    const struct lq_watch_entry entry = {.peer = peer, .tag = peer * 100 + session, .world = world};

    return lq_watch_table_put(table, &entry, names_of(session), now_ns, &began);
}

static uint32_t watchers_of(uint32_t session)
{
    uint32_t count = 0;
    uint32_t watch = lq_watch_table_first(table, names_of(session));

    for (; watch != 0; watch = lq_watch_table_next(table, watch)) {
        count++;
    }
    return count;
}

START_TEST(test_watched_until_stopped)
{
    ck_assert_int_eq(put(1, 1, false, 10), LQ_OK);
    ck_assert_int_eq(put(2, 1, true, 10), LQ_OK);
    ck_assert_uint_eq(watchers_of(1), 2);
    ck_assert_uint_eq(watchers_of(2), 0);
    ck_assert(lq_watch_table_wishes(table, names_of(1)).world);
    lq_watch_table_stop(table, 2, names_of(1));
    ck_assert(!lq_watch_table_wishes(table, names_of(1)).world);
    ck_assert_uint_eq(watchers_of(1), 1);
    lq_watch_table_stop(table, 2, names_of(1));
    lq_watch_table_stop(table, 1, names_of(7));
    lq_watch_table_stop(table, 1, names_of(1));
    ck_assert_uint_eq(lq_watch_table_count(table), 0);
}
END_TEST

/* Said again it is the same watch, under its new tag and wish. */
START_TEST(test_said_again_changes_it)
{
    const struct lq_watch_entry entry = {.peer = 1, .tag = 7, .world = true};

    ck_assert_int_eq(put(1, 1, false, 10), LQ_OK);
    ck_assert(began);
    ck_assert_int_eq(lq_watch_table_put(table, &entry, names_of(1), 20, &began), LQ_OK);
    ck_assert(began); /* for worlds */
    ck_assert_int_eq(lq_watch_table_put(table, &entry, names_of(1), 20, &began), LQ_OK);
    ck_assert(!began);
    ck_assert_uint_eq(lq_watch_table_count(table), 1);
    uint32_t watch = lq_watch_table_first(table, names_of(1));
    ck_assert_uint_eq(lq_watch_table_entry(table, watch)->tag, 7);
    ck_assert(lq_watch_table_wishes(table, names_of(1)).world);
    ck_assert_uint_eq(lq_watch_table_expire(table, 20, 100), 0);
    ck_assert_uint_eq(lq_watch_table_expire(table, 21, 100), 1);
}
END_TEST

/* Players are counted by themselves; what was told is kept as long as somebody watches. */
START_TEST(test_play)
{
    const struct lq_watch_entry player = {.peer = 1, .tag = 7, .play = true};

    ck_assert_int_eq(put(2, 1, false, 10), LQ_OK);
    lq_watch_table_told(table, names_of(1), 41);
    ck_assert(!lq_watch_table_wishes(table, names_of(1)).play);
    ck_assert_int_eq(lq_watch_table_put(table, &player, names_of(1), 10, &began), LQ_OK);
    ck_assert(began);
    ck_assert(lq_watch_table_wishes(table, names_of(1)).play);
    ck_assert(!lq_watch_table_wishes(table, names_of(1)).world);
    ck_assert_uint_eq(lq_watch_table_frame(table, names_of(1)), 41);
    lq_watch_table_stop(table, 1, names_of(1));
    ck_assert(!lq_watch_table_wishes(table, names_of(1)).play);
    lq_watch_table_stop(table, 2, names_of(1));
    ck_assert_uint_eq(lq_watch_table_frame(table, names_of(1)), 0);
}
END_TEST

START_TEST(test_bounds)
{
    for (uint32_t session = 0; session < PER_PEER_MAX; session++) {
        ck_assert_int_eq(put(1, session, false, 10), LQ_OK);
    }
    ck_assert_int_eq(put(1, PER_PEER_MAX, false, 10), LQ_ERR_LIMIT);
    ck_assert_int_eq(put(1, 0, true, 10), LQ_OK); /* not a new one */
    for (uint32_t peer = 2; peer <= WATCHES_MAX / PER_PEER_MAX; peer++) {
        for (uint32_t session = 0; session < PER_PEER_MAX; session++) {
            ck_assert_int_eq(put(peer, 100 * peer + session, false, 20), LQ_OK);
        }
    }
    ck_assert_int_eq(put(99, 1, false, 20), LQ_ERR_FULL);
    ck_assert_uint_eq(lq_watch_table_expire(table, 20, 3), 3); /* no more than asked for */
    ck_assert_uint_eq(lq_watch_table_expire(table, 20, 100), PER_PEER_MAX - 3);
    ck_assert_int_eq(put(99, 1, false, 20), LQ_OK);
    ck_assert_int_eq(put(1, PER_PEER_MAX, false, 20), LQ_OK);
}
END_TEST

/* The slot of a connection that is gone has another number: its watches do not count for it. */
START_TEST(test_slot_taken_anew)
{
    for (uint32_t session = 0; session < PER_PEER_MAX; session++) {
        ck_assert_int_eq(put(1, session, false, 10), LQ_OK);
    }
    uint32_t next = 1 | 1u << 16;
    ck_assert_int_eq(put(next, 1, false, 20), LQ_OK);
    ck_assert_uint_eq(lq_watch_table_expire(table, 20, 100), PER_PEER_MAX);
    for (uint32_t session = 2; session <= PER_PEER_MAX; session++) {
        ck_assert_int_eq(put(next, session, false, 30), LQ_OK);
    }
    ck_assert_int_eq(put(next, 99, false, 30), LQ_ERR_LIMIT);
}
END_TEST

/* Against a plain array: the same watches, counts and order of expiry, for 20,000 steps. */
START_TEST(test_random_steps_as_a_plain_array)
{
    static struct {
        bool there, world;
        uint64_t said_ns;
    } model[PEERS][SESSIONS];
    uint32_t count = 0;

    for (uint64_t step = 1; step <= 20000; step++) {
        uint32_t chance = (uint32_t)((step * UINT64_C(6364136223846793005)) >> 33);
        uint32_t peer = chance % PEERS;
        uint32_t session = chance / PEERS % SESSIONS;
        uint32_t own = 0;
        for (uint32_t each = 0; each < SESSIONS; each++) {
            own += model[peer][each].there;
        }
        if (chance / 1000 % 3 > 0) {
            bool world = chance / 3000 % 2 == 1;
            enum lq_result expected = model[peer][session].there ? LQ_OK
                                      : own == PER_PEER_MAX      ? LQ_ERR_LIMIT
                                      : count == WATCHES_MAX     ? LQ_ERR_FULL
                                                                 : LQ_OK;
            ck_assert_int_eq(put(peer + 1, session, world, step), expected);
            if (expected == LQ_OK) {
                count += !model[peer][session].there;
                model[peer][session].there = true;
                model[peer][session].world = world;
                model[peer][session].said_ns = step;
            }
        } else {
            lq_watch_table_stop(table, peer + 1, names_of(session));
            count -= model[peer][session].there;
            model[peer][session].there = false;
        }
        ck_assert_uint_eq(lq_watch_table_count(table), count);
        uint32_t watchers = 0;
        bool wanted = false;
        for (uint32_t each = 0; each < PEERS; each++) {
            watchers += model[each][session].there;
            wanted = wanted || (model[each][session].there && model[each][session].world);
        }
        ck_assert_uint_eq(watchers_of(session), watchers);
        ck_assert(lq_watch_table_wishes(table, names_of(session)).world == wanted);
    }
    uint32_t old = 0;
    for (uint32_t each = 0; each < PEERS * SESSIONS; each++) {
        old += model[each % PEERS][each / PEERS].there &&
               model[each % PEERS][each / PEERS].said_ns < 19990;
    }
    ck_assert_uint_eq(lq_watch_table_expire(table, 19990, 1000), old);
}
END_TEST

TCase *lq_test_watch_table(void)
{
    TCase *tc = tcase_create("watch_table");

    tcase_add_checked_fixture(tc, open_table, close_table);
    tcase_add_test(tc, test_watched_until_stopped);
    tcase_add_test(tc, test_said_again_changes_it);
    tcase_add_test(tc, test_play);
    tcase_add_test(tc, test_bounds);
    tcase_add_test(tc, test_slot_taken_anew);
    tcase_add_test(tc, test_random_steps_as_a_plain_array);
    return tc;
}
