// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* client.h - the library that talks to a broker: commands with receipts, administration, frames.
 *
 * A client is one incarnation: 128 random bits and, for each session it writes to, sequence numbers
 * from 1. It keeps every command until its receipt and sends all unreceipted ones again, in order,
 * when the broker is a new one or has been silent for 500 ms. An answer is handed out when it
 * decides the command: a full or paused broker's "unused" does so for a command that was sent once;
 * one that was sent before is said again until load has looked for it. At most LQ_CLIENT_WINDOW
 * commands of a session are outstanding. One thread; nothing blocks but what says so.
 */
#ifndef LQ_CLIENT_H
#define LQ_CLIENT_H

#include "base/error_message.h"
#include "config/config_file.h"
#include "proto/admin_codec.h"
#include "proto/client_codec.h"
#include "world/command.h"

typedef struct lq_client lq_client_t;

/* The answer to one command; views live for the call. */
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

struct lq_client_options {
    const struct lq_cluster_config *cluster;
    const char *tenant; /* commands go to sessions of this tenant; may be "" for administration */
    const struct lq_client_id *id;   /* NULL: random */
    lq_client_receipt_fn on_receipt; /* may be NULL without submits */
    void *context;
    uint32_t sessions_max;    /* sessions this client writes to; 0 for administration only */
    uint32_t outstanding_max; /* commands, in all */
};

/* Connects in the background. Destroyer: lq_client_destroy(). */
LQ_MUST_CHECK enum lq_result lq_client_new(const struct lq_client_options *options,
                                           lq_client_t **client, struct lq_error_message *message);
void lq_client_destroy(lq_client_t **client);

const struct lq_client_id *lq_client_identity(const lq_client_t *client);

/* A handle for a session of the tenant; numbering starts at `next_sequence` (1 for a new client).
 * LQ_ERR_FULL: sessions_max reached. */
LQ_MUST_CHECK enum lq_result lq_client_session(lq_client_t *client, const char *session,
                                               uint64_t next_sequence, uint32_t *handle);

/* The number that the session's next command gets: what a client that lives on must remember. */
uint64_t lq_client_next_sequence(const lq_client_t *client, uint32_t handle);

/* Queue a command; its client and sequence are set here. Checked first: LQ_ERR_INVALID with
 * `reason` (LQ_REASON_BYTES_MAX). LQ_ERR_FULL: too many outstanding, of the session or in all. Sent
 * by the next lq_client_turn(). */
LQ_MUST_CHECK enum lq_result lq_client_submit(lq_client_t *client, uint32_t handle,
                                              const struct lq_command *command, void *context,
                                              uint64_t *sequence, char *reason);

/* Send what is queued (many commands a message), receive what is there, repeat what needs it. Waits
 * up to timeout_ms for something to receive (an interrupted wait ends early); calls on_receipt,
 * which may submit but not turn. Returns the number of receipts. */
uint32_t lq_client_turn(lq_client_t *client, uint32_t timeout_ms);

uint32_t lq_client_outstanding(const lq_client_t *client);
uint64_t lq_client_resends(const lq_client_t *client);      /* commands sent again so far */
uint64_t lq_client_broker_epoch(const lq_client_t *client); /* 0: none seen yet */

/* Requests sent again so far. What a repeated request did may be another copy's doing: its answer
 * counts what was left for the last one. */
uint64_t lq_client_request_repeats(const lq_client_t *client);

/* One administrative request and its answer; repeated while the broker is silent, until timeout_ms.
 * `reply` lives in `arena`. Blocks. LQ_ERR_UNREACHABLE: no broker answered at all; LQ_ERR_TIMEOUT:
 * one was seen, but no answer came. */
LQ_MUST_CHECK enum lq_result lq_client_admin(lq_client_t *client, struct lq_admin_request *request,
                                             uint32_t timeout_ms, struct lq_arena *arena,
                                             struct lq_admin_reply *reply);

/* The same without waiting: lq_client_turn() sends it, repeats it and calls `on_reply`, once.
 * `request` and what it points to are borrowed until then; `reply` lives for the call. A request is
 * never given up. LQ_ERR_FULL: LQ_CLIENT_REQUESTS_MAX are waiting already. */
#define LQ_CLIENT_REQUESTS_MAX 64u
typedef void (*lq_client_reply_fn)(void *context, const struct lq_admin_reply *reply);
LQ_MUST_CHECK enum lq_result lq_client_request(lq_client_t *client,
                                               struct lq_admin_request *request,
                                               lq_client_reply_fn on_reply, void *context);
/* Take a request back: its answer is not handed out, its memory no longer borrowed. Nothing if it
 * has been answered. What the broker makes of it stays open. */
void lq_client_forget(lq_client_t *client, const struct lq_admin_request *request);
uint32_t lq_client_requests_waiting(const lq_client_t *client);

/* ---- frames as they commit: lossy, gaps in the frame numbers show it ---- */

typedef struct lq_watch lq_watch_t;

LQ_MUST_CHECK enum lq_result lq_watch_new(const struct lq_cluster_config *cluster,
                                          const char *tenant, const char *session, bool with_world,
                                          lq_watch_t **watch, struct lq_error_message *message);
void lq_watch_destroy(lq_watch_t **watch);

/* The next frame within timeout_ms; `world` is the encoded World or empty, valid until the next
 * call. LQ_ERR_TIMEOUT: none, or a signal ended the wait. LQ_ERR_FULL, LQ_ERR_INVALID: the broker
 * refused, for the reason in lq_watch_why(); calling again asks again. Blocks. */
LQ_MUST_CHECK enum lq_result lq_watch_next(lq_watch_t *watch, uint32_t timeout_ms,
                                           struct lq_frame_notice *notice, struct lq_view *world);

/* Whether a broker has answered yet, and why it refused ("" if it did not). */
bool lq_watch_answered(const lq_watch_t *watch);
const char *lq_watch_why(const lq_watch_t *watch);

#endif
