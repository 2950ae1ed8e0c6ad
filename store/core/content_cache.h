// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* content_cache.h - contents of sessions at hand: one for each key, in bounded memory; the one that
 * was not used for longest makes room.
 *
 * An entry is only ever a copy, and nothing depends on its being here or right but how fast things
 * are: it says which frame it is of, and a proof (H for who reads, D for who writes) that its user
 * compares with what the ledger says before believing it.
 *
 * Contents lie in blocks, so that memory is never too cut up for one more. Memory that was not
 * needed yet is not touched.
 *
 * Pure; the memory is the caller's. Depends on base/ and world/.
 */
#ifndef LQ_CONTENT_CACHE_H
#define LQ_CONTENT_CACHE_H

#include "base/result.h"
#include "base/view.h"
#include "store/core/hash_chain.h"
#include "store/core/ledger_key.h"

enum { LQ_CONTENT_CACHE_KEY_BYTES_MAX = LQ_LEDGER_KEY_NAME_BYTES_MAX };

struct lq_cached_content {
    uint64_t frame;
    uint8_t proof[LQ_HASH_BYTES];
    uint32_t bytes; /* of the content */
    /* the rest is the cache's own; indexes count from 1, 0: none */
    uint32_t first_block;
    uint32_t next_in_bucket; /* of a free one: the next free one */
    uint32_t newer, older;
    uint32_t key_bytes;
    uint8_t key[LQ_CONTENT_CACHE_KEY_BYTES_MAX];
};

struct lq_content_cache {
    struct lq_cached_content *entries;
    uint32_t *buckets;
    uint32_t *next_block; /* behind each block of a content, or of the free ones */
    uint8_t *blocks;
    uint32_t block_count; /* as many entries and buckets */
    uint32_t entries_touched, blocks_touched;
    uint32_t free_entry, free_block;
    uint32_t free_blocks; /* those never touched among them */
    uint32_t newest, oldest;
};

/* `memory` is zeroed and aligned for any type; too little of it for a block makes a cache that
 * holds nothing. */
void lq_content_cache_start(struct lq_content_cache *cache, void *memory, size_t bytes);

/* Forget all. */
void lq_content_cache_clear(struct lq_content_cache *cache);

/* What lies under `key`, NULL: nothing. It counts as used, and lives until the next put, drop or
 * clear. */
const struct lq_cached_content *lq_content_cache_find(struct lq_content_cache *cache,
                                                      struct lq_view key);

/* Its content, entry->bytes of it. */
void lq_content_cache_copy(const struct lq_content_cache *cache,
                           const struct lq_cached_content *entry, uint8_t *to);

/* Put `content` under `key`, instead of what lay there. One that is larger than the whole memory is
 * not kept, and neither is what lay there. */
void lq_content_cache_put(struct lq_content_cache *cache, struct lq_view key, uint64_t frame,
                          const uint8_t proof[LQ_HASH_BYTES], struct lq_view content);

void lq_content_cache_drop(struct lq_content_cache *cache, struct lq_view key);

#endif
