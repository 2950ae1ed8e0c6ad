// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "client/lane_table.h"

#include "base/alloc.h"
#include "client/client_record.h"

#include <stdlib.h>

void lq_lane_table_init(struct lq_lane_table *table, uint32_t clients_max)
{
    uint32_t bucket_count = 16;

    while (bucket_count < clients_max) {
        bucket_count *= 2;
    }
    *table =
        (struct lq_lane_table){.bucket_mask = bucket_count - 1, .waiting_until_ns = UINT64_MAX};
    table->buckets = lq_alloc(bucket_count, sizeof(struct lq_tenant_lane *));
}

void lq_lane_table_release(struct lq_lane_table *table)
{
    LQ_ASSERT(table->ready.first == NULL);
    LQ_ASSERT(table->waiting.first == NULL);
    free(table->buckets);
    *table = (struct lq_lane_table){.buckets = NULL};
}

/* FNV-1a: names of tenants are the operator's, not a stranger's. */
static uint32_t bucket_of(const struct lq_lane_table *table, const char *tenant)
{
    uint32_t hash = UINT32_C(2166136261);

    for (; *tenant != '\0'; tenant++) {
        hash = (hash ^ (uint8_t)*tenant) * UINT32_C(16777619);
    }
    return (hash ^ hash >> 16) & table->bucket_mask;
}

struct lq_tenant_lane *lq_lane_table_enter(struct lq_lane_table *table, const char *tenant,
                                           bool hears_quota)
{
    struct lq_tenant_lane **head = &table->buckets[bucket_of(table, tenant)];
    struct lq_tenant_lane *lane = *head;

    while (lane != NULL &&
           (lane->hears_quota != hears_quota || strcmp(lane->tenant, tenant) != 0)) {
        lane = lane->next_of_bucket;
    }
    if (lane == NULL) {
        lane = lq_alloc(1, sizeof *lane);
        lane->hears_quota = hears_quota;
        lane->busy.kind = LQ_CLIENT_LIST_BUSY;
        lane->sending.kind = LQ_CLIENT_LIST_SENDING;
        lane->tenant_bytes = (uint32_t)strlen(tenant);
        LQ_ASSERT(lane->tenant_bytes < sizeof lane->tenant);
        memcpy(lane->tenant, tenant, lane->tenant_bytes);
        lq_quota_wait_init(&lane->wait, &table->last_round);
        lane->next_of_bucket = *head;
        *head = lane;
    }
    lane->client_count++;
    return lane;
}

void lq_lane_table_leave(struct lq_lane_table *table, struct lq_tenant_lane *lane)
{
    LQ_ASSERT(lane->client_count > 0);
    if (--lane->client_count > 0) {
        return;
    }
    LQ_ASSERT(lane->row == NULL);
    LQ_ASSERT(lane->busy.first == NULL);
    struct lq_tenant_lane **link = &table->buckets[bucket_of(table, lane->tenant)];
    while (*link != lane) {
        link = &(*link)->next_of_bucket;
    }
    *link = lane->next_of_bucket;
    free(lane);
}

/* ---- rows ---- */

static void step_out(struct lq_lane_table *table, struct lq_tenant_lane *lane)
{
    struct lq_lane_row *row = lane->row;

    if (row == NULL) {
        return;
    }
    if (lane->previous == NULL) {
        row->first = lane->next;
    } else {
        lane->previous->next = lane->next;
    }
    if (lane->next == NULL) {
        row->last = lane->previous;
    } else {
        lane->next->previous = lane->previous;
    }
    lane->row = NULL;
    if (table->waiting.first == NULL) {
        table->waiting_until_ns = UINT64_MAX;
    }
}

static void step_in(struct lq_tenant_lane *lane, struct lq_lane_row *row)
{
    lane->row = row;
    lane->next = NULL;
    lane->previous = row->last;
    if (row->last == NULL) {
        row->first = lane;
    } else {
        row->last->next = lane;
    }
    row->last = lane;
}

void lq_lane_table_want(struct lq_lane_table *table, struct lq_client *client)
{
    struct lq_tenant_lane *lane = client->lane;

    lq_client_list_append(&lane->sending, client);
    if (lane->row == NULL) {
        step_in(lane, &table->ready);
    }
}

void lq_lane_table_rest(struct lq_lane_table *table, struct lq_client *client)
{
    struct lq_tenant_lane *lane = client->lane;

    lq_client_list_remove(&lane->sending, client);
    if (lane->sending.first == NULL) {
        step_out(table, lane);
    }
}

void lq_lane_table_turn(struct lq_lane_table *table)
{
    struct lq_tenant_lane *lane = table->ready.first;

    if (lane != table->ready.last) {
        step_out(table, lane);
        step_in(lane, &table->ready);
    }
}

void lq_lane_table_hold(struct lq_lane_table *table, struct lq_tenant_lane *lane)
{
    uint64_t until_ns = lane->wait.until_ns;

    if (lane->row == NULL) {
        return;
    }
    if (lane->row == &table->ready) {
        step_out(table, lane);
        step_in(lane, &table->waiting);
    }
    if (until_ns != 0 && until_ns < table->waiting_until_ns) {
        table->waiting_until_ns = until_ns;
    }
}

void lq_lane_table_wake(struct lq_lane_table *table, struct lq_tenant_lane *lane)
{
    if (lane->row == &table->waiting) {
        step_out(table, lane);
        step_in(lane, &table->ready);
    }
}

void lq_lane_table_wake_due(struct lq_lane_table *table, uint64_t now_ns)
{
    struct lq_tenant_lane *next;

    if (now_ns < table->waiting_until_ns) {
        return;
    }
    table->waiting_until_ns = UINT64_MAX;
    for (struct lq_tenant_lane *lane = table->waiting.first; lane != NULL; lane = next) {
        uint64_t until_ns = lane->wait.until_ns;
        next = lane->next;
        if (until_ns != 0 && until_ns <= now_ns) {
            lq_lane_table_wake(table, lane);
        } else if (until_ns != 0 && until_ns < table->waiting_until_ns) {
            table->waiting_until_ns = until_ns;
        }
    }
}

uint64_t lq_lane_table_due_ns(const struct lq_lane_table *table)
{
    return table->waiting_until_ns;
}

/* ---- all of them ---- */

struct lq_tenant_lane *lq_lane_table_next(const struct lq_lane_table *table,
                                          const struct lq_tenant_lane *lane)
{
    uint32_t bucket = 0;

    if (lane != NULL) {
        if (lane->next_of_bucket != NULL) {
            return lane->next_of_bucket;
        }
        bucket = bucket_of(table, lane->tenant) + 1;
    }
    for (; bucket <= table->bucket_mask; bucket++) {
        if (table->buckets[bucket] != NULL) {
            return table->buckets[bucket];
        }
    }
    return NULL;
}

struct lq_tenant_lane *lq_lane_table_of_round(const struct lq_lane_table *table, uint32_t of_tag)
{
    struct lq_tenant_lane *lane = lq_lane_table_next(table, NULL);

    while (lane != NULL && !lq_quota_wait_is_round(&lane->wait, of_tag)) {
        lane = lq_lane_table_next(table, lane);
    }
    return lane;
}
