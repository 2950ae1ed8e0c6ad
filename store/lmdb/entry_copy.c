// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "store/lmdb/entry_copy.h"

#include "base/alloc.h"
#include "base/little_endian.h"
#include "store/core/record.h"
#include "store/lmdb/map_guard.h"
#include "world/world_limits.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    /* the longest value is a record, the next longest an event of no more than a tick */
    VALUE_BYTES_MAX = LQ_RECORD_EXTRA_BYTES + LQ_TICK_BYTES_MAX,
    BYTES_PER_COPY = 1024 * 1024,
    ROOM_BYTES = BYTES_PER_COPY + VALUE_BYTES_MAX + LQ_ENTRY_KEY_BYTES_MAX + LQ_RECORD_CLEAR_BYTES
};

struct lq_entry_copy *lq_entry_copy_new(lq_ledger_t *ledger)
{
    struct lq_entry_copy *copy = lq_alloc(1, sizeof *copy);

    copy->ledger = ledger;
    copy->bytes = lq_alloc(1, ROOM_BYTES);
    return copy;
}

void lq_entry_copy_destroy(struct lq_entry_copy **copy)
{
    if (*copy != NULL) {
        free((*copy)->bytes);
        free(*copy);
        *copy = NULL;
    }
}

void lq_entry_copy_begin(struct lq_entry_copy *copy, const struct lq_entry_range *range)
{
    copy->range = *range;
    copy->last_key_bytes = range->after > 0 ? sizeof range->after : 0;
    memcpy(copy->last_key, &range->after, sizeof range->after);
    copy->sequence_index = 0;
    copy->ended = false;
    copy->count = 0;
}

static MDB_dbi database_of(const struct lq_entry_copy *copy)
{
    return copy->ledger->environment.databases[copy->range.database];
}

static struct lq_view keep(struct lq_entry_copy *copy, const void *data, size_t bytes)
{
    uint8_t *to = copy->bytes + copy->bytes_used;

    LQ_ASSERT(copy->bytes_used + bytes <= ROOM_BYTES);
    memcpy(to, data, bytes);
    copy->bytes_used += bytes;
    return lq_view_of(to, bytes);
}

/* The front of the record that a value names. */
static struct lq_view keep_reference(struct lq_entry_copy *copy, MDB_txn *txn, MDB_val value)
{
    const uint8_t *at = (const uint8_t *)value.mv_data + copy->range.reference_at;
    MDB_val record;

    if (value.mv_size < (size_t)copy->range.reference_at + 8) {
        return lq_view_of(NULL, 0);
    }
    uint64_t sequence = lq_get_u64(at);
    MDB_val key = lq_lmdb_environment_value(&sequence, sizeof sequence);
    if (mdb_get(txn, copy->ledger->environment.databases[LQ_LEDGER_RECORDS], &key, &record) != 0 ||
        record.mv_size < LQ_RECORD_CLEAR_BYTES) {
        return lq_view_of(NULL, 0);
    }
    return keep(copy, record.mv_data, LQ_RECORD_CLEAR_BYTES);
}

static void keep_entry(struct lq_entry_copy *copy, MDB_txn *txn, MDB_val key, MDB_val value,
                       bool found)
{
    struct lq_copied_entry *entry = &copy->entries[copy->count++];

    entry->found = found;
    entry->key = keep(copy, key.mv_data, key.mv_size);
    entry->reference = lq_view_of(NULL, 0);
    if (value.mv_size > VALUE_BYTES_MAX) {
        entry->value = lq_view_of(NULL, value.mv_size);
        return;
    }
    entry->value = keep(copy, value.mv_data, value.mv_size);
    if (copy->range.reference_at >= 0) {
        entry->reference = keep_reference(copy, txn, value);
    }
}

static bool has_room(const struct lq_entry_copy *copy)
{
    return copy->count < LQ_ENTRIES_PER_COPY && copy->bytes_used < BYTES_PER_COPY;
}

/* Whether a look-up of `key` leads to the same place of the map. */
static bool look_up(struct lq_entry_copy *copy, MDB_txn *txn, MDB_val key, MDB_val value)
{
    MDB_val found;

    return mdb_get(txn, database_of(copy), &key, &found) == 0 && found.mv_data == value.mv_data &&
           found.mv_size == value.mv_size;
}

static bool begins_with(MDB_val key, struct lq_view prefix)
{
    return key.mv_size >= prefix.bytes &&
           (prefix.bytes == 0 || memcmp(key.mv_data, prefix.data, prefix.bytes) == 0);
}

/* Go to the entry after the last one copied, or to the first. */
static int seek(struct lq_entry_copy *copy, MDB_cursor *cursor, MDB_val *key, MDB_val *value)
{
    MDB_val last = lq_lmdb_environment_value(copy->last_key, copy->last_key_bytes);

    if (copy->last_key_bytes == 0 && copy->range.prefix.bytes == 0) {
        return mdb_cursor_get(cursor, key, value, MDB_FIRST);
    }
    *key = copy->last_key_bytes > 0
               ? last
               : lq_lmdb_environment_value(copy->range.prefix.data, copy->range.prefix.bytes);
    int code = mdb_cursor_get(cursor, key, value, MDB_SET_RANGE);
    if (code == 0 && copy->last_key_bytes > 0 &&
        mdb_cmp(mdb_cursor_txn(cursor), mdb_cursor_dbi(cursor), key, &last) == 0) {
        code = mdb_cursor_get(cursor, key, value, MDB_NEXT);
    }
    return code;
}

static bool key_fits(const struct lq_entry_copy *copy, MDB_val key)
{
    bool integer = (lq_ledger_databases[copy->range.database].flags & MDB_INTEGERKEY) != 0;

    return integer ? key.mv_size == sizeof(uint64_t)
                   : key.mv_size > 0 && key.mv_size <= LQ_ENTRY_KEY_BYTES_MAX;
}

static enum lq_result walk_on(struct lq_entry_copy *copy, MDB_txn *txn, MDB_cursor *cursor)
{
    MDB_val key;
    MDB_val value;
    int code = seek(copy, cursor, &key, &value);

    for (; code == 0 && has_room(copy); code = mdb_cursor_get(cursor, &key, &value, MDB_NEXT)) {
        MDB_val last = lq_lmdb_environment_value(copy->last_key, copy->last_key_bytes);
        if (!begins_with(key, copy->range.prefix)) {
            copy->ended = true;
            return LQ_OK;
        }
        if (!key_fits(copy, key) ||
            (copy->last_key_bytes > 0 && mdb_cmp(txn, database_of(copy), &key, &last) <= 0)) {
            return LQ_ERR_CORRUPT;
        }
        keep_entry(copy, txn, key, value, look_up(copy, txn, key, value));
        memcpy(copy->last_key, key.mv_data, key.mv_size);
        copy->last_key_bytes = key.mv_size;
    }
    copy->ended = code == MDB_NOTFOUND;
    return code == MDB_NOTFOUND ? LQ_OK : lq_lmdb_environment_result(code, "walk on");
}

static enum lq_result copy_walk(struct lq_entry_copy *copy, MDB_txn *txn)
{
    MDB_cursor *cursor;
    int code = mdb_cursor_open(txn, database_of(copy), &cursor);

    if (code != 0) {
        return lq_lmdb_environment_result(code, "open a cursor");
    }
    enum lq_result result = walk_on(copy, txn, cursor);
    mdb_cursor_close(cursor);
    return result;
}

static enum lq_result copy_list(struct lq_entry_copy *copy, MDB_txn *txn)
{
    while (copy->sequence_index < copy->range.sequence_count && has_room(copy)) {
        MDB_val key = lq_lmdb_environment_value(&copy->range.sequences[copy->sequence_index],
                                                sizeof *copy->range.sequences);
        MDB_val value;
        int code = mdb_get(txn, database_of(copy), &key, &value);
        if (code != 0) {
            return lq_lmdb_environment_result(code, "get");
        }
        keep_entry(copy, txn, key, value, true);
        copy->sequence_index++;
    }
    copy->ended = copy->sequence_index == copy->range.sequence_count;
    return LQ_OK;
}

enum lq_result lq_entry_copy_next(struct lq_entry_copy *copy)
{
    char what[128];

    copy->count = 0;
    copy->bytes_used = 0;
    if (copy->ended) {
        return LQ_OK;
    }
    enum lq_result result = lq_ledger_read_begin(copy->ledger);
    if (result != LQ_OK) {
        return result;
    }
    snprintf(what, sizeof what, "database \"%s\" after a key of %zu bytes",
             lq_ledger_databases[copy->range.database].name, copy->last_key_bytes);
    if (copy->last_key_bytes == 8) {
        uint64_t number;
        memcpy(&number, copy->last_key, sizeof number);
        snprintf(what, sizeof what, "database \"%s\" after key %" PRIu64,
                 lq_ledger_databases[copy->range.database].name, number);
    }
    lq_map_guard_enter(copy->ledger->folder, what);
    result = copy->range.sequences != NULL ? copy_list(copy, copy->ledger->read_txn)
                                           : copy_walk(copy, copy->ledger->read_txn);
    lq_map_guard_leave();
    lq_ledger_read_end(copy->ledger);
    copy->ended = copy->ended || result != LQ_OK;
    return result;
}
