// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "actors/persist/persist_delta.h"

#include "base/alloc.h"
#include "store/core/record.h"
#include "world/canonical.h"

void lq_persist_delta_start(struct lq_persist_delta *delta, size_t cache_bytes,
                            uint32_t keyframe_every)
{
    lq_content_cache_start(&delta->cache, lq_alloc(1, cache_bytes), cache_bytes);
    delta->is_wanted = keyframe_every > 1;
}

/* The frame before, if it is at hand. */
static bool find_before(struct lq_persist_delta *delta, struct lq_view key, uint64_t frame,
                        uint8_t digest[LQ_HASH_BYTES])
{
    const struct lq_cached_content *entry = lq_content_cache_find(&delta->cache, key);
    const char *where = "";

    if (entry == NULL || entry->frame + 1 != frame) {
        return false;
    }
    lq_content_cache_copy(&delta->cache, entry, delta->content);
    memcpy(digest, entry->proof, LQ_HASH_BYTES);
    enum lq_result result =
        lq_canonical_decode(lq_view_of(delta->content, entry->bytes), &delta->before, &where);
    LQ_ASSERT(result == LQ_OK); /* written by this process */
    return true;
}

static void make(struct lq_persist_delta *delta, const struct lq_tick *tick, struct lq_view key,
                 struct lq_arena *memory, struct lq_commit *commit)
{
    size_t left = memory->bytes - memory->used_bytes;
    size_t bytes_max = commit->content.bytes; /* a larger one does not pay */
    uint8_t digest[LQ_HASH_BYTES];
    size_t bytes = 0;

    if (left < bytes_max + LQ_HASH_BYTES || !find_before(delta, key, commit->frame, digest)) {
        return;
    }
    const struct lq_tick_delta_room room = {memory->memory + memory->used_bytes + LQ_HASH_BYTES,
                                            bytes_max};
    if (lq_tick_delta_encode(&delta->before, tick, &delta->scratch, room, &bytes) != LQ_OK ||
        !lq_record_delta_pays(bytes, commit->content.bytes)) {
        return;
    }
    uint8_t *kept = lq_arena_take(memory, LQ_HASH_BYTES + bytes);
    LQ_ASSERT(kept + LQ_HASH_BYTES == room.to);
    memcpy(kept, digest, LQ_HASH_BYTES);
    commit->delta_against = kept;
    commit->delta = lq_view_of(room.to, bytes);
}

void lq_persist_delta_take(struct lq_persist_delta *delta, const struct lq_tick *tick,
                           struct lq_arena *memory, struct lq_commit *commit)
{
    uint8_t name[LQ_LEDGER_KEY_NAME_BYTES_MAX];
    struct lq_view key = lq_view_of(name, lq_ledger_key_session(commit->names, name));

    LQ_ASSERT(commit->digest != NULL);
    if (!delta->is_wanted || key.bytes == 0) { /* nobody can be called so: the commit says it */
        return;
    }
    if (commit->kind == LQ_COMMIT_FRAME) {
        make(delta, tick, key, memory, commit);
    }
    lq_content_cache_put(&delta->cache, key, commit->frame, commit->digest->digest,
                         commit->content);
}
