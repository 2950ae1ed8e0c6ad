// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "mirror/domain/base_item.h"

#include "base/little_endian.h"
#include "tests/support/suite.h"
#include "tests/unit/mirror/domain/base_fixture.h"

START_TEST(test_base_layout)
{
    uint8_t bytes[LQ_BASE_ITEM_HEADER_BYTES];
    struct lq_base_header back;

    lq_base_fixture_make(LQ_FIXTURE_PIECE_MAX);
    ck_assert_uint_eq(lq_base_fixture.header.base_bytes, 3 * 300);
    ck_assert_uint_eq(lq_base_fixture.header.piece_count, 3);
    struct lq_view body = lq_base_item_piece(&lq_base_fixture.header, lq_fixture_digest,
                                             lq_base_fixture.base, 2, bytes);
    ck_assert_ptr_eq(body.data, lq_base_fixture.base + 600);
    ck_assert_uint_eq(body.bytes, 300);
    ck_assert_uint_eq(lq_get_u16(bytes), LQ_BASE_ITEM_VERSION);
    ck_assert_uint_eq(lq_get_u32(bytes + 4), LQ_FIXTURE_PARTITION);
    ck_assert_uint_eq(lq_get_u64(bytes + 8), LQ_FIXTURE_TENANT);
    ck_assert_uint_eq(lq_get_u64(bytes + 16), 5);
    ck_assert_uint_eq(lq_get_u64(bytes + 24), 9);
    ck_assert_uint_eq(lq_get_u64(bytes + 32), 7);
    ck_assert_uint_eq(lq_get_u64(bytes + 40), 40);
    ck_assert_uint_eq(lq_get_u64(bytes + 48), 20);
    ck_assert_uint_eq(lq_get_u64(bytes + 56), 77);
    ck_assert_uint_eq(lq_get_u32(bytes + 72), 2);
    ck_assert_uint_eq(lq_get_u32(bytes + 76), 3);
    ck_assert_uint_eq(lq_get_u32(bytes + 80), 3);
    ck_assert_uint_eq(lq_get_u32(bytes + 84), 300);
    ck_assert_uint_eq(lq_get_u64(bytes + 88), 900);
    ck_assert_mem_eq(bytes + 96, lq_base_fixture.records[2] + LQ_RECORD_HASH_AT, LQ_HASH_BYTES);
    ck_assert_int_eq(lq_base_item_decode(lq_view_of(bytes, sizeof bytes), lq_fixture_digest, &back),
                     LQ_OK);
    ck_assert_mem_eq(&back, &lq_base_fixture.header, sizeof back);
}
END_TEST

START_TEST(test_base_add_refuses)
{
    struct lq_view other;

    lq_base_fixture_begin();
    ck_assert_int_eq(lq_base_item_add(&lq_base_fixture.header, lq_base_fixture_record(0),
                                      lq_base_fixture.base, 299),
                     LQ_ERR_FULL);
    ck_assert_int_eq(lq_base_item_add(&lq_base_fixture.header, lq_base_fixture_record(0),
                                      lq_base_fixture.base, 300),
                     LQ_OK);
    ck_assert_int_eq(lq_base_item_add(&lq_base_fixture.header, lq_base_fixture_record(2),
                                      lq_base_fixture.base, LQ_FIXTURE_BASE_MAX),
                     LQ_ERR_CORRUPT);
    ck_assert_int_eq(lq_base_item_add(&lq_base_fixture.header, lq_base_fixture_record(0),
                                      lq_base_fixture.base, LQ_FIXTURE_BASE_MAX),
                     LQ_ERR_CORRUPT);
    other = lq_base_fixture_record(1);
    lq_base_fixture.records[1][24]++; /* another session */
    ck_assert_int_eq(
        lq_base_item_add(&lq_base_fixture.header, other, lq_base_fixture.base, LQ_FIXTURE_BASE_MAX),
        LQ_ERR_CORRUPT);
    other = lq_base_fixture_record(1);
    lq_base_fixture.records[1][40]++; /* another previous sequence */
    ck_assert_int_eq(
        lq_base_item_add(&lq_base_fixture.header, other, lq_base_fixture.base, LQ_FIXTURE_BASE_MAX),
        LQ_ERR_CORRUPT);
    other = lq_base_fixture_record(1);
    lq_base_fixture.records[1][8] = 19; /* that goes back */
    ck_assert_int_eq(
        lq_base_item_add(&lq_base_fixture.header, other, lq_base_fixture.base, LQ_FIXTURE_BASE_MAX),
        LQ_ERR_CORRUPT);
    ck_assert_int_eq(lq_base_item_add(&lq_base_fixture.header, lq_view_of(lq_base_fixture.base, 20),
                                      lq_base_fixture.base, LQ_FIXTURE_BASE_MAX),
                     LQ_ERR_CORRUPT);
    ck_assert_uint_eq(lq_base_fixture.header.record_count, 1);
    ck_assert_uint_eq(lq_base_fixture.header.base_bytes, 300);
    ck_assert_int_eq(
        lq_base_item_cut(&lq_base_fixture.header, lq_fixture_digest, lq_base_fixture.base, 1),
        LQ_OK);
    ck_assert_int_eq(lq_base_item_add(&lq_base_fixture.header, lq_base_fixture_record(1),
                                      lq_base_fixture.base, LQ_FIXTURE_BASE_MAX),
                     LQ_OK);
    ck_assert_int_eq(lq_base_item_add(&lq_base_fixture.header, lq_base_fixture_record(2),
                                      lq_base_fixture.base, LQ_FIXTURE_BASE_MAX),
                     LQ_OK);
    lq_base_fixture.header.base_bytes = LQ_SEGMENT_KEY_BASE_PIECES_MAX + 1;
    ck_assert_int_eq(
        lq_base_item_cut(&lq_base_fixture.header, lq_fixture_digest, lq_base_fixture.base, 1),
        LQ_ERR_LIMIT);
}
END_TEST

/* Cut in every way, it reads the same. */
START_TEST(test_base_reads)
{
    struct lq_view read;

    for (size_t piece_max = 1; piece_max <= 901; piece_max += 7) {
        lq_base_fixture_make(piece_max);
        for (uint32_t piece = 0; piece < lq_base_fixture.header.piece_count; piece++) {
            ck_assert_int_eq(lq_base_fixture_take(piece),
                             piece + 1 < lq_base_fixture.header.piece_count ? LQ_ERR_NOT_FOUND
                                                                            : LQ_OK);
        }
        for (int index = 0; index < LQ_FIXTURE_RECORDS; index++) {
            ck_assert_int_eq(lq_base_reader_next(&lq_base_fixture.reader, &read), LQ_OK);
            ck_assert(lq_view_equal(read, lq_view_of(lq_base_fixture.records[index],
                                                     sizeof lq_base_fixture.records[index])));
        }
        ck_assert_int_eq(lq_base_reader_next(&lq_base_fixture.reader, &read), LQ_ERR_NOT_FOUND);
    }
}
END_TEST

static const struct {
    const char *name;
    size_t at;
    int bytes;
    uint64_t value;
    enum lq_result result;
} faults[] = {
    {"another version", 0, 2, 1, LQ_ERR_VERSION},
    {"a reserved byte set", 2, 1, 1, LQ_ERR_CORRUPT},
    {"no tenant", 8, 8, 0, LQ_ERR_CORRUPT},
    {"no session", 16, 8, 0, LQ_ERR_CORRUPT},
    {"frames and records that differ", 24, 8, 10, LQ_ERR_CORRUPT},
    {"a head below the first record", 24, 8, 6, LQ_ERR_CORRUPT},
    {"sequences too near for the frames", 40, 8, 21, LQ_ERR_CORRUPT},
    {"a sequence that goes back", 40, 8, 19, LQ_ERR_CORRUPT},
    {"no segment", 56, 8, 0, LQ_ERR_CORRUPT},
    {"a piece behind the last", 72, 4, 3, LQ_ERR_CORRUPT},
    {"no pieces", 76, 4, 0, LQ_ERR_CORRUPT},
    {"too many pieces", 76, 4, 1000, LQ_ERR_CORRUPT},
    {"no records", 80, 4, 0, LQ_ERR_CORRUPT},
    {"another length of the piece", 84, 4, 299, LQ_ERR_CORRUPT},
    {"fewer bytes than pieces", 88, 8, 2, LQ_ERR_CORRUPT},
    {"more bytes than pieces hold", 88, 8, UINT64_MAX, LQ_ERR_CORRUPT},
    {"nothing wrong", 64, 8, 1, LQ_OK},
};

START_TEST(test_base_header_refuses)
{
    uint8_t bytes[LQ_BASE_ITEM_HEADER_BYTES];
    struct lq_base_header back;

    lq_base_fixture_make(LQ_FIXTURE_PIECE_MAX);
    lq_base_item_piece(&lq_base_fixture.header, lq_fixture_digest, lq_base_fixture.base, 1, bytes);
    for (int byte = 0; byte < faults[_i].bytes; byte++) {
        bytes[faults[_i].at + (size_t)byte] = (uint8_t)(faults[_i].value >> (8 * byte));
    }
    if (faults[_i].result != LQ_ERR_VERSION) { /* the digest is looked at before the fields */
        ck_assert_int_eq(
            lq_base_item_decode(lq_view_of(bytes, sizeof bytes), lq_fixture_digest, &back),
            LQ_ERR_CORRUPT);
    }
    lq_fixture_digest(bytes + LQ_BASE_ITEM_DIGEST_AT, lq_view_of(bytes, LQ_BASE_ITEM_DIGEST_AT));
    ck_assert_msg(lq_base_item_decode(lq_view_of(bytes, sizeof bytes), lq_fixture_digest, &back) ==
                      faults[_i].result,
                  "%s", faults[_i].name);
    for (size_t length = 0; length < sizeof bytes; length++) {
        ck_assert_int_ne(lq_base_item_decode(lq_view_of(bytes, length), lq_fixture_digest, &back),
                         LQ_OK);
    }
}
END_TEST

START_TEST(test_base_same)
{
    lq_base_fixture_make(LQ_FIXTURE_PIECE_MAX);
    struct lq_base_header other = lq_base_fixture.header;
    other.piece++;
    other.piece_bytes++;
    other.piece_digest[0]++;
    other.wall_ns++;
    ck_assert(lq_base_item_same(&lq_base_fixture.header, &other));
    void *fields[] = {&other.partition,      &other.tenant_number, &other.session_number,
                      &other.frame,          &other.first_frame,   &other.sequence,
                      &other.first_sequence, &other.segment,       &other.piece_count,
                      &other.record_count,   &other.base_bytes,    other.hash,
                      other.base_digest};
    for (size_t index = 0; index < sizeof fields / sizeof fields[0]; index++) {
        uint8_t *byte = fields[index];
        *byte ^= 1;
        ck_assert_msg(!lq_base_item_same(&lq_base_fixture.header, &other), "field %zu", index);
        *byte ^= 1;
    }
}
END_TEST

START_TEST(test_base_slots_alternate)
{
    lq_base_fixture_make(LQ_FIXTURE_PIECE_MAX);
    ck_assert_uint_eq(lq_base_item_slot(NULL, 0), 0);
    ck_assert_uint_eq(lq_base_item_slot(&lq_base_fixture.header, 0), 1);
    ck_assert_uint_eq(lq_base_item_slot(&lq_base_fixture.header, 1), 0);
}
END_TEST

TCase *lq_test_base_item(void);
TCase *lq_test_base_item(void)
{
    TCase *tc = tcase_create("base_item");

    tcase_add_test(tc, test_base_layout);
    tcase_add_test(tc, test_base_add_refuses);
    tcase_add_test(tc, test_base_reads);
    tcase_add_loop_test(tc, test_base_header_refuses, 0, sizeof faults / sizeof faults[0]);
    tcase_add_test(tc, test_base_same);
    tcase_add_test(tc, test_base_slots_alternate);
    return tc;
}
