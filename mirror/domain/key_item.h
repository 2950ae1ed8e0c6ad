// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* key_item.h - the item `K` of a tenant in the table: its wrapped keys, all generations that the
 * ledger has. Little endian:
 *
 *     header  offset  bytes  what                   body    offset  bytes  what, for each key
 *                  0      2  version, 1                          0      4  bytes of the key: n
 *                  2      2  zero                                4      n  the wrapped key
 *                  4      4  partition
 *                  8      8  tenant number
 *                 16      8  counter
 *                 24      4  keys in the body
 *                 28      4  body bytes
 *                 32     32  digest of bytes 0 to 31 and, behind them, the digest of the body
 *
 * It is overwritten in place, so that a destroyed key is gone from the table with the next put; no
 * segment ever has a key. The counter, the attribute `n`, is the outbox sequence of the newest note
 * about the tenant's keys; a put is on the condition that nothing is there, or a counter below this
 * one. It is made when the control stream covers that note: so no earlier writer can put a key back
 * that a later one has removed.
 *
 * Pure; the memory is the caller's. Depends on base/ and segment.h.
 */
#ifndef LQ_KEY_ITEM_H
#define LQ_KEY_ITEM_H

#include "mirror/domain/segment.h"

#define LQ_KEY_ITEM_VERSION 1u

enum {
    LQ_KEY_ITEM_HEADER_BYTES = 64,
    LQ_KEY_ITEM_DIGEST_AT = 32,
    LQ_KEY_ITEM_KEY_EXTRA_BYTES = 4, /* in front of each key */
    LQ_KEY_ITEM_KEY_BYTES_MAX = 256  /* of a wrapped key; they have 88 */
};

struct lq_key_item {
    uint32_t partition;
    uint64_t tenant_number;
    uint64_t counter;
    uint32_t key_count;
    uint32_t body_bytes;
};

/* Append a wrapped key to the body, of body_max bytes. LQ_ERR_FULL: no room. */
LQ_MUST_CHECK enum lq_result lq_key_item_add(struct lq_key_item *item, struct lq_view wrapped,
                                             uint8_t *body, size_t body_max);

void lq_key_item_encode(const struct lq_key_item *item, lq_digest_fn digest, const uint8_t *body,
                        uint8_t to[LQ_KEY_ITEM_HEADER_BYTES]);

/* Header and body, with all lengths, the count and the digest. LQ_ERR_VERSION, LQ_ERR_CORRUPT. */
LQ_MUST_CHECK enum lq_result lq_key_item_decode(struct lq_view header, struct lq_view body,
                                                lq_digest_fn digest, struct lq_key_item *item);

/* Take the next key from the front of `rest`, a body that was decoded. LQ_ERR_NOT_FOUND: it is
 * empty. LQ_ERR_CORRUPT: no key; `rest` is unchanged. */
LQ_MUST_CHECK enum lq_result lq_key_item_next(struct lq_view *rest, struct lq_view *wrapped);

#endif
