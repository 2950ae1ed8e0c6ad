// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* document_lines.h - at which line of a JSON text something stands, for messages that name it.
 *
 * The text has been parsed before, so it is well formed; the parser keeps no positions.
 */
#ifndef LQ_DOCUMENT_LINES_H
#define LQ_DOCUMENT_LINES_H

#include "base/view.h"

/* One step from the top of a document to a value: the key of an object's member or, where the key
 * is NULL, the index of an array's element. */
struct lq_document_step {
    const char *key;
    size_t index;
};

/* The line (1-based) of the last step of the path that exists. */
uint32_t lq_document_lines_find(struct lq_view text, const struct lq_document_step *path,
                                size_t step_count);

#endif
