// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* client_history.h - a client meets a broker of another history: the store was made anew from a
 * copy, and frames that receipts told of may be gone. What was sent and is unanswered is said again
 * under the old id: if it is in the ledger, that is found. All else goes under a new id, with
 * numbers from 1: the old one's may be too far ahead of what the ledger has. A client whose numbers
 * are its caller's stays what it is. Not part of the library's interface.
 *
 *     one id --another history--> old and new commands --no old one is left--> one id
 *                                   |                        ^
 *                                   +--another history: waits+
 */
#ifndef LQ_CLIENT_HISTORY_H
#define LQ_CLIENT_HISTORY_H

#include "base/view.h"
#include "world/identity.h"

enum { LQ_CLIENT_HISTORY_BYTES = 16 };

struct lq_client;

struct lq_client_history {
    uint8_t bytes[LQ_CLIENT_HISTORY_BYTES];
    bool is_known;
    bool has_changed;           /* since the client was made: numbers begin at 1 */
    bool is_due;                /* another one came while old commands were left */
    struct lq_client_id old_id; /* of commands that are old */
    uint32_t old_count;
};

/* A broker says its history, LQ_CLIENT_HISTORY_BYTES. */
void lq_client_history_meet(struct lq_client *client, const uint8_t *bytes);

/* An old command has its answer. */
void lq_client_history_answer(struct lq_client *client);

#endif
