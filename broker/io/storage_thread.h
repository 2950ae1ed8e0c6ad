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

#include "proto/admin_codec.h"
#include "store/lmdb/broker_store.h"

enum lq_storage_kind {
    LQ_STORAGE_PUT_LETTER = 1, /* an execution died; parks its session when the letter says so */
    LQ_STORAGE_LETTER_DONE,    /* a redriven letter was decided by `frame` */
    LQ_STORAGE_LETTER_OPEN,    /* a redrive came to nothing */
    LQ_STORAGE_PUT_LIVE,       /* a session with a rate; then `reply` may be sent */
    LQ_STORAGE_FORGET_LIVE,
    LQ_STORAGE_FORGET_PARKED,
    LQ_STORAGE_ADMIN /* a request about letters: `request` is its message behind the framing */
};

struct lq_storage_job {
    enum lq_storage_kind kind;
    uint32_t execution; /* PUT_LETTER: comes back */
    uint64_t letter_id, frame;
    uint32_t rate_numerator, rate_denominator;
    uint32_t peer;
    char tenant[LQ_TENANT_NAME_BYTES_MAX + 1];
    char session[LQ_SESSION_NAME_BYTES_MAX + 1];
    char stage[LQ_STAGE_NAME_BYTES_MAX + 1]; /* PUT_LETTER: parked by */
    bool parks;
    uint8_t *bytes; /* PUT_LETTER: the encoded letter. ADMIN: the request. PUT_LIVE: the framed
                       reply. Owned by the job, freed with it. */
    size_t byte_count;
    struct lq_storage_job *next;
};

enum lq_storage_news {
    LQ_STORAGE_NEWS_STORED = 1, /* PUT_LETTER is on disk */
    LQ_STORAGE_NEWS_LIVE,       /* PUT_LIVE is on disk */
    LQ_STORAGE_NEWS_REDRIVE,    /* a letter is marked as redriving on disk */
    LQ_STORAGE_NEWS_GONE,       /* an open letter was purged or acknowledged */
    LQ_STORAGE_NEWS_REPLY       /* `bytes`: a framed ADMIN_REPLY for `peer` */
};

struct lq_storage_done {
    enum lq_storage_news news;
    uint32_t execution;
    uint32_t peer;
    uint64_t letter_id;
    uint32_t rate_numerator, rate_denominator;
    char tenant[LQ_TENANT_NAME_BYTES_MAX + 1];
    char session[LQ_SESSION_NAME_BYTES_MAX + 1];
    bool has_command;
    struct lq_client_id client;
    uint64_t sequence;
    uint8_t *bytes; /* REPLY, LIVE: framed reply. REDRIVE: the command's body. Freed with it. */
    size_t byte_count;
    struct lq_storage_done *next;
};

typedef struct lq_storage_thread lq_storage_thread_t;

/* Borrows the store until it is destroyed. Jobs may be posted at once; the thread begins with
 * lq_storage_thread_start(), so that the caller may still read the store before. */
lq_storage_thread_t *lq_storage_thread_new(lq_broker_store_t *store);
void lq_storage_thread_start(lq_storage_thread_t *thread);

/* Does what is queued (not longer than 5 s), ends the thread. */
void lq_storage_thread_destroy(lq_storage_thread_t **thread);

/* A zeroed job, to be filled and posted. */
struct lq_storage_job *lq_storage_job_new(enum lq_storage_kind kind);
void lq_storage_thread_post(lq_storage_thread_t *thread, struct lq_storage_job *job);

/* Requests (LQ_STORAGE_ADMIN) that were posted and are not done: what peers can make grow. */
uint32_t lq_storage_thread_requests(lq_storage_thread_t *thread);

int lq_storage_thread_descriptor(
    const lq_storage_thread_t *thread); /* readable: take what is done */
struct lq_storage_done *lq_storage_thread_take(lq_storage_thread_t *thread); /* NULL: none */
void lq_storage_done_destroy(struct lq_storage_done **done);

#endif
