// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "broker/io/welcome_message.h"

#include "proto/actor_codec.h"
#include "proto/client_codec.h"
#include "tests/unit/broker/io/broker_io_cases.h"

/* The largest numbers fit, too. */
START_TEST(test_welcome_says_epoch_and_limits)
{
    static const uint64_t epochs[] = {1, UINT64_MAX};
    static uint8_t memory[4096];
    struct lq_arena arena = {memory, sizeof memory, 0};
    struct lq_welcome_message welcome;
    struct lq_welcome read;
    enum lq_message_kind kind;
    struct lq_view message;
    const char *where;

    lq_welcome_message_make(&welcome, epochs[_i], lq_view_text("0123456789abcdef"), UINT32_MAX);
    ck_assert_int_eq(lq_framing_get(lq_view_of(welcome.bytes, welcome.byte_count), &kind, &message),
                     LQ_OK);
    ck_assert_int_eq(kind, LQ_MESSAGE_WELCOME);
    ck_assert_int_eq(lq_welcome_decode(message, &arena, &read, &where), LQ_OK);
    ck_assert_uint_eq(read.epoch, epochs[_i]);
    ck_assert_uint_eq(read.commands_per_message_max, LQ_SUBMIT_COMMANDS_MAX);
    ck_assert_uint_eq(read.message_bytes_max, LQ_BODY_BYTES_MAX);
    ck_assert_uint_eq(read.mailbox_commands_max, UINT32_MAX);
    ck_assert(lq_view_equal(read.history, lq_view_text("0123456789abcdef")));
}
END_TEST

TCase *lq_test_welcome_message(void)
{
    TCase *tcase = tcase_create("welcome_message");

    tcase_add_loop_test(tcase, test_welcome_says_epoch_and_limits, 0, 2);
    return tcase;
}
