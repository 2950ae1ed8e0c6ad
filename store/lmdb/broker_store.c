// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "store/lmdb/broker_store.h"

#include "base/alloc.h"
#include "base/little_endian.h"
#include "store/lmdb/lmdb_environment.h"
#include "store/lmdb/map_guard.h"
#include "store/seal/digest.h"
#include "store/seal/key_file.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

/* A value: version u16, table u8, zero u8, then a sealed box whose associated data are these four
 * bytes and the key, so that no value passes for that of another key. */
#define VALUE_VERSION 1u
enum {
    VALUE_HEADER_BYTES = 4,
    VALUE_EXTRA_BYTES = VALUE_HEADER_BYTES + LQ_SEALED_BOX_EXTRA_BYTES,
    /* format version u32, epoch u64, transaction u64, digest of the meta page before, entries of
     * each table u64, tag by the store's key */
    META_BEFORE_AT = 20,
    META_COUNTS_AT = META_BEFORE_AT + LQ_HASH_BYTES,
    META_TAG_AT = META_COUNTS_AT + 8 * LQ_BROKER_TABLE_LAST,
    META_BYTES = META_TAG_AT + LQ_HASH_BYTES
};
/* A format more for each table more. To add one: put it last in the header's enum and in
 * `databases`, raise META_FORMAT, and let tables_of() tell how many the formats before had. */
#define META_FORMAT 3u
#define META_FORMAT_WITHOUT_QUOTAS 2u /* 1 was never released */
#define META_KEY "broker"
#define META_KEY_CHECK "key" /* an empty sealed box: opens under the key that the values have */

enum { DATABASE_META, DATABASES = LQ_BROKER_TABLE_LAST + 1 }; /* tables lie at their own numbers */

static const struct lq_lmdb_database databases[DATABASES] = {
    [DATABASE_META] = {"meta", 0},
    [LQ_BROKER_TABLE_LIVE] = {"live", 0},
    [LQ_BROKER_TABLE_PARKED] = {"parked", 0},
    [LQ_BROKER_TABLE_LETTERS] = {"letters", 0},
    [LQ_BROKER_TABLE_QUOTAS] = {"quotas", 0},
};

struct lq_broker_store {
    struct lq_lmdb_environment environment;
    uint64_t epoch;
    MDB_txn *write_txn; /* between begin and commit */
    uint8_t *plain;     /* the value being opened */
    size_t plain_bytes;
    uint8_t key[LQ_SEAL_KEY_BYTES];
};

/* Tables of a store of that format; 0: it is not known. */
static uint32_t tables_of(uint32_t format)
{
    switch (format) {
    case META_FORMAT:
        return LQ_BROKER_TABLE_LAST;
    case META_FORMAT_WITHOUT_QUOTAS:
        return LQ_BROKER_TABLE_LETTERS;
    default:
        return 0;
    }
}

static size_t associate(enum lq_broker_table table, struct lq_view key,
                        uint8_t to[VALUE_HEADER_BYTES + LQ_BROKER_KEY_BYTES_MAX])
{
    LQ_ASSERT(key.bytes > 0);
    LQ_ASSERT(key.bytes <= LQ_BROKER_KEY_BYTES_MAX);
    lq_put_u16(to, VALUE_VERSION);
    to[2] = (uint8_t)table;
    to[3] = 0;
    memcpy(to + VALUE_HEADER_BYTES, key.data, key.bytes);
    return VALUE_HEADER_BYTES + key.bytes;
}

static enum lq_result say(struct lq_error_message *message, enum lq_result result,
                          const char *folder, const char *what)
{
    lq_error_message_set(message, "broker store %.140s: %s", folder, what);
    return result;
}

/* Under another key old values would be lost and new ones sealed beside them: refuse it. */
static enum lq_result check_key(lq_broker_store_t *store, MDB_txn *txn)
{
    uint8_t box[LQ_SEALED_BOX_EXTRA_BYTES];
    uint8_t nothing[1];
    struct lq_view name = lq_view_text(META_KEY_CHECK);
    struct lq_view none = lq_view_of(nothing, 0);
    MDB_val key = lq_lmdb_environment_value(name.data, name.bytes);
    MDB_val value;
    MDB_dbi database = store->environment.databases[DATABASE_META];

    if (store->environment.is_new) {
        lq_sealed_box_write(store->key, name, none, box);
        value = lq_lmdb_environment_value(box, sizeof box);
        return lq_lmdb_environment_result(mdb_put(txn, database, &key, &value, 0),
                                          "put the key's check");
    }
    enum lq_result result =
        lq_lmdb_environment_result(mdb_get(txn, database, &key, &value), "get the key's check");
    if (result == LQ_OK &&
        lq_sealed_box_open(store->key, name, lq_lmdb_environment_view(value), nothing) != LQ_OK) {
        return LQ_ERR_KEY;
    }
    return result == LQ_ERR_NOT_FOUND ? LQ_ERR_CORRUPT : result;
}

/* Epoch and counts, as they are after this transaction. */
static enum lq_result put_meta(lq_broker_store_t *store, MDB_txn *txn)
{
    uint8_t bytes[META_BYTES];
    MDB_val key = lq_lmdb_environment_value(META_KEY, sizeof META_KEY - 1);
    MDB_val value = lq_lmdb_environment_value(bytes, sizeof bytes);
    enum lq_result result =
        lq_lmdb_environment_note_before(&store->environment, txn, bytes + META_BEFORE_AT);
    uint64_t count;

    lq_put_u32(bytes, META_FORMAT);
    lq_put_u64(bytes + 4, store->epoch);
    lq_put_u64(bytes + 12, mdb_txn_id(txn));
    for (uint32_t table = 1; result == LQ_OK && table <= LQ_BROKER_TABLE_LAST; table++) {
        result = lq_lmdb_environment_count(&store->environment, txn, table, &count);
        lq_put_u64(bytes + META_COUNTS_AT + 8 * (table - 1), count);
    }
    if (result != LQ_OK) {
        return result;
    }
    lq_digest_keyed(bytes + META_TAG_AT, store->key, lq_view_of(bytes, META_TAG_AT));
    return lq_lmdb_environment_result(
        mdb_put(txn, store->environment.databases[DATABASE_META], &key, &value, 0),
        "put epoch and counts");
}

/* Whether the tables hold what they held after the last transaction. */
static enum lq_result compare_counts(lq_broker_store_t *store, MDB_txn *txn, const uint8_t *meta,
                                     const char *folder, struct lq_error_message *message)
{
    uint32_t tables = tables_of(lq_get_u32(meta));
    char what[96];

    for (uint32_t table = 1; table <= tables; table++) {
        uint64_t wanted = lq_get_u64(meta + META_COUNTS_AT + 8 * (table - 1));
        uint64_t count;
        enum lq_result result = lq_lmdb_environment_count(&store->environment, txn, table, &count);
        if (result != LQ_OK) {
            return result;
        }
        if (count != wanted) {
            snprintf(what, sizeof what,
                     "damaged: its database \"%s\" has %" PRIu64 " entries instead of %" PRIu64,
                     databases[table].name, count, wanted);
            return say(message, LQ_ERR_CORRUPT, folder, what);
        }
    }
    return LQ_OK;
}

/* Epoch and counts, of as many tables as a store of its format has. */
static enum lq_result find_meta(lq_broker_store_t *store, MDB_txn *txn, const char *folder,
                                const uint8_t **from, uint32_t *tables,
                                struct lq_error_message *message)
{
    MDB_val key = lq_lmdb_environment_value(META_KEY, sizeof META_KEY - 1);
    MDB_val value;

    if (mdb_get(txn, store->environment.databases[DATABASE_META], &key, &value) != 0) {
        return say(message, LQ_ERR_CORRUPT, folder, "damaged: its epoch is missing");
    }
    *from = value.mv_data;
    *tables = value.mv_size < 4 ? 0 : tables_of(lq_get_u32(*from));
    if (*tables == 0 || value.mv_size != META_COUNTS_AT + 8 * *tables + LQ_HASH_BYTES) {
        return say(message, LQ_ERR_CORRUPT, folder, "damaged: its epoch is unreadable");
    }
    return LQ_OK;
}

static enum lq_result read_meta(lq_broker_store_t *store, MDB_txn *txn, const char *folder,
                                struct lq_error_message *message)
{
    uint8_t tag[LQ_HASH_BYTES];
    const uint8_t *from;
    uint32_t tables;

    if (store->environment.is_new) {
        return LQ_OK; /* epoch 0 */
    }
    enum lq_result result = find_meta(store, txn, folder, &from, &tables, message);
    if (result != LQ_OK) {
        return result;
    }
    size_t tag_at = META_COUNTS_AT + 8 * tables;
    lq_digest_keyed(tag, store->key, lq_view_of(from, tag_at));
    if (memcmp(tag, from + tag_at, sizeof tag) != 0) {
        return say(message, LQ_ERR_CORRUPT, folder,
                   "damaged: its epoch was not written with broker.key");
    }
    result = compare_counts(store, txn, from, folder, message);
    /* This transaction writes; what it sees was written by the one before. */
    if (result == LQ_OK &&
        (lq_get_u64(from + 12) != mdb_txn_id(txn) - 1 ||
         lq_lmdb_environment_compare_before(&store->environment, lq_get_u64(from + 12),
                                            from + META_BEFORE_AT) != LQ_OK)) {
        result = say(message, LQ_ERR_CORRUPT, folder,
                     "damaged: it shows an older state than its meta pages have");
    }
    store->epoch = lq_get_u64(from + 4);
    return result;
}

/* The key is made with the store; a store without its key stays shut. */
static enum lq_result open_key(lq_broker_store_t *store, const char *folder,
                               struct lq_error_message *message)
{
    char path[PATH_MAX];

    if (snprintf(path, sizeof path, "%s/broker.key", folder) >= (int)sizeof path) {
        return say(message, LQ_ERR_INVALID, folder, "path too long");
    }
    enum lq_result result = lq_key_file_read(path, store->key, message);
    if (result == LQ_ERR_NOT_FOUND && store->environment.is_new) {
        result = lq_key_file_create(path, message);
        if (result == LQ_OK) {
            result = lq_key_file_read(path, store->key, message);
        }
    }
    return result;
}

/* How many tables a store says that it has, before anything of it is checked; 0: its format is not
 * known. */
static uint32_t count_tables(const lq_broker_store_t *store, MDB_txn *txn)
{
    MDB_val key = lq_lmdb_environment_value(META_KEY, sizeof META_KEY - 1);
    MDB_val value;
    MDB_dbi database;

    if (store->environment.is_new ||
        mdb_dbi_open(txn, databases[DATABASE_META].name, 0, &database) != 0 ||
        mdb_get(txn, database, &key, &value) != 0 || value.mv_size < 4) {
        return LQ_BROKER_TABLE_LAST; /* it is new, or found to be damaged */
    }
    return tables_of(lq_get_u32(value.mv_data));
}

/* The first transaction: what the store is, the tables that its format lacks, and its epoch one
 * higher; 1 for a new one. */
static enum lq_result enter(lq_broker_store_t *store,
                            const struct lq_lmdb_environment_options *environment, MDB_txn *txn,
                            struct lq_error_message *message)
{
    uint32_t tables = count_tables(store, txn);
    struct lq_lmdb_environment_options present = *environment;

    if (tables == 0) {
        return say(message, LQ_ERR_VERSION, environment->folder,
                   "has a format this program does not know");
    }
    present.database_count = 1 + tables;
    enum lq_result result =
        lq_lmdb_environment_databases(&present, &store->environment, txn, message);

    if (result == LQ_OK) {
        result = check_key(store, txn);
    }
    if (result == LQ_OK) {
        result = read_meta(store, txn, environment->folder, message);
    }
    while (result == LQ_OK && tables < LQ_BROKER_TABLE_LAST) {
        result = lq_lmdb_environment_make_database(environment, &store->environment, txn, ++tables);
    }
    if (result == LQ_OK) {
        store->epoch++;
        result = put_meta(store, txn);
    }
    return result;
}

static enum lq_result open_store(lq_broker_store_t *store,
                                 const struct lq_lmdb_environment_options *environment,
                                 struct lq_error_message *message)
{
    MDB_txn *txn;
    enum lq_result result = lq_lmdb_environment_open(environment, &store->environment, message);

    if (result == LQ_OK) {
        result = open_key(store, environment->folder, message);
    }
    if (result == LQ_OK) {
        result = lq_lmdb_environment_begin(&store->environment, 0, &txn);
    }
    if (result != LQ_OK) {
        return result;
    }
    result = enter(store, environment, txn, message);
    if (result != LQ_OK) {
        mdb_txn_abort(txn);
        return result;
    }
    result = lq_lmdb_environment_commit(&store->environment, txn, "raise the epoch");
    return result == LQ_OK ? lq_lmdb_environment_note_made(environment, &store->environment)
                           : result;
}

enum lq_result lq_broker_store_open(const struct lq_broker_store_options *options,
                                    lq_broker_store_t **store, uint64_t *epoch,
                                    struct lq_error_message *message)
{
    lq_broker_store_t *opened = lq_alloc(1, sizeof *opened);
    const struct lq_lmdb_environment_options environment = {
        .folder = options->folder,
        .map_bytes = options->map_bytes,
        .databases = databases,
        .database_count = DATABASES,
        .writing = true,
        .made_file = options->made_file,
    };

    message->text[0] = '\0';
    lq_map_guard_enter(options->folder, "the broker's store");
    enum lq_result result = open_store(opened, &environment, message);
    lq_map_guard_leave();
    if (result != LQ_OK) {
        if (message->text[0] == '\0') {
            say(message, result, options->folder,
                result == LQ_ERR_KEY       ? "broker.key is not the one it was made with"
                : result == LQ_ERR_CORRUPT ? "damaged: a page of it cannot be read"
                                           : lq_result_text(result));
        }
        lq_broker_store_close(&opened);
        return result;
    }
    *epoch = opened->epoch;
    *store = opened;
    return LQ_OK;
}

void lq_broker_store_close(lq_broker_store_t **store)
{
    lq_broker_store_t *closing = *store;

    if (closing == NULL) {
        return;
    }
    *store = NULL;
    lq_broker_store_abort(closing);
    lq_lmdb_environment_close(&closing->environment);
    lq_key_file_forget(closing->key);
    free(closing->plain);
    free(closing);
}

enum lq_result lq_broker_store_begin(lq_broker_store_t *store)
{
    LQ_ASSERT(store->write_txn == NULL);
    return lq_lmdb_environment_begin(&store->environment, 0, &store->write_txn);
}

enum lq_result lq_broker_store_put(lq_broker_store_t *store, enum lq_broker_table table,
                                   struct lq_view key, struct lq_view value)
{
    uint8_t associated[VALUE_HEADER_BYTES + LQ_BROKER_KEY_BYTES_MAX];
    size_t associated_bytes = associate(table, key, associated);
    MDB_val name = lq_lmdb_environment_value(key.data, key.bytes);
    MDB_val room = {VALUE_EXTRA_BYTES + value.bytes, NULL};

    LQ_ASSERT(store->write_txn != NULL);
    if (value.bytes > LQ_BROKER_VALUE_BYTES_MAX) {
        return LQ_ERR_LIMIT;
    }
    int code =
        mdb_put(store->write_txn, store->environment.databases[table], &name, &room, MDB_RESERVE);
    if (code != 0) {
        return lq_lmdb_environment_result(code, "put");
    }
    memcpy(room.mv_data, associated, VALUE_HEADER_BYTES);
    lq_sealed_box_write(store->key, lq_view_of(associated, associated_bytes), value,
                        (uint8_t *)room.mv_data + VALUE_HEADER_BYTES);
    return LQ_OK;
}

enum lq_result lq_broker_store_delete(lq_broker_store_t *store, enum lq_broker_table table,
                                      struct lq_view key)
{
    MDB_val name = lq_lmdb_environment_value(key.data, key.bytes);

    LQ_ASSERT(store->write_txn != NULL);
    LQ_ASSERT(key.bytes > 0);
    return lq_lmdb_environment_result(
        mdb_del(store->write_txn, store->environment.databases[table], &name, NULL), "delete");
}

enum lq_result lq_broker_store_commit(lq_broker_store_t *store)
{
    MDB_txn *txn = store->write_txn;

    LQ_ASSERT(txn != NULL);
    store->write_txn = NULL;
    enum lq_result result = put_meta(store, txn);
    if (result != LQ_OK) {
        mdb_txn_abort(txn);
        return result;
    }
    return lq_lmdb_environment_commit(&store->environment, txn, "commit");
}

void lq_broker_store_abort(lq_broker_store_t *store)
{
    if (store->write_txn != NULL) {
        mdb_txn_abort(store->write_txn);
        store->write_txn = NULL;
    }
}

/* Reads see the writes of the transaction under way, if there is one. */
static enum lq_result begin_read(lq_broker_store_t *store, MDB_txn **txn)
{
    if (store->write_txn != NULL) {
        *txn = store->write_txn;
        return LQ_OK;
    }
    return lq_lmdb_environment_begin(&store->environment, MDB_RDONLY, txn);
}

static void end_read(lq_broker_store_t *store, MDB_txn *txn)
{
    if (txn != store->write_txn) {
        mdb_txn_abort(txn);
    }
}

/* Open a stored value into store->plain. */
static enum lq_result open_value(lq_broker_store_t *store, enum lq_broker_table table,
                                 struct lq_view key, struct lq_view stored, struct lq_view *value)
{
    uint8_t associated[VALUE_HEADER_BYTES + LQ_BROKER_KEY_BYTES_MAX];

    if (stored.bytes < VALUE_EXTRA_BYTES ||
        stored.bytes > VALUE_EXTRA_BYTES + LQ_BROKER_VALUE_BYTES_MAX || key.bytes == 0 ||
        key.bytes > LQ_BROKER_KEY_BYTES_MAX) {
        return LQ_ERR_CORRUPT;
    }
    size_t associated_bytes = associate(table, key, associated);
    size_t plain_bytes = stored.bytes - VALUE_EXTRA_BYTES;
    if (memcmp(stored.data, associated, VALUE_HEADER_BYTES) != 0) {
        return LQ_ERR_CORRUPT;
    }
    if (plain_bytes > store->plain_bytes || store->plain == NULL) {
        store->plain_bytes = plain_bytes + 1;
        store->plain = lq_realloc(store->plain, store->plain_bytes, 1);
    }
    *value = lq_view_of(store->plain, plain_bytes);
    return lq_sealed_box_open(
        store->key, lq_view_of(associated, associated_bytes),
        lq_view_of(stored.data + VALUE_HEADER_BYTES, stored.bytes - VALUE_HEADER_BYTES),
        store->plain);
}

enum lq_result lq_broker_store_each(lq_broker_store_t *store, enum lq_broker_table table,
                                    struct lq_view from, lq_broker_store_each_fn each,
                                    void *context)
{
    MDB_val key = lq_lmdb_environment_value(from.data, from.bytes);
    MDB_cursor_op op = from.bytes == 0 ? MDB_FIRST : MDB_SET_RANGE;
    MDB_cursor *cursor;
    MDB_val stored;
    MDB_txn *txn;
    bool going = true;
    enum lq_result result = begin_read(store, &txn);

    if (result != LQ_OK) {
        return result;
    }
    result = lq_lmdb_environment_result(
        mdb_cursor_open(txn, store->environment.databases[table], &cursor), "open a cursor");
    if (result != LQ_OK) {
        end_read(store, txn);
        return result;
    }
    while (going) {
        struct lq_view value;
        result = lq_lmdb_environment_result(mdb_cursor_get(cursor, &key, &stored, op), "next");
        op = MDB_NEXT;
        if (result != LQ_OK) {
            break;
        }
        struct lq_view name = lq_lmdb_environment_view(key);
        if (open_value(store, table, name, lq_lmdb_environment_view(stored), &value) != LQ_OK) {
            value = lq_view_of(NULL, 0);
        }
        going = each(context, name, value);
    }
    mdb_cursor_close(cursor);
    end_read(store, txn);
    return result == LQ_ERR_NOT_FOUND ? LQ_OK : result;
}

enum lq_result lq_broker_store_get(lq_broker_store_t *store, enum lq_broker_table table,
                                   struct lq_view key, uint8_t *buffer, size_t bytes_max,
                                   struct lq_view *value)
{
    MDB_val name = lq_lmdb_environment_value(key.data, key.bytes);
    MDB_val stored;
    MDB_txn *txn;
    enum lq_result result = begin_read(store, &txn);

    if (result != LQ_OK) {
        return result;
    }
    result = lq_lmdb_environment_result(
        mdb_get(txn, store->environment.databases[table], &name, &stored), "get");
    if (result == LQ_OK) {
        result = open_value(store, table, key, lq_lmdb_environment_view(stored), value);
    }
    if (result == LQ_OK && value->bytes > bytes_max) {
        result = LQ_ERR_LIMIT;
    }
    if (result == LQ_OK) {
        memcpy(buffer, value->data, value->bytes);
        *value = lq_view_of(buffer, value->bytes);
    }
    end_read(store, txn);
    return result;
}
