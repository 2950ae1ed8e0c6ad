// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* storage_job.h - what the loop wants done in the broker's store, in the order of posting. */
#ifndef LQ_STORAGE_JOB_H
#define LQ_STORAGE_JOB_H

#include "proto/admin_codec.h"
#include "proto/durability.h"
#include "proto/quota.h"
#include "proto/session_life.h"
#include "world/identity.h"
#include "world/world_limits.h"

enum lq_storage_job_kind {
    LQ_STORAGE_PUT_LETTER = 1, /* an execution died; parks its session when the letter says so */
    LQ_STORAGE_LETTER_DONE,    /* a redriven letter was decided by `frame` */
    LQ_STORAGE_LETTER_OPEN,    /* a redrive came to nothing */
    LQ_STORAGE_PUT_LIVE,       /* a session with a rate; its creator hears of it then */
    LQ_STORAGE_FORGET_LIVE,
    LQ_STORAGE_CHANGE_SESSION, /* by an operator; who asked hears of it then */
    LQ_STORAGE_SETTLE_RATE,    /* a frame has the rate that was to come */
    LQ_STORAGE_FORGET_PARKED,
    LQ_STORAGE_FORGET_DELETED, /* a session; who deleted it hears of it then */
    LQ_STORAGE_PUT_QUOTA,      /* a change of a tenant's quotas; who asked hears of it then */
    LQ_STORAGE_PUT_DURABILITY, /* likewise of its durability */
    LQ_STORAGE_QUOTA_EXCEEDED,
    LQ_STORAGE_DELETION, /* of a session, which an operator asked for: who, and why */
    LQ_STORAGE_RESUMED,  /* parked sessions were resumed: so many, `frame` */
    LQ_STORAGE_ADMIN,    /* a request about letters */
    LQ_STORAGE_FEED      /* a request about the outbox of the store */
};

struct lq_storage_job {
    enum lq_storage_job_kind kind;
    uint32_t execution; /* PUT_LETTER: comes back */
    uint64_t letter_id, frame;
    struct lq_session_rate rate;     /* PUT_LIVE, SETTLE_RATE */
    bool attended;                   /* PUT_LIVE */
    struct lq_session_change change; /* CHANGE_SESSION */
    uint32_t peer;
    uint64_t tag;                                  /* of the request */
    struct lq_client_id client;                    /* whose request it was, */
    char operator_name[LQ_OPERATOR_BYTES_MAX + 1]; /* who asked, as the request says, */
    char reason[LQ_OPERATOR_REASON_BYTES_MAX + 1]; /* and why */
    struct lq_quota_change quota;                  /* PUT_QUOTA */
    struct lq_durability durability;               /* PUT_DURABILITY */
    uint8_t exceeded;                              /* QUOTA_EXCEEDED: enum lq_quota_kind */
    uint64_t limit, refused;                       /* QUOTA_EXCEEDED */
    char tenant[LQ_TENANT_NAME_BYTES_MAX + 1];
    char session[LQ_SESSION_NAME_BYTES_MAX + 1];
    char stage[LQ_STAGE_NAME_BYTES_MAX + 1]; /* PUT_LETTER, RESUMED: parked by */
    bool parks;
    uint8_t *bytes; /* PUT_LETTER: the encoded letter. ADMIN, FEED: the request, unframed.
                       PUT_LIVE, FORGET_DELETED: the framed reply. Owned by the job, freed
                       with it. */
    size_t byte_count;
    struct lq_storage_job *next;
};

/* A zeroed job, to be filled and posted. */
struct lq_storage_job *lq_storage_job_new(enum lq_storage_job_kind kind);

/* It and all that follow. */
void lq_storage_job_destroy(struct lq_storage_job **jobs);

/* Who asks, and why. */
void lq_storage_job_ask(struct lq_storage_job *job, const struct lq_admin_request *request);

/* Whose session it is about. */
void lq_storage_job_name(struct lq_storage_job *job, struct lq_session_names names);
static inline struct lq_session_names lq_storage_job_names(const struct lq_storage_job *job)
{
    return lq_session_names_of(job->tenant, job->session);
}

/* A copy of bytes to go with it. */
void lq_storage_job_copy(struct lq_storage_job *job, struct lq_view bytes);

#endif
