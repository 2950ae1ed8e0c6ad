// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "broker/core/hashed_names.h"

/* FNV-1a. */
static uint64_t hash_bytes(uint64_t hash, struct lq_view bytes)
{
    for (size_t at = 0; at < bytes.bytes; at++) {
        hash = (hash ^ bytes.data[at]) * UINT64_C(0x100000001b3);
    }
    return hash;
}

struct lq_hashed_names lq_hashed_names_of(struct lq_session_names names)
{
    struct lq_hashed_names key = {.names = names};

    key.tenant_hash =
        hash_bytes(hash_bytes(UINT64_C(0xcbf29ce484222325), names.tenant), lq_view_of("", 1));
    key.hash = hash_bytes(key.tenant_hash, names.session);
    return key;
}
