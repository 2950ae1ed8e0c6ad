// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "actors/load/domain/load_v2.h"

#include "tests/support/suite.h"

static struct lq_tick tick;

#define O(name) LQ_OUTCOME_##name

/* A full table: player n has incarnation 100 + n and has used number 1. This tick makes frame 6. */
static const struct {
    uint64_t player, incarnation, sequence, letter_id;
    uint8_t outcome;
    const char *reason;
} rows[] = {
    {10, 110, 1, 0, O(DUPLICATE), ""},
    {10, 110, 2, 0, O(PENDING), ""},
    {10, 111, 1, 0, O(PENDING), ""},
    {10, 111, 65, 0, O(UNUSED), "SEQUENCE_TOO_FAR"},
    {10, 109, 1, 0, O(UNUSED), "SUPERSEDED"},
    {10, 109, 1, 8, O(PENDING), ""}, /* its letter decides: it was not executed */
    {10, 109, 700, 8, O(PENDING), ""},
    {7000, 101, 1, 0, O(PENDING), ""},
    {7000, 100, 1, 0, O(UNUSED), "INCARNATION_TOO_OLD"},
    {7000, 100, 1, 8, O(PENDING), ""},
    {7000, 100, 700, 8, O(PENDING), ""},
    {7000, 101, 65, 8, O(UNUSED), "SEQUENCE_TOO_FAR"},
};

static struct lq_command *add(uint64_t player, uint64_t incarnation, uint64_t sequence)
{
    struct lq_command *command = &tick.commands[tick.command_count++];

    *command = (struct lq_command){.client = lq_client_id_of(player, incarnation),
                                   .sequence = sequence,
                                   .kind = LQ_COMMAND_LEAVE,
                                   .outcome = LQ_OUTCOME_PENDING};
    return command;
}

static void start(void)
{
    lq_tick_clear(&tick);
    tick.frame = 6;
    tick.windows.count = LQ_CLIENTS_MAX;
    for (uint32_t player = 0; player < LQ_CLIENTS_MAX; player++) {
        tick.windows.entries[player] =
            (struct lq_client_window){lq_client_id_of(player, 100 + player), 1, 0, 5};
    }
}

START_TEST(test_judge)
{
    start();
    struct lq_command *command = add(rows[_i].player, rows[_i].incarnation, rows[_i].sequence);
    command->letter_id = rows[_i].letter_id;
    lq_load_v2_step(&tick);
    ck_assert_msg(command->outcome == rows[_i].outcome, "row %d: %s", _i,
                  lq_outcome_name(command->outcome));
    ck_assert_str_eq(command->reason, rows[_i].reason);
    ck_assert_uint_eq(tick.windows.count, LQ_CLIENTS_MAX);
    /* What a letter decides leaves the windows as they were. */
    const struct lq_client_window *entry = lq_client_windows_find(&tick.windows, &command->client);
    bool executed_anew = command->outcome == LQ_OUTCOME_PENDING && rows[_i].letter_id == 0;
    ck_assert_int_eq(entry != NULL && entry->last_frame == 6, executed_anew);
}
END_TEST

/* Its copies in the same tick find it, whatever became of its entry between them. */
START_TEST(test_superseded_in_the_same_tick)
{
    start();
    add(10, 110, 2);
    add(10, 111, 1);
    add(10, 110, 2);
    add(10, 110, 2)->letter_id = 8;
    add(10, 110, 3)->letter_id = 9;
    add(10, 110, 3)->letter_id = 9;
    lq_load_v2_step(&tick);
    ck_assert_int_eq(tick.commands[0].outcome, LQ_OUTCOME_PENDING);
    ck_assert_int_eq(tick.commands[1].outcome, LQ_OUTCOME_PENDING);
    ck_assert_str_eq(tick.commands[2].reason, "SUPERSEDED");
    ck_assert_int_eq(tick.commands[3].outcome, LQ_OUTCOME_DUPLICATE);
    ck_assert_uint_eq(tick.commands[3].duplicate_of_frame, 6);
    ck_assert_int_eq(tick.commands[4].outcome, LQ_OUTCOME_PENDING);
    ck_assert_int_eq(tick.commands[5].outcome, LQ_OUTCOME_DUPLICATE);
}
END_TEST

TCase *lq_test_load_v2(void);
TCase *lq_test_load_v2(void)
{
    TCase *tcase = tcase_create("load_v2");

    tcase_add_loop_test(tcase, test_judge, 0, sizeof rows / sizeof rows[0]);
    tcase_add_test(tcase, test_superseded_in_the_same_tick);
    return tcase;
}
