// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* ticket_store.h - tickets: each lets one connection in, once, whichever process it comes to.
 *
 * A ticket is 192 random bits. FOLDER has a file for each that is open, named by the ticket's
 * digest, so that who reads the folder's names can use none; it says who is signed in by it.
 * Redeeming is unlink(): of several processes it succeeds for one. A file's time of change is
 * when it expires, so what is over can be swept without being read.
 */
#ifndef LQ_TICKET_STORE_H
#define LQ_TICKET_STORE_H

#include "gateway/infrastructure/event_loop.h"
#include "gateway/infrastructure/token_document.h"

#define LQ_TICKET_TEXT_BYTES 33 /* with a NUL */

typedef struct lq_ticket_store lq_ticket_store_t;

/* `folder` is there; it and `audience` are borrowed until _close(). loop NULL: nothing is swept but
 * when the store is full. */
lq_ticket_store_t *lq_ticket_store_open(const char *folder, const char *audience,
                                        uint64_t tickets_max, lq_event_loop_t *loop);
void lq_ticket_store_close(lq_ticket_store_t **store);

/* Make one. LQ_ERR_FULL: about tickets_max are open (each process counts its own part at once, and
 * those of others within seconds). LQ_ERR_IO. */
LQ_MUST_CHECK enum lq_result lq_ticket_store_make(lq_ticket_store_t *store,
                                                  const struct lq_ticket_document *ticket,
                                                  char text[LQ_TICKET_TEXT_BYTES],
                                                  struct lq_error_message *message);

/* Use one up. LQ_ERR_NOT_FOUND: there is none, or none any more. LQ_ERR_TIMEOUT: it had expired.
 * LQ_ERR_MALFORMED, LQ_ERR_IO, LQ_ERR_PERMISSION: its file could not be used. */
LQ_MUST_CHECK enum lq_result lq_ticket_store_redeem(lq_ticket_store_t *store, struct lq_view text,
                                                    int64_t now_s,
                                                    struct lq_ticket_document *ticket,
                                                    struct lq_error_message *message);

#endif
