// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "gateway/domain/world_snapshot.h"

/* The columns in the order in which they lie in memory: the widest entries first, so that each is
 * aligned. column, entries, what of the world is copied */
#define COLUMNS(X)                                                                                 \
    X(x, body_count, world->x)                                                                     \
    X(y, body_count, world->y)                                                                     \
    X(body_id, body_count, world->body_id)                                                         \
    X(angle, body_count, world->angle)                                                             \
    X(vx, body_count, world->vx)                                                                   \
    X(vy, body_count, world->vy)                                                                   \
    X(spin, body_count, world->spin)                                                               \
    X(radius, body_count, world->radius)                                                           \
    X(thrust_x, body_count, world->thrust_x)                                                       \
    X(thrust_y, body_count, world->thrust_y)                                                       \
    X(agent_body, agent_count, world->agent_body)                                                  \
    X(agent_target, agent_count, world->agent_target)                                              \
    X(agent_strength, agent_count, world->agent_strength)                                          \
    X(player_body, player_count, world->player_body)                                               \
    X(player_client, player_count, world->player_client)                                           \
    X(body_kind, body_count, world->body_kind)                                                     \
    X(agent_behavior, agent_count, world->agent_behavior)                                          \
    X(tenant_bytes, tenant_bytes_count, world->tenant_bytes)

size_t lq_world_snapshot_bytes(const struct lq_world *world)
{
    struct lq_world_snapshot *snapshot = NULL;
    size_t bytes = sizeof *snapshot + world->player_count * sizeof *snapshot->attached;

#define X(column, count, from) bytes += world->count * sizeof *snapshot->column;
    COLUMNS(X)
#undef X
    return bytes;
}

/* Takes the next bytes of the memory; columns may be empty. */
static void *place(uint8_t **next, const void *from, size_t bytes)
{
    void *column = *next;

    if (bytes > 0) {
        memcpy(column, from, bytes);
    }
    *next += bytes;
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
#define X(column, count, from)                                                                     \
    snapshot->column = place(&next, from, world->count * sizeof *snapshot->column);
    COLUMNS(X)
#undef X
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
#define X(column, count, from)                                                                     \
    snapshot->column = place(&next, from, world->count * sizeof *snapshot->column);
    COLUMNS(X)
#undef X
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
