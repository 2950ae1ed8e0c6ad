// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* Letters under keys of their tenants: what opens, and what is left when the key is gone. */
#include "store/seal/letter_seal.h"

#include "base/little_endian.h"
#include "tests/support/suite.h"

enum { ROOM = 512, TENANT = 9, GENERATION = 2, ROUNDS = 2000, LETTER_MAX = 300 };

static const char said[] = "what the players said";
static uint8_t key[LQ_SEAL_KEY_BYTES];
static uint8_t entry[ROOM], sealed[ROOM];
static size_t entry_bytes, sealed_bytes;

static void write_entry(enum lq_broker_entry_kind kind, uint64_t sequence, struct lq_view letter)
{
    struct lq_broker_entry head = {.kind = kind,
                                   .table = LQ_BROKER_TABLE_LETTERS,
                                   .sequence = sequence,
                                   .epoch = 3,
                                   .wall_ns = 4};
    struct lq_broker_entry_body body = {
        .after = kind == LQ_BROKER_ENTRY_TOLD ? lq_view_text("letter 0") : lq_view_text(""),
        .key = lq_view_text("letter 1"),
        .value = letter};

    entry_bytes = lq_broker_entry_bytes(head.kind, &body);
    ck_assert_uint_le(entry_bytes + LQ_LETTER_SEAL_EXTRA_BYTES, ROOM);
    lq_broker_entry_write(&head, &body, entry);
}

static void seal_with(const uint8_t *with, uint32_t generation)
{
    const struct lq_letter_seal seal = {with, TENANT, generation};

    sealed_bytes = lq_letter_seal_write(&seal, lq_view_of(entry, entry_bytes), sealed);
    ck_assert_uint_le(sealed_bytes, entry_bytes + LQ_LETTER_SEAL_EXTRA_BYTES);
}

static enum lq_result open_with(const uint8_t *with, uint8_t *value, size_t *bytes)
{
    struct lq_broker_entry head;
    struct lq_broker_entry_body body;
    struct lq_view from = lq_view_of(sealed, sealed_bytes);
    enum lq_result result = lq_broker_entry_read(from, &head, &body);

    *bytes = 0;
    return result == LQ_OK ? lq_letter_seal_open(with, from, &body, value, bytes) : result;
}

static void set_up(void)
{
    memset(key, 7, sizeof key);
    write_entry(LQ_BROKER_ENTRY_PUT, 5, lq_view_text(said));
    seal_with(key, GENERATION);
}

START_TEST(test_a_letter_opens_with_its_tenants_key)
{
    static const enum lq_broker_entry_kind kinds[] = {LQ_BROKER_ENTRY_PUT, LQ_BROKER_ENTRY_TOLD};
    struct lq_broker_entry head;
    struct lq_broker_entry_body body;
    uint8_t value[ROOM];
    size_t bytes;

    write_entry(kinds[_i], 5, lq_view_text(said));
    seal_with(key, GENERATION);
    ck_assert_int_eq(lq_broker_entry_read(lq_view_of(sealed, sealed_bytes), &head, &body), LQ_OK);
    ck_assert(head.is_sealed);
    ck_assert(lq_broker_entry_has_letter(&head, &body));
    ck_assert_int_eq(head.kind, kinds[_i]);
    ck_assert_uint_eq(head.sequence, 5);
    ck_assert(lq_view_equal(body.key, lq_view_text("letter 1")));
    ck_assert_uint_eq(body.after.bytes, _i == 0 ? 0 : 8);
    ck_assert_uint_eq(body.tenant_number, TENANT);
    ck_assert_uint_eq(body.key_generation, GENERATION);
    ck_assert_ptr_null(memmem(sealed, sealed_bytes, "players", 7));
    ck_assert_int_eq(open_with(key, value, &bytes), LQ_OK);
    ck_assert(lq_view_equal(lq_view_of(value, bytes), lq_view_text(said)));
}
END_TEST

START_TEST(test_another_key_opens_nothing)
{
    uint8_t other[LQ_SEAL_KEY_BYTES];
    uint8_t value[ROOM];
    size_t bytes;

    memcpy(other, key, sizeof other);
    other[31] ^= 1;
    ck_assert_int_eq(open_with(other, value, &bytes), LQ_ERR_CORRUPT);
    ck_assert_uint_eq(bytes, 0);
}
END_TEST

/* Header, key and owner are the seal's associated data: a letter is moved nowhere. */
START_TEST(test_every_change_is_found)
{
    uint8_t value[ROOM];
    size_t bytes;

    for (size_t at = 0; at < sealed_bytes; at++) {
        sealed[at] ^= 1;
        ck_assert_msg(open_with(key, value, &bytes) != LQ_OK, "byte %zu", at);
        sealed[at] ^= 1;
    }
    for (size_t whole = sealed_bytes; whole > 0; whole--) {
        sealed_bytes = whole - 1;
        ck_assert_int_eq(open_with(key, value, &bytes), LQ_ERR_CORRUPT);
    }
}
END_TEST

/* The header says how long the letter was, and so is the same with it and without it. */
START_TEST(test_without_a_key_there_is_no_letter)
{
    struct lq_broker_entry head;
    struct lq_broker_entry_body body;
    uint8_t before[LQ_BROKER_ENTRY_HEADER_BYTES];
    uint8_t value[ROOM];
    size_t bytes;

    memcpy(before, sealed, sizeof before);
    seal_with(NULL, GENERATION);
    ck_assert_mem_eq(before, sealed, sizeof before);
    ck_assert_int_eq(lq_broker_entry_read(lq_view_of(sealed, sealed_bytes), &head, &body), LQ_OK);
    ck_assert(lq_broker_entry_has_letter(&head, &body));
    ck_assert(lq_view_equal(body.key, lq_view_text("letter 1")));
    ck_assert_uint_eq(body.tenant_number, TENANT);
    ck_assert_uint_eq(body.key_generation, 0);
    ck_assert_uint_eq(body.value.bytes, 0);
    ck_assert_int_eq(open_with(key, value, &bytes), LQ_ERR_KEY);
    sealed[sealed_bytes++] = 0;
    ck_assert_int_eq(open_with(key, value, &bytes), LQ_ERR_CORRUPT);
}
END_TEST

static uint64_t draws;

static uint64_t draw(void)
{
    draws = draws * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return draws >> 33;
}

/* Of any letter: one sealing under a key, another one under another key or in another entry; each
 * opens with its own key to what it was, and with no other; the header tells none from another. */
START_TEST(test_any_letter)
{
    static uint8_t letter[LETTER_MAX], first[ROOM], value[ROOM];
    uint8_t other[LQ_SEAL_KEY_BYTES];
    size_t bytes;

    draws = lq_suite_seed(53);
    for (uint32_t round = 0; round < ROUNDS; round++) {
        size_t count = 1 + draw() % LETTER_MAX;
        for (size_t at = 0; at < count; at++) {
            letter[at] = (uint8_t)draw();
        }
        lq_put_u64(key, draw());
        memcpy(other, key, sizeof other);
        other[draw() % sizeof other] ^= (uint8_t)(1 + draw() % 255);
        write_entry(draw() % 2 ? LQ_BROKER_ENTRY_PUT : LQ_BROKER_ENTRY_TOLD, 1 + draw(),
                    lq_view_of(letter, count));
        seal_with(key, 1);
        memcpy(first, sealed, sealed_bytes);
        seal_with(key, 1);
        ck_assert_mem_eq(first, sealed, sealed_bytes);
        ck_assert_int_eq(open_with(key, value, &bytes), LQ_OK);
        ck_assert(lq_view_equal(lq_view_of(value, bytes), lq_view_of(letter, count)));
        ck_assert_int_eq(open_with(other, value, &bytes), LQ_ERR_CORRUPT);
        seal_with(other, 1);
        ck_assert_mem_ne(first + sealed_bytes - count - LQ_SEALED_BOX_EXTRA_BYTES,
                         sealed + sealed_bytes - count - LQ_SEALED_BOX_EXTRA_BYTES,
                         LQ_SEAL_NONCE_BYTES);
        ck_assert_mem_eq(first, sealed, LQ_BROKER_ENTRY_HEADER_BYTES);
        ck_assert_int_eq(open_with(key, value, &bytes), LQ_ERR_CORRUPT);
    }
}
END_TEST

TCase *lq_test_letter_seal(void);
TCase *lq_test_letter_seal(void)
{
    TCase *tc = tcase_create("letter_seal");

    tcase_add_checked_fixture(tc, set_up, NULL);
    tcase_add_loop_test(tc, test_a_letter_opens_with_its_tenants_key, 0, 2);
    tcase_add_test(tc, test_another_key_opens_nothing);
    tcase_add_test(tc, test_every_change_is_found);
    tcase_add_test(tc, test_without_a_key_there_is_no_letter);
    tcase_add_test(tc, test_any_letter);
    return tc;
}
