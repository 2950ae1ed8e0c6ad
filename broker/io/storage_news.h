// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* storage_news.h - what came of jobs in the broker's store, once it is on disk. */
#ifndef LQ_STORAGE_NEWS_H
#define LQ_STORAGE_NEWS_H

#include "proto/durability.h"
#include "proto/quota.h"
#include "proto/session_life.h"
#include "world/identity.h"
#include "world/world_limits.h"

enum lq_storage_news_kind {
    LQ_STORAGE_NEWS_STORED = 1, /* PUT_LETTER is on disk */
    LQ_STORAGE_NEWS_LIVE,       /* PUT_LIVE is on disk */
    LQ_STORAGE_NEWS_CHANGED,    /* CHANGE_SESSION is on disk */
    LQ_STORAGE_NEWS_DELETED,    /* FORGET_DELETED is on disk */
    LQ_STORAGE_NEWS_QUOTA,      /* PUT_QUOTA is on disk */
    LQ_STORAGE_NEWS_DURABILITY, /* PUT_DURABILITY is on disk */
    LQ_STORAGE_NEWS_REDRIVE,    /* a letter is marked as redriving on disk */
    LQ_STORAGE_NEWS_GONE,       /* an open letter was purged or acknowledged */
    LQ_STORAGE_NEWS_REPLY       /* `bytes`: a framed ADMIN_REPLY for `peer` */
};

/* What the store keeps of a session (live_sessions.h). */
struct lq_live_session {
    struct lq_session_rate rate;
    bool attended;
    bool stopped; /* by an operator */
    bool changes; /* a frame is to give it that rate */
};

struct lq_storage_news {
    enum lq_storage_news_kind kind;
    uint32_t execution;
    uint32_t peer;
    uint64_t tag;                    /* CHANGED, QUOTA, DURABILITY: of the request */
    struct lq_quota quota;           /* QUOTA: the tenant's own, as they are on disk */
    struct lq_durability durability; /* DURABILITY: likewise */
    uint64_t letter_id;
    uint64_t broker_sequence; /* STORED: the newest entry of the outbox that tells of the letter */
    struct lq_live_session live; /* LIVE, CHANGED: as it is on disk */
    char tenant[LQ_TENANT_NAME_BYTES_MAX + 1];
    char session[LQ_SESSION_NAME_BYTES_MAX + 1];
    bool has_command;
    struct lq_client_id client;
    uint64_t sequence;
    uint8_t *
        bytes; /* REPLY, LIVE, DELETED: framed reply. REDRIVE: the command's body. Freed with it. */
    size_t byte_count;
    struct lq_storage_news *next;
};

/* In the order in which it happened. */
struct lq_storage_news_list {
    struct lq_storage_news *first, *last;
};

/* A zeroed one at the end of the list, to be filled. */
struct lq_storage_news *lq_storage_news_add(struct lq_storage_news_list *list,
                                            enum lq_storage_news_kind kind);

/* The rest of `from` behind `list`; `from` is empty then. */
void lq_storage_news_append(struct lq_storage_news_list *list, struct lq_storage_news_list *from);

/* The first one, the caller's; NULL: none. */
struct lq_storage_news *lq_storage_news_take(struct lq_storage_news_list *list);

/* A copy of bytes to go with it. */
void lq_storage_news_copy(struct lq_storage_news *news, struct lq_view bytes);

void lq_storage_news_destroy(struct lq_storage_news **news);

#endif
