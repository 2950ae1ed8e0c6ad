// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* ledger_key.h - the keys of a partition's databases that are not plain sequence numbers, and the
 * small values of its directory of names.
 *
 *     names   1, tenant                        -> number u64, execution id, tag       (a tenant);
 *                                                 before the tag for how long its frames are kept,
 *                                                 u64 seconds, if it was ever told
 *             2, tenant, NUL, session          -> number u64, tenant number u64, tag  (a session)
 *     letters letter id                        -> session number u64, frame u64, tag
 *     cursors name                             -> ledger sequence u64, outbox sequence u64, tag
 *     frames  session number, frame            -> ledger sequence u64
 *     proofs  session number                   -> drop_proof.h
 *     keys    tenant number, key generation    -> wrapped key (store/seal/keyring.h)
 *
 * Numbers inside keys are big endian, so that keys lie in their order; values are little endian.
 * What lies in clear ends with a tag (store/seal/entry_proof.h): whoever stores a value fills it.
 *
 * Pure; depends on base/ and world/.
 */
#ifndef LQ_LEDGER_KEY_H
#define LQ_LEDGER_KEY_H

#include "base/result.h"
#include "world/identity.h"
#include "world/world_limits.h"

enum {
    LQ_LEDGER_KEY_NAME_BYTES_MAX = 1 + LQ_TENANT_NAME_BYTES_MAX + 1 + LQ_SESSION_NAME_BYTES_MAX,
    LQ_LEDGER_KEY_FRAME_BYTES = 16,
    LQ_LEDGER_KEY_GENERATION_BYTES = 12,
    LQ_ENTRY_TAG_BYTES = 16,
    LQ_TENANT_VALUE_BYTES = 24 + LQ_ENTRY_TAG_BYTES,
    LQ_TENANT_VALUE_BYTES_MAX = LQ_TENANT_VALUE_BYTES + 8,
    LQ_SESSION_VALUE_BYTES = 16 + LQ_ENTRY_TAG_BYTES,
    LQ_LETTER_VALUE_BYTES = 16 + LQ_ENTRY_TAG_BYTES,
    LQ_CURSOR_VALUE_BYTES = 16 + LQ_ENTRY_TAG_BYTES,
    LQ_CURSOR_NAME_BYTES_MAX = LQ_TENANT_NAME_BYTES_MAX /* names of cursors are as tenants' */
};

struct lq_tenant_value {
    uint64_t number;
    struct lq_execution_id execution; /* the one that created it */
    bool has_retention;               /* else that of the configuration */
    uint64_t retention_s;             /* retention.h */
};

struct lq_session_value {
    uint64_t number;
    uint64_t tenant_number;
};

/* The frame that decided a redriven letter. */
struct lq_letter_value {
    uint64_t session_number;
    uint64_t frame;
};

/* How far somebody has followed the feed: all records up to one, all entries of the outbox up to
 * one. */
struct lq_feed_position {
    uint64_t ledger_sequence;
    uint64_t outbox_sequence;
};

/* Write the key of a tenant, or of a session; the length. 0: a name that is empty, too long or has
 * a byte that no name has, and therefore cannot be there. */
size_t lq_ledger_key_tenant(struct lq_view tenant, uint8_t to[LQ_LEDGER_KEY_NAME_BYTES_MAX]);
size_t lq_ledger_key_session(struct lq_session_names names,
                             uint8_t to[LQ_LEDGER_KEY_NAME_BYTES_MAX]);

/* The other way, from any key of `names`; the session is empty for a tenant's. Views point into
 * `key`. LQ_ERR_CORRUPT: not such a key. */
LQ_MUST_CHECK enum lq_result lq_ledger_key_read_name(struct lq_view key,
                                                     struct lq_session_names *names);

void lq_ledger_key_frame(uint64_t session_number, uint64_t frame,
                         uint8_t to[LQ_LEDGER_KEY_FRAME_BYTES]);
void lq_ledger_key_generation(uint64_t tenant_number, uint32_t generation,
                              uint8_t to[LQ_LEDGER_KEY_GENERATION_BYTES]);

/* Of a key of `keys`. LQ_ERR_CORRUPT: a wrong length. */
LQ_MUST_CHECK enum lq_result
lq_ledger_key_read_generation(struct lq_view key, uint64_t *tenant_number, uint32_t *generation);

/* These leave the tag, the last LQ_ENTRY_TAG_BYTES, as it is. Of a tenant: the bytes with it. */
size_t lq_ledger_key_put_tenant(const struct lq_tenant_value *value,
                                uint8_t to[LQ_TENANT_VALUE_BYTES_MAX]);
LQ_MUST_CHECK enum lq_result lq_ledger_key_get_tenant(struct lq_view from,
                                                      struct lq_tenant_value *value);
void lq_ledger_key_put_session(const struct lq_session_value *value,
                               uint8_t to[LQ_SESSION_VALUE_BYTES]);
LQ_MUST_CHECK enum lq_result lq_ledger_key_get_session(struct lq_view from,
                                                       struct lq_session_value *value);

void lq_ledger_key_put_letter(const struct lq_letter_value *value,
                              uint8_t to[LQ_LETTER_VALUE_BYTES]);
LQ_MUST_CHECK enum lq_result lq_ledger_key_get_letter(struct lq_view from,
                                                      struct lq_letter_value *value);

void lq_ledger_key_put_cursor(struct lq_feed_position position, uint8_t to[LQ_CURSOR_VALUE_BYTES]);
LQ_MUST_CHECK enum lq_result lq_ledger_key_get_cursor(struct lq_view from,
                                                      struct lq_feed_position *position);

/* Of a key of `frames`. LQ_ERR_CORRUPT: a wrong length. */
LQ_MUST_CHECK enum lq_result lq_ledger_key_read_frame(struct lq_view key, uint64_t *session_number,
                                                      uint64_t *frame);

#endif
