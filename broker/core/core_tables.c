// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "broker/core/core_tables.h"

#include "broker/core/held_answers.h"

#define ALIGNMENT 16u

/* A table that lies in the core's memory: the field of the core that points to it, its size. */
struct table {
    size_t field;
    size_t record_bytes;
    size_t records;
};
#define TABLE(field, records)                                                                      \
    {                                                                                              \
        offsetof(struct lq_broker_core, field), sizeof *((struct lq_broker_core *)NULL)->field,    \
            (records)                                                                              \
    }

/* What the configuration makes of each table. */
struct sizes {
    uint32_t tenant_buckets, session_buckets;
    uint32_t stream_buckets;
    uint32_t letters, letter_slots;
    uint32_t held, held_slots;
    uint32_t timers[LQ_TIMER_KINDS];
    uint32_t timers_in_all;
};

static uint32_t buckets_for(uint32_t records)
{
    uint32_t buckets = 16;

    while (buckets < records) {
        buckets *= 2;
    }
    return buckets;
}

static struct sizes sizes_of(const struct lq_broker_core_config *config)
{
    struct sizes sizes = {
        .tenant_buckets = buckets_for(LQ_TENANT_RECORDS(config->tenants_max)),
        .session_buckets = buckets_for(config->sessions_max),
        .stream_buckets = buckets_for(config->streams_max),
        .held = lq_held_answers_records(config),
        .letters = config->letters_max + config->executions_max, /* one dies while they are full */
        .timers[LQ_TIMER_SESSION] = config->sessions_max + 1,
        .timers[LQ_TIMER_TASK] = config->executions_max + 1,
        .timers[LQ_TIMER_BATCH] = LQ_BATCHES_MAX + 1,
        .timers[LQ_TIMER_ACTOR] = LQ_ACTORS_MAX + 1,
        .timers[LQ_TIMER_TENANT] = LQ_TENANT_RECORDS(config->tenants_max) + 1,
        .timers[LQ_TIMER_QUEUE] = LQ_QUEUES_MAX + 1,
    };

    sizes.letter_slots = lq_letter_index_slots(sizes.letters);
    sizes.held_slots = lq_letter_index_slots(sizes.held);
    for (uint32_t kind = 0; kind < LQ_TIMER_KINDS; kind++) {
        sizes.timers_in_all += sizes.timers[kind];
    }
    return sizes;
}

static size_t rounded(size_t bytes)
{
    return (bytes + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
}

/* The one list of the tables, in the order in which they lie behind the core: returns the bytes of
 * all, and points the core to them if there is one. Index 0 of a pool is unused. */
static size_t place(const struct lq_broker_core_config *config, const struct sizes *sizes,
                    struct lq_broker_core *core)
{
    const struct table tables[] = {
        TABLE(tenants, (size_t)LQ_TENANT_RECORDS(config->tenants_max) + 1),
        TABLE(sessions, (size_t)config->sessions_max + 1),
        TABLE(commands, (size_t)config->commands_max + 1),
        TABLE(executions, (size_t)config->executions_max + 1),
        TABLE(tasks, (size_t)config->executions_max + 1),
        TABLE(batches, LQ_BATCHES_MAX + 1),
        TABLE(flows, (size_t)config->executions_max + 1),
        TABLE(tenant_buckets, sizes->tenant_buckets),
        TABLE(session_buckets, sizes->session_buckets),
        TABLE(actor_of_peer, 65536),
        TABLE(letters.slots, sizes->letter_slots),
        TABLE(held, (size_t)sizes->held + 1),
        TABLE(held_commands.slots, sizes->held_slots),
        TABLE(streams, (size_t)config->streams_max + 1),
        TABLE(stream_buckets, sizes->stream_buckets),
        TABLE(timers.entries, (size_t)sizes->timers_in_all + 1),
        TABLE(timers.positions, sizes->timers_in_all),
    };
    size_t bytes = rounded(sizeof *core);

    for (size_t index = 0; index < sizeof tables / sizeof tables[0]; index++) {
        if (core != NULL) {
            void *records = (unsigned char *)core + bytes;
            memcpy((unsigned char *)core + tables[index].field, &records, sizeof records);
        }
        bytes += rounded(tables[index].record_bytes * tables[index].records);
    }
    return bytes;
}

size_t lq_core_tables_bytes(const struct lq_broker_core_config *config)
{
    struct sizes sizes = sizes_of(config);

    return place(config, &sizes, NULL);
}

void lq_core_tables_init(struct lq_broker_core *core, const struct lq_broker_core_config *config)
{
    struct sizes sizes = sizes_of(config);

    (void)place(config, &sizes, core);
    core->config = *config;
    core->tenant_pool.max = LQ_TENANT_RECORDS(config->tenants_max);
    core->session_pool.max = config->sessions_max;
    core->command_pool.max = config->commands_max;
    core->execution_pool.max = config->executions_max;
    core->task_pool.max = config->executions_max;
    core->batch_pool.max = LQ_BATCHES_MAX;
    core->flow_pool.max = config->executions_max; /* each has a task, but for debtors */
    core->held_pool.max = sizes.held;
    core->bucket_mask_streams = sizes.stream_buckets - 1;
    core->bucket_mask_tenants = sizes.tenant_buckets - 1;
    core->bucket_mask_sessions = sizes.session_buckets - 1;
    lq_letter_index_init(&core->letters, sizes.letters, core->letters.slots);
    lq_letter_index_init(&core->held_commands, sizes.held, core->held_commands.slots);
    lq_timer_heap_init(&core->timers, sizes.timers, core->timers.entries, core->timers.positions);
}

void lq_core_tables_copy_text(char *to, size_t bytes_max, struct lq_view text)
{
    size_t bytes = lq_view_cut(text, bytes_max - 1).bytes;

    if (bytes > 0) {
        memcpy(to, text.data, bytes);
    }
    to[bytes] = '\0';
}
