// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "actors/ai/domain/philox.h"

#include "tests/support/suite.h"

/* Known answers of the Random123 distribution, philox4x32 with 10 rounds. */
static const struct {
    uint64_t key;
    struct lq_philox_words counter;
    struct lq_philox_words drawn;
} rows[] = {
    {0, {{0, 0, 0, 0}}, {{0x6627e8d5u, 0xe169c58du, 0xbc57ac4cu, 0x9b00dbd8u}}},
    {UINT64_C(0xffffffffffffffff),
     {{0xffffffffu, 0xffffffffu, 0xffffffffu, 0xffffffffu}},
     {{0x408f276du, 0x41c83b0eu, 0xa20bc7c6u, 0x6d5451fdu}}},
    {UINT64_C(0x299f31d0a4093822),
     {{0x243f6a88u, 0x85a308d3u, 0x13198a2eu, 0x03707344u}},
     {{0xd16cfe09u, 0x94fdccebu, 0x5001e420u, 0x24126ea1u}}},
};

START_TEST(test_known_answers)
{
    struct lq_philox_words drawn = lq_philox_draw(rows[_i].key, rows[_i].counter);

    for (int word = 0; word < 4; word++) {
        ck_assert_uint_eq(drawn.word[word], rows[_i].drawn.word[word]);
    }
}
END_TEST

TCase *lq_test_philox(void);
TCase *lq_test_philox(void)
{
    TCase *tcase = tcase_create("philox");

    tcase_add_loop_test(tcase, test_known_answers, 0, sizeof rows / sizeof rows[0]);
    return tcase;
}
