// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* plan.h - the states a tick passes, as data: what a pipeline, an Amazon States Language document,
 * is compiled to by pipeline/document/pipeline_document.c, walked by the core.
 *
 * Pure; depends on base/ and world/.
 */
#ifndef LQ_PLAN_H
#define LQ_PLAN_H

#include "base/result.h"
#include "base/view.h"
#include "world/world_limits.h"

#define LQ_RETRIERS_MAX 4u
#define LQ_RETRY_ATTEMPTS_MAX 250u /* per retrier and visit */
#define LQ_RETRIER_ERRORS_MAX 8u
#define LQ_ERROR_NAME_BYTES_MAX 64u
#define LQ_STATE_NONE UINT32_MAX

enum lq_jitter { LQ_JITTER_NONE = 1, LQ_JITTER_FULL };

/* One Retrier: the first whose errors match decides. Its count is of one visit to the state. */
struct lq_retrier {
    uint32_t error_count;
    char errors[LQ_RETRIER_ERRORS_MAX][LQ_ERROR_NAME_BYTES_MAX];
    uint32_t attempts_max; /* retries, not tries */
    uint32_t interval_ms;
    uint32_t delay_max_ms;
    double backoff_rate; /* 1.0 or more */
    enum lq_jitter jitter;
};

struct lq_plan_state {
    char name[LQ_STAGE_NAME_BYTES_MAX + 1];  /* of the state, "Physics" */
    char stage[LQ_STAGE_NAME_BYTES_MAX + 1]; /* of the resource, "physics" */
    uint32_t version;                        /* the stage version that serves it */
    uint32_t timeout_ms;                     /* of an item, from its start */
    uint32_t retrier_count;
    struct lq_retrier retriers[LQ_RETRIERS_MAX];
    uint32_t next; /* LQ_STATE_NONE: the end */
};

struct lq_plan {
    uint32_t state_count;
    uint32_t start;   /* the state of stage load */
    uint32_t persist; /* the state of stage persist, the end */
    uint32_t tick_timeout_ms;
    uint8_t hash[32]; /* of the document's bytes; part of every record */
    struct lq_plan_state states[LQ_STAGES_MAX];
};

/* The state served by `stage`, or LQ_STATE_NONE. */
uint32_t lq_plan_find_stage(const struct lq_plan *plan, struct lq_view stage);

/* The retrier that decides about `error`, or LQ_RETRIERS_MAX. States.ALL matches everything,
 * States.TaskFailed everything but States.Timeout. */
uint32_t lq_plan_find_retrier(const struct lq_plan_state *state, const char *error);

/* The delay before retry number `retry` (1-based) in nanoseconds: min(interval x rate^(retry-1),
 * max), with full jitter uniform in [0, that] by `random` (64 uniform bits). */
uint64_t lq_plan_retry_delay_ns(const struct lq_retrier *retrier, uint32_t retry, uint64_t random);

#endif
