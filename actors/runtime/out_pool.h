// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* out_pool.h - the memory of the bodies that are on their way to the broker.
 *
 * A body is sent without a copy: its memory goes with the message and comes back when the socket's
 * own thread has written it. There are enough for every batch in hand and those just sent.
 */
#ifndef LQ_OUT_POOL_H
#define LQ_OUT_POOL_H

#include <stdatomic.h>
#include <stdint.h>

struct lq_out_memory {
    atomic_bool taken;
    uint8_t *bytes; /* LQ_BODY_BYTES_MAX; untouched pages cost nothing */
};

#define LQ_OUT_POOL_MAX 32u

struct lq_out_pool {
    uint32_t count;
    struct lq_out_memory entries[LQ_OUT_POOL_MAX];
};

void lq_out_pool_open(struct lq_out_pool *pool, uint32_t count);

/* What is still taken stays: libzmq's thread may have it for a while after its socket was closed.
 */
void lq_out_pool_close(struct lq_out_pool *pool);

/* NULL: all are taken. One thread takes. */
struct lq_out_memory *lq_out_pool_take(struct lq_out_pool *pool);

/* Any thread; the signature of an lq_message_part_give_back_fn. */
void lq_out_pool_give(void *bytes, void *memory);

#endif
