// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "bench/bench_sample.h"

#include "base/clock.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void add_process(struct lq_bench_sample *sample, struct lq_view name, uint32_t pid)
{
    struct lq_bench_process *process = &sample->processes[sample->process_count];

    process->pid = (pid_t)pid;
    snprintf(process->name, sizeof process->name, "%.*s", (int)name.bytes, (const char *)name.data);
    if (lq_process_usage_read(process->pid, &process->usage)) {
        sample->process_count++;
    }
}

static void add_processes(struct lq_bench_sample *sample, const struct lq_status *status)
{
    sample->process_count = 0;
    add_process(sample, lq_view_text("broker"), status->pid);
    for (uint32_t index = 0; index < status->actor_count; index++) {
        const struct lq_actor_status *actor = &status->actors[index];
        if (actor->state != LQ_ACTOR_LOST) {
            add_process(sample, actor->instance, actor->pid);
        }
    }
    add_process(sample, lq_view_text("lq-bench"), (uint32_t)getpid());
}

/* The file is sparse; its blocks are what it takes. Pages that LMDB uses again do not count twice.
 */
static uint64_t ledger_bytes(const struct lq_cluster_config *cluster)
{
    char path[LQ_PARTITION_PATH_BYTES + 16];
    uint64_t bytes = 0;

    for (uint32_t partition = 0; partition < cluster->partitions; partition++) {
        struct stat file;
        snprintf(path, sizeof path, "%s/data.mdb", lq_cluster_partition(cluster, partition).folder);
        if (stat(path, &file) == 0) {
            bytes += (uint64_t)file.st_blocks * 512;
        }
    }
    return bytes;
}

static void keep_stage_names(struct lq_bench_sample *sample, const struct lq_status *status)
{
    for (uint32_t index = 0; index < status->stage_count; index++) {
        const struct lq_view name = status->stages[index].name;
        snprintf(sample->stage_names[index], sizeof sample->stage_names[index], "%.*s",
                 (int)name.bytes, (const char *)name.data);
    }
}

void lq_bench_sample_take(struct lq_bench_sample *sample, const struct lq_cluster_config *cluster,
                          const struct lq_status *status)
{
    sample->at_ns = lq_clock_monotonic_ns();
    sample->status = *status;
    keep_stage_names(sample, status);
    add_processes(sample, status);
    sample->ledger_bytes = ledger_bytes(cluster);
}

const struct lq_bench_process *lq_bench_sample_find(const struct lq_bench_sample *sample,
                                                    const struct lq_bench_process *process)
{
    for (uint32_t index = 0; index < sample->process_count; index++) {
        const struct lq_bench_process *candidate = &sample->processes[index];
        if (candidate->pid == process->pid && strcmp(candidate->name, process->name) == 0) {
            return candidate;
        }
    }
    return NULL;
}
