// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "mirror/domain/base_reader.h"

#include "tests/support/suite.h"
#include "tests/unit/mirror/domain/base_fixture.h"

START_TEST(test_base_reader_refuses_pieces)
{
    uint8_t bytes[LQ_BASE_ITEM_HEADER_BYTES];

    lq_base_fixture_make(LQ_FIXTURE_PIECE_MAX); /* out of order */
    ck_assert_int_eq(lq_base_fixture_take(1), LQ_ERR_CORRUPT);
    ck_assert_str_eq(lq_base_fixture.reader.why, "a piece is missing, or of another base");
    ck_assert_int_eq(lq_base_fixture_take(0), LQ_ERR_NOT_FOUND);
    ck_assert_int_eq(lq_base_fixture_take(0), LQ_ERR_CORRUPT);
    lq_base_fixture.header.segment++; /* half written anew */
    ck_assert_int_eq(lq_base_fixture_take(1), LQ_ERR_CORRUPT);
    ck_assert_str_eq(lq_base_fixture.reader.why, "a piece is missing, or of another base");
    lq_base_fixture.header.segment--;
    ck_assert_int_eq(lq_base_fixture_take(1), LQ_ERR_NOT_FOUND);
    lq_base_fixture.header.base_digest[0]++;
    ck_assert_int_eq(lq_base_fixture_take(2), LQ_ERR_CORRUPT);
    lq_base_fixture.header.base_digest[0]--;
    struct lq_view body = lq_base_item_piece(&lq_base_fixture.header, lq_fixture_digest,
                                             lq_base_fixture.base, 2, bytes);
    ck_assert_int_eq(lq_base_reader_take(&lq_base_fixture.reader, lq_view_of(bytes, sizeof bytes),
                                         lq_view_of(body.data - 1, body.bytes)),
                     LQ_ERR_CORRUPT);
    ck_assert_str_eq(lq_base_fixture.reader.why, "a piece is not what its header says");
    ck_assert_int_eq(lq_base_reader_take(&lq_base_fixture.reader, lq_view_of(bytes, sizeof bytes),
                                         lq_view_of(body.data, body.bytes - 1)),
                     LQ_ERR_CORRUPT);
    ck_assert_int_eq(lq_base_fixture_take(2), LQ_OK);
    lq_base_fixture_make(1000); /* one piece, of which the base is another */
    lq_base_fixture.header.base_digest[0]++;
    ck_assert_int_eq(lq_base_fixture_take(0), LQ_ERR_CORRUPT);
    ck_assert_str_eq(lq_base_fixture.reader.why, "the base is not what its header says");
    lq_base_fixture_make(1000);
    lq_base_reader_start(&lq_base_fixture.reader, lq_fixture_digest, lq_base_fixture.again, 899);
    ck_assert_int_eq(lq_base_fixture_take(0), LQ_ERR_LIMIT);
}
END_TEST

/* What is wrong within a base whose digests are right. */
static const struct {
    const char *name;
    size_t at;
    uint8_t value;
    int good; /* records before it shows */
} damages[] = {
    {"the first record is another's", 4 + LQ_RECORD_HEADER_AT + 24, 6, 0},
    {"the first record is another frame", 4 + LQ_RECORD_HEADER_AT + 32, 6, 0},
    {"a length beyond the base", 2, 1, 0},
    {"a length that is no record's", 300, 0, 1},
    {"another frame", 300 + 4 + LQ_RECORD_HEADER_AT + 32, 9, 1},
    {"another previous sequence", 300 + 4 + LQ_RECORD_HEADER_AT + 40, 21, 1},
    {"another tenant", 600 + 4 + LQ_RECORD_HEADER_AT + 16, 9, 2},
    {"another H of the head", 600 + 4 + LQ_RECORD_HASH_AT, 1, 2},
    {"a head at another sequence", 600 + 4 + LQ_RECORD_HEADER_AT + 8, 41, 3},
};

START_TEST(test_base_reader_refuses_records)
{
    struct lq_view read;

    lq_base_fixture_make(1000);
    lq_base_fixture.base[damages[_i].at] = damages[_i].value;
    ck_assert_int_eq(
        lq_base_item_cut(&lq_base_fixture.header, lq_fixture_digest, lq_base_fixture.base, 1000),
        LQ_OK);
    ck_assert_int_eq(lq_base_fixture_take(0), LQ_OK);
    for (int index = 0; index < damages[_i].good; index++) {
        ck_assert_msg(lq_base_reader_next(&lq_base_fixture.reader, &read) == LQ_OK, "%s",
                      damages[_i].name);
    }
    ck_assert_msg(lq_base_reader_next(&lq_base_fixture.reader, &read) == LQ_ERR_CORRUPT, "%s",
                  damages[_i].name);
    ck_assert_ptr_nonnull(lq_base_fixture.reader.why);
}
END_TEST

TCase *lq_test_base_reader(void);
TCase *lq_test_base_reader(void)
{
    TCase *tc = tcase_create("base_reader");

    tcase_add_test(tc, test_base_reader_refuses_pieces);
    tcase_add_loop_test(tc, test_base_reader_refuses_records, 0,
                        sizeof damages / sizeof damages[0]);
    return tc;
}
