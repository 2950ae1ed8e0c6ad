// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "store/seal/keyring.h"

#include "base/little_endian.h"
#include "store/seal/digest.h"
#include "store/seal/key_file.h"

#include <assert.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

enum { TABLE_KEYS = 1024, STATE_LIVE = 1, STATE_DESTROYED = 2 };
static_assert(LQ_WRAPPED_KEY_BYTES ==
                  LQ_WRAPPED_KEY_HEADER_BYTES + LQ_SEALED_BOX_EXTRA_BYTES + LQ_SEAL_KEY_BYTES,
              "a wrapped key is a header and a sealed box");

struct opened_key {
    uint64_t tenant_number; /* 0: empty */
    uint32_t generation;
    uint8_t key[LQ_SEAL_KEY_BYTES];
};

/* All of it lies in sodium_malloc() memory: locked if the limits allow, zeroed when freed. */
struct lq_keyring {
    uint8_t master[LQ_SEAL_KEY_BYTES];
    uint8_t tag[LQ_TAG_KEY_BYTES]; /* derived from it */
    struct lq_broker_seal broker;  /* likewise */
    struct opened_key table[TABLE_KEYS];
};

/* Tenant numbers count up, so the low bits spread them without a hash. */
static size_t table_index(uint64_t tenant_number, uint32_t generation)
{
    return (size_t)((tenant_number + generation * UINT64_C(509)) % TABLE_KEYS);
}

static void write_header(uint64_t tenant_number, uint32_t generation, uint8_t state, uint8_t *to)
{
    lq_put_u16(to, LQ_WRAPPED_KEY_VERSION);
    to[2] = state;
    to[3] = 0;
    lq_put_u32(to + 4, generation);
    lq_put_u64(to + 8, tenant_number);
}

enum lq_result lq_keyring_create_master(const char *file, struct lq_error_message *message)
{
    return lq_key_file_create(file, message);
}

enum lq_result lq_keyring_open(const char *file, lq_keyring_t **keyring,
                               struct lq_error_message *message)
{
    if (sodium_init() < 0) {
        lq_error_message_set(message, "no source of randomness");
        return LQ_ERR_IO;
    }
    lq_keyring_t *opened = sodium_malloc(sizeof *opened);
    if (opened == NULL) {
        lq_error_message_set(message, "no memory for keys");
        return LQ_ERR_IO;
    }
    memset(opened, 0, sizeof *opened);
    enum lq_result result = lq_key_file_read(file, opened->master, message);
    if (result != LQ_OK) {
        sodium_free(opened);
        return result;
    }
    lq_entry_proof_derive(opened->master, opened->tag);
    lq_broker_seal_derive(opened->master, &opened->broker);
    *keyring = opened;
    return LQ_OK;
}

void lq_keyring_close(lq_keyring_t **keyring)
{
    sodium_free(*keyring);
    *keyring = NULL;
}

void lq_keyring_master_digest(const lq_keyring_t *keyring, uint8_t digest[LQ_HASH_BYTES])
{
    lq_digest_keyed(digest, keyring->master, lq_view_text("ledgerquest master key"));
}

void lq_keyring_tag(const lq_keyring_t *keyring, const struct lq_entry_place *place,
                    struct lq_view value, uint8_t tag[LQ_HASH_BYTES])
{
    lq_entry_proof_tag(keyring->tag, place, value, tag);
}

void lq_keyring_seal_broker(const lq_keyring_t *keyring, struct lq_view entry, uint8_t *to)
{
    lq_broker_seal_write(&keyring->broker, entry, to);
}

enum lq_result lq_keyring_open_broker(const lq_keyring_t *keyring, struct lq_view sealed,
                                      uint8_t *entry)
{
    return lq_broker_seal_open(&keyring->broker, sealed, entry);
}

void lq_keyring_make_key(const lq_keyring_t *keyring, uint64_t tenant_number, uint32_t generation,
                         uint8_t wrapped[LQ_WRAPPED_KEY_BYTES])
{
    uint8_t key[LQ_SEAL_KEY_BYTES];
    uint8_t nonce[LQ_SEAL_NONCE_BYTES];

    randombytes_buf(key, sizeof key);
    randombytes_buf(nonce, sizeof nonce);
    lq_keyring_wrap_with(keyring, tenant_number, generation, key, nonce, wrapped);
    sodium_memzero(key, sizeof key);
}

void lq_keyring_wrap_with(const lq_keyring_t *keyring, uint64_t tenant_number, uint32_t generation,
                          const uint8_t key[32], const uint8_t nonce[24],
                          uint8_t wrapped[LQ_WRAPPED_KEY_BYTES])
{
    LQ_ASSERT(tenant_number > 0);
    LQ_ASSERT(generation > 0);
    write_header(tenant_number, generation, STATE_LIVE, wrapped);
    lq_sealed_box_write_with(
        keyring->master, nonce, lq_view_of(wrapped, LQ_WRAPPED_KEY_HEADER_BYTES),
        lq_view_of(key, LQ_SEAL_KEY_BYTES), wrapped + LQ_WRAPPED_KEY_HEADER_BYTES);
}

void lq_keyring_write_destroyed(uint64_t tenant_number, uint32_t generation,
                                uint8_t wrapped[LQ_WRAPPED_KEY_HEADER_BYTES])
{
    write_header(tenant_number, generation, STATE_DESTROYED, wrapped);
}

bool lq_keyring_is_destroyed(struct lq_view wrapped)
{
    return wrapped.bytes == LQ_WRAPPED_KEY_HEADER_BYTES && wrapped.data[2] == STATE_DESTROYED;
}

bool lq_keyring_belongs_to(struct lq_view wrapped, uint64_t tenant_number, uint32_t generation)
{
    uint8_t header[LQ_WRAPPED_KEY_HEADER_BYTES];

    if (wrapped.bytes < sizeof header) {
        return false;
    }
    write_header(tenant_number, generation, wrapped.data[2], header);
    return memcmp(header, wrapped.data, sizeof header) == 0;
}

enum lq_result lq_keyring_add(lq_keyring_t *keyring, struct lq_view wrapped, uint64_t tenant_number,
                              uint32_t generation, const uint8_t **key)
{
    struct opened_key *entry = &keyring->table[table_index(tenant_number, generation)];

    if (wrapped.bytes < LQ_WRAPPED_KEY_HEADER_BYTES) {
        return LQ_ERR_CORRUPT;
    }
    if (lq_get_u16(wrapped.data) != LQ_WRAPPED_KEY_VERSION) {
        return LQ_ERR_VERSION;
    }
    if (!lq_keyring_belongs_to(wrapped, tenant_number, generation)) {
        return LQ_ERR_CORRUPT;
    }
    if (wrapped.data[2] == STATE_DESTROYED) {
        return LQ_ERR_KEY;
    }
    if (wrapped.data[2] != STATE_LIVE || wrapped.bytes != LQ_WRAPPED_KEY_BYTES) {
        return LQ_ERR_CORRUPT;
    }
    entry->tenant_number = 0;
    if (lq_sealed_box_open(keyring->master, lq_view_of(wrapped.data, LQ_WRAPPED_KEY_HEADER_BYTES),
                           lq_view_of(wrapped.data + LQ_WRAPPED_KEY_HEADER_BYTES,
                                      wrapped.bytes - LQ_WRAPPED_KEY_HEADER_BYTES),
                           entry->key) != LQ_OK) {
        return LQ_ERR_KEY;
    }
    entry->tenant_number = tenant_number;
    entry->generation = generation;
    *key = entry->key;
    return LQ_OK;
}

const uint8_t *lq_keyring_find(const lq_keyring_t *keyring, uint64_t tenant_number,
                               uint32_t generation)
{
    const struct opened_key *entry = &keyring->table[table_index(tenant_number, generation)];

    LQ_ASSERT(tenant_number > 0);
    if (entry->tenant_number != tenant_number || entry->generation != generation) {
        return NULL;
    }
    return entry->key;
}

void lq_keyring_forget(lq_keyring_t *keyring)
{
    sodium_memzero(keyring->table, sizeof keyring->table);
}
