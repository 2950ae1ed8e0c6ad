// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "broker/io/payload_buffers.h"
#include "tests/unit/broker/io/broker_io_cases.h"

#include <signal.h>

static struct lq_view text_of(const lq_payload_buffers_t *buffers, uint32_t buffer, uint32_t offset,
                              uint32_t bytes)
{
    struct lq_payload payload = {buffer, offset, bytes};

    return lq_payload_buffers_view(buffers, &payload);
}

START_TEST(test_buffer_lives_as_long_as_it_is_referenced)
{
    lq_payload_buffers_t *buffers = lq_payload_buffers_new();
    uint32_t first = lq_payload_buffers_copy(buffers, lq_view_text("worldafter"));

    ck_assert_uint_ne(first, 0);
    lq_payload_buffers_retain(buffers, first);
    lq_payload_buffers_release(buffers, first);
    ck_assert(lq_view_equal(text_of(buffers, first, 5, 5), lq_view_text("after")));
    lq_payload_buffers_release(buffers, first);
    /* The freed number is the next one given. */
    ck_assert_uint_eq(lq_payload_buffers_copy(buffers, lq_view_text("x")), first);
    lq_payload_buffers_destroy(&buffers);
    ck_assert_ptr_null(buffers);
    lq_payload_buffers_destroy(&buffers);
}
END_TEST

START_TEST(test_buffers_do_not_move)
{
    lq_payload_buffers_t *buffers = lq_payload_buffers_new();
    uint32_t first = lq_payload_buffers_copy(buffers, lq_view_text("short enough to lie inline"));
    struct lq_view before = text_of(buffers, first, 0, 5);

    for (int more = 0; more < 5000; more++) {
        ck_assert_uint_ne(lq_payload_buffers_copy(buffers, lq_view_text("y")), first);
    }
    ck_assert_ptr_eq(text_of(buffers, first, 0, 5).data, before.data);
    lq_payload_buffers_destroy(&buffers);
}
END_TEST

START_TEST(test_kept_part_is_emptied)
{
    lq_payload_buffers_t *buffers = lq_payload_buffers_new();
    struct lq_message_part part;

    memset(lq_message_part_init_size(&part, 100000), 7, 100000);
    uint32_t buffer = lq_payload_buffers_keep(buffers, &part);
    ck_assert_uint_eq(lq_message_part_bytes(&part), 0);
    ck_assert_uint_eq(text_of(buffers, buffer, 99999, 1).data[0], 7);
    lq_message_part_close(&part);
    lq_payload_buffers_destroy(&buffers);
}
END_TEST

START_TEST(test_released_buffer_is_a_bug_to_use)
{
    lq_payload_buffers_t *buffers = lq_payload_buffers_new();
    uint32_t buffer = lq_payload_buffers_copy(buffers, lq_view_text("z"));

    lq_payload_buffers_release(buffers, buffer);
    lq_payload_buffers_release(buffers, buffer);
}
END_TEST

TCase *lq_test_payload_buffers(void)
{
    TCase *tcase = tcase_create("payload_buffers");

    tcase_add_test(tcase, test_buffer_lives_as_long_as_it_is_referenced);
    tcase_add_test(tcase, test_buffers_do_not_move);
    tcase_add_test(tcase, test_kept_part_is_emptied);
    if (lq_suite_forks()) {
        tcase_add_test_raise_signal(tcase, test_released_buffer_is_a_bug_to_use, SIGABRT);
    }
    return tcase;
}
