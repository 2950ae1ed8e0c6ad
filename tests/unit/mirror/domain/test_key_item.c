// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "mirror/domain/key_item.h"

#include "base/little_endian.h"
#include "tests/support/suite.h"
#include "tests/unit/mirror/domain/segment_fixture.h"

enum { LIVE = 88, DESTROYED = 16, BODY = 4 + LIVE + 4 + DESTROYED };

static struct lq_key_item item;
static uint8_t header[LQ_KEY_ITEM_HEADER_BYTES];
static uint8_t body[BODY];

/* Two keys: one that is live, one that was destroyed. */
static void make(void)
{
    uint8_t key[LIVE];

    item = (struct lq_key_item){.partition = 2, .tenant_number = 3, .counter = 50};
    memset(key, 0xa1, sizeof key);
    ck_assert_int_eq(lq_key_item_add(&item, lq_view_of(key, LIVE), body, 4 + LIVE - 1),
                     LQ_ERR_FULL);
    ck_assert_int_eq(lq_key_item_add(&item, lq_view_of(key, LIVE), body, BODY), LQ_OK);
    memset(key, 0xb2, sizeof key);
    ck_assert_int_eq(lq_key_item_add(&item, lq_view_of(key, DESTROYED), body, BODY), LQ_OK);
    ck_assert_int_eq(lq_key_item_add(&item, lq_view_of(key, 1), body, BODY), LQ_ERR_FULL);
    lq_key_item_encode(&item, lq_fixture_digest, body, header);
}

static enum lq_result decode(size_t header_bytes, size_t body_bytes, struct lq_key_item *back)
{
    return lq_key_item_decode(lq_view_of(header, header_bytes), lq_view_of(body, body_bytes),
                              lq_fixture_digest, back);
}

START_TEST(test_key_item_layout)
{
    struct lq_view rest;
    struct lq_view key;
    struct lq_key_item back;

    make();
    ck_assert_uint_eq(lq_get_u16(header), 1);
    ck_assert_uint_eq(lq_get_u32(header + 4), 2);
    ck_assert_uint_eq(lq_get_u64(header + 8), 3);
    ck_assert_uint_eq(lq_get_u64(header + 16), 50);
    ck_assert_uint_eq(lq_get_u32(header + 24), 2);
    ck_assert_uint_eq(lq_get_u32(header + 28), BODY);
    ck_assert_int_eq(decode(sizeof header, BODY, &back), LQ_OK);
    ck_assert_uint_eq(back.partition, 2);
    ck_assert_uint_eq(back.tenant_number, 3);
    ck_assert_uint_eq(back.counter, 50);
    ck_assert_uint_eq(back.key_count, 2);
    rest = lq_view_of(body, BODY);
    ck_assert_int_eq(lq_key_item_next(&rest, &key), LQ_OK);
    ck_assert_uint_eq(key.bytes, LIVE);
    ck_assert_uint_eq(key.data[0], 0xa1);
    ck_assert_int_eq(lq_key_item_next(&rest, &key), LQ_OK);
    ck_assert_uint_eq(key.bytes, DESTROYED);
    ck_assert_int_eq(lq_key_item_next(&rest, &key), LQ_ERR_NOT_FOUND);
}
END_TEST

/* A change of header or body, whose digest is made anew. */
static const struct {
    const char *name;
    bool of_body;
    size_t at;
    uint8_t value;
    enum lq_result result;
} faults[] = {
    {"another version", false, 0, 2, LQ_ERR_VERSION},
    {"a reserved byte set", false, 3, 1, LQ_ERR_CORRUPT},
    {"no tenant", false, 8, 0, LQ_ERR_CORRUPT},
    {"no counter", false, 16, 0, LQ_ERR_CORRUPT},
    {"one key more", false, 24, 3, LQ_ERR_CORRUPT},
    {"one key fewer", false, 24, 1, LQ_ERR_CORRUPT},
    {"another length", false, 28, BODY - 1, LQ_ERR_CORRUPT},
    {"an empty key", true, 0, 0, LQ_ERR_CORRUPT},
    {"a key longer than the body", true, 4 + LIVE, DESTROYED + 1, LQ_ERR_CORRUPT},
    {"a key longer than any", true, 1, 2, LQ_ERR_CORRUPT},
    {"a key beyond all memory", true, 3, 0xff, LQ_ERR_CORRUPT},
    {"bytes that are no key", true, 4 + LIVE, DESTROYED - 3, LQ_ERR_CORRUPT},
    {"nothing wrong", true, 4, 7, LQ_OK},
};

START_TEST(test_key_item_refuses)
{
    struct lq_key_item back;

    make();
    (faults[_i].of_body ? body : header)[faults[_i].at] = faults[_i].value;
    if (faults[_i].result == LQ_OK) {
        ck_assert_int_eq(decode(sizeof header, BODY, &back), LQ_ERR_CORRUPT); /* its digest */
    }
    uint8_t message[LQ_KEY_ITEM_DIGEST_AT + LQ_HASH_BYTES];
    memcpy(message, header, LQ_KEY_ITEM_DIGEST_AT);
    lq_fixture_digest(message + LQ_KEY_ITEM_DIGEST_AT, lq_view_of(body, BODY));
    lq_fixture_digest(header + LQ_KEY_ITEM_DIGEST_AT, lq_view_of(message, sizeof message));
    ck_assert_msg(decode(sizeof header, BODY, &back) == faults[_i].result, "%s", faults[_i].name);
    make();
    for (size_t count = 0; count < sizeof header; count++) {
        ck_assert_int_eq(decode(count, BODY, &back), LQ_ERR_CORRUPT);
    }
    for (size_t count = 0; count < BODY; count++) {
        ck_assert_int_eq(decode(sizeof header, count, &back), LQ_ERR_CORRUPT);
    }
}
END_TEST

TCase *lq_test_key_item(void);
TCase *lq_test_key_item(void)
{
    TCase *tc = tcase_create("key_item");

    tcase_add_test(tc, test_key_item_layout);
    tcase_add_loop_test(tc, test_key_item_refuses, 0, sizeof faults / sizeof faults[0]);
    return tc;
}
