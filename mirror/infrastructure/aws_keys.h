// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* aws_keys.h - what signs a request. Secret: whoever holds a copy wipes it, nobody prints it. */
#ifndef LQ_AWS_KEYS_H
#define LQ_AWS_KEYS_H

#include <stdint.h>
#include <string.h>

#define LQ_AWS_KEY_BYTES_MAX 256
#define LQ_AWS_TOKEN_BYTES_MAX 8192

#define LQ_AWS_NEVER_EXPIRES UINT64_MAX

struct lq_aws_keys {
    char access_key_id[LQ_AWS_KEY_BYTES_MAX];
    char secret_access_key[LQ_AWS_KEY_BYTES_MAX];
    char session_token[LQ_AWS_TOKEN_BYTES_MAX]; /* "": none */
    uint64_t expires_at_s;                      /* wall time, or LQ_AWS_NEVER_EXPIRES */
};

static inline void lq_aws_keys_wipe(struct lq_aws_keys *keys)
{
    explicit_bzero(keys, sizeof *keys);
}

#endif
