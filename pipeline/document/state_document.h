// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* state_document.h - one state of a pipeline's document: a Task that a stage serves.
 *
 * In all functions LQ_ERR_INVALID: the reader's message says what is wrong, and where.
 */
#ifndef LQ_STATE_DOCUMENT_H
#define LQ_STATE_DOCUMENT_H

#include "pipeline/document/document_reader.h"

/* All of a state but where it leads; the policy may change its times and its version. */
LQ_MUST_CHECK enum lq_result lq_state_document_read(struct lq_document_reader *reader,
                                                    const char *name, const json_t *object,
                                                    struct lq_plan_state *state);

/* The name of the state that follows, borrowed from `object`. NULL: this one is the end. */
LQ_MUST_CHECK enum lq_result lq_state_document_read_next(struct lq_document_reader *reader,
                                                         const json_t *object, const char **next);

#endif
