// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* instance_credentials.h - of the role of an EC2 instance, by version 2 of its metadata service.
 *
 * A token is asked for first (PUT) and sent along; version 1, which answers without one, is never
 * used: a program that can be made to fetch a URL could be made to tell what it answers.
 */
#ifndef LQ_INSTANCE_CREDENTIALS_H
#define LQ_INSTANCE_CREDENTIALS_H

#include "mirror/infrastructure/aws_environment.h"
#include "mirror/infrastructure/aws_keys.h"

/* Blocks for seconds at most, until `cancel` is readable (-1: never). LQ_ERR_NOT_FOUND: nobody
 * answers where the service would be; LQ_ERR_INVALID, LQ_ERR_UNREACHABLE, LQ_ERR_TIMEOUT,
 * LQ_ERR_LIMIT, LQ_ERR_STALE: `message` says what, without a secret. */
LQ_MUST_CHECK enum lq_result
lq_instance_credentials_fetch(const struct lq_aws_environment *environment, int cancel,
                              struct lq_aws_keys *keys, struct lq_error_message *message);

#endif
