// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* What every version of load does alike. */
#include "actors/load/domain/admission.h"

#include "actors/load/domain/load_v1.h"
#include "actors/load/domain/load_v2.h"
#include "tests/support/suite.h"

static struct lq_tick tick;
static void (*const versions[])(struct lq_tick *tick) = {lq_load_v1_step, lq_load_v2_step};
#define VERSIONS ((int)(sizeof versions / sizeof versions[0]))

#define O(name) LQ_OUTCOME_##name
#define K(name) LQ_COMMAND_##name

/* Client 1 has used 100 in frame 5. This tick makes frame 6. */
static const struct {
    const char *name;
    uint8_t client;
    uint64_t sequence;
    uint64_t letter_id;
    uint8_t kind;
    uint8_t outcome;
    uint8_t outcome_after;
    const char *reason;
    uint64_t duplicate_of_frame;
    bool left;
} rows[] = {
    {"new", 1, 101, 0, K(LEAVE), O(PENDING), O(PENDING), "", 0, true},
    {"used", 1, 100, 0, K(LEAVE), O(PENDING), O(DUPLICATE), "", 5, false},
    {"a gap", 1, 99, 0, K(LEAVE), O(PENDING), O(PENDING), "", 0, true},
    {"too old", 1, 35, 0, K(LEAVE), O(PENDING), O(UNUSED), "SEQUENCE_TOO_OLD", 0, false},
    {"too old, redriven", 1, 35, 8, K(LEAVE), O(PENDING), O(PENDING), "", 0, true},
    {"used, redriven", 1, 100, 8, K(LEAVE), O(PENDING), O(DUPLICATE), "", 5, false},
    {"too far", 1, 165, 0, K(LEAVE), O(PENDING), O(UNUSED), "SEQUENCE_TOO_FAR", 0, false},
    {"zero", 1, 0, 0, K(LEAVE), O(PENDING), O(UNUSED), "SEQUENCE_ZERO", 0, false},
    {"unknown client", 2, 64, 0, K(LEAVE), O(PENDING), O(PENDING), "", 0, true},
    {"unknown client, far", 2, 65, 0, K(LEAVE), O(PENDING), O(UNUSED), "SEQUENCE_TOO_FAR", 0,
     false},
    {"bad field", 1, 101, 0, K(JOIN), O(PENDING), O(REFUSED), "radius: must be above 0", 0, true},
    {"too old, redriven, bad field", 1, 35, 8, K(JOIN), O(PENDING), O(REFUSED),
     "radius: must be above 0", 0, true},
    {"bad field, used", 1, 100, 0, K(JOIN), O(PENDING), O(DUPLICATE), "", 5, false},
    {"unreadable", 1, 101, 0, 0, O(REFUSED), O(REFUSED), "body: unreadable", 0, true},
    {"unreadable, used", 1, 100, 0, 0, O(REFUSED), O(DUPLICATE), "", 5, false},
    {"unreadable, too old", 1, 35, 0, 0, O(REFUSED), O(UNUSED), "SEQUENCE_TOO_OLD", 0, false},
    {"unknown kind", 1, 101, 0, 77, O(PENDING), O(REFUSED), "kind: 77 is unknown", 0, true},
};

static void start(void)
{
    lq_tick_clear(&tick);
    tick.frame = 6;
    tick.windows.count = 1;
    tick.windows.entries[0] = (struct lq_client_window){{{1}}, 100, 0, 5};
}

static struct lq_command *add(uint8_t client, uint64_t sequence)
{
    struct lq_command *command = &tick.commands[tick.command_count++];

    *command = (struct lq_command){.client = {{client}},
                                   .sequence = sequence,
                                   .kind = LQ_COMMAND_LEAVE,
                                   .outcome = LQ_OUTCOME_PENDING};
    return command;
}

START_TEST(test_judge)
{
    int row = _i / VERSIONS;
    const char *name = rows[row].name;

    start();
    struct lq_command *command = add(rows[row].client, rows[row].sequence);
    command->kind = rows[row].kind;
    command->letter_id = rows[row].letter_id;
    if (rows[row].outcome == LQ_OUTCOME_REFUSED) {
        lq_command_refuse(command, "body: unreadable");
    }
    versions[_i % VERSIONS](&tick);
    ck_assert_msg(lq_admission_any_left(&tick) == rows[row].left, "%s: left", name);
    ck_assert_msg(command->outcome == rows[row].outcome_after, "%s: %s", name,
                  lq_outcome_name(command->outcome));
    ck_assert_str_eq(command->reason, rows[row].reason);
    ck_assert_uint_eq(command->duplicate_of_frame, rows[row].duplicate_of_frame);
    if (rows[row].left && rows[row].sequence != 35) {
        uint64_t frame = 0;
        enum lq_window_verdict verdict =
            lq_client_windows_judge(&tick.windows, &command->client, command->sequence, &frame);
        ck_assert_msg(verdict == LQ_WINDOW_DUPLICATE, "%s: its number is free", name);
        ck_assert_uint_eq(frame, 6);
    }
}
END_TEST

START_TEST(test_equal_numbers_in_one_tick)
{
    start();
    add(1, 101);
    add(1, 101);
    add(2, 1);
    add(1, 102);
    add(1, 101);
    versions[_i](&tick);
    ck_assert(lq_admission_any_left(&tick));
    ck_assert_int_eq(tick.commands[0].outcome, LQ_OUTCOME_PENDING);
    ck_assert_int_eq(tick.commands[1].outcome, LQ_OUTCOME_DUPLICATE);
    ck_assert_uint_eq(tick.commands[1].duplicate_of_frame, 6);
    ck_assert_int_eq(tick.commands[2].outcome, LQ_OUTCOME_PENDING);
    ck_assert_int_eq(tick.commands[3].outcome, LQ_OUTCOME_PENDING);
    ck_assert_int_eq(tick.commands[4].outcome, LQ_OUTCOME_DUPLICATE);
    ck_assert_uint_eq(tick.windows.entries[0].highest, 102);
}
END_TEST

START_TEST(test_equal_redrives_below_the_window)
{
    start();
    add(1, 3)->letter_id = 8;
    add(1, 3)->letter_id = 8;
    add(1, 3); /* not a redrive */
    versions[_i](&tick);
    ck_assert(lq_admission_any_left(&tick));
    ck_assert_int_eq(tick.commands[0].outcome, LQ_OUTCOME_PENDING);
    ck_assert_int_eq(tick.commands[1].outcome, LQ_OUTCOME_DUPLICATE);
    ck_assert_uint_eq(tick.commands[1].duplicate_of_frame, 6);
    ck_assert_int_eq(tick.commands[2].outcome, LQ_OUTCOME_UNUSED);
    ck_assert_uint_eq(tick.windows.entries[0].highest, 100);
}
END_TEST

START_TEST(test_oversized_custom_is_recordable)
{
    static const uint8_t bytes[LQ_CUSTOM_BYTES_MAX + 1];

    start();
    struct lq_command *command = add(1, 101);
    command->kind = LQ_COMMAND_CUSTOM;
    command->custom = lq_view_of(bytes, sizeof bytes);
    versions[_i](&tick);
    ck_assert(lq_admission_any_left(&tick));
    ck_assert_int_eq(command->outcome, LQ_OUTCOME_REFUSED);
    ck_assert_uint_eq(command->kind, 0);
    ck_assert_uint_eq(command->custom.bytes, 0);
}
END_TEST

START_TEST(test_no_commands)
{
    start();
    versions[_i](&tick);
    ck_assert(!lq_admission_any_left(&tick));
}
END_TEST

TCase *lq_test_admission(void);
TCase *lq_test_admission(void)
{
    TCase *tcase = tcase_create("admission");

    tcase_add_loop_test(tcase, test_judge, 0, VERSIONS * (int)(sizeof rows / sizeof rows[0]));
    tcase_add_loop_test(tcase, test_equal_numbers_in_one_tick, 0, VERSIONS);
    tcase_add_loop_test(tcase, test_equal_redrives_below_the_window, 0, VERSIONS);
    tcase_add_loop_test(tcase, test_oversized_custom_is_recordable, 0, VERSIONS);
    tcase_add_loop_test(tcase, test_no_commands, 0, VERSIONS);
    return tcase;
}
