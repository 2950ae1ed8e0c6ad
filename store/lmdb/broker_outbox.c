// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "store/lmdb/broker_store_handle.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"

#include <inttypes.h>

enum { TRIMMED_LEAST = 64 };

static uint64_t bytes_of(size_t value_bytes)
{
    return LQ_BROKER_SEQUENCE_BYTES + value_bytes;
}

enum lq_result lq_broker_outbox_append(lq_broker_store_t *store, struct lq_broker_entry *entry,
                                       const struct lq_broker_entry_body *body)
{
    struct lq_broker_outbox *outbox = &store->outbox;
    size_t bytes = lq_broker_entry_bytes(entry->kind, body);
    uint8_t key[LQ_BROKER_SEQUENCE_BYTES];
    struct lq_broker_place place = {LQ_BROKER_TABLE_OUTBOX, lq_view_of(key, sizeof key)};

    if (bytes > store->entry_bytes || store->entry == NULL) {
        store->entry_bytes = bytes;
        store->entry = lq_realloc(store->entry, bytes, 1);
    }
    entry->sequence = outbox->next_sequence;
    entry->epoch = store->epoch;
    entry->wall_ns = lq_clock_wall_ns();
    lq_broker_entry_write(entry, body, store->entry);
    /* It is whole: whoever is asked may read values into the memory that the body may lie in. */
    if (store->is_quiet != NULL && store->is_quiet(store->quiet_context, entry, body)) {
        lq_broker_entry_set_quiet(store->entry);
    }
    lq_broker_layout_put_sequence(entry->sequence, key);
    enum lq_result result =
        lq_broker_store_put_sealed(store, place, lq_view_of(store->entry, bytes), MDB_APPEND);
    if (result != LQ_OK) {
        return result;
    }
    uint64_t stored = bytes_of(LQ_BROKER_VALUE_EXTRA_BYTES + bytes);
    outbox->next_sequence++;
    outbox->count++;
    outbox->bytes += stored;
    store->put_bytes += stored;
    return LQ_OK;
}

void lq_broker_store_ask_quiet(lq_broker_store_t *store, lq_broker_store_quiet_fn is_quiet,
                               void *context)
{
    store->is_quiet = is_quiet;
    store->quiet_context = context;
}

enum lq_result lq_broker_store_tell(lq_broker_store_t *store, enum lq_broker_entry_kind kind,
                                    const struct lq_broker_entry_body *body)
{
    struct lq_broker_entry entry = {.kind = kind};

    LQ_ASSERT(kind == LQ_BROKER_ENTRY_ACTION || kind == LQ_BROKER_ENTRY_QUOTA);
    return lq_broker_outbox_append(store, &entry, body);
}

struct telling {
    lq_broker_store_t *store;
    enum lq_broker_table table;
    enum lq_result result;
};

/* An entry that does not open has an empty value, and is said when it is used. */
static bool tell_of(void *context, struct lq_view key, struct lq_view value)
{
    struct telling *telling = context;
    struct lq_broker_entry entry = {.kind = LQ_BROKER_ENTRY_PUT, .table = telling->table};
    const struct lq_broker_entry_body body = {.key = key, .value = value};

    telling->result = lq_broker_outbox_append(telling->store, &entry, &body);
    return telling->result == LQ_OK;
}

enum lq_result lq_broker_outbox_tell_all(lq_broker_store_t *store)
{
    struct telling telling = {.store = store, .result = LQ_OK};
    enum lq_result result = LQ_OK;

    for (uint32_t table = 1; result == LQ_OK && table <= LQ_BROKER_TABLE_LAST; table++) {
        if (lq_broker_table_is_told_of(table)) {
            telling.table = table;
            result = lq_broker_store_each(store, table, lq_view_of(NULL, 0), tell_of, &telling);
            result = result == LQ_OK ? telling.result : result;
        }
    }
    return result;
}

/* ---- what goes ---- */

static bool has_too_much(const lq_broker_store_t *store)
{
    return store->outbox.bytes > store->outbox_bytes_max;
}

/* The oldest entry. *bytes: what it had. */
static enum lq_result remove_first(lq_broker_store_t *store, MDB_cursor *cursor, uint64_t *bytes)
{
    MDB_val key;
    MDB_val value;
    int code = mdb_cursor_get(cursor, &key, &value, MDB_FIRST);

    if (code == 0 &&
        (key.mv_size != LQ_BROKER_SEQUENCE_BYTES ||
         lq_broker_layout_get_sequence(key.mv_data) != lq_broker_outbox_first(&store->outbox))) {
        return LQ_ERR_CORRUPT;
    }
    if (code == 0) {
        *bytes = bytes_of(value.mv_size);
        code = mdb_cursor_del(cursor, 0);
    }
    if (code == 0) {
        store->outbox.count--;
        store->outbox.bytes -= *bytes;
    }
    return lq_lmdb_environment_result(code, "trim the outbox");
}

/* Those before `passed`; that one stays: a reader that begins again compares it with what he has,
 * and so knows an old copy of this store that has gone another way.
 *
 * At least so many entries, and twice the bytes that this transaction has put: it keeps up, however
 * long the entries are, and is bounded. */
static enum lq_result remove_some(lq_broker_store_t *store, uint64_t passed)
{
    uint32_t count = 0;
    uint64_t removed = 0;
    uint64_t bytes = 0;
    MDB_cursor *cursor;
    int code = mdb_cursor_open(store->write_txn,
                               store->environment.databases[LQ_BROKER_TABLE_OUTBOX], &cursor);
    enum lq_result result = lq_lmdb_environment_result(code, "open a cursor of the outbox");

    while (result == LQ_OK && store->outbox.count > 0 &&
           (lq_broker_outbox_first(&store->outbox) < passed || has_too_much(store)) &&
           (count < TRIMMED_LEAST || removed < 2 * store->put_bytes)) {
        result = remove_first(store, cursor, &bytes);
        removed += bytes;
        count++;
    }
    if (code == 0) {
        mdb_cursor_close(cursor);
    }
    return result;
}

/* Who is so far behind that what comes next for him is gone hears of it when he reads on. */
static enum lq_result drop_who_lags(lq_broker_store_t *store,
                                    const struct lq_broker_feed_state *state)
{
    enum lq_result result = LQ_OK;

    for (uint32_t index = 0; result == LQ_OK && index < state->cursor_count; index++) {
        const struct lq_broker_cursor *cursor = &state->cursors[index];
        if (cursor->sequence + 1 >= lq_broker_outbox_first(&store->outbox)) {
            continue;
        }
        lq_log_error("cursor %s of the broker's outbox is dropped: the outbox may have %" PRIu64
                     " bytes (broker/outbox_bytes_max, or a quarter of broker/store_map_bytes); it "
                     "stood behind entry %" PRIu64 " of %" PRIu64,
                     cursor->name, store->outbox_bytes_max, cursor->sequence,
                     store->outbox.next_sequence - 1);
        result = lq_broker_store_drop_cursor(store, lq_view_text(cursor->name));
    }
    return result;
}

uint64_t lq_broker_store_newest(const lq_broker_store_t *store)
{
    return store->outbox.next_sequence - 1;
}

enum lq_result lq_broker_outbox_trim(lq_broker_store_t *store)
{
    struct lq_broker_feed_state state;
    uint64_t passed = 0;
    enum lq_result result = lq_broker_store_feed_state(store, &state);

    if (result != LQ_OK) {
        return result;
    }
    for (uint32_t index = 0; index < state.cursor_count; index++) {
        if (index == 0 || state.cursors[index].sequence < passed) {
            passed = state.cursors[index].sequence;
        }
    }
    if (lq_broker_outbox_first(&store->outbox) >= passed && !has_too_much(store)) {
        return LQ_OK;
    }
    result = remove_some(store, passed);
    return result == LQ_OK ? drop_who_lags(store, &state) : result;
}
