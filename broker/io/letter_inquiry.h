// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* letter_inquiry.h - requests about dead letters: list, show, acknowledge, redrive, purge.
 *
 * They are answered inside the transaction that does what they ask for: the answer is news of it,
 * and goes out when it is on disk.
 */
#ifndef LQ_LETTER_INQUIRY_H
#define LQ_LETTER_INQUIRY_H

#include "broker/io/letter_desk.h"

struct lq_letter_inquiry {
    struct lq_letter_desk *desk;
    struct lq_letter_shelf *shelf;
    struct lq_arena request; /* the decoded one */
    struct lq_letter shown[LQ_ADMIN_PAGE_MAX];
    struct lq_arena page; /* what `shown` points to */
    char notice[128];
};

/* Borrows the desk. */
void lq_letter_inquiry_open(struct lq_letter_inquiry *inquiry, struct lq_letter_desk *desk);
void lq_letter_inquiry_close(struct lq_letter_inquiry *inquiry);

/* Do what an ADMIN job asks for. Anything but LQ_OK: abort the transaction. */
LQ_MUST_CHECK enum lq_result lq_letter_inquiry_answer(struct lq_letter_inquiry *inquiry,
                                                      const struct lq_storage_job *job);

#endif
