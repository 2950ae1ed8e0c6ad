// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* lane_table.h - what a link sends to one tenant: whose clients wait for its quotas together and
 * take turns in sending. Those that would rather hear of quotas have a lane of their own.
 *
 *        a client has something to send            a quota is used up
 *   IDLE ------------------------------> READY ---------------------------> WAITING
 *    ^                                   |  ^                                  |
 *    +---------- nothing to send --------+  +--- the time is over, an answer --+
 *
 * Lanes that are READY take turns, and so do the clients of a lane: a message each. Not part of the
 * library's interface.
 */
#ifndef LQ_LANE_TABLE_H
#define LQ_LANE_TABLE_H

#include "client/client_list.h"
#include "client/quota_wait.h"

struct lq_tenant_lane {
    struct lq_tenant_lane *next_of_bucket;
    struct lq_tenant_lane *previous, *next; /* of the row it stands in */
    struct lq_lane_row *row;                /* READY or WAITING; NULL: IDLE */
    uint32_t client_count;
    bool hears_quota;
    struct lq_client_list busy, sending;
    struct lq_quota_wait wait;
    uint32_t tenant_bytes;
    char tenant[LQ_TENANT_NAME_BYTES_MAX + 1];
};

struct lq_lane_row {
    struct lq_tenant_lane *first, *last;
};

struct lq_lane_table {
    struct lq_tenant_lane **buckets;
    uint32_t bucket_mask;
    uint32_t last_round; /* of all lanes */
    struct lq_lane_row ready, waiting;
    uint64_t waiting_until_ns; /* the first of those that wait for a time; none is due before */
};

/* For as many lanes as there may be clients. Released when no lane has a client. */
void lq_lane_table_init(struct lq_lane_table *table, uint32_t clients_max);
void lq_lane_table_release(struct lq_lane_table *table);

/* One more client of this tenant; the lane is made for the first. Takes memory. */
struct lq_tenant_lane *lq_lane_table_enter(struct lq_lane_table *table, const char *tenant,
                                           bool hears_quota);
/* One client less; with the last one the lane goes. */
void lq_lane_table_leave(struct lq_lane_table *table, struct lq_tenant_lane *lane);

/* The client has something to send, or nothing any more. */
void lq_lane_table_want(struct lq_lane_table *table, struct lq_client *client);
void lq_lane_table_rest(struct lq_lane_table *table, struct lq_client *client);

/* The lane at the head of READY goes to its end. */
void lq_lane_table_turn(struct lq_lane_table *table);

/* It may send nothing now. Nothing if it is IDLE. */
void lq_lane_table_hold(struct lq_lane_table *table, struct lq_tenant_lane *lane);

/* A lane that was held may send again: there was an answer, or the wait has ended. */
void lq_lane_table_wake(struct lq_lane_table *table, struct lq_tenant_lane *lane);

/* Those whose time is over are READY. */
void lq_lane_table_wake_due(struct lq_lane_table *table, uint64_t now_ns);

/* UINT64_MAX: none waits for a time. */
uint64_t lq_lane_table_due_ns(const struct lq_lane_table *table);

/* The lane whose round has this number in tags; NULL: none. Looks at all lanes: for the answers to
 * what is not outstanding any more. */
struct lq_tenant_lane *lq_lane_table_of_round(const struct lq_lane_table *table, uint32_t of_tag);

/* Of all lanes one after the other; NULL: the first, or none is left. */
struct lq_tenant_lane *lq_lane_table_next(const struct lq_lane_table *table,
                                          const struct lq_tenant_lane *lane);

#endif
