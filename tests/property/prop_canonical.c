// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* Whatever decodes encodes to the same bytes, and whatever was encoded decodes. */
#include "tests/property/random_world.h"
#include "tests/support/suite.h"
#include "world/canonical.h"

#include <stdlib.h>

static struct lq_tick tick;
static struct lq_tick back;
static uint8_t content[LQ_TICK_BYTES_MAX];
static uint8_t again[LQ_TICK_BYTES_MAX];

static size_t encode_random(struct lq_random_world *random, uint32_t bodies_max)
{
    size_t bytes = 0;

    lq_random_world_fill(random, &tick, bodies_max);
    tick.command_count = (uint32_t)lq_random_world_number(random, 12);
    for (uint32_t index = 0; index < tick.command_count; index++) {
        struct lq_command *command = &tick.commands[index];

        lq_random_world_command(random, &tick, command);
        if (command->kind != 0 && lq_random_world_number(random, 3) == 0) {
            lq_command_refuse(command, "reason %u", index);
        } else if (command->kind != 0) {
            command->outcome = LQ_OUTCOME_APPLIED;
        }
    }
    ck_assert_int_eq(lq_canonical_encode(&tick, content, sizeof content, &bytes), LQ_OK);
    return bytes;
}

/* Decode `bytes` of content; if that works, the way back must yield them again. */
static enum lq_result decode_and_compare(size_t bytes)
{
    const char *where = NULL;
    size_t again_bytes = 0;
    /* Memory of exactly that size, so that the sanitizers see a read beyond it. */
    uint8_t *exact = malloc(bytes > 0 ? bytes : 1);

    ck_assert_ptr_nonnull(exact);
    memcpy(exact, content, bytes);
    enum lq_result result = lq_canonical_decode(lq_view_of(exact, bytes), &back, &where);
    if (result == LQ_OK) {
        ck_assert_int_eq(lq_world_check(&back.world, &where), LQ_OK);
        ck_assert_int_eq(lq_canonical_encode(&back, again, sizeof again, &again_bytes), LQ_OK);
        ck_assert_uint_eq(again_bytes, bytes);
        ck_assert_int_eq(memcmp(exact, again, bytes), 0);
    } else {
        ck_assert_ptr_nonnull(where);
    }
    free(exact);
    return result;
}

START_TEST(prop_round_trip)
{
    struct lq_random_world random = {lq_suite_seed(1)};

    for (int round = 0; round < 500; round++) {
        size_t bytes = encode_random(&random, round % 50 == 0 ? LQ_BODIES_MAX : 30);
        ck_assert_int_eq(decode_and_compare(bytes), LQ_OK);
        ck_assert_str_eq(back.session, tick.session);
        ck_assert_uint_eq(back.command_count, tick.command_count);
    }
}
END_TEST

START_TEST(prop_truncated)
{
    struct lq_random_world random = {lq_suite_seed(2)};

    for (int round = 0; round < 500; round++) {
        size_t bytes = encode_random(&random, 20);
        size_t less = lq_random_world_number(&random, bytes);
        ck_assert_int_ne(decode_and_compare(less), LQ_OK);
    }
}
END_TEST

START_TEST(prop_corrupted)
{
    struct lq_random_world random = {lq_suite_seed(3)};
    size_t bytes = 0;
    int refused = 0;

    for (int round = 0; round < 20000; round++) {
        if (round % 50 == 0) {
            bytes = encode_random(&random, 20);
        }
        size_t at = lq_random_world_number(&random, bytes);
        uint8_t before = content[at];

        content[at] = (uint8_t)lq_random_world_number(&random, 256);
        refused += decode_and_compare(bytes) != LQ_OK;
        content[at] = before;
    }
    ck_assert_int_gt(refused, 1000);
}
END_TEST

START_TEST(prop_garbage)
{
    struct lq_random_world random = {lq_suite_seed(4)};

    for (int round = 0; round < 20000; round++) {
        size_t bytes = lq_random_world_number(&random, 600);

        for (size_t at = 0; at < bytes; at++) {
            content[at] = (uint8_t)(lq_random_world_number(&random, 4) == 0
                                        ? lq_random_world_number(&random, 256)
                                        : 0);
        }
        content[0] = (uint8_t)(LQ_CANONICAL_VERSION + lq_random_world_number(&random, 2));
        content[1] = content[2] = content[3] = 0;
        (void)decode_and_compare(bytes);
    }
}
END_TEST

TCase *lq_prop_canonical(void);
TCase *lq_prop_canonical(void)
{
    TCase *tcase = tcase_create("canonical");

    tcase_add_test(tcase, prop_round_trip);
    tcase_add_test(tcase, prop_truncated);
    tcase_add_test(tcase, prop_corrupted);
    tcase_add_test(tcase, prop_garbage);
    return tcase;
}
