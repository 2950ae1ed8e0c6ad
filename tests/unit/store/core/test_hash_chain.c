// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "store/core/hash_chain.h"

#include "store/core/record.h"
#include "tests/support/suite.h"

static struct lq_view seen;
static uint8_t seen_bytes[256];

/* Stands in for BLAKE2b: remembers what it was given. */
static void remember(uint8_t digest[LQ_HASH_BYTES], struct lq_view message)
{
    ck_assert_uint_le(message.bytes, sizeof seen_bytes);
    memcpy(seen_bytes, message.data, message.bytes);
    seen = lq_view_of(seen_bytes, message.bytes);
    memset(digest, 0x5a, LQ_HASH_BYTES);
}

START_TEST(test_hash_chain_covers_previous_header_and_digest)
{
    uint8_t hash[LQ_HASH_BYTES];
    uint8_t digest[LQ_HASH_BYTES];
    uint8_t header[LQ_RECORD_HEADER_BYTES];

    memset(hash, 1, sizeof hash);
    memset(header, 2, sizeof header);
    memset(digest, 3, sizeof digest);
    lq_hash_chain_next(remember, hash, header, digest, hash);
    ck_assert_uint_eq(seen.bytes, 32 + 80 + 32);
    for (size_t index = 0; index < seen.bytes; index++) {
        ck_assert_uint_eq(seen.data[index], index < 32 ? 1 : index < 112 ? 2 : 3);
    }
    ck_assert_uint_eq(hash[0], 0x5a);
}
END_TEST

TCase *lq_test_hash_chain(void);
TCase *lq_test_hash_chain(void)
{
    TCase *tc = tcase_create("hash_chain");

    tcase_add_test(tc, test_hash_chain_covers_previous_header_and_digest);
    return tc;
}
