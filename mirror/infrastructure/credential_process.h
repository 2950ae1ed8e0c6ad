// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* credential_process.h - the command of a profile that prints credentials. */
#ifndef LQ_CREDENTIAL_PROCESS_H
#define LQ_CREDENTIAL_PROCESS_H

#include "base/error_message.h"
#include "base/result.h"
#include "mirror/infrastructure/aws_keys.h"

/* Run the command by /bin/sh, with this process's environment, in a process group of its own, and
 * read the document that it prints. What it says on stderr is dropped: it could be a secret. Blocks
 * for at most timeout_ms, or until the descriptor `cancel` is readable (-1: none); then the group
 * is killed. LQ_ERR_TIMEOUT, LQ_ERR_LIMIT (prints too much), LQ_ERR_IO (cannot be run, or exits
 * with another code than 0), LQ_ERR_INVALID, LQ_ERR_STALE: `message` says so, and never quotes. */
LQ_MUST_CHECK enum lq_result lq_credential_process_run(const char *command, uint32_t timeout_ms,
                                                       int cancel, struct lq_aws_keys *keys,
                                                       struct lq_error_message *message);

#endif
