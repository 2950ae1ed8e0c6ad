// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "store/lmdb/broker_layout.h"

#include "base/little_endian.h"
#include "store/seal/digest.h"

#include <endian.h>

#define VALUE_VERSION 1u
#define META_KEY "broker"
#define META_HISTORY "history"
#define META_KEY_CHECK "key"
#define FORMAT_WITHOUT_OUTBOX 3u
#define FORMAT_WITHOUT_QUOTAS 2u /* 1 was never released */

enum {
    VALUE_HEADER_BYTES = 4,
    META_BEFORE_AT = 20,
    META_COUNTS_AT = META_BEFORE_AT + LQ_HASH_BYTES,
    META_OUTBOX_BYTES = 16,
    META_BYTES_MAX = META_COUNTS_AT + 8 * LQ_BROKER_TABLE_LAST + META_OUTBOX_BYTES + LQ_HASH_BYTES
};

const struct lq_lmdb_database lq_broker_layout_databases[LQ_BROKER_DATABASES] = {
    [LQ_BROKER_DATABASE_META] = {"meta", 0},    [LQ_BROKER_TABLE_LIVE] = {"live", 0},
    [LQ_BROKER_TABLE_PARKED] = {"parked", 0},   [LQ_BROKER_TABLE_LETTERS] = {"letters", 0},
    [LQ_BROKER_TABLE_QUOTAS] = {"quotas", 0},   [LQ_BROKER_TABLE_OUTBOX] = {"outbox", 0},
    [LQ_BROKER_TABLE_CURSORS] = {"cursors", 0},
};

uint32_t lq_broker_layout_tables(uint32_t format)
{
    switch (format) {
    case LQ_BROKER_FORMAT:
        return LQ_BROKER_TABLE_LAST;
    case FORMAT_WITHOUT_OUTBOX:
        return LQ_BROKER_TABLE_QUOTAS;
    case FORMAT_WITHOUT_QUOTAS:
        return LQ_BROKER_TABLE_LETTERS;
    default:
        return 0;
    }
}

/* ---- values ---- */

static struct lq_view associate(struct lq_broker_place place,
                                uint8_t to[VALUE_HEADER_BYTES + LQ_BROKER_KEY_BYTES_MAX])
{
    LQ_ASSERT(place.key.bytes > 0);
    LQ_ASSERT(place.key.bytes <= LQ_BROKER_KEY_BYTES_MAX);
    lq_put_u16(to, VALUE_VERSION);
    to[2] = (uint8_t)place.table;
    to[3] = 0;
    memcpy(to + VALUE_HEADER_BYTES, place.key.data, place.key.bytes);
    return lq_view_of(to, VALUE_HEADER_BYTES + place.key.bytes);
}

void lq_broker_layout_seal(const uint8_t key[LQ_SEAL_KEY_BYTES], struct lq_broker_place place,
                           struct lq_view plain, uint8_t *to)
{
    uint8_t associated[VALUE_HEADER_BYTES + LQ_BROKER_KEY_BYTES_MAX];
    struct lq_view view = associate(place, associated);

    memcpy(to, associated, VALUE_HEADER_BYTES);
    lq_sealed_box_write(key, view, plain, to + VALUE_HEADER_BYTES);
}

enum lq_result lq_broker_layout_plain_bytes(struct lq_view stored, size_t *bytes)
{
    if (stored.bytes < LQ_BROKER_VALUE_EXTRA_BYTES ||
        stored.bytes > LQ_BROKER_VALUE_EXTRA_BYTES + LQ_BROKER_PLAIN_BYTES_MAX) {
        return LQ_ERR_CORRUPT;
    }
    *bytes = stored.bytes - LQ_BROKER_VALUE_EXTRA_BYTES;
    return LQ_OK;
}

enum lq_result lq_broker_layout_open(const uint8_t key[LQ_SEAL_KEY_BYTES],
                                     struct lq_broker_place place, struct lq_view stored,
                                     uint8_t *plain)
{
    uint8_t associated[VALUE_HEADER_BYTES + LQ_BROKER_KEY_BYTES_MAX];
    size_t bytes;

    if (lq_broker_layout_plain_bytes(stored, &bytes) != LQ_OK || place.key.bytes == 0 ||
        place.key.bytes > LQ_BROKER_KEY_BYTES_MAX) {
        return LQ_ERR_CORRUPT;
    }
    struct lq_view view = associate(place, associated);
    if (memcmp(stored.data, associated, VALUE_HEADER_BYTES) != 0) {
        return LQ_ERR_CORRUPT;
    }
    return lq_sealed_box_open(
        key, view, lq_view_of(stored.data + VALUE_HEADER_BYTES, stored.bytes - VALUE_HEADER_BYTES),
        plain);
}

void lq_broker_layout_put_sequence(uint64_t sequence, uint8_t to[LQ_BROKER_SEQUENCE_BYTES])
{
    uint64_t big_endian = htobe64(sequence);

    memcpy(to, &big_endian, LQ_BROKER_SEQUENCE_BYTES);
}

uint64_t lq_broker_layout_get_sequence(const uint8_t from[LQ_BROKER_SEQUENCE_BYTES])
{
    uint64_t big_endian;

    memcpy(&big_endian, from, sizeof big_endian);
    return be64toh(big_endian);
}

/* ---- the meta entry ---- */

/* Where its tag is, in a store of so many tables. */
static size_t tag_at(uint32_t tables)
{
    return META_COUNTS_AT + 8 * (size_t)tables +
           (tables >= LQ_BROKER_TABLE_OUTBOX ? META_OUTBOX_BYTES : 0);
}

enum lq_result lq_broker_layout_put_meta(const struct lq_lmdb_environment *environment,
                                         MDB_txn *txn, const uint8_t key[LQ_SEAL_KEY_BYTES],
                                         const struct lq_broker_meta *meta)
{
    uint8_t bytes[META_BYTES_MAX];
    size_t end = tag_at(LQ_BROKER_TABLE_LAST);
    MDB_val name = lq_lmdb_environment_value(META_KEY, sizeof META_KEY - 1);
    MDB_val value = lq_lmdb_environment_value(bytes, end + LQ_HASH_BYTES);

    LQ_ASSERT(value.mv_size == sizeof bytes);
    lq_put_u32(bytes, LQ_BROKER_FORMAT);
    lq_put_u64(bytes + 4, meta->epoch);
    lq_put_u64(bytes + 12, meta->transaction);
    memcpy(bytes + META_BEFORE_AT, meta->page_before, LQ_HASH_BYTES);
    for (uint32_t table = 1; table <= LQ_BROKER_TABLE_LAST; table++) {
        lq_put_u64(bytes + META_COUNTS_AT + 8 * (table - 1), meta->counts[table]);
    }
    lq_put_u64(bytes + end - META_OUTBOX_BYTES, meta->next_sequence);
    lq_put_u64(bytes + end - 8, meta->outbox_bytes);
    lq_digest_keyed(bytes + end, key, lq_view_of(bytes, end));
    return lq_lmdb_environment_result(
        mdb_put(txn, environment->databases[LQ_BROKER_DATABASE_META], &name, &value, 0),
        "put epoch and counts");
}

enum lq_result lq_broker_layout_get_meta(const struct lq_lmdb_environment *environment,
                                         MDB_txn *txn, const uint8_t key[LQ_SEAL_KEY_BYTES],
                                         struct lq_broker_meta *meta, const char **what)
{
    MDB_val name = lq_lmdb_environment_value(META_KEY, sizeof META_KEY - 1);
    MDB_val value;
    uint8_t tag[LQ_HASH_BYTES];

    *meta = (struct lq_broker_meta){.next_sequence = 1};
    *what = "damaged: its epoch is missing";
    if (mdb_get(txn, environment->databases[LQ_BROKER_DATABASE_META], &name, &value) != 0) {
        return LQ_ERR_CORRUPT;
    }
    const uint8_t *from = value.mv_data;
    *what = "damaged: its epoch is unreadable";
    meta->format = value.mv_size < 4 ? 0 : lq_get_u32(from);
    meta->tables = lq_broker_layout_tables(meta->format);
    size_t end = tag_at(meta->tables);
    if (meta->tables == 0 || value.mv_size != end + LQ_HASH_BYTES) {
        return LQ_ERR_CORRUPT;
    }
    *what = "damaged: its epoch was not written with broker.key";
    lq_digest_keyed(tag, key, lq_view_of(from, end));
    if (memcmp(tag, from + end, sizeof tag) != 0) {
        return LQ_ERR_CORRUPT;
    }
    meta->epoch = lq_get_u64(from + 4);
    meta->transaction = lq_get_u64(from + 12);
    memcpy(meta->page_before, from + META_BEFORE_AT, LQ_HASH_BYTES);
    for (uint32_t table = 1; table <= meta->tables; table++) {
        meta->counts[table] = lq_get_u64(from + META_COUNTS_AT + 8 * (table - 1));
    }
    if (meta->tables >= LQ_BROKER_TABLE_OUTBOX) {
        meta->next_sequence = lq_get_u64(from + end - META_OUTBOX_BYTES);
        meta->outbox_bytes = lq_get_u64(from + end - 8);
    }
    *what = NULL;
    return LQ_OK;
}

uint32_t lq_broker_layout_count_tables(MDB_txn *txn)
{
    MDB_val name = lq_lmdb_environment_value(META_KEY, sizeof META_KEY - 1);
    MDB_val value;
    MDB_dbi database;

    if (mdb_dbi_open(txn, lq_broker_layout_databases[LQ_BROKER_DATABASE_META].name, 0, &database) !=
            0 ||
        mdb_get(txn, database, &name, &value) != 0 || value.mv_size < 4) {
        return LQ_BROKER_TABLE_LAST;
    }
    return lq_broker_layout_tables(lq_get_u32(value.mv_data));
}

enum lq_result lq_broker_layout_put_key_check(const struct lq_lmdb_environment *environment,
                                              MDB_txn *txn, const uint8_t key[LQ_SEAL_KEY_BYTES])
{
    uint8_t box[LQ_SEALED_BOX_EXTRA_BYTES];
    uint8_t nothing[1];
    struct lq_view text = lq_view_text(META_KEY_CHECK);
    MDB_val name = lq_lmdb_environment_value(text.data, text.bytes);
    MDB_val value = lq_lmdb_environment_value(box, sizeof box);

    lq_sealed_box_write(key, text, lq_view_of(nothing, 0), box);
    return lq_lmdb_environment_result(
        mdb_put(txn, environment->databases[LQ_BROKER_DATABASE_META], &name, &value, 0),
        "put the key's check");
}

enum lq_result lq_broker_layout_check_key(const struct lq_lmdb_environment *environment,
                                          MDB_txn *txn, const uint8_t key[LQ_SEAL_KEY_BYTES])
{
    uint8_t nothing[1];
    struct lq_view text = lq_view_text(META_KEY_CHECK);
    MDB_val name = lq_lmdb_environment_value(text.data, text.bytes);
    MDB_val value;
    enum lq_result result = lq_lmdb_environment_result(
        mdb_get(txn, environment->databases[LQ_BROKER_DATABASE_META], &name, &value),
        "get the key's check");

    if (result == LQ_OK &&
        lq_sealed_box_open(key, text, lq_lmdb_environment_view(value), nothing) != LQ_OK) {
        return LQ_ERR_KEY;
    }
    return result == LQ_ERR_NOT_FOUND ? LQ_ERR_CORRUPT : result;
}

enum lq_result lq_broker_layout_put_history(const struct lq_lmdb_environment *environment,
                                            MDB_txn *txn, const uint8_t key[LQ_SEAL_KEY_BYTES],
                                            const uint8_t history[LQ_BROKER_HISTORY_BYTES])
{
    uint8_t box[LQ_SEALED_BOX_EXTRA_BYTES + LQ_BROKER_HISTORY_BYTES];
    struct lq_view text = lq_view_text(META_HISTORY);
    MDB_val name = lq_lmdb_environment_value(text.data, text.bytes);
    MDB_val value = lq_lmdb_environment_value(box, sizeof box);

    lq_sealed_box_write(key, text, lq_view_of(history, LQ_BROKER_HISTORY_BYTES), box);
    return lq_lmdb_environment_result(
        mdb_put(txn, environment->databases[LQ_BROKER_DATABASE_META], &name, &value, 0),
        "put the history");
}

enum lq_result lq_broker_layout_get_history(const struct lq_lmdb_environment *environment,
                                            MDB_txn *txn, const uint8_t key[LQ_SEAL_KEY_BYTES],
                                            uint8_t history[LQ_BROKER_HISTORY_BYTES])
{
    struct lq_view text = lq_view_text(META_HISTORY);
    MDB_val name = lq_lmdb_environment_value(text.data, text.bytes);
    MDB_val value;
    enum lq_result result = lq_lmdb_environment_result(
        mdb_get(txn, environment->databases[LQ_BROKER_DATABASE_META], &name, &value),
        "get the history");

    if (result == LQ_OK && value.mv_size != LQ_SEALED_BOX_EXTRA_BYTES + LQ_BROKER_HISTORY_BYTES) {
        return LQ_ERR_CORRUPT;
    }
    return result == LQ_OK ? lq_sealed_box_open(key, text, lq_lmdb_environment_view(value), history)
                           : result;
}
