// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* flow_case.h - what the tests of flows and dispatches do and ask. */
#ifndef LQ_FLOW_CASE_H
#define LQ_FLOW_CASE_H

#include "broker/core/core_tables.h"
#include "tests/unit/broker/core/core_case.h"

/* A tenant at work before the test: all queues know what an item takes. Forgotten afterwards. */
void lq_flow_case_teach(uint32_t service_us);
/* A command for each of so many sessions of a tenant. */
void lq_flow_case_submit(const char *tenant, uint32_t sessions, uint64_t sequence);

/* The tenant's flow at a state, NULL: none; and its debt there. */
struct lq_core_flow *lq_flow_case_flow(const char *tenant, uint32_t state);
int64_t lq_flow_case_balance_ns(const char *tenant, uint32_t state);

/* Items of the tenant in a batch, and in all that lie at a state. */
uint32_t lq_flow_case_items(const struct lq_fixture_batch *batch, const char *tenant);
uint32_t lq_flow_case_items_at(uint32_t state, const char *tenant);
/* Batches of one item of the tenant at a state. */
uint32_t lq_flow_case_singles_at(uint32_t state, const char *tenant);

/* Three commands of the tenant whose stay at load took 50 ms each: its flow there goes apart. */
void lq_flow_case_slow(const char *tenant);

#endif
