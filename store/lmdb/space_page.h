// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* space_page.h - the file FOLDER/space, in which a partition's writer leaves how much of it was in
 * use of late.
 *
 * It outlives the writer, so that its next life and who asks while there is none know how fast the
 * partition grows. It is read on this machine alone, so numbers lie as the machine has them. Times
 * are of the monotonic clock: they are compared with now only within one boot of the machine. A
 * file that is not whole says nothing, and nothing depends on it but forecasts.
 */
#ifndef LQ_SPACE_PAGE_H
#define LQ_SPACE_PAGE_H

#include "base/result.h"
#include "store/core/hash_chain.h"
#include "store/core/space_history.h"

#define LQ_SPACE_PAGE_MAGIC "LQSPC01"

enum { LQ_SPACE_BOOT_BYTES = 40 };

struct lq_space_page {
    char magic[8];
    char boot[LQ_SPACE_BOOT_BYTES]; /* which boot of the machine it was; empty: not known */
    struct lq_space_history history;
    uint8_t digest[LQ_HASH_BYTES]; /* of all before it */
};

/* The boot that this is, as text; empty where the kernel does not say. */
void lq_space_page_boot(char boot[LQ_SPACE_BOOT_BYTES]);

/* LQ_ERR_NOT_FOUND: there is none. LQ_ERR_CORRUPT: it is not whole. LQ_ERR_IO. */
LQ_MUST_CHECK enum lq_result lq_space_page_read(const char *folder, struct lq_space_page *page);

/* Sets magic and digest, and writes it in place. Not flushed: it may be lost. */
LQ_MUST_CHECK enum lq_result lq_space_page_write(const char *folder, struct lq_space_page *page);

#endif
