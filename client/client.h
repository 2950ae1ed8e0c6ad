// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* client.h - one client of a link: commands with receipts.
 *
 * A client is one incarnation of a player: an id and, for each session it writes to, sequence
 * numbers from 1. The link keeps every command until its receipt and sends all unreceipted ones
 * again, in order, when the broker is a new one or has been silent for 500 ms. An answer is handed
 * out when it decides the command: a full or paused broker's "unused" does so for a command that
 * was sent once; one that was sent before is said again until load has looked for it. At most
 * LQ_CLIENT_WINDOW commands of a session are outstanding.
 *
 * Numbers are the library's (lq_client_submit()) or the caller's (`own_numbers`,
 * lq_client_submit_numbered()): a gateway whose players make them, and come back through another
 * gateway, says of each command whether it was sent before.
 *
 * A broker of another history than before is one whose store was restored from a copy: frames that
 * receipts told of may be gone. The client then says what it has sent and has no answer to again
 * under its id, and goes on under a new one, with numbers from 1; also what waits and was not sent
 * yet gets a new number, which its receipt tells. With `own_numbers` it goes on as it was:
 * lq_link_history() shows the caller that its players should come anew.
 *
 * When a quota of the tenant is used up, what goes to it waits, as long as the broker says:
 * commands stay outstanding, keep their numbers and are sent again, in order; there is a receipt
 * later. lq_client_quota() shows it. Who would rather be told sets `hears_quota`, or calls
 * lq_client_hear_quota() when there is no more patience. Other tenants do not wait.
 */
#ifndef LQ_CLIENT_H
#define LQ_CLIENT_H

#include "client/link.h"
#include "world/command.h"

typedef struct lq_client lq_client_t;

/* The answer to one command; it and what it points to live for the call. */
struct lq_client_receipt {
    const char *session;
    uint64_t sequence;
    enum lq_outcome outcome;
    uint64_t frame;
    const uint8_t *hash; /* 32 bytes */
    uint64_t letter_id;
    struct lq_view reason;
    bool number_is_free; /* UNUSED, and no copy can be on its way: the number may be taken again */
    void *context;       /* of the submit */
    uint64_t latency_ns; /* from submit to receipt */
};
typedef void (*lq_client_receipt_fn)(void *client_context, const struct lq_client_receipt *receipt);

#define LQ_CLIENT_SESSIONS_MAX 1000000u

/* All of it is borrowed for the call of lq_client_new(), but for `context`. */
struct lq_client_options {
    const char *tenant;              /* whose sessions commands go to */
    const struct lq_client_id *id;   /* NULL: a new player */
    const uint8_t *history;          /* of the broker that `id` was used with last, as
                                      * lq_link_history() told it; NULL: not known */
    lq_client_receipt_fn on_receipt; /* may be NULL */
    void *context;                   /* of on_receipt */
    uint32_t sessions_max;           /* that it writes to; memory for them is taken at once */
    uint32_t outstanding_max;        /* commands; 0: as many as its sessions' windows hold */
    bool own_numbers;                /* they are the caller's */
    bool hears_quota;                /* TENANT_QUOTA is a receipt "unused", no reason to wait */
};

/* Nothing is said to the broker before the first command, and nothing kept there for it: an idle
 * client is a few hundred bytes here. Ended by lq_client_destroy(), which takes it and may be
 * called twice; what it has outstanding gets no receipt then, and may be executed or not.
 * LQ_ERR_INVALID, LQ_ERR_LIMIT: `message` says why; LQ_ERR_FULL: clients_max of the link. */
LQ_MUST_CHECK enum lq_result lq_client_new(lq_link_t *link, const struct lq_client_options *options,
                                           lq_client_t **client, struct lq_error_message *message);
void lq_client_destroy(lq_client_t **client);

/* Lives as long as the client. What it points to changes when the client takes a new id. */
const struct lq_client_id *lq_client_identity(const lq_client_t *client);

/* A handle for a session of the tenant; numbering starts at `next_sequence` (1 for a new client; it
 * is 1 also when the client has taken a new id). Of a session named before, it is the same handle
 * and the numbering goes on. LQ_ERR_INVALID: no name of a session, or a number of 0. LQ_ERR_FULL:
 * sessions_max reached. */
LQ_MUST_CHECK enum lq_result lq_client_session(lq_client_t *client, const char *session,
                                               uint64_t next_sequence, uint32_t *handle);

/* The number that the session's next command gets: what a client that lives on must remember. Not
 * with `own_numbers`. */
uint64_t lq_client_next_sequence(const lq_client_t *client, uint32_t handle);

/* Queue a command for the next turn; `command` is copied, its client and sequence are set here.
 * `context` comes back with the receipt. Checked first: LQ_ERR_INVALID with `reason`
 * (LQ_REASON_BYTES_MAX). LQ_ERR_FULL: too many outstanding, of the session, of the client or in
 * all. While there are other clients on the link, one has at most as many as are still free for
 * all. */
LQ_MUST_CHECK enum lq_result lq_client_submit(lq_client_t *client, uint32_t handle,
                                              const struct lq_command *command, void *context,
                                              uint64_t *sequence, char *reason);

/* A number that the caller has chosen. */
struct lq_client_number {
    uint64_t sequence;
    bool sent_before; /* perhaps by another process: a copy may be executed already, or still be */
};

/* As lq_client_submit(), with `own_numbers`. Which numbers a session takes the broker and load
 * judge. A command that was sent before is never ended by an answer that did not look for it
 * (MAILBOX_FULL, BROKER_FULL, BROKER_PAUSED, CLIENT_QUOTA, TENANT_QUOTA, MIRROR_BEHIND, UNDECIDED):
 * it is said again until one did, also with `hears_quota`. LQ_ERR_EXISTS: a command of this number
 * is outstanding; its receipt comes with the context of the first. */
LQ_MUST_CHECK enum lq_result lq_client_submit_numbered(lq_client_t *client, uint32_t handle,
                                                       const struct lq_command *command,
                                                       const struct lq_client_number *number,
                                                       void *context, char *reason);

uint32_t lq_client_outstanding(const lq_client_t *client); /* commands without a receipt */

/* What quotas make of the client's tenant on this link. */
struct lq_client_quota {
    uint64_t refusals;  /* answers TENANT_QUOTA to commands so far */
    uint64_t waits;     /* how often a wait for that has begun */
    uint64_t until_ns;  /* what goes to it waits until then, by CLOCK_MONOTONIC; 0: it does not */
    const char *reason; /* of the last one, "TENANT_QUOTA: commands/s"; "" before the first */
};
void lq_client_quota(const lq_client_t *client, struct lq_client_quota *quota);

/* Wait for quotas no longer, from now on as with `hears_quota`: of what waits, each command of
 * which no copy can be executed gets its receipt now, "unused" with the reason, and its number is
 * free again. Not from within a turn. Returns the number of receipts. */
uint32_t lq_client_hear_quota(lq_client_t *client);

#endif
