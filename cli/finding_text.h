// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* finding_text.h - what became of a command, and what each source said of it, as text and as JSON.
 */
#ifndef LQ_FINDING_TEXT_H
#define LQ_FINDING_TEXT_H

#include "cli/command_finding.h"
#include "cli/invocation.h"

#include <jansson.h>

/* The command that was asked about, and the broker that was asked. */
struct lq_finding_subject {
    struct lq_session_path path;
    struct lq_command_name name;
    uint64_t epoch;
};

void lq_finding_text_print(const struct lq_finding_subject *subject,
                           const struct lq_command_evidence *evidence,
                           enum lq_command_answer answer);

json_t *lq_finding_text_json(const struct lq_finding_subject *subject,
                             const struct lq_command_evidence *evidence,
                             enum lq_command_answer answer);

#endif
