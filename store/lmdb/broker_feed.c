// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "store/lmdb/broker_feed.h"

#include "base/alloc.h"
#include "store/lmdb/broker_store_handle.h"
#include "store/lmdb/map_guard.h"
#include "store/seal/key_file.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

struct lq_broker_feed {
    struct lq_lmdb_environment environment;
    char folder[PATH_MAX];
    uint8_t key[LQ_SEAL_KEY_BYTES];
};

/* A read transaction, under the guard. */
static enum lq_result begin(lq_broker_feed_t *feed, MDB_txn **txn)
{
    enum lq_result result = lq_lmdb_environment_begin(&feed->environment, MDB_RDONLY, txn);

    if (result == LQ_OK) {
        lq_map_guard_enter(feed->folder, "the broker's outbox");
    }
    return result;
}

static void end(MDB_txn *txn)
{
    lq_map_guard_leave();
    mdb_txn_abort(txn);
}

/* ---- opening ---- */

static enum lq_result say(struct lq_error_message *message, enum lq_result result,
                          const char *folder, const char *what)
{
    lq_error_message_set(message, "broker store %.140s: %s", folder, what);
    return result;
}

/* What the store is: its format, its databases, its key. */
static enum lq_result enter(lq_broker_feed_t *feed,
                            const struct lq_lmdb_environment_options *options, MDB_txn *txn,
                            struct lq_error_message *message)
{
    uint32_t tables = lq_broker_layout_count_tables(txn);
    struct lq_broker_meta meta;
    const char *what;

    if (tables == 0) {
        return say(message, LQ_ERR_VERSION, feed->folder,
                   "has a format this program does not know");
    }
    if (tables < LQ_BROKER_TABLE_OUTBOX) {
        return say(message, LQ_ERR_NOT_FOUND, feed->folder,
                   "has no outbox yet: a broker of this version makes it");
    }
    enum lq_result result =
        lq_lmdb_environment_databases(options, &feed->environment, txn, message);
    if (result != LQ_OK) {
        return result;
    }
    result = lq_broker_layout_check_key(&feed->environment, txn, feed->key);
    if (result == LQ_ERR_KEY) {
        return say(message, result, feed->folder, "broker.key is not the one it was made with");
    }
    if (result == LQ_OK) {
        result = lq_broker_layout_get_meta(&feed->environment, txn, feed->key, &meta, &what);
        if (result != LQ_OK) {
            say(message, result, feed->folder, what);
        }
    }
    return result;
}

static enum lq_result open_feed(lq_broker_feed_t *feed, struct lq_error_message *message)
{
    const struct lq_lmdb_environment_options options = {.folder = feed->folder,
                                                        .databases = lq_broker_layout_databases,
                                                        .database_count = LQ_BROKER_DATABASES};
    char path[PATH_MAX + 16];
    MDB_txn *txn;
    enum lq_result result = lq_lmdb_environment_open(&options, &feed->environment, message);

    if (result == LQ_OK) {
        snprintf(path, sizeof path, "%s/broker.key", feed->folder);
        result = lq_key_file_read(path, feed->key, message);
    }
    if (result == LQ_OK) {
        result = begin(feed, &txn);
    }
    if (result != LQ_OK) {
        return result;
    }
    result = enter(feed, &options, txn, message);
    lq_map_guard_leave();
    if (result != LQ_OK) {
        mdb_txn_abort(txn);
        return result;
    }
    return lq_lmdb_environment_commit(&feed->environment, txn, "open databases");
}

enum lq_result lq_broker_feed_open(const char *folder, lq_broker_feed_t **feed,
                                   struct lq_error_message *message)
{
    lq_broker_feed_t *opened = lq_alloc(1, sizeof *opened);

    message->text[0] = '\0';
    opened->environment.lock_fd = -1;
    enum lq_result result = LQ_OK;
    if (snprintf(opened->folder, sizeof opened->folder, "%s", folder) >=
        (int)sizeof opened->folder) {
        result = say(message, LQ_ERR_INVALID, folder, "path too long");
    }
    if (result == LQ_OK) {
        result = open_feed(opened, message);
    }
    if (result != LQ_OK) {
        if (message->text[0] == '\0') {
            say(message, result, folder, lq_result_text(result));
        }
        lq_broker_feed_close(&opened);
        return result;
    }
    *feed = opened;
    return LQ_OK;
}

void lq_broker_feed_close(lq_broker_feed_t **feed)
{
    lq_broker_feed_t *closing = *feed;

    if (closing == NULL) {
        return;
    }
    *feed = NULL;
    lq_lmdb_environment_close(&closing->environment);
    lq_key_file_forget(closing->key);
    free(closing);
}

/* ---- reading ---- */

struct filling {
    lq_broker_feed_t *feed;
    struct lq_broker_feed_run *run;
    size_t used_bytes;
};

/* Open one entry behind those that are there. LQ_ERR_LIMIT: there is no room for it. */
static enum lq_result take(struct filling *filling, uint64_t sequence, MDB_val key, MDB_val value)
{
    struct lq_broker_feed_run *run = filling->run;
    uint8_t *to = run->memory + filling->used_bytes;
    struct lq_broker_place place = {LQ_BROKER_TABLE_OUTBOX, lq_lmdb_environment_view(key)};
    struct lq_view stored = lq_lmdb_environment_view(value);
    struct lq_broker_entry entry;
    size_t bytes;

    if (key.mv_size != LQ_BROKER_SEQUENCE_BYTES ||
        lq_broker_layout_get_sequence(key.mv_data) != sequence ||
        lq_broker_layout_plain_bytes(stored, &bytes) != LQ_OK) {
        return LQ_ERR_CORRUPT;
    }
    if (run->count == LQ_BROKER_FEED_ENTRIES_MAX || bytes > run->bytes_max - filling->used_bytes) {
        return LQ_ERR_LIMIT;
    }
    enum lq_result result = lq_broker_layout_open(filling->feed->key, place, stored, to);
    if (result == LQ_OK) {
        result = lq_broker_entry_read_header(lq_view_of(to, bytes), &entry);
    }
    if (result != LQ_OK) {
        return result;
    }
    if (entry.sequence != sequence) {
        return LQ_ERR_CORRUPT;
    }
    run->entries[run->count++] = (struct lq_broker_feed_entry){sequence, lq_view_of(to, bytes)};
    filling->used_bytes += bytes;
    return LQ_OK;
}

static enum lq_result fill(lq_broker_feed_t *feed, MDB_cursor *cursor, uint64_t first,
                           uint64_t next, struct lq_broker_feed_run *run)
{
    struct filling filling = {.feed = feed, .run = run};
    uint8_t name[LQ_BROKER_SEQUENCE_BYTES];
    MDB_val key = lq_lmdb_environment_value(name, sizeof name);
    MDB_val value;
    MDB_cursor_op op = MDB_SET_KEY;

    lq_broker_layout_put_sequence(first, name);
    for (uint64_t sequence = first; sequence < next; sequence++) {
        enum lq_result result = lq_lmdb_environment_result(mdb_cursor_get(cursor, &key, &value, op),
                                                           "walk the broker's outbox");
        if (result == LQ_OK) {
            result = take(&filling, sequence, key, value);
        }
        if (result == LQ_ERR_LIMIT) {
            return run->count > 0 ? LQ_OK : result;
        }
        if (result != LQ_OK) {
            return result == LQ_ERR_NOT_FOUND ? LQ_ERR_CORRUPT : result;
        }
        op = MDB_NEXT;
    }
    return LQ_OK;
}

static enum lq_result read_run(lq_broker_feed_t *feed, MDB_txn *txn, uint64_t after,
                               struct lq_broker_feed_run *run)
{
    struct lq_broker_meta meta;
    const char *what;
    MDB_cursor *cursor;
    enum lq_result result =
        lq_broker_layout_get_meta(&feed->environment, txn, feed->key, &meta, &what);

    if (result != LQ_OK) {
        return result;
    }
    if (after >= meta.next_sequence) {
        return LQ_ERR_INVALID;
    }
    if (after + 1 < lq_broker_meta_first(&meta)) {
        return LQ_ERR_STALE;
    }
    result = lq_lmdb_environment_result(
        mdb_cursor_open(txn, feed->environment.databases[LQ_BROKER_TABLE_OUTBOX], &cursor),
        "open a cursor of the broker's outbox");
    if (result == LQ_OK) {
        result = fill(feed, cursor, after + 1, meta.next_sequence, run);
        mdb_cursor_close(cursor);
    }
    return result;
}

enum lq_result lq_broker_feed_read(lq_broker_feed_t *feed, uint64_t after,
                                   struct lq_broker_feed_run *run)
{
    MDB_txn *txn;

    LQ_ASSERT(run->bytes_max >= LQ_BROKER_FEED_RUN_BYTES_MIN);
    run->count = 0;
    run->is_behind = false;
    enum lq_result result = begin(feed, &txn);
    if (result != LQ_OK) {
        return result;
    }
    result = read_run(feed, txn, after, run);
    run->is_behind = lq_lmdb_environment_is_behind(&feed->environment, txn);
    end(txn);
    return result;
}

/* ---- how far it has come ---- */

static enum lq_result list_cursors(lq_broker_feed_t *feed, MDB_txn *txn,
                                   struct lq_broker_feed_state *state)
{
    uint8_t plain[LQ_BROKER_SEQUENCE_BYTES];
    enum lq_result result = LQ_OK;
    MDB_cursor *cursor;
    MDB_val key;
    MDB_val value;
    int code = mdb_cursor_open(txn, feed->environment.databases[LQ_BROKER_TABLE_CURSORS], &cursor);

    if (code != 0) {
        return lq_lmdb_environment_result(code, "open a cursor of cursors");
    }
    while (result == LQ_OK && (code = mdb_cursor_get(cursor, &key, &value, MDB_NEXT)) == 0) {
        struct lq_broker_place place = {LQ_BROKER_TABLE_CURSORS, lq_lmdb_environment_view(key)};
        result =
            value.mv_size == LQ_BROKER_VALUE_EXTRA_BYTES + sizeof plain
                ? lq_broker_layout_open(feed->key, place, lq_lmdb_environment_view(value), plain)
                : LQ_ERR_CORRUPT;
        if (result == LQ_OK) {
            result = lq_broker_store_take_cursor(place.key, lq_view_of(plain, sizeof plain), state);
        }
    }
    mdb_cursor_close(cursor);
    return result == LQ_OK && code != MDB_NOTFOUND ? lq_lmdb_environment_result(code, "next cursor")
                                                   : result;
}

enum lq_result lq_broker_feed_state(lq_broker_feed_t *feed, struct lq_broker_feed_state *state)
{
    struct lq_broker_meta meta;
    const char *what;
    MDB_txn *txn;
    enum lq_result result = begin(feed, &txn);

    if (result != LQ_OK) {
        return result;
    }
    result = lq_broker_layout_get_meta(&feed->environment, txn, feed->key, &meta, &what);
    if (result == LQ_OK) {
        *state = (struct lq_broker_feed_state){.newest = meta.next_sequence - 1,
                                               .first = lq_broker_meta_first(&meta),
                                               .count = meta.counts[LQ_BROKER_TABLE_OUTBOX],
                                               .bytes = meta.outbox_bytes,
                                               .epoch = meta.epoch};
        result = list_cursors(feed, txn, state);
    }
    end(txn);
    return result;
}
