// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* storage_thread.h - the only thread that touches the broker's store once it serves.
 *
 * Jobs go in by a queue, what became of them comes back by another one with an event descriptor.
 * All jobs that wait are done in one transaction and one fsync (group commit). When the disk or the
 * map is full they wait and are tried again; nothing is dropped, and the loop never waits for the
 * disk.
 */
#ifndef LQ_STORAGE_THREAD_H
#define LQ_STORAGE_THREAD_H

#include "broker/io/storage_job.h"
#include "broker/io/storage_news.h"
#include "store/lmdb/broker_store.h"

typedef struct lq_storage_thread lq_storage_thread_t;

/* Borrows the store until it is destroyed. Jobs may be posted at once; the thread begins with
 * lq_storage_thread_start(), so that the caller may still read the store before. */
lq_storage_thread_t *lq_storage_thread_new(lq_broker_store_t *store);
void lq_storage_thread_start(lq_storage_thread_t *thread);

/* Does what is queued (not longer than 5 s), ends the thread. */
void lq_storage_thread_destroy(lq_storage_thread_t **thread);

/* The job is the thread's. */
void lq_storage_thread_post(lq_storage_thread_t *thread, struct lq_storage_job *job);

/* Requests of peers that were posted and are not done: whoever posts one keeps them below this. */
#define LQ_STORAGE_REQUESTS_MAX 256u
uint32_t lq_storage_thread_requests(lq_storage_thread_t *thread);

/* Readable: take what is new. */
int lq_storage_thread_descriptor(const lq_storage_thread_t *thread);
struct lq_storage_news *lq_storage_thread_take(lq_storage_thread_t *thread); /* NULL: none */

#endif
