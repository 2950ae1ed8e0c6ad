// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "gateway/domain/leave_incarnation.h"

#include "tests/support/suite.h"
#include "world/client_id.h"

TCase *lq_test_leave_incarnation(void);

#define KNOWN true
#define UNKNOWN false
#define FULL true
#define ROOM false

/* One row per line of the table in leave_incarnation.h, and their edges. */
static const struct {
    const char *name;
    uint64_t cut;
    struct lq_player_memory memory;
    uint64_t by_time;
    uint64_t expected;
} rows[] = {
    {"known by the one that was cut", 50, {KNOWN, ROOM, 50, 0}, 80, 51},
    {"known by an earlier one", 50, {KNOWN, ROOM, 40, 0}, 80, 51},
    {"known by a later one: it is back", 50, {KNOWN, ROOM, 51, 0}, 80, 0},
    {"known in a full table: takes its entry over", 50, {KNOWN, FULL, 50, 50}, 80, 51},
    {"known by a later one in a full table", 50, {KNOWN, FULL, 60, 55}, 80, 0},
    {"not known, and nobody was evicted", 50, {UNKNOWN, ROOM, 0, 0}, 80, 0},
    {"evicted, and others since", 50, {UNKNOWN, FULL, 0, 70}, 80, 81},
    {"evicted as the lowest", 50, {UNKNOWN, FULL, 0, 50}, 80, 81},
    {"an earlier one was evicted", 50, {UNKNOWN, FULL, 0, 30}, 80, 81},
    {"evicted by ids that count as 0", 50, {UNKNOWN, FULL, 0, 0}, 80, 81},
    {"all there have come since", 50, {UNKNOWN, FULL, 0, 90}, 80, 91},
    {"a clock that went back", 50, {UNKNOWN, FULL, 0, 30}, 20, 51},
    {"the last but one", LQ_INCARNATION_MAX - 1, {KNOWN, ROOM, 7, 0}, 80, LQ_INCARNATION_MAX},
    {"none is above the last", LQ_INCARNATION_MAX, {KNOWN, ROOM, 7, 0}, 80, 0},
    {"none is above the lowest", 50, {UNKNOWN, FULL, 0, LQ_INCARNATION_MAX}, 80, 0},
};

START_TEST(test_rows)
{
    uint64_t chosen = lq_leave_incarnation_choose(rows[_i].cut, &rows[_i].memory, rows[_i].by_time);

    ck_assert_msg(chosen == rows[_i].expected, "%s: %d", rows[_i].name, (int)chosen);
}
END_TEST

TCase *lq_test_leave_incarnation(void)
{
    TCase *tc = tcase_create("leave_incarnation");

    tcase_add_loop_test(tc, test_rows, 0, sizeof rows / sizeof rows[0]);
    return tc;
}
