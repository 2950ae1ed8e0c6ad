// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* core_tally.h - what a walk over all of a core counts, to be compared with what it believes. */
#ifndef LQ_CORE_TALLY_H
#define LQ_CORE_TALLY_H

#include "broker/core/core_tables.h"

struct lq_core_tally {
    const struct lq_broker_core *core;
    uint32_t *held; /* references by buffer */
    uint32_t buffer_count;
    uint64_t payload_bytes;
    uint32_t commands, executions, sessions, tenants, live, parked, stopped;
    uint32_t held_answers;
    bool *placed; /* tasks seen in the one place that their phase names */
};

void lq_core_tally_hold(struct lq_core_tally *tally, const struct lq_payload *payload);

/* A task was found where its phase says that it is; all of a list were, which is one of a queue, or
 * of any: 0. */
void lq_core_tally_place(struct lq_core_tally *tally, uint32_t task, uint8_t phase);
void lq_core_tally_place_list(struct lq_core_tally *tally, const struct lq_index_list *list,
                              uint8_t phase, uint32_t queue);

/* The parts of the walk that have files of their own. */
void lq_tenant_invariants_check(struct lq_core_tally *tally);
void lq_flow_invariants_check(struct lq_core_tally *tally);

/* What a tenant has that waits for the table; returns the bytes of its payloads. All of it: whether
 * the core's lists and counts agree with what was seen of each tenant. */
uint64_t lq_held_invariants_check(struct lq_core_tally *tally, uint32_t tenant);
void lq_held_invariants_end(const struct lq_core_tally *tally);

#endif
