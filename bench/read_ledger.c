// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "bench/read_ledger.h"

#include "base/alloc.h"
#include "base/contract.h"
#include "store/lmdb/ledger.h"
#include "world/canonical.h"
#include "world/client_id.h"
#include "world/tick_delta.h"

#include <ftw.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define GROUP_MAX 16u /* frames of a transaction */
#define MAP_BYTES (UINT64_C(4) << 30)

static struct lq_tick tick;
static struct lq_tick before;
static uint8_t custom[LQ_CUSTOM_BYTES_MAX];
static uint64_t execution_count;

static void demand(bool holds, const char *what)
{
    if (!holds) {
        fprintf(stderr, "read_wait: %s\n", what);
        exit(EXIT_FAILURE);
    }
}

static void commit(lq_ledger_t *ledger, struct lq_commit *items, uint32_t count)
{
    enum lq_result result = lq_ledger_commit(ledger, items, count);

    demand(result == LQ_OK, lq_result_text(result));
    for (uint32_t at = 0; at < count; at++) {
        demand(items[at].verdict == LQ_COMMIT_DONE, "a frame was not committed");
    }
}

static void begin_session(const struct lq_read_shape *shape)
{
    struct lq_world *world = &tick.world;

    lq_tick_clear(&tick);
    snprintf(tick.tenant, sizeof tick.tenant, "%s", LQ_READ_LEDGER_TENANT);
    snprintf(tick.session, sizeof tick.session, "%s", shape->session);
    tick.config = (struct lq_session_config){.seed = 1,
                                             .rate_numerator = 20,
                                             .rate_denominator = 1,
                                             .steps_per_command = 1,
                                             .width = 1000,
                                             .height = 1000,
                                             .restitution = 0.9f};
    for (uint32_t row = 0; row < shape->bodies; row++) {
        demand(lq_world_add_body(world, (uint8_t)row, 0.37 * row, 0.11 * row,
                                 0.25f + 0.0001f * (float)row) == row,
               "no room");
        world->agent_body[row] = world->body_id[row];
        world->agent_behavior[row] = LQ_BEHAVIOR_WANDER;
        world->agent_target[row] = row; /* the body before; 0: none */
        world->agent_strength[row] = 1.5f + 0.001f * (float)row;
    }
    world->agent_count = shape->bodies;
    world->tenant_bytes_count = shape->tenant_bytes;
    memset(world->tenant_bytes, 0x5a, shape->tenant_bytes);
}

/* As a tick leaves them: every column of every body has another value than before. */
static void move_bodies(void)
{
    struct lq_world *world = &tick.world;

    for (uint32_t row = 0; row < world->body_count; row++) {
        world->vx[row] = 0.013f * (float)(row + 1) + 0.001f * (float)tick.frame;
        world->vy[row] = -0.7f * world->vx[row];
        world->x[row] += 0.05 * (double)world->vx[row];
        world->y[row] += 0.05 * (double)world->vy[row] + 0.001;
        world->angle[row] += 1000 + (int32_t)row;
        world->spin[row] = 0.01f * (float)(row + 1);
        world->thrust_x[row] = 0.25f + 0.001f * (float)row;
        world->thrust_y[row] = -world->thrust_x[row];
    }
}

static void add_commands(const struct lq_read_shape *shape)
{
    tick.command_count = shape->commands;
    for (uint32_t at = 0; at < shape->commands; at++) {
        tick.commands[at] = (struct lq_command){.client = lq_client_id_of(at + 1, 1),
                                                .sequence = tick.frame,
                                                .kind = LQ_COMMAND_CUSTOM,
                                                .outcome = LQ_OUTCOME_APPLIED,
                                                .custom = lq_view_of(custom, shape->custom_bytes)};
    }
}

static struct lq_commit encode(const struct lq_read_shape *shape, uint8_t *to)
{
    size_t bytes = 0;

    demand(lq_canonical_encode(&tick, to, LQ_TICK_BYTES_MAX, &bytes) == LQ_OK, "too large a frame");
    return (struct lq_commit){.kind = tick.frame == 0 ? LQ_COMMIT_CREATE_SESSION : LQ_COMMIT_FRAME,
                              .execution = {2, ++execution_count},
                              .names = lq_session_names_of(LQ_READ_LEDGER_TENANT, shape->session),
                              .frame = tick.frame,
                              .content = lq_view_of(to, bytes)};
}

/* What the tick is against the one before, whose D is `against`: as persist has it written. */
static void add_delta(struct lq_commit *item, const uint8_t *against, uint8_t *to)
{
    static struct lq_tick_delta_scratch scratch;
    const struct lq_tick_delta_room room = {to, LQ_TICK_BYTES_MAX};
    size_t bytes = 0;

    if (lq_tick_delta_encode(&before, &tick, &scratch, room, &bytes) == LQ_OK) {
        item->delta = lq_view_of(to, bytes);
        item->delta_against = against;
    }
}

static void write_session(lq_ledger_t *ledger, const struct lq_read_shape *shape)
{
    static uint8_t contents[GROUP_MAX][LQ_TICK_BYTES_MAX];
    static uint8_t deltas[GROUP_MAX][LQ_TICK_BYTES_MAX];
    static struct lq_salted_digest digests[1 + GROUP_MAX]; /* the first: of the group before */
    struct lq_commit items[GROUP_MAX];
    uint32_t count = 0;

    begin_session(shape);
    items[0] = encode(shape, contents[0]);
    lq_salted_digest_draw(digests, 1 + GROUP_MAX);
    lq_salted_digest_make(&digests[0], items[0].content);
    items[0].digest = &digests[0];
    commit(ledger, items, 1);
    for (uint32_t frame = 0; frame < shape->frames; frame++) {
        before = tick;
        lq_tick_advance(&tick);
        tick.steps = 1;
        move_bodies();
        add_commands(shape);
        items[count] = encode(shape, contents[count]);
        lq_salted_digest_make(&digests[1 + count], items[count].content);
        items[count].digest = &digests[1 + count];
        add_delta(&items[count], digests[count].digest, deltas[count]);
        if (++count == GROUP_MAX || frame + 1 == shape->frames) {
            commit(ledger, items, count);
            digests[0] = digests[count];
            lq_salted_digest_draw(digests + 1, GROUP_MAX);
            count = 0;
        }
    }
}

void lq_read_ledger_make(struct lq_cluster_config *cluster, const struct lq_read_shape *shapes,
                         uint32_t count)
{
    const char *parent = getenv("TMPDIR");
    struct lq_error_message message;
    lq_ledger_t *ledger;
    struct lq_commit tenant = {.kind = LQ_COMMIT_CREATE_TENANT,
                               .execution = {1, 1},
                               .names.tenant = lq_view_text(LQ_READ_LEDGER_TENANT)};

    *cluster = (struct lq_cluster_config){.map_bytes = MAP_BYTES, .partitions = 1};
    snprintf(cluster->data_dir, sizeof cluster->data_dir, "%.200s/lq-read-wait.XXXXXX",
             parent != NULL ? parent : "/tmp");
    demand(mkdtemp(cluster->data_dir) != NULL, cluster->data_dir);
    snprintf(cluster->master_key_file, sizeof cluster->master_key_file, "%.230s/keys/master.key",
             cluster->data_dir);
    const struct lq_partition_paths paths = lq_cluster_partition(cluster, 0);
    const struct lq_ledger_options options = {.folder = paths.folder,
                                              .master_key_file = cluster->master_key_file,
                                              .map_bytes = cluster->map_bytes};
    demand(lq_ledger_open_writer(&options, &ledger, &message) == LQ_OK, message.text);
    commit(ledger, &tenant, 1);
    for (uint32_t at = 0; at < count; at++) {
        write_session(ledger, &shapes[at]);
    }
    lq_ledger_close(&ledger);
}

static int remove_entry(const char *path, const struct stat *status, int kind, struct FTW *walk)
{
    (void)status;
    (void)kind;
    (void)walk;
    return remove(path);
}

void lq_read_ledger_remove(const struct lq_cluster_config *cluster)
{
    (void)!nftw(cluster->data_dir, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}
