// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "store/seal/broker_seal.h"

#include "store/core/broker_entry.h"
#include "tests/support/suite.h"

enum { ROOM = 512 };

static struct lq_broker_seal seal;
static uint8_t entry[ROOM];
static size_t entry_bytes;
static uint8_t sealed[ROOM];
static size_t sealed_bytes;

static void write_entry(uint64_t sequence, const char *value)
{
    struct lq_broker_entry head = {.kind = LQ_BROKER_ENTRY_PUT,
                                   .table = LQ_BROKER_TABLE_PARKED,
                                   .sequence = sequence,
                                   .epoch = 3,
                                   .wall_ns = 4};
    struct lq_broker_entry_body body = {.key = lq_view_text("demo s1"),
                                        .value = lq_view_text(value)};

    entry_bytes = lq_broker_entry_bytes(head.kind, &body);
    lq_broker_entry_write(&head, &body, entry);
    sealed_bytes = entry_bytes + LQ_SEALED_BOX_EXTRA_BYTES;
    lq_broker_seal_write(&seal, lq_view_of(entry, entry_bytes), sealed);
}

static void setup(void)
{
    uint8_t master[32];

    memset(master, 7, sizeof master);
    lq_broker_seal_derive(master, &seal);
    write_entry(1, "physics");
}

START_TEST(test_broker_seal_opens_what_it_sealed)
{
    uint8_t opened[ROOM];

    ck_assert_int_eq(lq_broker_seal_open(&seal, lq_view_of(sealed, sealed_bytes), opened), LQ_OK);
    ck_assert_mem_eq(opened, entry, entry_bytes);
    ck_assert_mem_eq(sealed, entry, LQ_BROKER_ENTRY_HEADER_BYTES);
    ck_assert_ptr_null(memmem(sealed, sealed_bytes, "physics", 7));
    ck_assert_ptr_null(memmem(sealed, sealed_bytes, "demo", 4));
}
END_TEST

START_TEST(test_broker_seal_is_the_same_each_time)
{
    uint8_t before[ROOM];

    memcpy(before, sealed, sealed_bytes);
    write_entry(1, "physics");
    ck_assert_mem_eq(before, sealed, sealed_bytes);
    write_entry(2, "physics");
    ck_assert_mem_ne(before + LQ_BROKER_ENTRY_HEADER_BYTES, sealed + LQ_BROKER_ENTRY_HEADER_BYTES,
                     LQ_SEAL_NONCE_BYTES);
    write_entry(1, "physicS");
    ck_assert_mem_ne(before + LQ_BROKER_ENTRY_HEADER_BYTES, sealed + LQ_BROKER_ENTRY_HEADER_BYTES,
                     LQ_SEAL_NONCE_BYTES);
}
END_TEST

START_TEST(test_broker_seal_finds_every_change)
{
    uint8_t opened[ROOM];

    for (size_t at = 0; at < sealed_bytes; at++) {
        sealed[at] ^= 1;
        ck_assert_int_eq(lq_broker_seal_open(&seal, lq_view_of(sealed, sealed_bytes), opened),
                         LQ_ERR_CORRUPT);
        sealed[at] ^= 1;
    }
    for (size_t bytes = 0; bytes < sealed_bytes; bytes++) {
        ck_assert_int_eq(lq_broker_seal_open(&seal, lq_view_of(sealed, bytes), opened),
                         LQ_ERR_CORRUPT);
    }
}
END_TEST

/* A seal that another nonce was chosen for opens, and is still none of ours: an entry has one. */
START_TEST(test_broker_seal_takes_its_own_nonce_only)
{
    uint8_t opened[ROOM];
    struct lq_view header = lq_view_of(entry, LQ_BROKER_ENTRY_HEADER_BYTES);
    struct lq_view body = lq_view_of(entry + LQ_BROKER_ENTRY_HEADER_BYTES,
                                     entry_bytes - LQ_BROKER_ENTRY_HEADER_BYTES);

    lq_sealed_box_write(seal.key, header, body, sealed + LQ_BROKER_ENTRY_HEADER_BYTES);
    ck_assert_int_eq(lq_broker_seal_open(&seal, lq_view_of(sealed, sealed_bytes), opened),
                     LQ_ERR_CORRUPT);
}
END_TEST

START_TEST(test_broker_seal_needs_its_master_key)
{
    struct lq_broker_seal other;
    uint8_t master[32];
    uint8_t opened[ROOM];

    memset(master, 8, sizeof master);
    lq_broker_seal_derive(master, &other);
    ck_assert_mem_ne(other.key, seal.key, sizeof seal.key);
    ck_assert_mem_ne(seal.key, seal.nonce_key, sizeof seal.key);
    ck_assert_int_eq(lq_broker_seal_open(&other, lq_view_of(sealed, sealed_bytes), opened),
                     LQ_ERR_CORRUPT);
}
END_TEST

TCase *lq_test_broker_seal(void);
TCase *lq_test_broker_seal(void)
{
    TCase *tc = tcase_create("broker_seal");

    tcase_add_checked_fixture(tc, setup, NULL);
    tcase_add_test(tc, test_broker_seal_opens_what_it_sealed);
    tcase_add_test(tc, test_broker_seal_is_the_same_each_time);
    tcase_add_test(tc, test_broker_seal_finds_every_change);
    tcase_add_test(tc, test_broker_seal_takes_its_own_nonce_only);
    tcase_add_test(tc, test_broker_seal_needs_its_master_key);
    return tc;
}
