// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* container_credentials.h - from the agent beside a container: of ECS tasks, of EKS pods. */
#ifndef LQ_CONTAINER_CREDENTIALS_H
#define LQ_CONTAINER_CREDENTIALS_H

#include "mirror/infrastructure/aws_environment.h"
#include "mirror/infrastructure/aws_keys.h"

/* Ask at 169.254.170.2 with the relative URI, else at the full one if its host is allowed
 * (aws_endpoint.h). The authorization token comes from its file, read anew each time, else from
 * AWS_CONTAINER_AUTHORIZATION_TOKEN. Blocks for seconds at most, until `cancel` is readable (-1:
 * never). LQ_ERR_PERMISSION, LQ_ERR_INVALID, LQ_ERR_IO, LQ_ERR_UNREACHABLE, LQ_ERR_TIMEOUT,
 * LQ_ERR_LIMIT, LQ_ERR_STALE: `message` says what, without a secret. */
LQ_MUST_CHECK enum lq_result
lq_container_credentials_fetch(const struct lq_aws_environment *environment, int cancel,
                               struct lq_aws_keys *keys, struct lq_error_message *message);

#endif
