// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "store/lmdb/broker_store_handle.h"

#include "base/alloc.h"
#include "base/little_endian.h"
#include "store/lmdb/map_guard.h"
#include "store/seal/key_file.h"
#include "store/seal/random_bytes.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#define BETWEEN_CLEARINGS 256u /* transactions */
#define OUTBOX_OF_MAP 4u       /* of the map, the outbox has one part of so many at most */

static enum lq_result say(struct lq_error_message *message, enum lq_result result,
                          const char *folder, const char *what)
{
    lq_error_message_set(message, "broker store %.140s: %s", folder, what);
    return result;
}

/* Under another key old values would be lost and new ones sealed beside them: refuse it. */
static enum lq_result check_key(lq_broker_store_t *store, MDB_txn *txn)
{
    return store->environment.is_new
               ? lq_broker_layout_put_key_check(&store->environment, txn, store->key)
               : lq_broker_layout_check_key(&store->environment, txn, store->key);
}

/* Epoch and counts, as they are after this transaction. */
static enum lq_result put_meta(lq_broker_store_t *store, MDB_txn *txn)
{
    struct lq_broker_meta meta = {.epoch = store->epoch,
                                  .transaction = mdb_txn_id(txn),
                                  .next_sequence = store->outbox.next_sequence,
                                  .outbox_bytes = store->outbox.bytes};
    enum lq_result result =
        lq_lmdb_environment_note_before(&store->environment, txn, meta.page_before);

    for (uint32_t table = 1; result == LQ_OK && table <= LQ_BROKER_TABLE_LAST; table++) {
        result = lq_lmdb_environment_count(&store->environment, txn, table, &meta.counts[table]);
    }
    if (result != LQ_OK) {
        return result;
    }
    LQ_ASSERT(meta.counts[LQ_BROKER_TABLE_OUTBOX] == store->outbox.count);
    return lq_broker_layout_put_meta(&store->environment, txn, store->key, &meta);
}

/* Whether the tables hold what they held after the last transaction. */
static enum lq_result compare_counts(lq_broker_store_t *store, MDB_txn *txn,
                                     const struct lq_broker_meta *meta, const char *folder,
                                     struct lq_error_message *message)
{
    char what[96];

    for (uint32_t table = 1; table <= meta->tables; table++) {
        uint64_t wanted = meta->counts[table];
        uint64_t count;
        enum lq_result result = lq_lmdb_environment_count(&store->environment, txn, table, &count);
        if (result != LQ_OK) {
            return result;
        }
        if (count != wanted) {
            snprintf(what, sizeof what,
                     "damaged: its database \"%s\" has %" PRIu64 " entries instead of %" PRIu64,
                     lq_broker_layout_databases[table].name, count, wanted);
            return say(message, LQ_ERR_CORRUPT, folder, what);
        }
    }
    return LQ_OK;
}

/* Whether the entry at one end of the outbox is `sequence`: with their count, that none is missing
 * between them. */
static enum lq_result check_end(lq_broker_store_t *store, MDB_txn *txn, MDB_cursor_op end,
                                uint64_t sequence)
{
    MDB_cursor *cursor;
    MDB_val key = {0, NULL};
    MDB_val value = {0, NULL};
    enum lq_result result = lq_lmdb_environment_result(
        mdb_cursor_open(txn, store->environment.databases[LQ_BROKER_TABLE_OUTBOX], &cursor),
        "open a cursor of the outbox");

    if (result != LQ_OK) {
        return result;
    }
    result = lq_lmdb_environment_result(mdb_cursor_get(cursor, &key, &value, end),
                                        "an end of the outbox");
    if (result == LQ_OK && (key.mv_size != LQ_BROKER_SEQUENCE_BYTES ||
                            lq_broker_layout_get_sequence(key.mv_data) != sequence)) {
        result = LQ_ERR_CORRUPT;
    }
    mdb_cursor_close(cursor);
    return result;
}

static enum lq_result check_outbox(lq_broker_store_t *store, MDB_txn *txn,
                                   const struct lq_broker_meta *meta, const char *folder,
                                   struct lq_error_message *message)
{
    enum lq_result result = LQ_OK;

    if (meta->counts[LQ_BROKER_TABLE_OUTBOX] >= meta->next_sequence) {
        result = LQ_ERR_CORRUPT;
    } else if (meta->counts[LQ_BROKER_TABLE_OUTBOX] > 0) {
        result = check_end(store, txn, MDB_FIRST, lq_broker_meta_first(meta));
        if (result == LQ_OK) {
            result = check_end(store, txn, MDB_LAST, meta->next_sequence - 1);
        }
    }
    return result != LQ_ERR_CORRUPT
               ? result
               : say(message, result, folder, "damaged: its outbox has others than its entries");
}

static enum lq_result read_meta(lq_broker_store_t *store, MDB_txn *txn, const char *folder,
                                struct lq_error_message *message)
{
    struct lq_broker_meta meta;
    const char *what;

    if (store->environment.is_new) {
        return LQ_OK; /* epoch 0 */
    }
    enum lq_result result =
        lq_broker_layout_get_meta(&store->environment, txn, store->key, &meta, &what);
    if (result != LQ_OK) {
        return say(message, result, folder, what);
    }
    result = compare_counts(store, txn, &meta, folder, message);
    /* This transaction writes; what it sees was written by the one before. */
    if (result == LQ_OK &&
        (meta.transaction != mdb_txn_id(txn) - 1 ||
         lq_lmdb_environment_compare_before(&store->environment, meta.transaction,
                                            meta.page_before) != LQ_OK)) {
        result = say(message, LQ_ERR_CORRUPT, folder,
                     "damaged: it shows an older state than its meta pages have");
    }
    if (result == LQ_OK && meta.tables >= LQ_BROKER_TABLE_OUTBOX) {
        result = check_outbox(store, txn, &meta, folder, message);
    }
    store->epoch = meta.epoch;
    store->outbox = (struct lq_broker_outbox){
        meta.next_sequence, meta.counts[LQ_BROKER_TABLE_OUTBOX], meta.outbox_bytes};
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

/* Within the first transaction, once all tables are there: the epoch one higher, 1 for a new store,
 * and what the outbox tells of it. */
static enum lq_result begin_epoch(lq_broker_store_t *store, MDB_txn *txn, uint32_t tables)
{
    struct lq_broker_entry entry = {.kind = LQ_BROKER_ENTRY_EPOCH};
    const struct lq_broker_entry_body nothing = {.limit = 0};
    enum lq_result result = LQ_OK;

    if (store->is_restored) {
        return put_meta(store, txn);
    }
    store->epoch++;
    store->write_txn = txn;
    if (tables < LQ_BROKER_TABLE_OUTBOX) {
        result = lq_broker_outbox_tell_all(store);
    }
    if (result == LQ_OK) {
        result = lq_broker_outbox_append(store, &entry, &nothing);
    }
    if (result == LQ_OK) {
        result = lq_broker_outbox_trim(store);
    }
    if (result == LQ_OK) {
        result = put_meta(store, txn);
    }
    store->write_txn = NULL;
    return result;
}

/* A store of a program of before has none yet. */
static enum lq_result find_history(lq_broker_store_t *store, MDB_txn *txn)
{
    enum lq_result result =
        lq_broker_layout_get_history(&store->environment, txn, store->key, store->history);

    if (result != LQ_ERR_NOT_FOUND) {
        return result;
    }
    lq_random_bytes(store->history, sizeof store->history);
    return lq_broker_layout_put_history(&store->environment, txn, store->key, store->history);
}

const uint8_t *lq_broker_store_history(const lq_broker_store_t *store)
{
    return store->history;
}

/* The first transaction: what the store is, the tables that its format lacks, and its epoch. */
static enum lq_result enter(lq_broker_store_t *store,
                            const struct lq_lmdb_environment_options *environment, MDB_txn *txn,
                            struct lq_error_message *message)
{
    uint32_t tables =
        store->environment.is_new ? LQ_BROKER_TABLE_LAST : lq_broker_layout_count_tables(txn);
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
    for (uint32_t table = tables + 1; result == LQ_OK && table <= LQ_BROKER_TABLE_LAST; table++) {
        result = lq_lmdb_environment_make_database(environment, &store->environment, txn, table);
    }
    if (result == LQ_OK) {
        result = find_history(store, txn);
    }
    return result == LQ_OK ? begin_epoch(store, txn, tables) : result;
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
    store->committed = store->outbox;
    return result == LQ_OK ? lq_lmdb_environment_note_made(environment, &store->environment)
                           : result;
}

static uint64_t bound(const struct lq_broker_store_options *options)
{
    uint64_t most = options->map_bytes / OUTBOX_OF_MAP;

    return options->outbox_bytes_max == 0 || options->outbox_bytes_max > most
               ? most
               : options->outbox_bytes_max;
}

enum lq_result lq_broker_store_open(const struct lq_broker_store_options *options,
                                    lq_broker_store_t **store, uint64_t *epoch,
                                    struct lq_error_message *message)
{
    lq_broker_store_t *opened = lq_alloc(1, sizeof *opened);
    const struct lq_lmdb_environment_options environment = {
        .folder = options->folder,
        .map_bytes = options->map_bytes,
        .databases = lq_broker_layout_databases,
        .database_count = LQ_BROKER_DATABASES,
        .writing = true,
        .made_file = options->made_file,
    };

    opened->outbox.next_sequence = 1;
    opened->outbox_bytes_max = bound(options);
    opened->is_restored = options->is_restored;
    message->text[0] = '\0';
    lq_map_guard_enter(options->folder, "the broker's store");
    enum lq_result result = open_store(opened, &environment, message);
    lq_map_guard_leave();
    if (result != LQ_OK) {
        if (message->text[0] == '\0') {
            say(message, result, options->folder,
                result == LQ_ERR_KEY        ? "broker.key is not the one it was made with"
                : result == LQ_ERR_CORRUPT  ? "damaged: a page of it cannot be read"
                : result == LQ_ERR_MAP_FULL ? "full: raise broker/store_map_bytes"
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
    free(closing->entry);
    free(closing);
}

enum lq_result lq_broker_store_begin(lq_broker_store_t *store)
{
    LQ_ASSERT(store->write_txn == NULL);
    store->outbox = store->committed;
    store->put_bytes = 0;
    /* A reader of the outbox that died in its transaction keeps pages from being used again. */
    if (store->is_full || ++store->begun % BETWEEN_CLEARINGS == 0) {
        (void)lq_lmdb_environment_clear_readers(&store->environment);
        store->is_full = false;
    }
    return lq_lmdb_environment_begin(&store->environment, 0, &store->write_txn);
}

enum lq_result lq_broker_store_put_sealed(lq_broker_store_t *store, struct lq_broker_place place,
                                          struct lq_view value, unsigned flags)
{
    MDB_val name = lq_lmdb_environment_value(place.key.data, place.key.bytes);
    MDB_val room = {LQ_BROKER_VALUE_EXTRA_BYTES + value.bytes, NULL};

    LQ_ASSERT(store->write_txn != NULL);
    LQ_ASSERT(value.bytes <= LQ_BROKER_PLAIN_BYTES_MAX);
    int code = mdb_put(store->write_txn, store->environment.databases[place.table], &name, &room,
                       MDB_RESERVE | flags);
    if (code != 0) {
        store->is_full = code == MDB_MAP_FULL;
        return lq_lmdb_environment_result(code, "put");
    }
    lq_broker_layout_seal(store->key, place, value, room.mv_data);
    return LQ_OK;
}

static enum lq_result tell(lq_broker_store_t *store, enum lq_broker_entry_kind kind,
                           enum lq_broker_table table, struct lq_view key, struct lq_view value)
{
    struct lq_broker_entry entry = {.kind = kind, .table = table};
    const struct lq_broker_entry_body body = {.key = key, .value = value};

    return lq_broker_outbox_append(store, &entry, &body);
}

enum lq_result lq_broker_store_put(lq_broker_store_t *store, enum lq_broker_table table,
                                   struct lq_view key, struct lq_view value)
{
    LQ_ASSERT(lq_broker_table_is_told_of(table));
    if (value.bytes > LQ_BROKER_VALUE_BYTES_MAX) {
        return LQ_ERR_LIMIT;
    }
    enum lq_result result =
        lq_broker_store_put_sealed(store, (struct lq_broker_place){table, key}, value, 0);
    return result == LQ_OK ? tell(store, LQ_BROKER_ENTRY_PUT, table, key, value) : result;
}

enum lq_result lq_broker_store_delete(lq_broker_store_t *store, enum lq_broker_table table,
                                      struct lq_view key)
{
    MDB_val name = lq_lmdb_environment_value(key.data, key.bytes);

    LQ_ASSERT(store->write_txn != NULL);
    LQ_ASSERT(key.bytes > 0);
    LQ_ASSERT(lq_broker_table_is_told_of(table));
    enum lq_result result = lq_lmdb_environment_result(
        mdb_del(store->write_txn, store->environment.databases[table], &name, NULL), "delete");
    return result == LQ_OK ? tell(store, LQ_BROKER_ENTRY_DELETE, table, key, lq_view_of(NULL, 0))
                           : result;
}

enum lq_result lq_broker_store_commit(lq_broker_store_t *store)
{
    MDB_txn *txn = store->write_txn;

    LQ_ASSERT(txn != NULL);
    enum lq_result result = lq_broker_outbox_trim(store);
    store->write_txn = NULL;
    if (result == LQ_OK) {
        result = put_meta(store, txn);
    }
    if (result != LQ_OK) {
        mdb_txn_abort(txn);
        return result;
    }
    result = lq_lmdb_environment_commit(&store->environment, txn, "commit");
    if (result == LQ_OK) {
        store->committed = store->outbox;
    }
    store->is_full = result == LQ_ERR_MAP_FULL;
    return result;
}

bool lq_broker_store_oldest_reader(lq_broker_store_t *store, int64_t *pid, uint64_t *lag)
{
    return lq_lmdb_environment_oldest_reader(&store->environment, pid, lag);
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

enum lq_result lq_broker_store_open_value(lq_broker_store_t *store, struct lq_broker_place place,
                                          struct lq_view stored, struct lq_view *value)
{
    size_t bytes;
    enum lq_result result = lq_broker_layout_plain_bytes(stored, &bytes);

    if (result != LQ_OK) {
        return result;
    }
    if (bytes > store->plain_bytes || store->plain == NULL) {
        store->plain_bytes = bytes + 1;
        store->plain = lq_realloc(store->plain, store->plain_bytes, 1);
    }
    *value = lq_view_of(store->plain, bytes);
    return lq_broker_layout_open(store->key, place, stored, store->plain);
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
        struct lq_broker_place place = {table, name};
        if (lq_broker_store_open_value(store, place, lq_lmdb_environment_view(stored), &value) !=
            LQ_OK) {
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
        result = lq_broker_store_open_value(store, (struct lq_broker_place){table, key},
                                            lq_lmdb_environment_view(stored), value);
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
