// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "mirror/domain/segment_key.h"

#include "tests/support/suite.h"

START_TEST(test_segment_key_texts)
{
    struct lq_segment_key key;
    struct lq_view tenant;
    uint32_t partition = 9;
    uint64_t number = 0;
    uint64_t session = 0;
    uint32_t slot = 9;
    uint32_t piece = 9;

    lq_segment_key_stream(lq_view_text("demo"), 0, &key);
    ck_assert_str_eq(key.pk, "T#demo#P#0");
    ck_assert_str_eq(key.sk, "");
    lq_segment_key_set_number(&key, 17);
    ck_assert_str_eq(key.sk, "L#00000000000000000017");
    ck_assert_int_eq(lq_segment_key_read_number(lq_view_text(key.sk), &number), LQ_OK);
    ck_assert_uint_eq(number, 17);
    ck_assert_int_eq(lq_segment_key_read_stream(lq_view_text(key.pk), &tenant, &partition), LQ_OK);
    ck_assert(lq_view_equal(tenant, lq_view_text("demo")));
    ck_assert_uint_eq(partition, 0);
    lq_segment_key_set_base(&key, 5, 1, 2);
    ck_assert_str_eq(key.sk, "B#00000000000000000005#1002");
    ck_assert_int_eq(lq_segment_key_read_base(lq_view_text(key.sk), &session, &slot, &piece),
                     LQ_OK);
    ck_assert_uint_eq(session, 5);
    ck_assert_uint_eq(slot, 1);
    ck_assert_uint_eq(piece, 2);
    lq_segment_key_stream(lq_view_text(""), UINT32_MAX, &key);
    ck_assert_str_eq(key.pk, "P#4294967295");
    ck_assert_int_eq(lq_segment_key_read_stream(lq_view_text(key.pk), &tenant, &partition), LQ_OK);
    ck_assert_uint_eq(tenant.bytes, 0);
    ck_assert_uint_eq(partition, UINT32_MAX);
    lq_segment_key_of_keys(lq_view_text("demo"), &key);
    ck_assert_str_eq(key.pk, "T#demo");
    ck_assert_str_eq(key.sk, "K");
    lq_segment_key_of_state(3, &key);
    ck_assert_str_eq(key.pk, "P#3");
    ck_assert_str_eq(key.sk, "M");
}
END_TEST

/* The longest of each fit, and the highest numbers come back. */
START_TEST(test_segment_key_longest)
{
    static const char tenant[] = "abcdefghijklmnopqrstuvwxyz012345";
    struct lq_segment_key key;
    uint64_t number = 0;
    uint64_t session = 0;
    uint32_t slot = 0;
    uint32_t piece = 0;

    lq_segment_key_stream(lq_view_text(tenant), UINT32_MAX, &key);
    ck_assert_uint_eq(strlen(key.pk), LQ_SEGMENT_KEY_PK_BYTES_MAX);
    lq_segment_key_set_base(&key, UINT64_MAX, 1, 999);
    ck_assert_uint_eq(strlen(key.sk), LQ_SEGMENT_KEY_SK_BYTES_MAX);
    ck_assert_int_eq(lq_segment_key_read_base(lq_view_text(key.sk), &session, &slot, &piece),
                     LQ_OK);
    ck_assert_uint_eq(session, UINT64_MAX);
    ck_assert_uint_eq(piece, 999);
    lq_segment_key_set_number(&key, UINT64_MAX);
    ck_assert_int_eq(lq_segment_key_read_number(lq_view_text(key.sk), &number), LQ_OK);
    ck_assert_uint_eq(number, UINT64_MAX);
}
END_TEST

static const char *const no_streams[] = {
    "",
    "P",
    "P#",
    "P#x",
    "P#01",
    "P#4294967296",
    "P#1 ",
    "T#demo",
    "T##P#0",
    "T#.x#P#0",
    "T#demo#P#",
    "T#demo#Q#0",
    "T#demo#P#0#",
    "p#0",
    "T#de mo#P#0",
    "T#abcdefghijklmnopqrstuvwxyz0123456#P#0",
};

static const char *const no_numbers[] = {
    "",
    "L#",
    "L#00000000000000000000",
    "L#0000000000000000017",
    "L#000000000000000000017",
    "L#0000000000000000001x",
    "L#18446744073709551616",
    "B#00000000000000000017",
    "L#-0000000000000000001",
};

static const char *const no_bases[] = {
    "B#00000000000000000005",      "B#00000000000000000005#",      "B#00000000000000000005#2000",
    "B#00000000000000000005#100",  "B#00000000000000000005#10000", "B#00000000000000000000#0000",
    "B#00000000000000000005#0x00", "L#00000000000000000005#0000",
};

START_TEST(test_segment_key_refuses)
{
    struct lq_view tenant;
    uint32_t small = 0;
    uint32_t other = 0;
    uint64_t number = 0;

    for (size_t index = 0; index < sizeof no_streams / sizeof no_streams[0]; index++) {
        ck_assert_msg(lq_segment_key_read_stream(lq_view_text(no_streams[index]), &tenant,
                                                 &small) == LQ_ERR_CORRUPT,
                      "%s", no_streams[index]);
    }
    for (size_t index = 0; index < sizeof no_numbers / sizeof no_numbers[0]; index++) {
        ck_assert_msg(lq_segment_key_read_number(lq_view_text(no_numbers[index]), &number) ==
                          LQ_ERR_CORRUPT,
                      "%s", no_numbers[index]);
    }
    for (size_t index = 0; index < sizeof no_bases / sizeof no_bases[0]; index++) {
        ck_assert_msg(lq_segment_key_read_base(lq_view_text(no_bases[index]), &number, &small,
                                               &other) == LQ_ERR_CORRUPT,
                      "%s", no_bases[index]);
    }
}
END_TEST

TCase *lq_test_segment_key(void);
TCase *lq_test_segment_key(void)
{
    TCase *tc = tcase_create("segment_key");

    tcase_add_test(tc, test_segment_key_texts);
    tcase_add_test(tc, test_segment_key_longest);
    tcase_add_test(tc, test_segment_key_refuses);
    return tc;
}
