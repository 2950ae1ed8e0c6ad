// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "mirror/domain/partition_item.h"

#include "base/little_endian.h"

#include <assert.h>

static_assert(LQ_PARTITION_ITEM_DIGEST_AT + LQ_HASH_BYTES == LQ_PARTITION_ITEM_BYTES, "comes last");

void lq_partition_item_encode(const struct lq_partition_item *item, lq_digest_fn digest,
                              uint8_t to[LQ_PARTITION_ITEM_BYTES])
{
    LQ_ASSERT(item->claim > 0);
    LQ_ASSERT(item->segment > 0);
    lq_put_u16(to, LQ_PARTITION_ITEM_VERSION);
    lq_put_u16(to + 2, 0);
    lq_put_u32(to + 4, item->partition);
    lq_put_u32(to + 8, item->ledger_format);
    lq_put_u32(to + 12, 0);
    lq_put_u64(to + 16, item->claim);
    lq_put_u64(to + 24, item->segment);
    lq_put_u64(to + 32, item->wall_ns);
    memcpy(to + 40, item->writer, sizeof item->writer);
    memcpy(to + 56, item->history, sizeof item->history);
    memcpy(to + 72, item->master_digest, sizeof item->master_digest);
    digest(to + LQ_PARTITION_ITEM_DIGEST_AT, lq_view_of(to, LQ_PARTITION_ITEM_DIGEST_AT));
}

enum lq_result lq_partition_item_decode(struct lq_view from, lq_digest_fn digest,
                                        struct lq_partition_item *item)
{
    const uint8_t *at = from.data;
    uint8_t own[LQ_HASH_BYTES];

    if (from.bytes < 2) {
        return LQ_ERR_CORRUPT;
    }
    if (lq_get_u16(at) != LQ_PARTITION_ITEM_VERSION) {
        return LQ_ERR_VERSION;
    }
    if (from.bytes != LQ_PARTITION_ITEM_BYTES || lq_get_u16(at + 2) != 0 ||
        lq_get_u32(at + 12) != 0) {
        return LQ_ERR_CORRUPT;
    }
    digest(own, lq_view_of(at, LQ_PARTITION_ITEM_DIGEST_AT));
    if (memcmp(own, at + LQ_PARTITION_ITEM_DIGEST_AT, sizeof own) != 0 ||
        lq_get_u64(at + 16) == 0 || lq_get_u64(at + 24) == 0) {
        return LQ_ERR_CORRUPT;
    }
    item->partition = lq_get_u32(at + 4);
    item->ledger_format = lq_get_u32(at + 8);
    item->claim = lq_get_u64(at + 16);
    item->segment = lq_get_u64(at + 24);
    item->wall_ns = lq_get_u64(at + 32);
    memcpy(item->writer, at + 40, sizeof item->writer);
    memcpy(item->history, at + 56, sizeof item->history);
    memcpy(item->master_digest, at + 72, sizeof item->master_digest);
    return LQ_OK;
}
