// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* Deltas against a world of 0 to 40 bodies, which the first byte chooses. With its highest bit the
 * rest is a delta behind its version and frame, else it is changes of one that is right: pairs of
 * a place and what is XORed to it. What a reader takes is well formed, and its own delta and
 * content give it again. */
#include "tests/property/random_world.h"
#include "world/canonical.h"
#include "world/tick_delta.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static struct lq_tick before, after, back;
static struct lq_tick_delta_scratch scratch;
static uint8_t room[LQ_TICK_BYTES_MAX + LQ_TICK_DELTA_BYTES_OVER];
static uint8_t content[LQ_TICK_BYTES_MAX], again[LQ_TICK_BYTES_MAX];

static size_t encode(const struct lq_tick *tick)
{
    struct lq_tick_delta_room to = {room, sizeof room};
    size_t written = 0;

    LQ_ASSERT(lq_tick_delta_encode(&before, tick, &scratch, to, &written) == LQ_OK);
    return written;
}

/* A frame behind the one before, with something of everything. */
static void make_after(struct lq_random_world *random)
{
    struct lq_world *world = &after.world;

    memcpy(&after, &before, sizeof after);
    lq_tick_advance(&after);
    after.steps = (uint32_t)lq_random_world_number(random, 3);
    after.command_count = 2;
    for (uint32_t index = 0; index < after.command_count; index++) {
        lq_random_world_command(random, &before, &after.commands[index]);
        if (after.commands[index].kind != 0) {
            after.commands[index].outcome = LQ_OUTCOME_APPLIED;
        }
    }
    (void)lq_world_add_body(world, 1, 2.0, 3.0, 0.5f);
    lq_world_remove_body(world, 0);
    for (uint32_t body = 0; body < world->body_count; body += 2) {
        world->x[body] += 0.125;
        world->vy[body] = 1.0f;
    }
    world->tenant_bytes_count = 7;
    memset(world->tenant_bytes, 'x', 7);
}

static size_t choose(const uint8_t *data, size_t bytes)
{
    struct lq_random_world random = {data[0] & 7u};

    lq_random_world_fill(&random, &before, (data[0] >> 3 & 3u) * 13);
    make_after(&random);
    if ((data[0] & 0x80) != 0) {
        size_t rest = bytes - 1 < LQ_TICK_BYTES_MAX ? bytes - 1 : LQ_TICK_BYTES_MAX;

        room[0] = LQ_TICK_DELTA_VERSION;
        lq_put_u16(room + 1, (uint16_t)(before.frame + 1));
        memcpy(room + 3, data + 1, rest);
        return 3 + rest;
    }
    size_t written = encode(&after);
    for (size_t at = 1; at + 1 < bytes && at < 16; at += 2) {
        room[3 + data[at] % (written - 3)] ^= data[at + 1];
    }
    return written;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    const char *where = NULL;
    size_t content_bytes = 0;
    size_t again_bytes = 0;

    if (bytes == 0) {
        return 0;
    }
    size_t delta_bytes = choose(data, bytes);
    uint8_t *exact = malloc(delta_bytes);
    LQ_ASSERT(exact != NULL);
    memcpy(exact, room, delta_bytes);
    enum lq_result rc =
        lq_tick_delta_decode(lq_view_of(exact, delta_bytes), &before, &after, &scratch, &where);
    LQ_ASSERT(rc == LQ_OK || where != NULL);
    if (rc == LQ_OK) {
        LQ_ASSERT(lq_canonical_encode(&after, content, sizeof content, &content_bytes) == LQ_OK);
        LQ_ASSERT(lq_canonical_decode(lq_view_of(content, content_bytes), &back, &where) == LQ_OK);
        size_t own = encode(&after);
        LQ_ASSERT(lq_tick_delta_decode(lq_view_of(room, own), &before, &back, &scratch, &where) ==
                  LQ_OK);
        LQ_ASSERT(lq_canonical_encode(&back, again, sizeof again, &again_bytes) == LQ_OK);
        LQ_ASSERT(again_bytes == content_bytes);
        LQ_ASSERT(memcmp(again, content, content_bytes) == 0);
    }
    free(exact);
    return 0;
}
