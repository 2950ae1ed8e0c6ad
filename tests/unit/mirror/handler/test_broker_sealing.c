// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* What an entry of the broker's outbox is in the table, and what it is known by: before a shred,
 * after it, and as an earlier mirror put it. */
#include "mirror/handler/broker_sealing.h"

#include "mirror/domain/segment.h"
#include "store/lmdb/ledger_feed.h"
#include "store/seal/digest.h"
#include "store/seal/keyring.h"
#include "tests/support/suite.h"
#include "tests/unit/store/lmdb/ledger_fixture.h"

enum { ROOM = 4096, SEQUENCE = 7 };

static const char said[] = "what players sent";
static struct lq_ledger_fixture fixture;
static struct lq_broker_sealing sealing;
static uint8_t entry[ROOM], sealed[ROOM];
static size_t entry_bytes, sealed_bytes;

/* Of a letter of `tenant`; NULL: what is no letter lies in its place. */
static void write_letter(const char *tenant)
{
    static struct lq_letter letter;
    static uint8_t value[ROOM];
    struct lq_broker_entry head = {.kind = LQ_BROKER_ENTRY_PUT,
                                   .table = LQ_BROKER_TABLE_LETTERS,
                                   .sequence = SEQUENCE,
                                   .epoch = 1,
                                   .wall_ns = 5};
    size_t bytes = 0;

    letter = (struct lq_letter){.id = 9,
                                .state = LQ_LETTER_OPEN,
                                .tenant = lq_view_text(tenant != NULL ? tenant : ""),
                                .session = lq_view_text("s1"),
                                .stage = lq_view_text("physics"),
                                .version = 1,
                                .error = lq_view_text("Stage.Failed"),
                                .cause = lq_view_text(said),
                                .tries = 3,
                                .kind = 1,
                                .first_wall_ns = 1,
                                .last_wall_ns = 2};
    if (tenant != NULL) {
        ck_assert_int_eq(lq_letter_encode(&letter, value, sizeof value, &bytes), LQ_OK);
    } else {
        bytes = sizeof said;
        memcpy(value, said, bytes);
    }
    const struct lq_broker_entry_body body = {.key = lq_view_text("letter 1"),
                                              .value = lq_view_of(value, bytes)};
    entry_bytes = lq_broker_entry_bytes(head.kind, &body);
    ck_assert_uint_le(entry_bytes, ROOM);
    lq_broker_entry_write(&head, &body, entry);
}

static struct lq_view whole(void)
{
    return lq_view_of(entry, entry_bytes);
}

static void shred(void)
{
    struct lq_commit item = {
        .kind = LQ_COMMIT_SHRED_TENANT, .execution = {1, 99}, .names.tenant = lq_view_text("demo")};

    ck_assert_int_eq(lq_ledger_commit(fixture.ledger, &item, 1), LQ_OK);
    ck_assert_int_eq(item.verdict, LQ_COMMIT_DONE);
}

static void set_up(void)
{
    lq_ledger_fixture_make(&fixture);
    lq_ledger_fixture_open(&fixture);
    ck_assert_int_eq(lq_ledger_fixture_create_tenant(&fixture, "demo", 1), LQ_COMMIT_DONE);
    lq_broker_sealing_open(&sealing, fixture.ledger);
    write_letter("demo");
}

static void tear_down(void)
{
    lq_broker_sealing_close(&sealing);
    lq_ledger_fixture_remove(&fixture);
}

/* As the table would have it, and be known by. */
static void seal(uint8_t identity[LQ_HASH_BYTES])
{
    uint8_t again[LQ_HASH_BYTES];

    ck_assert_int_eq(lq_broker_sealing_write(&sealing, whole(), sealed, &sealed_bytes), LQ_OK);
    ck_assert_uint_le(sealed_bytes, entry_bytes + LQ_LEDGER_LETTER_EXTRA_BYTES);
    lq_segment_broker_identity(lq_digest, lq_view_of(sealed, sealed_bytes), identity);
    ck_assert_int_eq(lq_broker_sealing_identity(&sealing, whole(), again), LQ_OK);
    ck_assert_mem_eq(identity, again, LQ_HASH_BYTES);
}

START_TEST(test_a_letter_is_the_same_entry_before_and_after)
{
    uint8_t before[LQ_HASH_BYTES];
    uint8_t after[LQ_HASH_BYTES];
    uint8_t first[ROOM];
    size_t first_bytes;

    seal(before);
    ck_assert_uint_eq(sealing.tenant_number, 1);
    memcpy(first, sealed, sealed_bytes);
    first_bytes = sealed_bytes;
    seal(after);
    ck_assert(lq_view_equal(lq_view_of(first, first_bytes), lq_view_of(sealed, sealed_bytes)));
    shred();
    seal(after);
    ck_assert_uint_lt(sealed_bytes, first_bytes);
    ck_assert_mem_eq(before, after, LQ_HASH_BYTES);
    ck_assert_int_eq(lq_broker_sealing_compare(&sealing, whole(), before, after), LQ_OK);
    ck_assert_mem_eq(before, after, LQ_HASH_BYTES);
}
END_TEST

/* A store that has gone another way since has written at another time. */
START_TEST(test_another_letter_is_another_entry)
{
    uint8_t one[LQ_HASH_BYTES];
    uint8_t other[LQ_HASH_BYTES];

    seal(one);
    entry[24] ^= 1; /* a nanosecond */
    seal(other);
    ck_assert_mem_ne(one, other, LQ_HASH_BYTES);
    ck_assert_int_eq(lq_broker_sealing_compare(&sealing, whole(), one, other), LQ_OK);
    ck_assert_mem_ne(one, other, LQ_HASH_BYTES);
}
END_TEST

/* An earlier mirror sealed letters as all else; its newest entry is known again, also after the
 * shred. */
START_TEST(test_a_letter_as_it_was_put_before)
{
    uint8_t table[LQ_HASH_BYTES];
    uint8_t found[LQ_HASH_BYTES];

    ck_assert_int_eq(lq_ledger_feed_seal_broker(fixture.ledger, whole(), sealed), LQ_OK);
    lq_segment_broker_identity(lq_digest,
                               lq_view_of(sealed, entry_bytes + LQ_SEALED_BOX_EXTRA_BYTES), table);
    ck_assert_int_eq(lq_broker_sealing_identity(&sealing, whole(), found), LQ_OK);
    ck_assert_mem_ne(table, found, LQ_HASH_BYTES);
    shred();
    ck_assert_int_eq(lq_broker_sealing_compare(&sealing, whole(), table, found), LQ_OK);
    ck_assert_mem_eq(table, found, LQ_HASH_BYTES);
}
END_TEST

START_TEST(test_the_letter_of_an_entry)
{
    const struct lq_letter *letter = NULL;
    uint8_t identity[LQ_HASH_BYTES];

    ck_assert_int_eq(lq_broker_sealing_letter(&sealing, whole(), &letter), LQ_OK);
    ck_assert(lq_view_equal(letter->cause, lq_view_text(said)));
    /* As it lies in the outbox of a restored store, sealed. */
    lq_keyring_t *keyring = NULL;
    seal(identity);
    ck_assert_int_eq(lq_keyring_open(fixture.key_file, &keyring, &fixture.message), LQ_OK);
    ck_assert_int_eq(lq_keyring_open_broker(keyring, lq_view_of(sealed, sealed_bytes), entry),
                     LQ_OK);
    lq_keyring_close(&keyring);
    entry_bytes = sealed_bytes - LQ_SEALED_BOX_EXTRA_BYTES;
    ck_assert_ptr_null(memmem(entry, entry_bytes, said, sizeof said - 1));
    ck_assert_int_eq(lq_broker_sealing_letter(&sealing, whole(), &letter), LQ_OK);
    ck_assert(lq_view_equal(letter->cause, lq_view_text(said)));
    seal(identity);
    shred();
    ck_assert_int_eq(lq_broker_sealing_letter(&sealing, whole(), &letter), LQ_ERR_KEY);
}
END_TEST

START_TEST(test_what_is_no_letter)
{
    uint8_t identity[LQ_HASH_BYTES];
    const struct lq_letter *letter;

    write_letter(NULL);
    seal(identity);
    ck_assert_uint_eq(sealing.tenant_number, 0);
    ck_assert_uint_lt(sealed_bytes, entry_bytes + LQ_SEALED_BOX_EXTRA_BYTES);
    ck_assert_int_eq(lq_broker_sealing_letter(&sealing, whole(), &letter), LQ_ERR_CORRUPT);
    entry_bytes--;
    ck_assert_int_eq(lq_broker_sealing_write(&sealing, whole(), sealed, &sealed_bytes),
                     LQ_ERR_CORRUPT);
}
END_TEST

TCase *lq_test_broker_sealing(void);
TCase *lq_test_broker_sealing(void)
{
    TCase *tc = tcase_create("broker_sealing");

    tcase_add_checked_fixture(tc, set_up, tear_down);
    tcase_add_test(tc, test_a_letter_is_the_same_entry_before_and_after);
    tcase_add_test(tc, test_another_letter_is_another_entry);
    tcase_add_test(tc, test_a_letter_as_it_was_put_before);
    tcase_add_test(tc, test_the_letter_of_an_entry);
    tcase_add_test(tc, test_what_is_no_letter);
    return tc;
}
