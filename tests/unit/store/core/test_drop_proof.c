// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "store/core/drop_proof.h"

#include "tests/support/suite.h"

/* Stands in for BLAKE2b: every byte of the message changes the digest. */
static void fold(uint8_t digest[LQ_HASH_BYTES], struct lq_view message)
{
    uint8_t made[LQ_HASH_BYTES] = {0};
    uint64_t state = 1469598103934665603u;

    for (size_t index = 0; index < message.bytes; index++) {
        state = (state ^ message.data[index]) * 1099511628211u;
        made[index % LQ_HASH_BYTES] ^= (uint8_t)(state >> 40);
    }
    memcpy(digest, made, LQ_HASH_BYTES);
}

/* A chain of records, one sequence in two. */
struct chain {
    struct lq_record_header header;
    uint8_t clear[LQ_RECORD_HEADER_BYTES];
    uint8_t digest[LQ_HASH_BYTES];
    uint8_t hash[LQ_HASH_BYTES];
};

static struct lq_chain_link link_of(const struct chain *chain)
{
    return (struct lq_chain_link){&chain->header, chain->clear, chain->digest, chain->hash};
}

static void begin(struct chain *chain, uint64_t frame)
{
    static const uint8_t nothing[LQ_HASH_BYTES];

    *chain = (struct chain){.header = {.kind = LQ_RECORD_KEYFRAME,
                                       .ledger_sequence = 10 + 2 * frame,
                                       .tenant_number = 3,
                                       .session_number = 5,
                                       .frame = frame,
                                       .previous_sequence = frame == 0 ? 0 : 8 + 2 * frame}};
    memset(chain->clear, (int)frame, sizeof chain->clear);
    memset(chain->digest, 0x44, sizeof chain->digest);
    lq_hash_chain_next(fold, nothing, chain->clear, chain->digest, chain->hash);
}

static void go_on(struct chain *chain)
{
    chain->header.frame++;
    chain->header.previous_sequence = chain->header.ledger_sequence;
    chain->header.ledger_sequence += 2;
    memset(chain->clear, (int)chain->header.frame, sizeof chain->clear);
    lq_hash_chain_next(fold, chain->hash, chain->clear, chain->digest, chain->hash);
}

static struct lq_drop_proof drop_three(struct chain *chain)
{
    struct lq_drop_proof proof = {.tenant_number = 0};

    begin(chain, 0);
    for (int records = 0; records < 3; records++) {
        struct lq_chain_link link = link_of(chain);
        ck_assert_int_eq(lq_drop_proof_extend(&proof, &link, fold), LQ_OK);
        go_on(chain);
    }
    return proof;
}

START_TEST(test_a_proof_is_extended)
{
    struct lq_drop_proof none = {.tenant_number = 0};
    struct chain chain;
    struct lq_drop_proof proof = drop_three(&chain);
    struct lq_chain_link link = link_of(&chain);

    ck_assert_uint_eq(lq_drop_proof_count(&none), 0);
    ck_assert_uint_eq(lq_drop_proof_count(&proof), 3);
    ck_assert_uint_eq(proof.tenant_number, 3);
    ck_assert_uint_eq(proof.first_frame, 0);
    ck_assert_uint_eq(proof.last_frame, 2);
    ck_assert_uint_eq(proof.last_sequence, 14);
    ck_assert(lq_drop_proof_precedes(&proof, &link, fold));
    ck_assert(!lq_drop_proof_precedes(&none, &link, fold));
}
END_TEST

START_TEST(test_a_chain_that_begins_late)
{
    struct lq_drop_proof proof = {.tenant_number = 0};
    struct chain chain;

    begin(&chain, 70);
    struct lq_chain_link link = link_of(&chain);
    ck_assert_int_eq(lq_drop_proof_extend(&proof, &link, fold), LQ_OK);
    go_on(&chain);
    ck_assert_int_eq(lq_drop_proof_extend(&proof, &link, fold), LQ_OK);
    ck_assert_uint_eq(proof.first_frame, 70);
    ck_assert_uint_eq(lq_drop_proof_count(&proof), 2);
}
END_TEST

/* What is wrong with the fourth record, or with the first. */
enum wrong { TENANT, FRAME, PREVIOUS, SEQUENCE, HEADER, DIGEST, HASH, WRONGS };

static void spoil(struct chain *chain, int wrong)
{
    switch (wrong) {
    case TENANT:
        chain->header.tenant_number++;
        break;
    case FRAME:
        chain->header.frame++;
        break;
    case PREVIOUS:
        chain->header.previous_sequence--;
        break;
    case SEQUENCE:
        chain->header.ledger_sequence = chain->header.previous_sequence;
        break;
    case HEADER:
        chain->clear[40] ^= 1;
        break;
    case DIGEST:
        chain->digest[31] ^= 1;
        break;
    default:
        chain->hash[0] ^= 1;
        break;
    }
}

START_TEST(test_what_does_not_follow_does_not_go)
{
    struct chain chain;
    struct lq_drop_proof proof = drop_three(&chain);
    const struct lq_drop_proof before = proof;

    spoil(&chain, _i);
    struct lq_chain_link link = link_of(&chain);
    ck_assert(!lq_drop_proof_precedes(&proof, &link, fold));
    ck_assert_int_eq(lq_drop_proof_extend(&proof, &link, fold), LQ_ERR_CORRUPT);
    ck_assert_int_eq(memcmp(&proof, &before, sizeof proof), 0);
}
END_TEST

START_TEST(test_a_first_record_follows_from_nothing)
{
    for (int wrong = HEADER; wrong < WRONGS; wrong++) {
        struct lq_drop_proof proof = {.tenant_number = 0};
        struct chain chain;
        begin(&chain, 0);
        spoil(&chain, wrong);
        struct lq_chain_link link = link_of(&chain);
        ck_assert_int_eq(lq_drop_proof_extend(&proof, &link, fold), LQ_ERR_CORRUPT);
    }
}
END_TEST

START_TEST(test_proof_as_bytes)
{
    struct chain chain;
    struct lq_drop_proof proof = drop_three(&chain);
    struct lq_drop_proof read;
    uint8_t bytes[LQ_DROP_PROOF_BYTES];

    memset(bytes, 0xee, sizeof bytes);
    lq_drop_proof_encode(&proof, bytes);
    ck_assert_uint_eq(bytes[LQ_DROP_PROOF_TAG_AT], 0xee);
    ck_assert_int_eq(lq_drop_proof_decode(lq_view_of(bytes, sizeof bytes), &read), LQ_OK);
    ck_assert_int_eq(memcmp(&read, &proof, sizeof read), 0);
    ck_assert_int_eq(lq_drop_proof_decode(lq_view_of(bytes, sizeof bytes - 1), &read),
                     LQ_ERR_CORRUPT);
    ck_assert_int_eq(lq_drop_proof_decode(lq_view_of(bytes, 1), &read), LQ_ERR_CORRUPT);
}
END_TEST

/* Offset, byte, result: one field that makes no sense. */
static const struct {
    size_t at;
    uint8_t byte;
    enum lq_result result;
} strange[] = {
    {0, 2, LQ_ERR_VERSION},  {2, 1, LQ_ERR_CORRUPT},  {7, 1, LQ_ERR_CORRUPT},
    {8, 0, LQ_ERR_CORRUPT},  {16, 3, LQ_ERR_CORRUPT}, {24, 14, LQ_ERR_CORRUPT},
    {32, 2, LQ_ERR_CORRUPT},
};

START_TEST(test_proof_that_makes_no_sense)
{
    struct chain chain;
    struct lq_drop_proof proof = drop_three(&chain);
    uint8_t bytes[LQ_DROP_PROOF_BYTES] = {0};

    lq_drop_proof_encode(&proof, bytes);
    bytes[strange[_i].at] = strange[_i].byte;
    ck_assert_int_eq(lq_drop_proof_decode(lq_view_of(bytes, sizeof bytes), &proof),
                     strange[_i].result);
}
END_TEST

TCase *lq_test_drop_proof(void);
TCase *lq_test_drop_proof(void)
{
    TCase *tc = tcase_create("drop_proof");

    tcase_add_test(tc, test_a_proof_is_extended);
    tcase_add_test(tc, test_a_chain_that_begins_late);
    tcase_add_loop_test(tc, test_what_does_not_follow_does_not_go, 0, WRONGS);
    tcase_add_test(tc, test_a_first_record_follows_from_nothing);
    tcase_add_test(tc, test_proof_as_bytes);
    tcase_add_loop_test(tc, test_proof_that_makes_no_sense, 0,
                        (int)(sizeof strange / sizeof strange[0]));
    return tc;
}
