// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "store/seal/salted_digest.h"

#include "store/seal/digest.h"

#include <sodium.h>

void lq_salted_digest_draw(struct lq_salted_digest *digests, uint32_t count)
{
    uint8_t seed[randombytes_SEEDBYTES];

    randombytes_buf(seed, sizeof seed);
    /* The digests are written over later: one run of bytes is the cheapest to draw. */
    randombytes_buf_deterministic(digests, count * sizeof *digests, seed);
    sodium_memzero(seed, sizeof seed);
}

void lq_salted_digest_make(struct lq_salted_digest *digest, struct lq_view content)
{
    lq_digest_keyed(digest->digest, digest->salt, content);
}
