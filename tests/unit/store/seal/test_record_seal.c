// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "base/error_message.h"
#include "store/seal/record_seal.h"

#include "store/core/drop_proof.h"
#include "store/core/ledger_key.h"
#include "store/core/outbox_note.h"
#include "store/core/partition_state.h"
#include "store/seal/digest.h"
#include "store/seal/entry_proof.h"
#include "store/seal/keyring.h"
#include "tests/support/suite.h"
#include "tests/unit/store/lmdb/store_folder.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

/* The worked example of docs/ledger-format.md: every secret is a run of counting bytes. */
enum { GOLDEN_TEXT_MAX = 4096 };

static const uint8_t content[] = {1,   0,   0,   0,   4,   'd', 'e', 'm', 'o', 2,   's',
                                  '1', 'a', ' ', 'w', 'o', 'r', 'l', 'd', '!', '\n'};
/* Frame 3, against that. */
static const uint8_t next_content[] = {1,   0,   0,   0,   4,   'd', 'e', 'm', 'o', 2,   's',
                                       '1', 'b', ' ', 'w', 'o', 'r', 'l', 'd', '!', '\n'};
static const uint8_t delta[] = {'a', ' ', 'd', 'e', 'l', 't', 'a'};
static const struct lq_record_header keyframe = {
    .seal_version = LQ_RECORD_SEAL_VERSION,
    .form = LQ_RECORD_WHOLE,
    .seal_generation = 1,
    .version = LQ_RECORD_VERSION,
    .kind = LQ_RECORD_KEYFRAME,
    .partition = 0,
    .key_generation = 1,
    .content_bytes = sizeof content,
    .ledger_sequence = 12,
    .tenant_number = 3,
    .session_number = 5,
    .frame = 2,
    .previous_sequence = 9,
    .keyframe_sequence = 12,
    .execution = {7, 1001},
    .body_bytes = sizeof content,
};

static void count_from(uint8_t *bytes, size_t count, uint8_t first)
{
    for (size_t index = 0; index < count; index++) {
        bytes[index] = (uint8_t)(first + index);
    }
}

struct example {
    uint8_t key[LQ_SEAL_KEY_BYTES];
    uint8_t previous_hash[LQ_HASH_BYTES];
    uint8_t hash[LQ_HASH_BYTES];
    uint8_t record[LQ_RECORD_EXTRA_BYTES + sizeof content];
};

static struct lq_view write_example(struct example *example, const struct lq_record_header *header,
                                    struct lq_view whole, struct lq_view body, uint8_t first)
{
    struct lq_salted_digest digest;
    uint8_t nonce[LQ_RECORD_NONCE_BYTES];

    count_from(example->key, sizeof example->key, 0x20);
    count_from(digest.salt, sizeof digest.salt, first);
    count_from(nonce, sizeof nonce, (uint8_t)(first + 0x20));
    lq_salted_digest_make(&digest, whole);
    const struct lq_record_parts parts = {header, body,        &digest, example->previous_hash,
                                          nonce,  example->key};
    lq_record_seal_write(&parts, example->record, example->hash);
    return lq_view_of(example->record, lq_record_bytes(body.bytes));
}

static struct lq_view make_example(struct example *example)
{
    struct lq_view whole = lq_view_of(content, sizeof content);

    count_from(example->previous_hash, sizeof example->previous_hash, 0x40);
    return write_example(example, &keyframe, whole, whole, 0x60);
}

/* The delta behind it. */
static struct lq_view make_delta(struct example *example)
{
    struct lq_record_header header = keyframe;

    (void)make_example(example);
    memcpy(example->previous_hash, example->hash, sizeof example->hash);
    header.kind = LQ_RECORD_DELTA;
    header.ledger_sequence = 14;
    header.frame = 3;
    header.previous_sequence = 12;
    header.execution.counter = 1002;
    header.body_bytes = sizeof delta;
    return write_example(example, &header, lq_view_of(next_content, sizeof next_content),
                         lq_view_of(delta, sizeof delta), 0x90);
}

/* The bytes of line `name` of the golden file: "name hex". */
static size_t read_golden_of(unsigned version, const char *name, uint8_t *bytes, size_t bytes_max)
{
    char path[512];
    char line[GOLDEN_TEXT_MAX];
    const char *source = getenv("srcdir");
    size_t count = 0;

    snprintf(path, sizeof path, "%s/tests/golden/ledger_record_v%u.hex",
             source != NULL ? source : ".", version);
    FILE *stream = fopen(path, "r");
    ck_assert_msg(stream != NULL, "%s", path);
    while (fgets(line, sizeof line, stream) != NULL) {
        size_t length = strlen(name);
        unsigned byte;
        if (strncmp(line, name, length) != 0 || line[length] != ' ') {
            continue;
        }
        for (const char *at = line + length + 1; sscanf(at, "%2x", &byte) == 1; at += 2) {
            ck_assert_uint_lt(count, bytes_max);
            bytes[count++] = (uint8_t)byte;
        }
    }
    fclose(stream);
    return count;
}

static size_t read_golden(const char *name, uint8_t *bytes, size_t bytes_max)
{
    return read_golden_of(LQ_RECORD_VERSION, name, bytes, bytes_max);
}

static void print_hex(const char *name, const uint8_t *bytes, size_t count)
{
    printf("%s ", name);
    for (size_t index = 0; index < count; index++) {
        printf("%02x", bytes[index]);
    }
    printf("\n");
}

static void expect_golden(const char *name, const uint8_t *bytes, size_t count)
{
    uint8_t golden[1024];

    if (read_golden(name, golden, sizeof golden) != count || memcmp(golden, bytes, count) != 0) {
        print_hex(name, bytes, count);
        ck_abort_msg("%s differs from the golden one", name);
    }
}

START_TEST(test_record_seal_golden)
{
    struct example example;
    struct lq_view record = make_example(&example);

    expect_golden("record", record.data, record.bytes);
    expect_golden("hash", example.hash, LQ_HASH_BYTES);
    record = make_delta(&example);
    expect_golden("delta_record", record.data, record.bytes);
    expect_golden("delta_hash", example.hash, LQ_HASH_BYTES);
}
END_TEST

/* A record of format 4 as it lies in one of format 5: a prefix before it that its seal does not
 * cover, and nothing else changed. */
START_TEST(test_record_seal_opens_a_converted_one)
{
    uint8_t record[1024] = {0, 0, LQ_RECORD_WHOLE, 0, 1};
    uint8_t plain[1024];
    uint8_t key[LQ_SEAL_KEY_BYTES];
    uint8_t previous_hash[LQ_HASH_BYTES];
    struct lq_record_header header;
    size_t bytes =
        LQ_RECORD_PREFIX_BYTES + read_golden_of(1, "record", record + 8, sizeof record - 8);
    struct lq_view view = lq_view_of(record, bytes);

    count_from(key, sizeof key, 0x20);
    count_from(previous_hash, sizeof previous_hash, 0x40);
    ck_assert_int_eq(lq_record_decode_header(view, &header), LQ_OK);
    ck_assert_uint_eq(header.version, LQ_RECORD_VERSION_CONVERTED);
    ck_assert(lq_record_seal_follows(view, previous_hash));
    ck_assert_int_eq(lq_record_seal_unseal(view, key, plain), LQ_OK);
    ck_assert(lq_record_seal_covers(view, plain,
                                    lq_view_of(plain + LQ_RECORD_SALT_BYTES, header.body_bytes)));
    ck_assert_mem_eq(plain + LQ_RECORD_SALT_BYTES, content, sizeof content);
    record[0] = 1; /* as if its seal covered the prefix */
    ck_assert_int_eq(lq_record_seal_unseal(view, key, plain), LQ_ERR_CORRUPT);
}
END_TEST

START_TEST(test_record_seal_golden_wrapped_key)
{
    static const char master[] = "000102030405060708090a0b0c0d0e0f"
                                 "101112131415161718191a1b1c1d1e1f\n";
    char folder[LQ_STORE_FOLDER_PATH_MAX];
    char file[LQ_STORE_FOLDER_PATH_MAX + 16];
    struct lq_error_message message;
    uint8_t key[LQ_SEAL_KEY_BYTES];
    uint8_t nonce[LQ_SEAL_NONCE_BYTES];
    uint8_t wrapped[LQ_WRAPPED_KEY_BYTES];
    uint8_t golden[1024];
    lq_keyring_t *keyring;

    lq_store_folder_make(folder);
    snprintf(file, sizeof file, "%s/master.key", folder);
    FILE *stream = fopen(file, "w");
    fputs(master, stream);
    fclose(stream);
    chmod(file, 0600);
    ck_assert_int_eq(lq_keyring_open(file, &keyring, &message), LQ_OK);
    count_from(key, sizeof key, 0x20);
    count_from(nonce, sizeof nonce, 0xa0);
    lq_keyring_wrap_with(keyring, 3, 1, key, nonce, wrapped);
    if (read_golden("wrapped_key", golden, sizeof golden) != sizeof wrapped ||
        memcmp(golden, wrapped, sizeof wrapped) != 0) {
        print_hex("wrapped_key", wrapped, sizeof wrapped);
        ck_abort_msg("wrapped key differs from the golden one");
    }
    lq_keyring_master_digest(keyring, wrapped);
    ck_assert_uint_eq(read_golden("master_digest", golden, sizeof golden), LQ_HASH_BYTES);
    ck_assert_mem_eq(golden, wrapped, LQ_HASH_BYTES);
    lq_keyring_close(&keyring);
    lq_store_folder_remove(folder);
}
END_TEST

/* The state of the partition, and its tag: sums and the meta page before count up as well. */
START_TEST(test_record_seal_golden_state)
{
    const struct lq_entry_place place = {"meta", 0, lq_view_text("partition")};
    struct lq_partition_state state = {.writer_epoch = 7,
                                       .transaction = 21,
                                       .next_ledger_sequence = 13,
                                       .next_tenant_number = 4,
                                       .next_session_number = 6,
                                       .next_outbox_sequence = 9,
                                       .first_outbox_sequence = 3,
                                       .record_count = 10,
                                       .session_count = 5,
                                       .key_count = 3,
                                       .frame_count = 5,
                                       .outbox_count = 6,
                                       .letter_count = 2,
                                       .cursor_count = 1,
                                       .outbox_bytes = 700,
                                       .name_count = 8,
                                       .gapless_ledger = 10,
                                       .gapless_tenant = 1,
                                       .gapless_session = 2,
                                       .gapless_outbox = 4,
                                       .proof_count = 1,
                                       .dropped_count = 2,
                                       .committed_wall_ns = UINT64_C(1700000000000000000),
                                       .wall_verdict = LQ_WALL_JUMPED};
    struct lq_digest_sum *sums[] = {&state.records, &state.names,   &state.keys,  &state.outbox,
                                    &state.letters, &state.cursors, &state.proofs};
    uint8_t value[LQ_PARTITION_STATE_BYTES];
    uint8_t tag_key[1024];
    uint8_t bytes[1024];

    for (size_t index = 0; index < sizeof sums / sizeof sums[0]; index++) {
        count_from(bytes, LQ_HASH_BYTES, (uint8_t)(0x40 + LQ_HASH_BYTES * index));
        lq_digest_sum_get(bytes, sums[index]);
    }
    count_from(state.history, sizeof state.history, 0x10);
    count_from(state.meta_before, sizeof state.meta_before, 0x40);
    ck_assert_uint_eq(read_golden("master_digest", bytes, sizeof bytes), LQ_HASH_BYTES);
    memcpy(state.master_digest, bytes, LQ_HASH_BYTES);
    ck_assert_uint_eq(read_golden("master_key", bytes, sizeof bytes), LQ_SEAL_KEY_BYTES);
    lq_entry_proof_derive(bytes, tag_key);
    ck_assert_uint_eq(read_golden("tag_key", bytes, sizeof bytes), LQ_TAG_KEY_BYTES);
    ck_assert_mem_eq(tag_key, bytes, LQ_TAG_KEY_BYTES);
    lq_partition_state_encode(&state, value);
    lq_entry_proof_tag(tag_key, &place, lq_view_of(value, LQ_PARTITION_STATE_TAG_AT),
                       value + LQ_PARTITION_STATE_TAG_AT);
    lq_partition_state_check(lq_digest, value);
    expect_golden("state", value, sizeof value);
}
END_TEST

START_TEST(test_record_seal_golden_name)
{
    static const char session[] = "\2demo\0s1";
    const struct lq_entry_place place = {"names", 0, lq_view_of(session, sizeof session - 1)};
    uint8_t tag_key[1024];
    uint8_t value[1024];
    uint8_t key[1024];
    uint8_t tag[LQ_HASH_BYTES];

    ck_assert_uint_eq(read_golden("tag_key", tag_key, sizeof tag_key), LQ_TAG_KEY_BYTES);
    ck_assert_uint_eq(read_golden("name_key", key, sizeof key), sizeof session - 1);
    ck_assert_mem_eq(key, session, sizeof session - 1);
    ck_assert_uint_eq(read_golden("name_value", value, sizeof value), 32);
    lq_entry_proof_tag(tag_key, &place, lq_view_of(value, 16), tag);
    ck_assert_mem_eq(value + 16, tag, 16);
}
END_TEST

/* What lies in clear in the outbox: that session 5 was created behind record 11. */
START_TEST(test_record_seal_golden_note)
{
    const struct lq_outbox_note created = {.name = lq_view_text("s1")};
    struct lq_outbox_entry entry = {.kind = LQ_OUTBOX_SESSION,
                                    .body_bytes = 2,
                                    .outbox_sequence = 8,
                                    .tenant_number = 3,
                                    .session_number = 5,
                                    .ledger_sequence = 11};
    const struct lq_entry_place place = {
        "outbox", 0, lq_view_of(&entry.outbox_sequence, sizeof entry.outbox_sequence)};
    uint8_t value[LQ_OUTBOX_NOTE_BYTES_MAX];
    uint8_t tag[LQ_HASH_BYTES];
    uint8_t tag_key[1024];
    uint8_t golden[1024];

    lq_outbox_entry_encode(&entry, value);
    ck_assert_uint_eq(
        lq_outbox_note_encode(entry.kind, &created, value + LQ_OUTBOX_ENTRY_HEADER_BYTES), 2);
    ck_assert_uint_eq(read_golden("tag_key", tag_key, sizeof tag_key), LQ_TAG_KEY_BYTES);
    lq_entry_proof_tag(tag_key, &place, lq_view_of(value, LQ_OUTBOX_ENTRY_HEADER_BYTES + 2), tag);
    memcpy(value + LQ_OUTBOX_ENTRY_HEADER_BYTES + 2, tag, LQ_ENTRY_TAG_BYTES);
    ck_assert_uint_eq(read_golden("note", golden, sizeof golden), LQ_OUTBOX_ENTRY_TAGGED_BYTES + 2);
    ck_assert_mem_eq(value, golden, LQ_OUTBOX_ENTRY_TAGGED_BYTES + 2);
}
END_TEST

START_TEST(test_record_seal_golden_cursor)
{
    const struct lq_entry_place place = {"cursors", 0, lq_view_text("mirror")};
    uint8_t value[LQ_CURSOR_VALUE_BYTES];
    uint8_t tag[LQ_HASH_BYTES];
    uint8_t tag_key[1024];
    uint8_t golden[1024];

    lq_ledger_key_put_cursor((struct lq_feed_position){12, 8}, value);
    ck_assert_uint_eq(read_golden("tag_key", tag_key, sizeof tag_key), LQ_TAG_KEY_BYTES);
    lq_entry_proof_tag(tag_key, &place, lq_view_of(value, 16), tag);
    memcpy(value + 16, tag, LQ_ENTRY_TAG_BYTES);
    ck_assert_uint_eq(read_golden("cursor_value", golden, sizeof golden), sizeof value);
    ck_assert_mem_eq(value, golden, sizeof value);
}
END_TEST

/* The front of session 5 was dropped, up to the record before the golden one. */
START_TEST(test_record_seal_golden_proof)
{
    const uint64_t session_number = 5;
    const struct lq_entry_place place = {"proofs", 0,
                                         lq_view_of(&session_number, sizeof session_number)};
    struct lq_drop_proof proof = {
        .tenant_number = 3, .first_frame = 0, .last_frame = 1, .last_sequence = 9};
    struct lq_record_header header;
    uint8_t value[LQ_DROP_PROOF_BYTES];
    uint8_t tag[LQ_HASH_BYTES];
    uint8_t tag_key[1024];
    uint8_t golden[1024];

    ck_assert_uint_eq(read_golden("previous_hash", golden, sizeof golden), LQ_HASH_BYTES);
    memcpy(proof.last_hash, golden, LQ_HASH_BYTES);
    lq_drop_proof_encode(&proof, value);
    ck_assert_uint_eq(read_golden("tag_key", tag_key, sizeof tag_key), LQ_TAG_KEY_BYTES);
    lq_entry_proof_tag(tag_key, &place, lq_view_of(value, LQ_DROP_PROOF_TAG_AT), tag);
    memcpy(value + LQ_DROP_PROOF_TAG_AT, tag, LQ_ENTRY_TAG_BYTES);
    expect_golden("proof_value", value, sizeof value);
    size_t bytes = read_golden("record", golden, sizeof golden);
    ck_assert_int_eq(lq_record_decode_header(lq_view_of(golden, bytes), &header), LQ_OK);
    const struct lq_chain_link link = {&header, golden + LQ_RECORD_HEADER_AT,
                                       golden + LQ_RECORD_DIGEST_AT, golden + LQ_RECORD_HASH_AT};
    ck_assert(lq_drop_proof_precedes(&proof, &link, lq_digest));
}
END_TEST

START_TEST(test_record_seal_opens)
{
    struct example example;
    struct lq_record_header back;
    struct lq_view record = make_example(&example);
    struct lq_view whole = lq_view_of(content, sizeof content);
    uint8_t plain[LQ_RECORD_SALT_BYTES + sizeof content];

    ck_assert_int_eq(lq_record_decode_header(record, &back), LQ_OK);
    ck_assert(lq_record_seal_follows(record, example.previous_hash));
    ck_assert_int_eq(lq_record_seal_unseal(record, example.key, plain), LQ_OK);
    ck_assert_mem_eq(plain + LQ_RECORD_SALT_BYTES, content, sizeof content);
    ck_assert_uint_eq(plain[0], 0x60);
    ck_assert(lq_record_seal_covers(record, plain, whole));
    plain[0] ^= 1;
    ck_assert(!lq_record_seal_covers(record, plain, whole));
}
END_TEST

/* D of a delta is that of the content that it makes, not of itself. */
START_TEST(test_record_seal_opens_a_delta)
{
    struct example example;
    struct lq_record_header back;
    struct lq_view record = make_delta(&example);
    uint8_t plain[LQ_RECORD_SALT_BYTES + sizeof content];

    ck_assert_int_eq(lq_record_decode_header(record, &back), LQ_OK);
    ck_assert_uint_eq(back.content_bytes, sizeof next_content);
    ck_assert_uint_eq(back.body_bytes, sizeof delta);
    ck_assert(lq_record_seal_follows(record, example.previous_hash));
    ck_assert_int_eq(lq_record_seal_unseal(record, example.key, plain), LQ_OK);
    ck_assert_mem_eq(plain + LQ_RECORD_SALT_BYTES, delta, sizeof delta);
    ck_assert(lq_record_seal_covers(record, plain, lq_view_of(next_content, sizeof next_content)));
    ck_assert(!lq_record_seal_covers(record, plain, lq_view_of(content, sizeof content)));
    ck_assert(!lq_record_seal_covers(record, plain, lq_view_of(delta, sizeof delta)));
}
END_TEST

/* Every single bit of a record is covered by the seal; those of header and D also by the chain, but
 * not the prefix, so that a record can be sealed anew. */
START_TEST(test_record_seal_sees_every_byte)
{
    struct example example;
    struct lq_view record = make_example(&example);
    uint8_t plain[LQ_RECORD_SALT_BYTES + sizeof content];

    for (size_t index = 0; index < record.bytes; index++) {
        example.record[index] ^= (uint8_t)(1u << (index % 8));
        ck_assert_int_eq(lq_record_seal_unseal(record, example.key, plain), LQ_ERR_CORRUPT);
        ck_assert_int_eq(lq_record_seal_follows(record, example.previous_hash),
                         index < LQ_RECORD_PREFIX_BYTES || index >= LQ_RECORD_CLEAR_BYTES);
        example.record[index] ^= (uint8_t)(1u << (index % 8));
    }
    example.key[0] ^= 1;
    ck_assert_int_eq(lq_record_seal_unseal(record, example.key, plain), LQ_ERR_CORRUPT);
    example.previous_hash[31] ^= 1;
    ck_assert(!lq_record_seal_follows(record, example.previous_hash));
}
END_TEST

START_TEST(test_record_seal_draws_fresh_secrets)
{
    struct lq_record_secret secrets[64];
    struct lq_record_secret more[64];
    static const struct lq_record_secret zero;

    lq_record_seal_draw(secrets, 64);
    lq_record_seal_draw(more, 64);
    for (int index = 0; index < 64; index++) {
        ck_assert_mem_ne(&secrets[index], &more[index], sizeof more[index]);
        ck_assert_mem_ne(&secrets[index], &secrets[(index + 1) % 64], sizeof more[index]);
    }
    lq_record_seal_forget(secrets, 64);
    ck_assert_mem_eq(&secrets[63], &zero, sizeof zero);
}
END_TEST

/* RFC 7693, appendix A has BLAKE2b-512 only; this is b2sum -l 256 of "abc". */
START_TEST(test_digest_is_blake2b_256)
{
    static const uint8_t expected[] = {0xbd, 0xdd, 0x81, 0x3c, 0x63, 0x42, 0x39, 0x72,
                                       0x31, 0x71, 0xef, 0x3f, 0xee, 0x98, 0x57, 0x9b,
                                       0x94, 0x96, 0x4e, 0x3b, 0xb1, 0xcb, 0x3e, 0x42,
                                       0x72, 0x62, 0xc8, 0xc0, 0x68, 0xd5, 0x23, 0x19};
    uint8_t digest[LQ_HASH_BYTES];

    lq_digest(digest, lq_view_text("abc"));
    ck_assert_mem_eq(digest, expected, sizeof expected);
}
END_TEST

TCase *lq_test_record_seal(void);
TCase *lq_test_record_seal(void)
{
    TCase *tc = tcase_create("record_seal");

    tcase_add_test(tc, test_record_seal_golden);
    tcase_add_test(tc, test_record_seal_golden_wrapped_key);
    tcase_add_test(tc, test_record_seal_golden_state);
    tcase_add_test(tc, test_record_seal_golden_name);
    tcase_add_test(tc, test_record_seal_golden_note);
    tcase_add_test(tc, test_record_seal_golden_cursor);
    tcase_add_test(tc, test_record_seal_golden_proof);
    tcase_add_test(tc, test_record_seal_opens);
    tcase_add_test(tc, test_record_seal_sees_every_byte);
    tcase_add_test(tc, test_record_seal_opens_a_delta);
    tcase_add_test(tc, test_record_seal_opens_a_converted_one);
    tcase_add_test(tc, test_record_seal_draws_fresh_secrets);
    tcase_add_test(tc, test_digest_is_blake2b_256);
    return tc;
}
