// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* letter_desk.h - what happens to a dead letter, inside the transactions of the storage thread.
 *
 *   OPEN --redrive--> REDRIVING(round) --its receipt--> DONE(frame), a tombstone until purged
 *     ^                   |
 *     +---- dies again, or comes to nothing
 */
#ifndef LQ_LETTER_DESK_H
#define LQ_LETTER_DESK_H

#include "broker/io/letter_shelf.h"
#include "broker/io/storage_job.h"
#include "broker/io/storage_news.h"

struct lq_letter_desk {
    struct lq_letter_shelf *shelf;
    struct lq_storage_news_list *news;
    struct lq_arena page; /* what outlives the letter that it was read with */
};

/* Borrows both. */
void lq_letter_desk_open(struct lq_letter_desk *desk, struct lq_letter_shelf *shelf,
                         struct lq_storage_news_list *news);
void lq_letter_desk_close(struct lq_letter_desk *desk);

/* PUT_LETTER: an execution died, for the first time or in a redrive of the letter. */
LQ_MUST_CHECK enum lq_result lq_letter_desk_put(struct lq_letter_desk *desk,
                                                const struct lq_storage_job *job);

/* LETTER_DONE or LETTER_OPEN: the end of a redrive. A letter that was purged meanwhile stays so. */
LQ_MUST_CHECK enum lq_result lq_letter_desk_end_redrive(struct lq_letter_desk *desk,
                                                        const struct lq_storage_job *job);

/* Redrive, acknowledge or purge one letter, as the request's kind says. *was_in: the state that it
 * was found in, 0 if there was nothing to work on. A dry run changes nothing. */
LQ_MUST_CHECK enum lq_result lq_letter_desk_work_on(struct lq_letter_desk *desk,
                                                    const struct lq_admin_request *request,
                                                    uint64_t id, uint8_t *was_in);

#endif
