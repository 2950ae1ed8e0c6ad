// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* world_snapshot.h - a world as it was after a frame, in as few bytes as its bodies need, and who
 * of its players was attached then. States for clients are made from two of them. Pure: the memory
 * is the caller's. */
#ifndef LQ_WORLD_SNAPSHOT_H
#define LQ_WORLD_SNAPSHOT_H

#include "world/world.h"

struct lq_world_snapshot {
    uint64_t serial; /* grows with each snapshot of a session in this process; 1 or more */
    uint64_t frame;
    uint8_t hash[32];
    size_t bytes; /* of all of it */
    /* The columns of struct lq_world, by the same names. */
    uint32_t body_count, agent_count, player_count, tenant_bytes_count;
#define LQ_COLUMN(group, name, type, ...) LQ_COLUMN_##type *name;
#include "world/columns.def"
    uint8_t *attached; /* 1: somebody is connected for the player */
};

/* What of a snapshot is no column of the world. */
struct lq_snapshot_label {
    uint64_t serial, frame;
    const uint8_t *hash;     /* 32 bytes */
    const uint8_t *attached; /* an entry a player of the world, 0 or 1 */
};

/* Bytes of memory that the snapshot of a world takes. */
size_t lq_world_snapshot_bytes(const struct lq_world *world);

/* In `memory` of that many bytes, aligned for any type; lives as long as that. */
struct lq_world_snapshot *lq_world_snapshot_make(void *memory, const struct lq_world *world,
                                                 const struct lq_snapshot_label *label);

/* The same frame under a new serial, with other players attached; `memory` as large as from->bytes.
 * */
struct lq_world_snapshot *lq_world_snapshot_again(void *memory,
                                                  const struct lq_world_snapshot *from,
                                                  uint64_t serial, const uint8_t *attached);

/* The body of a player in a snapshot, by the first half of the id; 0: it has none. */
uint32_t lq_world_snapshot_body_of(const struct lq_world_snapshot *snapshot,
                                   const struct lq_client_id *id);

#endif
