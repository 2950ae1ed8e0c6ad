// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* limit_plan.h - what lq-limit relays, and how its processes talk.
 *
 *   client --> broker --> load --> broker --> physics --> broker --> ai --> broker --> persist
 *      ^                                                                                  |
 *      +------------------------------------- broker <------------------------------------+
 *
 * One token for each session goes round and round. A message is a header part (struct
 * lq_limit_header, then an entry for each item) and a body part with the items back to back: the
 * shape of the engine's own messages, without names, encoding or checks. All processes are one
 * program on one machine, so structs travel as they are.
 */
#ifndef LQ_LIMIT_PLAN_H
#define LQ_LIMIT_PLAN_H

#include "base/option_table.h"

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

enum {
    LQ_LIMIT_STAGES = 4,
    LQ_LIMIT_BATCH_MAX = 1024,
    LQ_LIMIT_ACTORS_MAX = 16,
    LQ_LIMIT_WAIT_MS = 250 /* a signal just before a wait is seen after it */
};

struct lq_limit_plan {
    uint64_t sessions;     /* tokens under way */
    uint64_t bytes;        /* of an item between load and persist */
    uint64_t first_bytes;  /* of an item from the client to load */
    uint64_t last_bytes;   /* of an item from persist to the client */
    uint64_t record_bytes; /* of an item that are appended to the store */
    uint64_t batch_max;
    uint64_t credit; /* batches in flight for each actor */
    uint64_t actors; /* of each stage but persist, which has one */
    char folder[LQ_OPTION_TEXT_BYTES_MAX];
};

enum lq_limit_kind {
    LQ_LIMIT_READY = 1, /* an actor: here I am */
    LQ_LIMIT_DISPATCH,
    LQ_LIMIT_DONE,
    LQ_LIMIT_SUBMIT,
    LQ_LIMIT_RECEIPT
};

/* Packed: a part lies where ZeroMQ has received it, at any address. */
struct lq_limit_entry {
    uint64_t token;
    uint64_t frame;
    uint32_t bytes;
    uint32_t lease;
} __attribute__((packed));

struct lq_limit_header {
    uint32_t kind; /* enum lq_limit_kind */
    uint32_t stage;
    uint32_t item_count;
    uint32_t reserved;
    struct lq_limit_entry entries[];
} __attribute__((packed));

/* Written by the broker, read by the client: a page of the folder that both have mapped. */
struct lq_limit_meter {
    struct {
        _Atomic uint64_t bytes;
        _Atomic uint64_t by_size[LQ_LIMIT_BATCH_MAX + 1];
    } stages[LQ_LIMIT_STAGES];
};

/* Bytes of an item that is dispatched to `stage`, and of its answer. */
static inline uint64_t lq_limit_bytes_in(const struct lq_limit_plan *plan, uint32_t stage)
{
    return stage == 0 ? plan->first_bytes : plan->bytes;
}

static inline uint64_t lq_limit_bytes_out(const struct lq_limit_plan *plan, uint32_t stage)
{
    return stage == LQ_LIMIT_STAGES - 1 ? plan->last_bytes : plan->bytes;
}

static inline uint32_t lq_limit_actors(const struct lq_limit_plan *plan, uint32_t stage)
{
    return stage == LQ_LIMIT_STAGES - 1 ? 1 : (uint32_t)plan->actors;
}

/* The roles; each returns the exit code of its process. They end by SIGTERM. */
int lq_limit_broker_run(const struct lq_limit_plan *plan);
int lq_limit_stage_run(const struct lq_limit_plan *plan, uint32_t stage, uint32_t number);

/* Set by SIGTERM and SIGINT; in limit_main.c. */
extern volatile int lq_limit_stop;

/* Ends the process with a message when a call failed. */
void lq_limit_demand(int holds, const char *what);

/* The meter's file in the folder, mapped; made by the first who asks. */
struct lq_limit_meter *lq_limit_meter_map(const struct lq_limit_plan *plan);

void *lq_limit_socket(void *context, int type);
void lq_limit_endpoint(const struct lq_limit_plan *plan, char *to, size_t bytes_max);

#endif
