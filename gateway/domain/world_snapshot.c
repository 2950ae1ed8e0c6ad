// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "gateway/domain/world_snapshot.h"

/* Each column begins aligned for any type. */
#define ALIGNED_BYTES 8u

static size_t aligned(size_t bytes)
{
    return (bytes + ALIGNED_BYTES - 1) & ~(size_t)(ALIGNED_BYTES - 1);
}

size_t lq_world_snapshot_bytes(const struct lq_world *world)
{
    struct lq_world_snapshot *snapshot = NULL;
    size_t bytes = sizeof *snapshot + aligned(world->player_count * sizeof *snapshot->attached);

#define LQ_COLUMN(group, name, ...) bytes += aligned(world->group##_count * sizeof *snapshot->name);
#include "world/columns.def"
    return bytes;
}

/* Takes the next bytes of the memory; columns may be empty. */
static void *place(uint8_t **next, const void *from, size_t bytes)
{
    void *column = *next;

    if (bytes > 0) {
        memcpy(column, from, bytes);
    }
    *next += aligned(bytes);
    return column;
}

struct lq_world_snapshot *lq_world_snapshot_make(void *memory, const struct lq_world *world,
                                                 const struct lq_snapshot_label *label)
{
    struct lq_world_snapshot *snapshot = memory;
    uint8_t *next = (uint8_t *)(snapshot + 1);

    *snapshot = (struct lq_world_snapshot){.serial = label->serial,
                                           .frame = label->frame,
                                           .bytes = lq_world_snapshot_bytes(world),
                                           .body_count = world->body_count,
                                           .agent_count = world->agent_count,
                                           .player_count = world->player_count,
                                           .tenant_bytes_count = world->tenant_bytes_count};
    memcpy(snapshot->hash, label->hash, sizeof snapshot->hash);
#define LQ_COLUMN(group, name, ...)                                                                \
    snapshot->name = place(&next, world->name, world->group##_count * sizeof *snapshot->name);
#include "world/columns.def"
    snapshot->attached = place(&next, label->attached, world->player_count);
    LQ_ASSERT(next == (uint8_t *)memory + snapshot->bytes);
    return snapshot;
}

struct lq_world_snapshot *lq_world_snapshot_again(void *memory,
                                                  const struct lq_world_snapshot *from,
                                                  uint64_t serial, const uint8_t *attached)
{
    struct lq_world_snapshot *snapshot = memory;
    const struct lq_world_snapshot *world = from;
    uint8_t *next = (uint8_t *)(snapshot + 1);

    *snapshot = *from;
    snapshot->serial = serial;
#define LQ_COLUMN(group, name, ...)                                                                \
    snapshot->name = place(&next, world->name, world->group##_count * sizeof *snapshot->name);
#include "world/columns.def"
    snapshot->attached = place(&next, attached, world->player_count);
    LQ_ASSERT(next == (uint8_t *)memory + snapshot->bytes);
    return snapshot;
}

uint32_t lq_world_snapshot_body_of(const struct lq_world_snapshot *snapshot,
                                   const struct lq_client_id *id)
{
    for (uint32_t index = 0; index < snapshot->player_count; index++) {
        if (memcmp(snapshot->player_client[index].bytes, id->bytes, LQ_CLIENT_ID_BYTES / 2) == 0) {
            return snapshot->player_body[index];
        }
    }
    return 0;
}
