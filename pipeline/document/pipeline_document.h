// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* pipeline_document.h - a pipeline from its Amazon States Language document and its policy file.
 *
 * The document stays valid for other tools: milliseconds, stage versions and the tick's timeout
 * stand in the policy file beside it. What this engine cannot run is refused by state name and
 * line.
 */
#ifndef LQ_PIPELINE_DOCUMENT_H
#define LQ_PIPELINE_DOCUMENT_H

#include "base/error_message.h"
#include "pipeline/plan.h"

#define LQ_PIPELINE_DOCUMENT_BYTES_MAX (1024u * 1024u)

/* Parse texts; the names are for messages. `hash` of the plan is left zero: the caller sets it
 * from the document's bytes. LQ_ERR_INVALID: `message` is "FILE:LINE: state X: what".
 */
LQ_MUST_CHECK enum lq_result
lq_pipeline_document_parse(struct lq_view document, const char *document_name,
                           struct lq_view policy, const char *policy_name, struct lq_plan *plan,
                           struct lq_error_message *message);

/* Read both files, parse, hash. LQ_ERR_NOT_FOUND, LQ_ERR_IO, LQ_ERR_LIMIT, LQ_ERR_INVALID. */
LQ_MUST_CHECK enum lq_result lq_pipeline_document_load(const char *document_path,
                                                       const char *policy_path,
                                                       struct lq_plan *plan,
                                                       struct lq_error_message *message);

#endif
