// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* snapshot_ring.h - the newest snapshots of a session, bounded in bytes and in number. Whoever
 * holds one of them gets the difference to the newest, whoever holds another one the whole. Pure:
 * the snapshots' memory is the caller's, who frees what leaves. */
#ifndef LQ_SNAPSHOT_RING_H
#define LQ_SNAPSHOT_RING_H

#include "gateway/domain/world_snapshot.h"

#define LQ_SNAPSHOT_RING_MAX 64u

struct lq_snapshot_ring {
    struct lq_world_snapshot *entries[LQ_SNAPSHOT_RING_MAX];
    uint32_t first, count;
    size_t bytes, bytes_max;
};

/* The oldest snapshot, taken out, if one of `bytes` more does not fit beside it; NULL: it fits, or
 * nothing is left. Call it until then. */
struct lq_world_snapshot *lq_snapshot_ring_make_room(struct lq_snapshot_ring *ring, size_t bytes);

/* The oldest snapshot, taken out; NULL: none is left. */
struct lq_world_snapshot *lq_snapshot_ring_take(struct lq_snapshot_ring *ring);

/* It is newer than all that are there. */
void lq_snapshot_ring_push(struct lq_snapshot_ring *ring, struct lq_world_snapshot *snapshot);

/* NULL: none. */
const struct lq_world_snapshot *lq_snapshot_ring_newest(const struct lq_snapshot_ring *ring);
const struct lq_world_snapshot *lq_snapshot_ring_find(const struct lq_snapshot_ring *ring,
                                                      uint64_t serial);
/* The newest one of a frame with this hash (32 bytes). */
const struct lq_world_snapshot *lq_snapshot_ring_find_frame(const struct lq_snapshot_ring *ring,
                                                            uint64_t frame, const uint8_t *hash);

#endif
