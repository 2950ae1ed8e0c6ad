// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* hashed_names.h - the names of a session and their hash: what every table finds it by.
 *
 * A step hashes the names of its event at its head, and each table uses that: a command's names are
 * hashed once. It is done here and not in the shell because a hash that does not fit its names
 * would be a bug that no test of the core could see. Sessions and tenants keep their hashes, so
 * what ends later hashes nothing again.
 */
#ifndef LQ_HASHED_NAMES_H
#define LQ_HASHED_NAMES_H

#include "world/identity.h"

struct lq_hashed_names {
    struct lq_session_names names;
    uint64_t hash;        /* of both names */
    uint64_t tenant_hash; /* of the first */
};

/* It lives as long as the names. */
struct lq_hashed_names lq_hashed_names_of(struct lq_session_names names);

/* 32 bits of a hash that are good for buckets and phases. The last bytes of a name move FNV's hash
 * by little; names that differ in a last digit must not get neighbouring grid phases, so it is
 * mixed once more (the finaliser of MurmurHash3). */
static inline uint32_t lq_hashed_names_mix(uint64_t hash)
{
    hash = (hash ^ (hash >> 33)) * UINT64_C(0xff51afd7ed558ccd);
    hash = (hash ^ (hash >> 33)) * UINT64_C(0xc4ceb9fe1a85ec53);
    return (uint32_t)(hash >> 32);
}

#endif
