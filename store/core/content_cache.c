// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "store/core/content_cache.h"

enum { BLOCK_BYTES = 1024 };

static struct lq_cached_content *entry_at(const struct lq_content_cache *cache, uint32_t index)
{
    LQ_ASSERT(index > 0);
    LQ_ASSERT(index <= cache->block_count);
    return &cache->entries[index - 1];
}

static uint8_t *block_at(const struct lq_content_cache *cache, uint32_t index)
{
    LQ_ASSERT(index > 0);
    LQ_ASSERT(index <= cache->block_count);
    return cache->blocks + (size_t)(index - 1) * BLOCK_BYTES;
}

void lq_content_cache_start(struct lq_content_cache *cache, void *memory, size_t bytes)
{
    const size_t each = sizeof *cache->entries + 2 * sizeof(uint32_t) + BLOCK_BYTES;
    size_t count = bytes / each;

    if (count > UINT32_MAX / 2) {
        count = UINT32_MAX / 2;
    }
    *cache =
        (struct lq_content_cache){.block_count = (uint32_t)count, .free_blocks = (uint32_t)count};
    if (count > 0) {
        cache->entries = memory;
        cache->buckets = (uint32_t *)(cache->entries + count);
        cache->next_block = cache->buckets + count;
        cache->blocks = (uint8_t *)(cache->next_block + count);
    }
}

void lq_content_cache_clear(struct lq_content_cache *cache)
{
    while (cache->oldest != 0) {
        const struct lq_cached_content *entry = entry_at(cache, cache->oldest);
        lq_content_cache_drop(cache, lq_view_of(entry->key, entry->key_bytes));
    }
}

/* FNV-1a */
static uint32_t *bucket_of(const struct lq_content_cache *cache, struct lq_view key)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);

    for (size_t index = 0; index < key.bytes; index++) {
        hash = (hash ^ key.data[index]) * UINT64_C(0x100000001b3);
    }
    return &cache->buckets[(hash ^ (hash >> 32)) % cache->block_count];
}

/* The link that leads to the entry of `key`, or to the 0 at the end of its bucket. */
static uint32_t *link_to(const struct lq_content_cache *cache, struct lq_view key)
{
    uint32_t *link = bucket_of(cache, key);

    while (*link != 0) {
        struct lq_cached_content *entry = entry_at(cache, *link);
        if (lq_view_equal(lq_view_of(entry->key, entry->key_bytes), key)) {
            break;
        }
        link = &entry->next_in_bucket;
    }
    return link;
}

static void take_from_order(struct lq_content_cache *cache, const struct lq_cached_content *entry)
{
    *(entry->newer != 0 ? &entry_at(cache, entry->newer)->older : &cache->newest) = entry->older;
    *(entry->older != 0 ? &entry_at(cache, entry->older)->newer : &cache->oldest) = entry->newer;
}

static void make_newest(struct lq_content_cache *cache, uint32_t index)
{
    struct lq_cached_content *entry = entry_at(cache, index);

    entry->newer = 0;
    entry->older = cache->newest;
    *(cache->newest != 0 ? &entry_at(cache, cache->newest)->newer : &cache->oldest) = index;
    cache->newest = index;
}

static void free_content(struct lq_content_cache *cache, struct lq_cached_content *entry)
{
    while (entry->first_block != 0) {
        uint32_t block = entry->first_block;
        entry->first_block = cache->next_block[block - 1];
        cache->next_block[block - 1] = cache->free_block;
        cache->free_block = block;
        cache->free_blocks++;
    }
}

static uint32_t take_block(struct lq_content_cache *cache)
{
    uint32_t block = cache->free_block;

    LQ_ASSERT(cache->free_blocks > 0);
    cache->free_blocks--;
    if (block == 0) {
        return ++cache->blocks_touched;
    }
    cache->free_block = cache->next_block[block - 1];
    return block;
}

/* There are as many entries as blocks, and each has a block at least. */
static uint32_t take_entry(struct lq_content_cache *cache)
{
    uint32_t index = cache->free_entry;

    if (index == 0) {
        return ++cache->entries_touched;
    }
    cache->free_entry = entry_at(cache, index)->next_in_bucket;
    return index;
}

const struct lq_cached_content *lq_content_cache_find(struct lq_content_cache *cache,
                                                      struct lq_view key)
{
    if (cache->oldest == 0) {
        return NULL;
    }
    uint32_t index = *link_to(cache, key);
    if (index == 0) {
        return NULL;
    }
    take_from_order(cache, entry_at(cache, index));
    make_newest(cache, index);
    return entry_at(cache, index);
}

void lq_content_cache_copy(const struct lq_content_cache *cache,
                           const struct lq_cached_content *entry, uint8_t *to)
{
    uint32_t block = entry->first_block;

    for (size_t at = 0; at < entry->bytes; at += BLOCK_BYTES) {
        size_t left = entry->bytes - at;
        memcpy(to + at, block_at(cache, block), left < BLOCK_BYTES ? left : BLOCK_BYTES);
        block = cache->next_block[block - 1];
    }
}

static void store(struct lq_content_cache *cache, struct lq_cached_content *entry,
                  struct lq_view content)
{
    uint32_t *link = &entry->first_block;

    entry->bytes = (uint32_t)content.bytes;
    for (size_t at = 0; at < content.bytes; at += BLOCK_BYTES) {
        size_t left = content.bytes - at;
        *link = take_block(cache);
        memcpy(block_at(cache, *link), content.data + at, left < BLOCK_BYTES ? left : BLOCK_BYTES);
        link = &cache->next_block[*link - 1];
    }
    *link = 0;
}

void lq_content_cache_put(struct lq_content_cache *cache, struct lq_view key, uint64_t frame,
                          const uint8_t proof[LQ_HASH_BYTES], struct lq_view content)
{
    size_t wanted = (content.bytes + BLOCK_BYTES - 1) / BLOCK_BYTES;

    LQ_ASSERT(key.bytes > 0);
    LQ_ASSERT(key.bytes <= LQ_CONTENT_CACHE_KEY_BYTES_MAX);
    LQ_ASSERT(content.bytes > 0);
    lq_content_cache_drop(cache, key);
    if (wanted > cache->block_count) {
        return;
    }
    while (cache->free_blocks < wanted) {
        const struct lq_cached_content *oldest = entry_at(cache, cache->oldest);
        lq_content_cache_drop(cache, lq_view_of(oldest->key, oldest->key_bytes));
    }
    uint32_t index = take_entry(cache);
    struct lq_cached_content *entry = entry_at(cache, index);
    uint32_t *bucket = bucket_of(cache, key);
    *entry = (struct lq_cached_content){
        .frame = frame, .next_in_bucket = *bucket, .key_bytes = (uint32_t)key.bytes};
    *bucket = index;
    memcpy(entry->proof, proof, sizeof entry->proof);
    memcpy(entry->key, key.data, key.bytes);
    store(cache, entry, content);
    make_newest(cache, index);
}

void lq_content_cache_drop(struct lq_content_cache *cache, struct lq_view key)
{
    if (cache->oldest == 0) {
        return;
    }
    uint32_t *link = link_to(cache, key);
    uint32_t index = *link;
    if (index == 0) {
        return;
    }
    struct lq_cached_content *entry = entry_at(cache, index);
    *link = entry->next_in_bucket;
    take_from_order(cache, entry);
    free_content(cache, entry);
    entry->next_in_bucket = cache->free_entry;
    cache->free_entry = index;
}
