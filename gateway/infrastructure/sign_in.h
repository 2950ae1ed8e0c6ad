// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* sign_in.h - who is behind a request: the keys of tenants, tickets, and the number of a player.
 *
 *     Authorization: Bearer TOKEN   |
 *     Sec-WebSocket-Protocol: v1.json.ledgerquest, bearer.TOKEN   |  one of these, not two
 *     /v1/connect?ticket=TICKET     |
 *     Sec-WebSocket-Protocol: v1.json.ledgerquest, resume.TOKEN   |  (judged by who made it)
 *
 * A token in the URL is refused and so is a cookie: the first ends in logs, the second is sent by
 * pages of strangers. What is refused says in words for the log why; the peer hears one word for
 * all.
 */
#ifndef LQ_SIGN_IN_H
#define LQ_SIGN_IN_H

#include "base/error_message.h"
#include "base/result.h"
#include "gateway/domain/http_request.h"
#include "gateway/domain/token_claims.h"
#include "gateway/infrastructure/event_loop.h"
#include "gateway/infrastructure/gateway_options.h"
#include "gateway/infrastructure/ticket_store.h"

/* Who somebody is. */
struct lq_signed_in {
    struct lq_token_claims claims;
    char key_id[LQ_TOKEN_KEY_ID_BYTES_MAX + 1]; /* of the tenant's key that signed */
    uint8_t player[LQ_PLAYER_BYTES]; /* of (tenant, sub), the same in the whole cluster */
};

/* Counted since the start. name, what is counted */
#define LQ_SIGN_IN_COUNTS(X)                                                                       \
    X(signed_in, "credentials accepted")                                                           \
    X(missing, "no credential")                                                                    \
    X(malformed, "tokens malformed, or a credential where none may be")                            \
    X(unknown_key, "tokens of a key that the tenant does not have")                                \
    X(forged, "tokens with a wrong signature or algorithm")                                        \
    X(expired, "tokens expired or not valid yet")                                                  \
    X(ticket_unknown, "tickets unknown, used or expired")                                          \
    X(tickets_made, "tickets made")                                                                \
    X(tickets_full, "tickets refused: too many are open")
struct lq_sign_in_counts {
#define X(name, text) uint64_t name;
    LQ_SIGN_IN_COUNTS(X)
#undef X
};

typedef struct lq_sign_in lq_sign_in_t;

/* `folder` is data_dir/gateway; it and what belongs into it is made when it is not there (0700),
 * the player key too (0600; of several processes that make it at once all go on with one).
 * `audience` is the cluster's name: the `aud` of its tokens. All borrowed until _close(). */
struct lq_sign_in_setting {
    const char *folder;
    const char *audience;
    const struct lq_gateway_options *options;
    /* A key of a tenant is gone (revoked, or its file is): end what was signed in by it. Within 1 s
     * of the change, from the loop. */
    void (*on_revoked)(void *context, const char *tenant, const char *key_id);
    void *context;
};
LQ_MUST_CHECK enum lq_result lq_sign_in_open(const struct lq_sign_in_setting *setting,
                                             lq_event_loop_t *loop, lq_sign_in_t **sign_in,
                                             struct lq_error_message *message);
void lq_sign_in_close(lq_sign_in_t **sign_in);

/* Judge a request; now_s is the wall clock's. A ticket is used up by this. LQ_ERR_PERMISSION: not
 * accepted; LQ_ERR_NOT_FOUND: there is no credential, or nothing but a resume.TOKEN; `message` says
 * why, for the log. */
LQ_MUST_CHECK enum lq_result lq_sign_in_request(lq_sign_in_t *sign_in,
                                                const struct lq_http_request *request,
                                                int64_t now_s, struct lq_signed_in *who,
                                                struct lq_error_message *message);

/* Judge a token that came in a message (a connection that goes on under a newer one). */
LQ_MUST_CHECK enum lq_result lq_sign_in_token(lq_sign_in_t *sign_in, struct lq_view token,
                                              int64_t now_s, struct lq_signed_in *who,
                                              struct lq_error_message *message);

/* A ticket (ticket_store.h) for who is signed in by a token, good once, for ticket_s seconds and no
 * longer than the token. LQ_ERR_FULL; LQ_ERR_IO. */
LQ_MUST_CHECK enum lq_result lq_sign_in_ticket(lq_sign_in_t *sign_in,
                                               const struct lq_signed_in *who, int64_t now_s,
                                               char ticket[LQ_TICKET_TEXT_BYTES],
                                               struct lq_error_message *message);

/* For how many seconds such a ticket is good. */
int64_t lq_sign_in_ticket_life(const lq_sign_in_t *sign_in, const struct lq_signed_in *who,
                               int64_t now_s);

/* Whether a tenant has a key of that id now; what was signed in by it is over when it has not. */
bool lq_sign_in_key_known(const lq_sign_in_t *sign_in, const char *tenant, const char *key_id);

/* The hash of bytes by a key of this cluster's gateways alone: what carries it came from one of
 * them. `hash` has 32 bytes. The comparison takes the same time whatever differs. */
void lq_sign_in_mac(const lq_sign_in_t *sign_in, struct lq_view bytes, uint8_t *hash);
bool lq_sign_in_mac_is_right(const lq_sign_in_t *sign_in, struct lq_view bytes,
                             const uint8_t *hash);

void lq_sign_in_counts(const lq_sign_in_t *sign_in, struct lq_sign_in_counts *counts);

#endif
