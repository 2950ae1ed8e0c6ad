// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "store/lmdb/ledger_feed.h"

#include "store/core/content_prefix.h"
#include "store/lmdb/ledger_content.h"
#include "store/lmdb/ledger_lookup.h"
#include "store/lmdb/ledger_state.h"

/* One of the two sequences that are merged. */
struct source {
    MDB_cursor *cursor;
    bool has_next;
    uint64_t sequence;
    struct lq_view value;
};

struct merge {
    lq_ledger_t *ledger;
    struct lq_feed_run *run;
    struct source records, outbox;
    uint64_t outbox_after; /* the record that the next entry of the outbox comes after */
    size_t used_bytes;
};

static enum lq_result take(struct source *source, int code, MDB_val key, MDB_val value)
{
    source->has_next = code == 0;
    if (code == MDB_NOTFOUND) {
        return LQ_OK;
    }
    if (code != 0) {
        return lq_lmdb_environment_result(code, "walk the feed");
    }
    memcpy(&source->sequence, key.mv_data, sizeof source->sequence);
    source->value = lq_lmdb_environment_view(value);
    return LQ_OK;
}

static enum lq_result begin_source(struct merge *merge, struct source *source,
                                   enum lq_ledger_database database, uint64_t after)
{
    uint64_t first = after + 1;
    MDB_val key = lq_lmdb_environment_value(&first, sizeof first);
    MDB_val value = {0, NULL};
    int code = mdb_cursor_open(merge->ledger->read_txn,
                               merge->ledger->environment.databases[database], &source->cursor);

    if (code != 0) {
        source->cursor = NULL;
        return lq_lmdb_environment_result(code, "open a cursor of the feed");
    }
    code = mdb_cursor_get(source->cursor, &key, &value, MDB_SET_RANGE);
    return take(source, code, key, value);
}

static enum lq_result step(struct source *source)
{
    MDB_val key = {0, NULL};
    MDB_val value = {0, NULL};
    int code = mdb_cursor_get(source->cursor, &key, &value, MDB_NEXT);

    return take(source, code, key, value);
}

/* Which record the next entry of the outbox comes after. */
static enum lq_result look_at_outbox(struct merge *merge)
{
    struct lq_outbox_entry entry;

    if (!merge->outbox.has_next) {
        return LQ_OK;
    }
    if (lq_outbox_entry_decode(merge->outbox.value, &entry) != LQ_OK ||
        entry.outbox_sequence != merge->outbox.sequence) {
        return LQ_ERR_CORRUPT;
    }
    merge->outbox_after = entry.ledger_sequence;
    return LQ_OK;
}

static struct source *next_source(struct merge *merge)
{
    if (!merge->outbox.has_next) {
        return merge->records.has_next ? &merge->records : NULL;
    }
    return !merge->records.has_next || merge->outbox_after < merge->records.sequence
               ? &merge->outbox
               : &merge->records;
}

/* Copy the next entry. False: there is no room for it. */
static bool copy(struct merge *merge, const struct source *source)
{
    struct lq_feed_run *run = merge->run;
    uint8_t *to = run->memory + merge->used_bytes;
    size_t bytes = source->value.bytes;

    if (run->count == LQ_FEED_ENTRIES_MAX || bytes > run->bytes_max - merge->used_bytes) {
        return false;
    }
    memcpy(to, source->value.data, bytes);
    merge->used_bytes += bytes;
    run->entries[run->count++] =
        (struct lq_feed_entry){source == &merge->records, source->sequence, lq_view_of(to, bytes)};
    if (source == &merge->records) {
        run->end.ledger_sequence = source->sequence;
    } else {
        run->end.outbox_sequence = source->sequence;
    }
    return true;
}

static enum lq_result run_merge(struct merge *merge)
{
    enum lq_result result = look_at_outbox(merge);
    struct source *source;

    while (result == LQ_OK && (source = next_source(merge)) != NULL) {
        if (!copy(merge, source)) {
            return merge->run->count > 0 ? LQ_OK : LQ_ERR_LIMIT;
        }
        result = step(source);
        if (result == LQ_OK && source == &merge->outbox) {
            result = look_at_outbox(merge);
        }
    }
    return result;
}

static enum lq_result read_run(struct merge *merge, struct lq_feed_position after)
{
    lq_ledger_t *ledger = merge->ledger;
    struct lq_partition_state state;
    enum lq_result result = lq_ledger_state_get(ledger, ledger->read_txn, &state);

    if (result != LQ_OK) {
        return result == LQ_ERR_NOT_FOUND ? LQ_ERR_CORRUPT : result;
    }
    if (after.ledger_sequence >= state.next_ledger_sequence ||
        after.outbox_sequence >= state.next_outbox_sequence) {
        return LQ_ERR_INVALID;
    }
    if (after.outbox_sequence + 1 < state.first_outbox_sequence) {
        return LQ_ERR_STALE;
    }
    result = begin_source(merge, &merge->records, LQ_LEDGER_RECORDS, after.ledger_sequence);
    if (result == LQ_OK) {
        result = begin_source(merge, &merge->outbox, LQ_LEDGER_OUTBOX, after.outbox_sequence);
    }
    return result == LQ_OK ? run_merge(merge) : result;
}

enum lq_result lq_ledger_feed_read(lq_ledger_t *ledger, struct lq_feed_position after,
                                   struct lq_feed_run *run)
{
    struct merge merge = {.ledger = ledger, .run = run};

    LQ_ASSERT(run->bytes_max >= LQ_FEED_RUN_BYTES_MIN);
    run->count = 0;
    run->end = after;
    enum lq_result result = lq_ledger_read_begin(ledger);
    if (result != LQ_OK) {
        return result;
    }
    result = read_run(&merge, after);
    mdb_cursor_close(merge.records.cursor);
    mdb_cursor_close(merge.outbox.cursor);
    run->is_behind = lq_lmdb_environment_is_behind(&ledger->environment, ledger->read_txn);
    lq_ledger_read_end(ledger);
    return result;
}

static enum lq_result get(lq_ledger_t *ledger, const struct lq_feed_entry *entry, MDB_val *value)
{
    enum lq_ledger_database database = entry->is_record ? LQ_LEDGER_RECORDS : LQ_LEDGER_OUTBOX;
    MDB_val key = lq_lmdb_environment_value(&entry->sequence, sizeof entry->sequence);
    struct lq_partition_state state;
    enum lq_result result = lq_ledger_state_get(ledger, ledger->read_txn, &state);

    if (result == LQ_OK && !entry->is_record && entry->sequence < state.first_outbox_sequence) {
        return LQ_ERR_STALE;
    }
    return result == LQ_OK ? lq_lmdb_environment_result(
                                 mdb_get(ledger->read_txn, ledger->environment.databases[database],
                                         &key, value),
                                 "get an entry of the feed")
                           : result;
}

enum lq_result lq_ledger_feed_get(lq_ledger_t *ledger, struct lq_feed_entry *entry, uint8_t *memory,
                                  size_t bytes_max)
{
    MDB_val value = {0, NULL};
    enum lq_result result = lq_ledger_read_begin(ledger);

    if (result != LQ_OK) {
        return result;
    }
    result = get(ledger, entry, &value);
    if (result == LQ_OK && value.mv_size > bytes_max) {
        result = LQ_ERR_LIMIT;
    }
    if (result == LQ_OK) {
        memcpy(memory, value.mv_data, value.mv_size);
        entry->value = lq_view_of(memory, value.mv_size);
    }
    lq_ledger_read_end(ledger);
    return result;
}

enum lq_result lq_ledger_feed_dropped(lq_ledger_t *ledger, uint64_t session_number,
                                      uint64_t ledger_sequence, bool *dropped)
{
    struct lq_drop_proof proof;
    enum lq_result result = lq_ledger_read_begin(ledger);

    *dropped = false;
    if (result != LQ_OK) {
        return result;
    }
    result = lq_ledger_lookup_proof(ledger, ledger->read_txn, session_number, &proof);
    lq_ledger_read_end(ledger);
    *dropped = result == LQ_OK && ledger_sequence <= proof.last_sequence;
    return result == LQ_ERR_NOT_FOUND ? LQ_OK : result;
}

/* ---- what is sealed ---- */

/* A tenant's key, in the keyring until its next use. */
static enum lq_result find_key(lq_ledger_t *ledger, uint64_t tenant_number, uint32_t generation,
                               const uint8_t **key)
{
    enum lq_result result = lq_ledger_read_begin(ledger);

    if (result != LQ_OK) {
        return result;
    }
    result = lq_ledger_lookup_key(ledger, ledger->read_txn, tenant_number, generation, key);
    lq_ledger_read_end(ledger);
    return result == LQ_ERR_NOT_FOUND ? LQ_ERR_CORRUPT : result;
}

static enum lq_result open_record(lq_ledger_t *ledger, struct lq_view record, uint8_t *plain,
                                  struct lq_feed_plain *opened)
{
    struct lq_record_header header;
    struct lq_content_found found;
    const struct lq_content_wanted wanted = {
        .reader = LQ_CONTENT_OF_RECORDS, .header = &header, .record = record};
    enum lq_result result = lq_record_decode_header(record, &header);

    if (result == LQ_OK) {
        result = lq_ledger_content_read(ledger, &wanted, &found).result;
    }
    if (result != LQ_OK) {
        return result;
    }
    memcpy(plain, found.content.data, found.content.bytes);
    opened->content = lq_view_of(plain, found.content.bytes);
    return lq_content_prefix_read(opened->content, &opened->names) == LQ_OK ? LQ_OK
                                                                            : LQ_ERR_CORRUPT;
}

static enum lq_result open_event(lq_ledger_t *ledger, struct lq_view value, uint8_t *plain,
                                 struct lq_feed_plain *opened)
{
    struct lq_outbox_entry entry;
    const uint8_t *key = NULL;
    enum lq_result result = lq_outbox_entry_decode(value, &entry);

    if (result == LQ_OK &&
        (entry.kind != LQ_OUTBOX_EVENT || entry.body_bytes > LQ_FEED_PLAIN_BYTES_MAX)) {
        result = LQ_ERR_CORRUPT;
    }
    if (result == LQ_OK) {
        result = find_key(ledger, entry.tenant_number, entry.key_generation, &key);
    }
    if (result == LQ_OK) {
        result = lq_sealed_box_open(key, lq_view_of(value.data, LQ_OUTBOX_ENTRY_HEADER_BYTES),
                                    lq_view_of(value.data + LQ_OUTBOX_ENTRY_HEADER_BYTES,
                                               value.bytes - LQ_OUTBOX_ENTRY_HEADER_BYTES),
                                    plain);
    }
    opened->content = lq_view_of(plain, result == LQ_OK ? entry.body_bytes : 0);
    return result;
}

enum lq_result lq_ledger_feed_open(lq_ledger_t *ledger, const struct lq_feed_entry *entry,
                                   uint8_t *plain, struct lq_feed_plain *opened)
{
    *opened = (struct lq_feed_plain){.content = {NULL, 0}};
    return entry->is_record ? open_record(ledger, entry->value, plain, opened)
                            : open_event(ledger, entry->value, plain, opened);
}

enum lq_result lq_ledger_feed_seal_broker(const lq_ledger_t *ledger, struct lq_view entry,
                                          uint8_t *to)
{
    if (ledger->keyring == NULL) {
        return LQ_ERR_KEY;
    }
    lq_keyring_seal_broker(ledger->keyring, entry, to);
    return LQ_OK;
}

static enum lq_result walk_keys(MDB_cursor *cursor, uint64_t tenant_number,
                                lq_ledger_feed_key_fn each, void *context)
{
    uint8_t first[LQ_LEDGER_KEY_GENERATION_BYTES];
    MDB_val key = lq_lmdb_environment_value(first, sizeof first);
    MDB_val value;
    MDB_cursor_op op = MDB_SET_RANGE;
    uint64_t owner;
    uint32_t generation;
    int code;

    lq_ledger_key_generation(tenant_number, 1, first);
    while ((code = mdb_cursor_get(cursor, &key, &value, op)) == 0) {
        op = MDB_NEXT;
        if (lq_ledger_key_read_generation(lq_lmdb_environment_view(key), &owner, &generation) !=
            LQ_OK) {
            return LQ_ERR_CORRUPT;
        }
        if (owner != tenant_number) {
            return LQ_OK;
        }
        enum lq_result result = each(context, lq_lmdb_environment_view(value));
        if (result != LQ_OK) {
            return result;
        }
    }
    return code == MDB_NOTFOUND ? LQ_OK : lq_lmdb_environment_result(code, "walk keys");
}

enum lq_result lq_ledger_feed_each_key(lq_ledger_t *ledger, uint64_t tenant_number,
                                       lq_ledger_feed_key_fn each, void *context)
{
    MDB_cursor *cursor;
    enum lq_result result = lq_ledger_read_begin(ledger);

    if (result != LQ_OK) {
        return result;
    }
    int code =
        mdb_cursor_open(ledger->read_txn, ledger->environment.databases[LQ_LEDGER_KEYS], &cursor);
    result = lq_lmdb_environment_result(code, "open a cursor of keys");
    if (result == LQ_OK) {
        result = walk_keys(cursor, tenant_number, each, context);
        mdb_cursor_close(cursor);
    }
    lq_ledger_read_end(ledger);
    return result;
}

/* ---- how far it has come ---- */

static enum lq_result take_cursor(MDB_val key, MDB_val value, struct lq_feed_state *state)
{
    struct lq_feed_cursor *to = &state->cursors[state->cursor_count];

    if (state->cursor_count == LQ_CURSORS_MAX || key.mv_size > LQ_CURSOR_NAME_BYTES_MAX) {
        return LQ_ERR_CORRUPT;
    }
    memcpy(to->name, key.mv_data, key.mv_size);
    to->name[key.mv_size] = '\0';
    state->cursor_count++;
    return lq_ledger_key_get_cursor(lq_lmdb_environment_view(value), &to->position);
}

static enum lq_result list_cursors(lq_ledger_t *ledger, struct lq_feed_state *state)
{
    enum lq_result result = LQ_OK;
    MDB_cursor *cursor;
    MDB_val key;
    MDB_val value;
    int code = mdb_cursor_open(ledger->read_txn, ledger->environment.databases[LQ_LEDGER_CURSORS],
                               &cursor);

    if (code != 0) {
        return lq_lmdb_environment_result(code, "open a cursor of cursors");
    }
    while (result == LQ_OK && (code = mdb_cursor_get(cursor, &key, &value, MDB_NEXT)) == 0) {
        result = take_cursor(key, value, state);
    }
    mdb_cursor_close(cursor);
    return result == LQ_OK && code != MDB_NOTFOUND ? lq_lmdb_environment_result(code, "next cursor")
                                                   : result;
}

enum lq_result lq_ledger_feed_state(lq_ledger_t *ledger, struct lq_feed_state *state)
{
    struct lq_partition_state partition;

    LQ_ASSERT(ledger->reading);
    enum lq_result result = lq_ledger_state_get(ledger, ledger->read_txn, &partition);
    if (result != LQ_OK) {
        return result;
    }
    *state = (struct lq_feed_state){
        .newest = {partition.next_ledger_sequence - 1, partition.next_outbox_sequence - 1},
        .first_outbox_sequence = partition.first_outbox_sequence,
        .gapless = {partition.gapless_ledger, partition.gapless_outbox},
        .outbox_count = partition.outbox_count,
        .outbox_bytes = partition.outbox_bytes,
        .wall_verdict = partition.wall_verdict,
        .drop_waits = partition.drop_waits,
    };
    memcpy(state->history, partition.history, sizeof state->history);
    memcpy(state->master_digest, partition.master_digest, sizeof state->master_digest);
    return list_cursors(ledger, state);
}
