// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* rules_file.h - the templates of tenants: DATA/gateway/templates/TENANT.json, read into
 * player_rules.h. A tenant without one has the usual rules. docs/gateway.md has the fields. */
#ifndef LQ_RULES_FILE_H
#define LQ_RULES_FILE_H

#include "base/error_message.h"
#include "gateway/domain/player_rules.h"

#define LQ_RULES_FILE_BYTES_MAX 65536u

/* The text of a template. LQ_ERR_INVALID: `message` names the field. */
LQ_MUST_CHECK enum lq_result lq_rules_file_parse(struct lq_view text, struct lq_player_rules *rules,
                                                 struct lq_error_message *message);

/* Of a tenant, as its file is now. LQ_ERR_INVALID, LQ_ERR_IO: `message` says why, and *rules are
 * none at all: nothing may be sent. */
LQ_MUST_CHECK enum lq_result lq_rules_file_read(const char *folder, const char *tenant,
                                                struct lq_player_rules *rules,
                                                struct lq_error_message *message);

#endif
