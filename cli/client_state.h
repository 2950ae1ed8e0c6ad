// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* client_state.h - a client that lives longer than one lqctl: its 128-bit id and, for each session,
 * the next number it may use; and the history of the broker (client/client.h); in
 *
 *     $XDG_STATE_HOME/ledgerquest/CLUSTER-XXXXXXXX/NAME.json
 *
 * (XXXXXXXX is a hash of the cluster's data folder, so two clusters of one name do not share
 * numbers). A number is on disk as used before it is sent: after any crash it is never given to
 * another command. One process at a time holds a client, by a lock on NAME.lock.
 */
#ifndef LQ_CLIENT_STATE_H
#define LQ_CLIENT_STATE_H

#include "base/error_message.h"
#include "config/config_file.h"
#include "world/identity.h"

#include <jansson.h>

#define LQ_CLIENT_STATE_PATH_BYTES 1024
enum { LQ_CLIENT_STATE_HISTORY_BYTES = 16 };

struct lq_client_state {
    char path[LQ_CLIENT_STATE_PATH_BYTES];
    int lock_fd; /* -1: closed */
    struct lq_client_id id;
    uint8_t history[LQ_CLIENT_STATE_HISTORY_BYTES]; /* of the broker that it was used with last */
    bool has_history;
    json_t *next; /* "TENANT/SESSION": number */
};

/* Read or begin a client; waits up to wait_ms for another process that holds it (LQ_ERR_BUSY).
 * LQ_ERR_MALFORMED: the file is damaged; LQ_ERR_IO. `message` says more. Blocks.
 * Closed by lq_client_state_close(), also after an error. */
LQ_MUST_CHECK enum lq_result lq_client_state_open(const struct lq_cluster_config *cluster,
                                                  const char *name, uint32_t wait_ms,
                                                  struct lq_client_state *state,
                                                  struct lq_error_message *message);
void lq_client_state_close(struct lq_client_state *state);

uint64_t lq_client_state_next(const struct lq_client_state *state, struct lq_session_names names);
void lq_client_state_set(struct lq_client_state *state, struct lq_session_names names,
                         uint64_t next);

/* The id that the client has now, and the broker's history, LQ_CLIENT_STATE_HISTORY_BYTES (NULL:
 * none was heard). Of another id no number is known. True: something of it is new. */
bool lq_client_state_renew(struct lq_client_state *state, const struct lq_client_id *id,
                           const uint8_t *history);

/* A temporary file, fsync, rename, fsync of the folder. LQ_ERR_IO. Blocks. */
LQ_MUST_CHECK enum lq_result lq_client_state_save(const struct lq_client_state *state,
                                                  struct lq_error_message *message);

#endif
