// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "gateway/domain/snapshot_ring.h"

static struct lq_world_snapshot *entry(const struct lq_snapshot_ring *ring, uint32_t at)
{
    return ring->entries[(ring->first + at) % LQ_SNAPSHOT_RING_MAX];
}

struct lq_world_snapshot *lq_snapshot_ring_take(struct lq_snapshot_ring *ring)
{
    if (ring->count == 0) {
        return NULL;
    }
    struct lq_world_snapshot *oldest = entry(ring, 0);
    ring->first = (ring->first + 1) % LQ_SNAPSHOT_RING_MAX;
    ring->count--;
    ring->bytes -= oldest->bytes;
    return oldest;
}

struct lq_world_snapshot *lq_snapshot_ring_make_room(struct lq_snapshot_ring *ring, size_t bytes)
{
    bool fits = ring->count < LQ_SNAPSHOT_RING_MAX && ring->bytes <= ring->bytes_max &&
                bytes <= ring->bytes_max - ring->bytes;

    return fits ? NULL : lq_snapshot_ring_take(ring);
}

void lq_snapshot_ring_push(struct lq_snapshot_ring *ring, struct lq_world_snapshot *snapshot)
{
    LQ_ASSERT(ring->count < LQ_SNAPSHOT_RING_MAX);
    LQ_ASSERT(ring->count == 0 || entry(ring, ring->count - 1)->serial < snapshot->serial);
    ring->entries[(ring->first + ring->count++) % LQ_SNAPSHOT_RING_MAX] = snapshot;
    ring->bytes += snapshot->bytes;
}

const struct lq_world_snapshot *lq_snapshot_ring_newest(const struct lq_snapshot_ring *ring)
{
    return ring->count == 0 ? NULL : entry(ring, ring->count - 1);
}

const struct lq_world_snapshot *lq_snapshot_ring_find(const struct lq_snapshot_ring *ring,
                                                      uint64_t serial)
{
    for (uint32_t at = ring->count; at > 0; at--) { /* what clients hold is mostly new */
        if (entry(ring, at - 1)->serial <= serial) {
            return entry(ring, at - 1)->serial == serial ? entry(ring, at - 1) : NULL;
        }
    }
    return NULL;
}

const struct lq_world_snapshot *lq_snapshot_ring_find_frame(const struct lq_snapshot_ring *ring,
                                                            uint64_t frame, const uint8_t *hash)
{
    for (uint32_t at = ring->count; at > 0; at--) {
        const struct lq_world_snapshot *snapshot = entry(ring, at - 1);
        if (snapshot->frame == frame && memcmp(snapshot->hash, hash, sizeof snapshot->hash) == 0) {
            return snapshot;
        }
    }
    return NULL;
}
