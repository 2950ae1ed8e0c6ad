// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* request_table.h - the administrative requests of a link that have no answer yet. A request keeps
 * its tag through all repeats, so the broker can tell a repeat from a second request. Not part of
 * the library's interface. */
#ifndef LQ_REQUEST_TABLE_H
#define LQ_REQUEST_TABLE_H

#include "client/administration.h"
#include "client/broker_link.h"

struct lq_request_entry {
    struct lq_admin_request *request; /* borrowed from the caller; NULL: free */
    lq_link_reply_fn on_reply;
    void *context;
    struct lq_arena *arena; /* where the reply is decoded; NULL: the link's own */
    bool sent, sent_before;
    uint32_t next_free;
    uint32_t copies;     /* sent so far */
    uint64_t sent_at_ns; /* the last of them */
};

/* A tag is an entry and, above it, a number that grows. */
struct lq_request_table {
    struct lq_request_entry *entries;
    uint32_t entry_count;
    uint32_t used_count; /* entries from here on were never used */
    uint32_t free;       /* a list by next_free, of those that were; one more than the entry */
    uint32_t count;
    uint32_t unsent_count;
    uint32_t turn; /* the entry to look at first when there is room to send */
    uint64_t last_number;
    uint64_t repeats;
};

/* Released by lq_request_table_release(). */
void lq_request_table_init(struct lq_request_table *table, uint32_t entry_count);
void lq_request_table_release(struct lq_request_table *table);

/* Sets the request's tag and client. LQ_ERR_FULL. */
LQ_MUST_CHECK enum lq_result lq_request_table_add(struct lq_request_table *table,
                                                  const struct lq_request_entry *entry,
                                                  const struct lq_client_id *client);

/* Take back a request: no answer to it will be handed out. Nothing if it is not waiting. */
void lq_request_table_remove(struct lq_request_table *table,
                             const struct lq_admin_request *request);

/* All requests are to be sent again. */
void lq_request_table_rewind(struct lq_request_table *table);

/* Those are to be sent again that have waited for their answer for `after_ns`, or for twice and
 * four times as long once there are copies: the request or its answer was lost, whatever else is
 * heard. */
void lq_request_table_repeat(struct lq_request_table *table, uint64_t now_ns, uint64_t after_ns);

/* Send what was not sent yet, encoded in `buffer`. True: all of it was sent. */
bool lq_request_table_flush(struct lq_request_table *table, struct lq_broker_link *link,
                            uint64_t now_ns, uint8_t *buffer, size_t buffer_bytes);

/* Decode an ADMIN_REPLY with its body part (empty: none) and hand it to whom it belongs; late
 * copies are dropped. */
void lq_request_table_reply(struct lq_request_table *table, struct lq_view message,
                            struct lq_view body, struct lq_arena *own);

#endif
