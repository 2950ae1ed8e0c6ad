// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "actors/load/domain/load_v1.h"

#include "tests/support/suite.h"

static struct lq_tick tick;

/* A full table, whose client 3 has been silent for long enough if the frame is 10,009. */
static const struct lq_command *judge(uint64_t frame)
{
    lq_tick_clear(&tick);
    tick.frame = frame;
    tick.windows.count = LQ_CLIENTS_MAX;
    for (uint32_t index = 0; index < LQ_CLIENTS_MAX; index++) {
        tick.windows.entries[index] =
            (struct lq_client_window){{{1, (uint8_t)index}}, 1, 0, index == 3 ? 9 : 10};
    }
    tick.command_count = 1;
    tick.commands[0] = (struct lq_command){.client = {{1, 3, [15] = 1}},
                                           .sequence = 1,
                                           .kind = LQ_COMMAND_LEAVE,
                                           .outcome = LQ_OUTCOME_PENDING};
    lq_load_v1_step(&tick);
    return &tick.commands[0];
}

/* Not an incarnation of client {1, 3}, but one client more. */
START_TEST(test_full_table)
{
    const struct lq_command *command = judge(10008);

    ck_assert_int_eq(command->outcome, LQ_OUTCOME_UNUSED);
    ck_assert_str_eq(command->reason, "CLIENTS_FULL");
    command = judge(10009);
    ck_assert_int_eq(command->outcome, LQ_OUTCOME_PENDING);
    ck_assert_uint_eq(tick.windows.count, LQ_CLIENTS_MAX);
    ck_assert(lq_client_id_equal(&tick.windows.entries[3].client, &command->client));
}
END_TEST

TCase *lq_test_load_v1(void);
TCase *lq_test_load_v1(void)
{
    TCase *tcase = tcase_create("load_v1");

    tcase_add_test(tcase, test_full_table);
    return tcase;
}
