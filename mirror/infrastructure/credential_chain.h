// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* credential_chain.h - the places where credentials are looked for, in AWS's order:
 *
 *   AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in the environment
 *   the profile: keys of the credentials file, credential_process, keys of the config file
 *   the container's agent
 *   the instance's metadata service
 *
 * The first place that is configured is the one: if it fails, none below it is tried, which could
 * be somebody else's role. What only other tools can do (SSO, roles, web identity) is refused by
 * name, with the way out: a credential_process that calls such a tool.
 */
#ifndef LQ_CREDENTIAL_CHAIN_H
#define LQ_CREDENTIAL_CHAIN_H

#include "mirror/infrastructure/aws_environment.h"
#include "mirror/infrastructure/aws_keys.h"

enum lq_credential_source {
    LQ_CREDENTIALS_NONE = 1,
    LQ_CREDENTIALS_ENVIRONMENT,
    LQ_CREDENTIALS_PROFILE_KEYS,
    LQ_CREDENTIALS_PROFILE_PROCESS,
    LQ_CREDENTIALS_CONTAINER,
    LQ_CREDENTIALS_INSTANCE
};

/* "environment", ...; static. */
const char *lq_credential_chain_source_name(enum lq_credential_source source);

#define LQ_CREDENTIAL_CHAIN_PROCESS_MS 60000u

/* Fetch anew from the first place that is configured; *source says which. Blocks, a process for up
 * to process_timeout_ms, until `cancel` is readable (-1: never). Any result but LQ_OK comes with a
 * `message` that holds no secret; LQ_ERR_NOT_FOUND: none is configured. */
LQ_MUST_CHECK enum lq_result lq_credential_chain_fetch(const struct lq_aws_environment *environment,
                                                       uint32_t process_timeout_ms, int cancel,
                                                       struct lq_aws_keys *keys,
                                                       enum lq_credential_source *source,
                                                       struct lq_error_message *message);

#endif
