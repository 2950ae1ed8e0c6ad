// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* alloc.h - memory that is there or the process is not.
 *
 * Out of memory aborts: the supervisor restarts the process and the ledger is the recovery path.
 * Sizes that come from the wire are checked against a limit before they get here.
 */
#ifndef LQ_ALLOC_H
#define LQ_ALLOC_H

#include <stddef.h>

/* count * bytes of zeroed memory; the caller frees it with free(). Never NULL for a non-zero size.
 */
void *lq_alloc(size_t count, size_t bytes) __attribute__((malloc, alloc_size(1, 2)));

/* Like realloc(), for count * bytes; new memory is not zeroed. */
void *lq_realloc(void *memory, size_t count, size_t bytes) __attribute__((alloc_size(2, 3)));

/* A copy of `text`, freed with free(). */
char *lq_text_copy(const char *text) __attribute__((malloc));

#endif
