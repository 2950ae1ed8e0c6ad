// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* policy_document.h - what the policy file says otherwise than the pipeline's document. */
#ifndef LQ_POLICY_DOCUMENT_H
#define LQ_POLICY_DOCUMENT_H

#include "pipeline/document/document_reader.h"

/* Change `plan` by the policy's document. LQ_ERR_INVALID: the reader's message. */
LQ_MUST_CHECK enum lq_result lq_policy_document_read(struct lq_document_reader *reader,
                                                     const json_t *root, struct lq_plan *plan);

#endif
