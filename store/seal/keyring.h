// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* keyring.h - the keys of tenants, each wrapped by the master key of the installation.
 *
 * A wrapped key, version 1, little endian:
 *
 *     offset  bytes  what
 *          0      2  version, 1
 *          2      1  state: 1 live, 2 destroyed
 *          3      1  zero
 *          4      4  key generation
 *          8      8  tenant number
 *         16     24  nonce            (not in a destroyed one)
 *         40     48  sealed key, tag  (not in a destroyed one)
 *
 * Bytes 0 to 15 are the seal's associated data. Destroying a key keeps its first 16 bytes: the
 * records under it stay in the chain and can never be opened again.
 *
 * Opened keys are kept in a bounded table in locked memory; a tenant that falls out of it is
 * unwrapped again by its next use. Threads: a keyring belongs to one thread.
 */
#ifndef LQ_KEYRING_H
#define LQ_KEYRING_H

#include "base/error_message.h"
#include "base/result.h"
#include "base/view.h"
#include "store/core/hash_chain.h"
#include "store/seal/broker_seal.h"
#include "store/seal/entry_proof.h"

#define LQ_WRAPPED_KEY_VERSION 1u

enum { LQ_WRAPPED_KEY_BYTES = 88, LQ_WRAPPED_KEY_HEADER_BYTES = 16 };

typedef struct lq_keyring lq_keyring_t;

/* Make the master key file; see lq_key_file_create(). Nothing else ever makes it. */
LQ_MUST_CHECK enum lq_result lq_keyring_create_master(const char *file,
                                                      struct lq_error_message *message);

/* Read the master key. Results and `message`: lq_key_file_read(). Destroyer:
 * lq_keyring_close(), which zeroes every key. */
LQ_MUST_CHECK enum lq_result lq_keyring_open(const char *file, lq_keyring_t **keyring,
                                             struct lq_error_message *message);
void lq_keyring_close(lq_keyring_t **keyring);

/* A digest by which a partition knows its master key again, and which tells nothing about it. */
void lq_keyring_master_digest(const lq_keyring_t *keyring, uint8_t digest[LQ_HASH_BYTES]);

/* T of an entry (entry_proof.h) under the tag key of this master key. */
void lq_keyring_tag(const lq_keyring_t *keyring, const struct lq_entry_place *place,
                    struct lq_view value, uint8_t tag[LQ_HASH_BYTES]);

/* lq_broker_seal_write() and lq_broker_seal_open() under the keys of this master key. */
void lq_keyring_seal_broker(const lq_keyring_t *keyring, struct lq_view entry, uint8_t *to);
LQ_MUST_CHECK enum lq_result lq_keyring_open_broker(const lq_keyring_t *keyring,
                                                    struct lq_view sealed, uint8_t *entry);

/* Make a random key for (tenant, generation) and wrap it. It is not in the table yet: the caller
 * adds it when it is stored. */
void lq_keyring_make_key(const lq_keyring_t *keyring, uint64_t tenant_number, uint32_t generation,
                         uint8_t wrapped[LQ_WRAPPED_KEY_BYTES]);

/* The same with a key and nonce that are told, for the golden files. */
void lq_keyring_wrap_with(const lq_keyring_t *keyring, uint64_t tenant_number, uint32_t generation,
                          const uint8_t key[32], const uint8_t nonce[24],
                          uint8_t wrapped[LQ_WRAPPED_KEY_BYTES]);

/* What is left of a destroyed key. */
void lq_keyring_write_destroyed(uint64_t tenant_number, uint32_t generation,
                                uint8_t wrapped[LQ_WRAPPED_KEY_HEADER_BYTES]);

/* Whether a stored key is what is left of a destroyed one. */
bool lq_keyring_is_destroyed(struct lq_view wrapped);

/* Whether a stored key says in clear that it is this one. Needs no master key. */
bool lq_keyring_belongs_to(struct lq_view wrapped, uint64_t tenant_number, uint32_t generation);

/* Unwrap a stored key into the table and return it; it stays valid until the next add or forget.
 * LQ_ERR_KEY: destroyed, or wrapped by another master key. LQ_ERR_VERSION. LQ_ERR_CORRUPT: not the
 * key of this tenant and generation, or a wrong length. */
LQ_MUST_CHECK enum lq_result lq_keyring_add(lq_keyring_t *keyring, struct lq_view wrapped,
                                            uint64_t tenant_number, uint32_t generation,
                                            const uint8_t **key);

/* A key of the table; NULL: not there. Valid until the next add or forget. */
const uint8_t *lq_keyring_find(const lq_keyring_t *keyring, uint64_t tenant_number,
                               uint32_t generation);

/* Empty the table: after a transaction that made keys was aborted, their numbers are given again.
 */
void lq_keyring_forget(lq_keyring_t *keyring);

#endif
