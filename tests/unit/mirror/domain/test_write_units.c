// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "mirror/domain/write_units.h"

#include "mirror/domain/base_item.h"
#include "tests/support/suite.h"

static const struct {
    uint64_t value;
    uint64_t bytes; /* with a name of one byte */
} numbers[] = {
    {0, 2},    {1, 3},    {9, 3},     {10, 3},         {12, 3},         {100, 3},         {123, 4},
    {1230, 4}, {1234, 4}, {12345, 5}, {1800000000, 3}, {1799999999, 7}, {UINT64_MAX, 12},
};

START_TEST(test_write_units_number)
{
    struct lq_write_units_item item = {0};

    lq_write_units_add_number(&item, "n", numbers[_i].value);
    ck_assert_msg(item.bytes == numbers[_i].bytes, "%llu: %llu",
                  (unsigned long long)numbers[_i].value, (unsigned long long)item.bytes);
}
END_TEST

static const struct {
    uint64_t bytes, before, writes, reads;
} sizes[] = {
    {0, 0, 1, 1},    {1, 0, 1, 1},      {1024, 0, 1, 1},   {1025, 0, 2, 1},      {4096, 0, 4, 1},
    {4097, 0, 5, 2}, {100, 2049, 3, 1}, {2049, 100, 3, 1}, {358400, 0, 350, 88},
};

START_TEST(test_write_units_round_up)
{
    struct lq_write_units_item item = {.bytes = sizes[_i].bytes};
    struct lq_write_units_item before = {.bytes = sizes[_i].before};

    ck_assert_uint_eq(lq_write_units_of(&item, &before), sizes[_i].writes);
    ck_assert_uint_eq(lq_write_units_of_read(&item), sizes[_i].reads);
}
END_TEST

START_TEST(test_write_units_items)
{
    static const struct lq_write_units_item nothing;

    /* pk 2 + 10, sk 2 + 22, h 1 + 336 */
    struct lq_write_units_item item = lq_write_units_segment(10, 0, 0);
    ck_assert_uint_eq(item.bytes, 373);
    ck_assert_uint_eq(lq_write_units_of(&item, &nothing), 1);
    item = lq_write_units_segment(10, 1000, 0); /* b 1 + 1000 */
    ck_assert_uint_eq(item.bytes, 1374);
    struct lq_write_units_item later = lq_write_units_segment(10, 1000, 1799999999);
    ck_assert_uint_eq(later.bytes, 1374 + 3 + 6); /* ttl, and ten digits */
    ck_assert_uint_eq(lq_write_units_of(&later, &item), 2);
    /* pk 2 + 10, sk 2 + 27, h 1 + 224, b 1 + 1000, n 1 + 2 */
    item = lq_write_units_base(10, 1000, 12);
    ck_assert_uint_eq(item.bytes, 12 + 29 + 225 + 1001 + 3);
    /* The largest of both stay below what is asked of an item. */
    item = lq_write_units_segment(47, LQ_SEGMENT_BODY_BYTES_MAX, UINT64_MAX);
    ck_assert_uint_le(item.bytes, LQ_SEGMENT_ITEM_BYTES_MAX);
    item = lq_write_units_base(47, LQ_SEGMENT_BODY_BYTES_MAX, UINT64_MAX);
    ck_assert_uint_le(item.bytes, LQ_SEGMENT_ITEM_BYTES_MAX);
}
END_TEST

/* The figures of docs/decisions/0026: write units for a hundred frames of 1,372 bytes each.
 *
 * frames  that go into one segment. */
static uint64_t packed(size_t frames)
{
    static const struct lq_write_units_item nothing;
    struct lq_write_units_item item =
        lq_write_units_segment(10, frames * (LQ_SEGMENT_PIECE_HEADER_BYTES + 1372), 0);

    return 100 * lq_write_units_of(&item, &nothing) / frames;
}

START_TEST(test_write_units_of_a_frame)
{
    static const struct lq_write_units_item nothing;
    struct lq_write_units_item record = {0};
    struct lq_write_units_item head = {0};

    lq_write_units_add_bytes(&record, "pk", 12);
    lq_write_units_add_bytes(&record, "sk", 22);
    lq_write_units_add_bytes(&record, "b", 1372);
    lq_write_units_add_bytes(&head, "pk", 12);
    lq_write_units_add_bytes(&head, "sk", 22);
    lq_write_units_add_bytes(&head, "h", 112);
    ck_assert_uint_eq(lq_write_units_of(&record, &nothing) + lq_write_units_of(&head, &nothing), 3);
    ck_assert_uint_eq(packed(1), 200);
    ck_assert_uint_eq(packed(10), 140);
    ck_assert_uint_eq(packed(100), 136);
    ck_assert_uint_eq(packed(250), 136);
}
END_TEST

/* What docs/cloud.md says of bases and of expiry: units of a base of one record, and hundredths of
 * a unit a frame when its segment, of ten frames, is put and when it gets its ttl. A record above
 * the size of a body goes over two items. */
static const struct {
    size_t record;
    uint64_t base, put, ttl;
} kept[] = {
    {600, 1, 70, 70},        {1372, 2, 140, 140}, {4096, 5, 410, 410},
    {16384, 17, 1610, 1610}, {65536, 65, 0, 0},   {524504, 514, 0, 0},
};

START_TEST(test_write_units_of_upkeep)
{
    static const struct lq_write_units_item nothing;
    const uint64_t ttl = 1799999999;
    size_t run = kept[_i].record + LQ_BASE_ITEM_RECORD_EXTRA_BYTES;
    size_t pieces = (run + 349999) / 350000;
    struct lq_write_units_item item = lq_write_units_base(10, (run + pieces - 1) / pieces, 123456);

    ck_assert_uint_eq(lq_write_units_of(&item, &nothing) * pieces, kept[_i].base);
    if (kept[_i].put == 0) {
        return; /* ten of them are several segments */
    }
    size_t body = 10 * (LQ_SEGMENT_PIECE_HEADER_BYTES + kept[_i].record);
    struct lq_write_units_item before = lq_write_units_segment(10, body, 0);
    item = lq_write_units_segment(10, body, ttl);
    ck_assert_uint_eq(10 * lq_write_units_of(&before, &nothing), kept[_i].put);
    ck_assert_uint_eq(10 * lq_write_units_of(&item, &before), kept[_i].ttl);
}
END_TEST

TCase *lq_test_write_units(void);
TCase *lq_test_write_units(void)
{
    TCase *tc = tcase_create("write_units");

    tcase_add_loop_test(tc, test_write_units_number, 0, sizeof numbers / sizeof numbers[0]);
    tcase_add_loop_test(tc, test_write_units_round_up, 0, sizeof sizes / sizeof sizes[0]);
    tcase_add_test(tc, test_write_units_items);
    tcase_add_test(tc, test_write_units_of_a_frame);
    tcase_add_loop_test(tc, test_write_units_of_upkeep, 0, sizeof kept / sizeof kept[0]);
    return tc;
}
