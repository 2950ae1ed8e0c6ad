// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "store/lmdb/broker_restore.h"

#include "base/alloc.h"
#include "store/lmdb/broker_store_handle.h"
#include "store/seal/keyring.h"
#include "store/seal/letter_seal.h"

#include <stdlib.h>
#include <sys/stat.h>

/* Of a transaction. */
enum { ENTRIES_MAX = 1024, BYTES_MAX = 16 * 1024 * 1024 };

struct lq_broker_restore {
    lq_broker_store_t *store;
    lq_keyring_t *keyring;
    struct lq_broker_restore_options options; /* but `store` */
    uint64_t epoch;
    uint64_t sequence; /* of the entry before; 0: none came */
    uint32_t entry_count;
    size_t entry_bytes;
    uint64_t letters_left;
    uint8_t *plain;  /* an entry in clear; LQ_BROKER_ENTRY_BYTES_MAX */
    uint8_t *letter; /* the letter in it, where that is sealed; likewise */
};

enum lq_result lq_broker_restore_open(const struct lq_broker_restore_options *options,
                                      lq_broker_restore_t **restore,
                                      struct lq_error_message *message)
{
    struct lq_broker_store_options store = options->store;
    struct stat found;
    uint64_t epoch;

    if (stat(store.folder, &found) == 0) {
        lq_error_message_set(message, "%.200s is there already", store.folder);
        return LQ_ERR_EXISTS;
    }
    lq_broker_restore_t *made = lq_alloc(1, sizeof *made);
    made->options = *options;
    made->plain = lq_alloc(LQ_BROKER_ENTRY_BYTES_MAX, 1);
    made->letter = lq_alloc(LQ_BROKER_ENTRY_BYTES_MAX, 1);
    store.is_restored = true;
    enum lq_result result = lq_keyring_open(options->master_key_file, &made->keyring, message);
    if (result == LQ_OK) {
        result = lq_broker_store_open(&store, &made->store, &epoch, message);
    }
    if (result != LQ_OK) {
        lq_broker_restore_close(&made);
        return result;
    }
    *restore = made;
    return LQ_OK;
}

void lq_broker_restore_close(lq_broker_restore_t **restore)
{
    if (*restore == NULL) {
        return;
    }
    lq_broker_store_close(&(*restore)->store); /* ends a transaction */
    lq_keyring_close(&(*restore)->keyring);
    free((*restore)->plain);
    free((*restore)->letter);
    free(*restore);
    *restore = NULL;
}

uint64_t lq_broker_restore_epoch(const lq_broker_restore_t *restore)
{
    return restore->epoch;
}

static enum lq_result commit(lq_broker_restore_t *restore)
{
    restore->entry_count = 0;
    restore->entry_bytes = 0;
    return restore->store->write_txn == NULL ? LQ_OK : lq_broker_store_commit(restore->store);
}

static enum lq_result begin(lq_broker_restore_t *restore, size_t bytes)
{
    enum lq_result result = LQ_OK;

    if (++restore->entry_count > ENTRIES_MAX || restore->entry_bytes > BYTES_MAX) {
        result = commit(restore);
    }
    restore->entry_bytes += bytes;
    return result == LQ_OK && restore->store->write_txn == NULL
               ? lq_broker_store_begin(restore->store)
               : result;
}

/* Keys of sessions begin with the tenant's name and a zero byte; of quotas they are the name, with
 * a sign before it where they are of something else that a tenant has of its own. */
static bool is_wanted(const lq_broker_restore_t *restore, const struct lq_broker_entry *entry,
                      const struct lq_broker_entry_body *body)
{
    const struct lq_broker_restore_options *options = &restore->options;
    size_t bytes = options->tenant != NULL ? strlen(options->tenant) : 0;

    if (options->tenant == NULL) {
        return true;
    }
    if (entry->table == LQ_BROKER_TABLE_LETTERS) {
        /* A sealed one says whose it is when it is opened; a deleted one may be there. */
        return entry->is_sealed || entry->kind == LQ_BROKER_ENTRY_DELETE ||
               (options->letter_is_of != NULL &&
                options->letter_is_of(options->letter_context, body->value, options->tenant));
    }
    struct lq_view key = body->key;
    if (key.bytes > 0 && (key.data[0] == '/' || key.data[0] == '+')) {
        key = lq_view_of(key.data + 1, key.bytes - 1);
    }
    return key.bytes >= bytes && memcmp(key.data, options->tenant, bytes) == 0 &&
           (key.bytes == bytes || key.data[bytes] == 0);
}

/* The next key behind `after`; as mdb_cursor_get(). */
static int go_behind(MDB_cursor *cursor, struct lq_view after, MDB_val *key)
{
    MDB_val value;

    *key = lq_lmdb_environment_value(after.data, after.bytes);
    int code = mdb_cursor_get(cursor, key, &value, after.bytes == 0 ? MDB_FIRST : MDB_SET_RANGE);
    return code == 0 && lq_view_equal(lq_lmdb_environment_view(*key), after)
               ? mdb_cursor_get(cursor, key, &value, MDB_NEXT)
               : code;
}

/* Where it was told from, the table has nothing between the key told before and this one. */
static enum lq_result clear_between(lq_broker_restore_t *restore,
                                    const struct lq_broker_entry *entry,
                                    const struct lq_broker_entry_body *body)
{
    lq_broker_store_t *store = restore->store;
    MDB_dbi database = store->environment.databases[entry->table];
    MDB_val end = lq_lmdb_environment_value(body->key.data, body->key.bytes);
    MDB_cursor *cursor;
    MDB_val key;
    int code = mdb_cursor_open(store->write_txn, database, &cursor);

    if (code != 0) {
        return lq_lmdb_environment_result(code, "open a cursor");
    }
    while ((code = go_behind(cursor, body->after, &key)) == 0 &&
           (end.mv_size == 0 || mdb_cmp(store->write_txn, database, &key, &end) < 0)) {
        code = mdb_cursor_del(cursor, 0);
        if (code != 0) {
            break;
        }
    }
    mdb_cursor_close(cursor);
    return code == MDB_NOTFOUND ? LQ_OK : lq_lmdb_environment_result(code, "clear what is gone");
}

/* What it did to its table. Keys of tenants come later: until then a sealed letter lies in its
 * place as the whole entry, `plain`, that it came in. */
static enum lq_result apply(lq_broker_restore_t *restore, const struct lq_broker_entry *entry,
                            const struct lq_broker_entry_body *body, struct lq_view plain)
{
    lq_broker_store_t *store = restore->store;
    MDB_val name = lq_lmdb_environment_value(body->key.data, body->key.bytes);

    if (entry->kind == LQ_BROKER_ENTRY_TOLD) {
        enum lq_result result = clear_between(restore, entry, body);
        if (result != LQ_OK || body->key.bytes == 0) {
            return result;
        }
    }
    if (entry->table == 0 || !is_wanted(restore, entry, body)) {
        return LQ_OK;
    }
    if (entry->kind != LQ_BROKER_ENTRY_DELETE) {
        return lq_broker_store_put_sealed(store, (struct lq_broker_place){entry->table, body->key},
                                          entry->is_sealed ? plain : body->value, 0);
    }
    int code = mdb_del(store->write_txn, store->environment.databases[entry->table], &name, NULL);
    return code == MDB_NOTFOUND ? LQ_OK : lq_lmdb_environment_result(code, "delete");
}

/* The outbox has no gaps: where entries were trimmed before the copy had them, it begins anew. */
static enum lq_result skip_gap(lq_broker_restore_t *restore)
{
    struct lq_broker_outbox *outbox = &restore->store->outbox;

    outbox->count = outbox->bytes = 0;
    return lq_lmdb_environment_result(
        mdb_drop(restore->store->write_txn,
                 restore->store->environment.databases[LQ_BROKER_TABLE_OUTBOX], 0),
        "begin the outbox anew");
}

/* It stays in the outbox, or the outbox begins behind it. */
static enum lq_result keep(lq_broker_restore_t *restore, const struct lq_broker_entry *entry,
                           struct lq_view plain)
{
    struct lq_broker_outbox *outbox = &restore->store->outbox;
    uint8_t key[LQ_BROKER_SEQUENCE_BYTES];
    const struct lq_broker_place place = {LQ_BROKER_TABLE_OUTBOX, lq_view_of(key, sizeof key)};

    outbox->next_sequence = entry->sequence + 1;
    if (entry->sequence <= restore->options.outbox_after) {
        return LQ_OK;
    }
    outbox->count++;
    outbox->bytes += sizeof key + LQ_BROKER_VALUE_EXTRA_BYTES + plain.bytes;
    lq_broker_layout_put_sequence(entry->sequence, key);
    return lq_broker_store_put_sealed(restore->store, place, plain, MDB_APPEND);
}

enum lq_result lq_broker_restore_entry(lq_broker_restore_t *restore, struct lq_view sealed,
                                       const char **why)
{
    struct lq_broker_entry entry;
    struct lq_broker_entry_body body;

    *why = "it does not open with the master key";
    if (sealed.bytes < LQ_SEALED_BOX_EXTRA_BYTES ||
        sealed.bytes - LQ_SEALED_BOX_EXTRA_BYTES > LQ_BROKER_ENTRY_BYTES_MAX ||
        lq_keyring_open_broker(restore->keyring, sealed, restore->plain) != LQ_OK) {
        return LQ_ERR_CORRUPT;
    }
    struct lq_view plain = lq_view_of(restore->plain, sealed.bytes - LQ_SEALED_BOX_EXTRA_BYTES);
    *why = "it cannot be read";
    if (lq_broker_entry_read(plain, &entry, &body) != LQ_OK) {
        return LQ_ERR_CORRUPT;
    }
    *why = "the one before it is missing";
    bool is_gap = restore->sequence > 0 && entry.sequence != restore->sequence + 1;
    if (is_gap && (entry.kind != LQ_BROKER_ENTRY_AGAIN || entry.sequence <= restore->sequence)) {
        return LQ_ERR_CORRUPT;
    }
    *why = NULL;
    restore->sequence = entry.sequence;
    restore->epoch = entry.epoch > restore->epoch ? entry.epoch : restore->epoch;
    enum lq_result result = begin(restore, sealed.bytes);
    if (result == LQ_OK && is_gap) {
        result = skip_gap(restore);
    }
    if (result == LQ_OK) {
        result = apply(restore, &entry, &body, plain);
    }
    return result == LQ_OK ? keep(restore, &entry, plain) : result;
}

/* ---- letters ---- */

static enum lq_result leave_out(lq_broker_restore_t *restore, struct lq_view key)
{
    lq_broker_store_t *store = restore->store;
    MDB_val name = lq_lmdb_environment_value(key.data, key.bytes);

    return lq_lmdb_environment_result(mdb_del(store->write_txn,
                                              store->environment.databases[LQ_BROKER_TABLE_LETTERS],
                                              &name, NULL),
                                      "leave out a letter");
}

/* What lies under this key: a letter, or an entry with a sealed one. */
static enum lq_result open_letter(lq_broker_restore_t *restore, struct lq_view name,
                                  lq_broker_restore_key_fn find_key, void *context)
{
    const struct lq_broker_place place = {LQ_BROKER_TABLE_LETTERS, name};
    struct lq_broker_entry entry;
    struct lq_broker_entry_body body;
    struct lq_view plain;
    const uint8_t *key = NULL;
    size_t bytes = 0;
    enum lq_result result = lq_broker_store_get(restore->store, place.table, name, restore->plain,
                                                LQ_BROKER_ENTRY_BYTES_MAX, &plain);

    /* No letter begins like an entry: to a reader of letters that is field 0. */
    if (result != LQ_OK || lq_broker_entry_read(plain, &entry, &body) != LQ_OK ||
        !entry.is_sealed) {
        return result;
    }
    result = find_key(context, body.tenant_number, body.key_generation, &key);
    if (result == LQ_ERR_KEY || result == LQ_ERR_NOT_FOUND) {
        restore->letters_left += result == LQ_ERR_NOT_FOUND && restore->options.tenant == NULL;
        return leave_out(restore, name);
    }
    if (result == LQ_OK) {
        result = lq_letter_seal_open(key, plain, &body, restore->letter, &bytes);
    }
    return result == LQ_OK ? lq_broker_store_put_sealed(restore->store, place,
                                                        lq_view_of(restore->letter, bytes), 0)
                           : result;
}

enum lq_result lq_broker_restore_letters(lq_broker_restore_t *restore,
                                         lq_broker_restore_key_fn find_key, void *context)
{
    lq_broker_store_t *store = restore->store;
    uint8_t name[LQ_BROKER_KEY_BYTES_MAX];
    struct lq_view at = lq_view_of(name, 0);
    enum lq_result result = LQ_OK;

    while (result == LQ_OK) {
        MDB_cursor *cursor;
        MDB_val key;
        result = begin(restore, LQ_BROKER_ENTRY_HEADER_BYTES);
        if (result != LQ_OK) {
            return result;
        }
        int code = mdb_cursor_open(store->write_txn,
                                   store->environment.databases[LQ_BROKER_TABLE_LETTERS], &cursor);
        if (code == 0) {
            code = go_behind(cursor, at, &key);
            mdb_cursor_close(cursor);
        }
        if (code == MDB_NOTFOUND) {
            return LQ_OK;
        }
        result = lq_lmdb_environment_result(code, "walk letters");
        if (result == LQ_OK) {
            LQ_ASSERT(key.mv_size <= sizeof name);
            memcpy(name, key.mv_data, key.mv_size);
            at = lq_view_of(name, key.mv_size);
            result = open_letter(restore, at, find_key, context);
        }
    }
    return result;
}

static enum lq_result count(lq_broker_restore_t *restore, struct lq_broker_restored *restored)
{
    uint64_t *const counts[] = {[LQ_BROKER_TABLE_LIVE] = &restored->live,
                                [LQ_BROKER_TABLE_PARKED] = &restored->parked,
                                [LQ_BROKER_TABLE_LETTERS] = &restored->letters,
                                [LQ_BROKER_TABLE_QUOTAS] = &restored->quotas};
    lq_broker_store_t *store = restore->store;
    enum lq_result result = LQ_OK;

    for (uint32_t table = 1; result == LQ_OK && table < sizeof counts / sizeof counts[0]; table++) {
        result =
            lq_lmdb_environment_count(&store->environment, store->write_txn, table, counts[table]);
    }
    return result;
}

enum lq_result lq_broker_restore_finish(lq_broker_restore_t *restore, uint64_t epoch,
                                        struct lq_broker_restored *restored)
{
    enum lq_result result = begin(restore, 0);

    *restored = (struct lq_broker_restored){.entries = restore->store->outbox.count,
                                            .sequence = restore->sequence,
                                            .letters_left = restore->letters_left};
    if (result == LQ_OK) {
        result = count(restore, restored);
    }
    restore->store->epoch = epoch;
    return result == LQ_OK ? commit(restore) : result;
}
