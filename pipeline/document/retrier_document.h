// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* retrier_document.h - the Retry of a state. */
#ifndef LQ_RETRIER_DOCUMENT_H
#define LQ_RETRIER_DOCUMENT_H

#include "pipeline/document/document_reader.h"

/* Into `state`: its retriers in the document's order. LQ_ERR_INVALID: the reader's message. */
LQ_MUST_CHECK enum lq_result lq_retrier_document_read(struct lq_document_reader *reader,
                                                      const json_t *object,
                                                      struct lq_plan_state *state);

#endif
