// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* bench_sample.h - what a cluster has done and used up to one moment; two of them enclose the
 * measured time. */
#ifndef LQ_BENCH_SAMPLE_H
#define LQ_BENCH_SAMPLE_H

#include "bench/process_usage.h"
#include "config/config_file.h"
#include "proto/admin_codec.h"

struct lq_bench_sample {
    uint64_t at_ns;
    struct lq_status status; /* its texts are dead: names are kept below */
    char stage_names[LQ_STAGES_MAX + 2][LQ_STAGE_NAME_BYTES_MAX + 1];
    uint64_t ledger_bytes; /* on disk, all partitions */
    uint32_t process_count;
    struct lq_bench_process {
        char name[LQ_SESSION_NAME_BYTES_MAX + 1]; /* "physics-1", "broker", "lq-bench" */
        pid_t pid;
        struct lq_process_usage usage;
    } processes[LQ_STATUS_ACTORS_MAX + 2];
};

/* Take it now; `status` as just received. */
void lq_bench_sample_take(struct lq_bench_sample *sample, const struct lq_cluster_config *cluster,
                          const struct lq_status *status);

/* The process of the same pid and name, or NULL. */
const struct lq_bench_process *lq_bench_sample_find(const struct lq_bench_sample *sample,
                                                    const struct lq_bench_process *process);

#endif
