// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* receipt_intake.h - what a link makes of answers: receipts for its clients, a wait for a quota, or
 * nothing yet. Not part of the library's interface. */
#ifndef LQ_RECEIPT_INTAKE_H
#define LQ_RECEIPT_INTAKE_H

#include "base/view.h"
#include "client/link.h"

/* A RECEIPT, behind its framing. Within a turn. */
void lq_receipt_intake_take(struct lq_link *link, struct lq_view message, uint64_t now_ns);

#endif
