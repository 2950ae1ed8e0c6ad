// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "mirror/domain/partition_item.h"

#include "base/little_endian.h"
#include "tests/support/suite.h"
#include "tests/unit/mirror/domain/segment_fixture.h"

static struct lq_partition_item item;
static uint8_t bytes[LQ_PARTITION_ITEM_BYTES];

static void make(void)
{
    memset(&item, 0, sizeof item);
    item.partition = 2;
    item.ledger_format = 3;
    item.claim = 9;
    item.segment = 40;
    item.wall_ns = 77;
    memset(item.writer, 0xa1, sizeof item.writer);
    memset(item.history, 0xb2, sizeof item.history);
    memset(item.master_digest, 0xc3, sizeof item.master_digest);
    lq_partition_item_encode(&item, lq_fixture_digest, bytes);
}

static enum lq_result decode(size_t count, struct lq_partition_item *back)
{
    return lq_partition_item_decode(lq_view_of(bytes, count), lq_fixture_digest, back);
}

START_TEST(test_partition_item_layout)
{
    struct lq_partition_item back;

    make();
    ck_assert_uint_eq(lq_get_u16(bytes), 1);
    ck_assert_uint_eq(lq_get_u32(bytes + 4), 2);
    ck_assert_uint_eq(lq_get_u32(bytes + 8), 3);
    ck_assert_uint_eq(lq_get_u64(bytes + 16), 9);
    ck_assert_uint_eq(lq_get_u64(bytes + 24), 40);
    ck_assert_uint_eq(lq_get_u64(bytes + 32), 77);
    ck_assert_uint_eq(bytes[40], 0xa1);
    ck_assert_uint_eq(bytes[71], 0xb2);
    ck_assert_uint_eq(bytes[72], 0xc3);
    memset(&back, 0, sizeof back);
    ck_assert_int_eq(decode(sizeof bytes, &back), LQ_OK);
    ck_assert_mem_eq(&back, &item, sizeof back);
}
END_TEST

static const struct {
    const char *name;
    size_t at;
    uint8_t value;
    enum lq_result result;
} faults[] = {
    {"another version", 0, 2, LQ_ERR_VERSION}, {"a reserved byte set", 2, 1, LQ_ERR_CORRUPT},
    {"another one", 15, 1, LQ_ERR_CORRUPT},    {"no claim", 16, 0, LQ_ERR_CORRUPT},
    {"no segment", 24, 0, LQ_ERR_CORRUPT},     {"nothing wrong", 32, 1, LQ_OK},
};

START_TEST(test_partition_item_refuses)
{
    struct lq_partition_item back;

    make();
    bytes[faults[_i].at] = faults[_i].value;
    if (faults[_i].result == LQ_OK) {
        ck_assert_int_eq(decode(sizeof bytes, &back), LQ_ERR_CORRUPT); /* the digest is another */
    }
    lq_fixture_digest(bytes + LQ_PARTITION_ITEM_DIGEST_AT,
                      lq_view_of(bytes, LQ_PARTITION_ITEM_DIGEST_AT));
    ck_assert_msg(decode(sizeof bytes, &back) == faults[_i].result, "%s", faults[_i].name);
    make();
    for (size_t count = 0; count < sizeof bytes; count++) {
        ck_assert_int_eq(decode(count, &back), LQ_ERR_CORRUPT);
    }
}
END_TEST

TCase *lq_test_partition_item(void);
TCase *lq_test_partition_item(void)
{
    TCase *tc = tcase_create("partition_item");

    tcase_add_test(tc, test_partition_item_layout);
    tcase_add_loop_test(tc, test_partition_item_refuses, 0, sizeof faults / sizeof faults[0]);
    return tc;
}
