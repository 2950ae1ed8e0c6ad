// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* client.h - the library that talks to a broker: commands with receipts.
 *
 * A client is one incarnation: 128 random bits and, for each session it writes to, sequence numbers
 * from 1. It keeps every command until its receipt and sends all unreceipted ones again, in order,
 * when the broker is a new one or has been silent for 500 ms. An answer is handed out when it
 * decides the command: a full or paused broker's "unused" does so for a command that was sent once;
 * one that was sent before is said again until load has looked for it. At most LQ_CLIENT_WINDOW
 * commands of a session are outstanding.
 *
 * A broker of another history than before is one whose store was restored from a copy: frames that
 * receipts told of may be gone. The client then says what it has sent and has no answer to again
 * under its id, and goes on under a new one, with numbers from 1; also what waits and was not sent
 * yet gets a new number, which its receipt tells.
 *
 * When a quota of the tenant is used up the client waits by itself, as long as the broker says:
 * commands stay outstanding, keep their numbers and are sent again, in order; there is a receipt
 * later. lq_client_quota() shows it. Who would rather be told sets `hears_quota`, or calls
 * lq_client_hear_quota() when there is no more patience.
 *
 * A client never waits and calls nothing but from within a turn: it is a descriptor, a turn and the
 * time of its next timer, so that one thread serves many clients beside whatever else it polls.
 *
 *     poll() until lq_client_descriptor() is readable or lq_client_next_timer_ns() has come
 *         --> lq_client_turn(): takes what is there, calls on_receipt, sends what is due
 *
 * The descriptor tells of changes only: ask for the next timer after the last other call and before
 * poll(), since it is "now" when a turn has left something or a command waits to be sent. A program
 * with one client and nothing else to do calls lq_client_wait() in poll()'s place.
 *
 * All functions on one client belong to one thread; different clients are independent.
 */
#ifndef LQ_CLIENT_H
#define LQ_CLIENT_H

#include "base/error_message.h"
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
    void *context;       /* of lq_client_submit() */
    uint64_t latency_ns; /* from submit to receipt */
};
typedef void (*lq_client_receipt_fn)(void *client_context, const struct lq_client_receipt *receipt);

#define LQ_CLIENT_SESSIONS_MAX 1000000
#define LQ_CLIENT_OUTSTANDING_MAX 1000000

/* All of it is borrowed for the call of lq_client_new(), but for `context`. */
struct lq_client_options {
    const char *runtime_dir;         /* the cluster's, see lq_client_runtime_dir() */
    const char *tenant;              /* whose sessions commands go to; may be "" without submits */
    const struct lq_client_id *id;   /* NULL: random */
    const uint8_t *history;          /* of the broker that `id` was used with last, as
                                      * lq_client_history() told it; NULL: not known */
    lq_client_receipt_fn on_receipt; /* may be NULL without submits */
    void *context;                   /* of on_receipt */
    uint32_t sessions_max;           /* sessions this client writes to; 0 without submits */
    uint32_t outstanding_max;        /* commands, in all; memory for them is taken at once */
    bool hears_quota;                /* TENANT_QUOTA is a receipt "unused", no reason to wait */
};

#define LQ_CLIENT_RUNTIME_DIR_BYTES 256

/* The runtime folder of the cluster whose configuration is in `path`; `runtime_dir` has
 * LQ_CLIENT_RUNTIME_DIR_BYTES. LQ_ERR_NOT_FOUND: no such file; LQ_ERR_INVALID: a bad line;
 * LQ_ERR_IO, LQ_ERR_LIMIT: it cannot be read, is too long; each with `message`. */
LQ_MUST_CHECK enum lq_result lq_client_runtime_dir(const char *path, char *runtime_dir,
                                                   struct lq_error_message *message);

/* Connects in the background, also to a broker that is not there yet. Raises the soft limit of
 * descriptors if it is very low. The client is the caller's; destroyer: lq_client_destroy(), which
 * takes it and may be called twice. LQ_ERR_INVALID, LQ_ERR_LIMIT: `message` says why. */
LQ_MUST_CHECK enum lq_result lq_client_new(const struct lq_client_options *options,
                                           lq_client_t **client, struct lq_error_message *message);
void lq_client_destroy(lq_client_t **client);

/* Lives as long as the client. What it points to changes when the client takes a new id. */
const struct lq_client_id *lq_client_identity(const lq_client_t *client);

/* 16 bytes: the history of the broker, to be remembered with the id; NULL: none was heard yet. */
const uint8_t *lq_client_history(const lq_client_t *client);

/* A handle for a session of the tenant; numbering starts at `next_sequence` (1 for a new client; it
 * is 1 also when the client has taken a new id).
 * Of a session named before, it is the same handle and the numbering goes on. LQ_ERR_INVALID: no
 * name of a session, or a number of 0. LQ_ERR_FULL: sessions_max reached. */
LQ_MUST_CHECK enum lq_result lq_client_session(lq_client_t *client, const char *session,
                                               uint64_t next_sequence, uint32_t *handle);

/* The number that the session's next command gets: what a client that lives on must remember. */
uint64_t lq_client_next_sequence(const lq_client_t *client, uint32_t handle);

/* Queue a command for the next turn; `command` is copied, its client and sequence are set here.
 * `context` comes back with the receipt. Checked first: LQ_ERR_INVALID with `reason`
 * (LQ_REASON_BYTES_MAX). LQ_ERR_FULL: too many outstanding, of the session or in all. */
LQ_MUST_CHECK enum lq_result lq_client_submit(lq_client_t *client, uint32_t handle,
                                              const struct lq_command *command, void *context,
                                              uint64_t *sequence, char *reason);

/* For poll() and its like: readable (POLLIN) when there is something for a turn to do. Not to be
 * read, written or closed. It stays the same as long as the client. */
int lq_client_descriptor(const lq_client_t *client);

/* When the next turn is due though nothing was heard, in nanoseconds of CLOCK_MONOTONIC. 0: now.
 * UINT64_MAX: never; nothing is awaited. */
uint64_t lq_client_next_timer_ns(const lq_client_t *client);

/* Send what is queued (many commands a message), take what is there, repeat what needs it. Calls
 * on_receipt, which may submit to this client but not turn or destroy it. Never waits, and takes a
 * bounded number of messages: other clients have their turn. Returns the number of receipts. */
uint32_t lq_client_turn(lq_client_t *client);

/* Until a turn has something to do, at most timeout_ms; a signal ends it too. Blocks, and does
 * nothing else: a turn comes next. */
void lq_client_wait(const lq_client_t *client, uint32_t timeout_ms);

uint32_t lq_client_outstanding(const lq_client_t *client);  /* commands without a receipt */
uint64_t lq_client_resends(const lq_client_t *client);      /* commands sent again so far */
uint64_t lq_client_broker_epoch(const lq_client_t *client); /* 0: none seen yet */

/* What the client has to do with quotas of its tenant. */
struct lq_client_quota {
    uint64_t refusals;  /* answers TENANT_QUOTA to commands so far */
    uint64_t waits;     /* how often it has begun to wait for that */
    uint64_t until_ns;  /* it waits until then, by CLOCK_MONOTONIC; 0: it does not */
    const char *reason; /* of the last one, "TENANT_QUOTA: commands/s"; "" before the first */
};
void lq_client_quota(const lq_client_t *client, struct lq_client_quota *quota);

/* Wait for quotas no longer, from now on as with `hears_quota`: of what waits, each command of
 * which no copy can be executed gets its receipt now, "unused" with the reason, and its number is
 * free again. May be called at any time but from on_receipt. Returns the number of receipts. */
uint32_t lq_client_hear_quota(lq_client_t *client);

/* Why the broker does not serve this connection ("CLIENT_QUOTA: ..."): too many of this client
 * stand. "": it does, as far as is known. Lives until the next turn. */
const char *lq_client_not_served(const lq_client_t *client);

#endif
