// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* session_rate.h - a session's rate as people write it: "10", or "10/3". */
#ifndef LQ_SESSION_RATE_H
#define LQ_SESSION_RATE_H

#include "base/error_message.h"
#include "proto/session_life.h"

/* `what` names it in the message of what is wrong. Which rates a session may have is not looked at.
 */
bool lq_session_rate_read(const char *text, const char *what, struct lq_session_rate *rate,
                          struct lq_error_message *message);

enum { LQ_SESSION_RATE_TEXT_BYTES = 48 };

/* "no rate", "10 ticks in 1 s". Returns `text`. */
const char *lq_session_rate_text(struct lq_session_rate rate,
                                 char text[LQ_SESSION_RATE_TEXT_BYTES]);

#endif
