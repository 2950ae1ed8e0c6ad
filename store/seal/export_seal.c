// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "store/seal/export_seal.h"

#include "base/little_endian.h"
#include "store/core/hash_chain.h"
#include "store/seal/digest.h"

#include <string.h>

enum { VERSION_AT = 8, RESERVED_AT = 12, FIRST_AT = 16, LAST_AT = 24, HASH_AT = 32, BOX_AT = 64 };
_Static_assert(BOX_AT + LQ_SEALED_BOX_EXTRA_BYTES == (int)LQ_EXPORT_HEADER_BYTES,
               "the header ends with its box");

static const uint8_t magic[VERSION_AT] = {'L', 'Q', 'E', 'X', 'P', 'O', 'R', 'T'};

void lq_export_seal_write_header(const uint8_t key[LQ_SEAL_KEY_BYTES],
                                 const struct lq_export_header *header,
                                 uint8_t to[LQ_EXPORT_HEADER_BYTES])
{
    LQ_ASSERT(header->first <= header->last);
    memcpy(to, magic, sizeof magic);
    lq_put_u32(to + VERSION_AT, LQ_EXPORT_VERSION);
    lq_put_u32(to + RESERVED_AT, 0);
    lq_put_u64(to + FIRST_AT, header->first);
    lq_put_u64(to + LAST_AT, header->last);
    memcpy(to + HASH_AT, header->hash, LQ_HASH_BYTES);
    lq_sealed_box_write(key, lq_view_of(to, BOX_AT), lq_view_of(to, 0), to + BOX_AT);
}

enum lq_result lq_export_seal_read_header(const uint8_t key[LQ_SEAL_KEY_BYTES],
                                          const uint8_t from[LQ_EXPORT_HEADER_BYTES],
                                          struct lq_export_header *header)
{
    uint8_t nothing = 0;

    if (memcmp(from, magic, sizeof magic) != 0) {
        return LQ_ERR_MALFORMED;
    }
    if (lq_get_u32(from + VERSION_AT) != LQ_EXPORT_VERSION) {
        return LQ_ERR_VERSION;
    }
    if (lq_sealed_box_open(key, lq_view_of(from, BOX_AT),
                           lq_view_of(from + BOX_AT, LQ_SEALED_BOX_EXTRA_BYTES),
                           &nothing) != LQ_OK) {
        return LQ_ERR_KEY;
    }
    header->first = lq_get_u64(from + FIRST_AT);
    header->last = lq_get_u64(from + LAST_AT);
    memcpy(header->hash, from + HASH_AT, LQ_HASH_BYTES);
    return lq_get_u32(from + RESERVED_AT) == 0 && header->first <= header->last ? LQ_OK
                                                                                : LQ_ERR_CORRUPT;
}

void lq_export_seal_write_record(const uint8_t key[LQ_SEAL_KEY_BYTES],
                                 const uint8_t clear[LQ_EXPORT_CLEAR_BYTES], struct lq_view plain,
                                 uint8_t *to)
{
    memmove(to, clear, LQ_EXPORT_CLEAR_BYTES);
    lq_sealed_box_write(key, lq_view_of(to, LQ_EXPORT_CLEAR_BYTES), plain,
                        to + LQ_EXPORT_CLEAR_BYTES);
}

/* The seal, and D of what it holds. */
static enum lq_result open_box(const uint8_t key[LQ_SEAL_KEY_BYTES], struct lq_view record,
                               uint8_t *plain, const char **what)
{
    struct lq_view clear = lq_view_of(record.data, LQ_EXPORT_CLEAR_BYTES);
    struct lq_view box =
        lq_view_of(record.data + LQ_EXPORT_CLEAR_BYTES, record.bytes - LQ_EXPORT_CLEAR_BYTES);
    uint8_t digest[LQ_HASH_BYTES];

    if (lq_sealed_box_open(key, clear, box, plain) != LQ_OK) {
        *what = "seal";
        return LQ_ERR_CORRUPT;
    }
    lq_digest_keyed(
        digest, plain,
        lq_view_of(plain + LQ_RECORD_SALT_BYTES, record.bytes - LQ_EXPORT_RECORD_EXTRA_BYTES));
    *what = "digest of the content";
    return memcmp(digest, record.data + LQ_EXPORT_DIGEST_AT, LQ_HASH_BYTES) == 0 ? LQ_OK
                                                                                 : LQ_ERR_CORRUPT;
}

static bool follows(struct lq_view record, const uint8_t before[LQ_HASH_BYTES])
{
    uint8_t hash[LQ_HASH_BYTES];

    lq_hash_chain_next(lq_digest, before, record.data, record.data + LQ_EXPORT_DIGEST_AT, hash);
    return memcmp(hash, record.data + LQ_EXPORT_HASH_AT, LQ_HASH_BYTES) == 0;
}

enum lq_result lq_export_seal_open_record(const uint8_t key[LQ_SEAL_KEY_BYTES],
                                          struct lq_view record, uint64_t frame,
                                          const uint8_t *previous_hash, uint8_t *plain,
                                          const char **what)
{
    static const uint8_t before_all[LQ_HASH_BYTES] = {0};
    struct lq_record_header header;

    *what = "header";
    if (record.bytes < LQ_EXPORT_RECORD_EXTRA_BYTES) {
        return LQ_ERR_CORRUPT;
    }
    enum lq_result result = lq_record_decode_clear(record.data, &header);
    if (result == LQ_OK && record.bytes - LQ_EXPORT_RECORD_EXTRA_BYTES != header.content_bytes) {
        result = LQ_ERR_CORRUPT;
    }
    if (result != LQ_OK) {
        return result;
    }
    if (header.frame != frame) {
        *what = "number of the frame";
        return LQ_ERR_CORRUPT;
    }
    result = open_box(key, record, plain, what);
    if (result != LQ_OK) {
        return result;
    }
    const uint8_t *before = frame == 0 ? before_all : previous_hash;
    if (before != NULL && !follows(record, before)) {
        *what = "chain";
        return LQ_ERR_CORRUPT;
    }
    return LQ_OK;
}
