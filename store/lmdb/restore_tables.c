// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* The end of a restore: each table is walked once, and what points nowhere is taken out. */
#include "store/lmdb/restore_tables.h"

#include "base/little_endian.h"

/* Looked at in one transaction. */
enum { ENTRIES_PER_TRANSACTION = 2048, KEY_BYTES_MAX = LQ_LEDGER_KEY_NAME_BYTES_MAX };

/* Whether an entry stays. What counts and sums say of one that goes is the caller's to correct. */
typedef enum lq_result (*stays_fn)(lq_ledger_restore_t *restore, struct lq_view key,
                                   struct lq_view value, bool *stays);

struct walk {
    lq_ledger_restore_t *restore;
    enum lq_ledger_database database;
    stays_fn stays;
    struct lq_digest_sum *sum; /* of the state; NULL: none */
    uint64_t *left;            /* counts what goes; NULL: nobody wants to know */
    uint64_t *count;           /* of the state, likewise */
    uint8_t last[KEY_BYTES_MAX];
    size_t last_bytes; /* 0: at the beginning */
};

static int go_to(const struct walk *walk, MDB_cursor *cursor, MDB_val *key, MDB_val *value)
{
    MDB_val last = lq_lmdb_environment_value(walk->last, walk->last_bytes);

    if (walk->last_bytes == 0) {
        return mdb_cursor_get(cursor, key, value, MDB_FIRST);
    }
    *key = last;
    int code = mdb_cursor_get(cursor, key, value, MDB_SET_RANGE);
    return code == 0 && mdb_cmp(mdb_cursor_txn(cursor), mdb_cursor_dbi(cursor), key, &last) == 0
               ? mdb_cursor_get(cursor, key, value, MDB_NEXT)
               : code;
}

static enum lq_result take_out(const struct walk *walk, MDB_cursor *cursor, MDB_val key,
                               MDB_val value)
{
    uint8_t digest[LQ_HASH_BYTES];

    if (walk->sum != NULL) {
        lq_entry_proof_digest(lq_lmdb_environment_view(key), lq_lmdb_environment_view(value),
                              digest);
        lq_digest_sum_subtract(walk->sum, digest);
    }
    if (walk->left != NULL) {
        (*walk->left)++;
    }
    if (walk->count != NULL) {
        (*walk->count)--;
    }
    if (walk->database == LQ_LEDGER_OUTBOX) {
        walk->restore->group.state.outbox_bytes -= key.mv_size + value.mv_size;
    }
    return lq_lmdb_environment_result(mdb_cursor_del(cursor, 0), "take out an entry");
}

/* Some entries; *ended: there are no more. */
static enum lq_result walk_on(struct walk *walk, MDB_cursor *cursor, bool *ended)
{
    enum lq_result result = LQ_OK;
    MDB_val key;
    MDB_val value;

    for (uint32_t index = 0; result == LQ_OK && index < ENTRIES_PER_TRANSACTION; index++) {
        int code = go_to(walk, cursor, &key, &value);
        if (code != 0) {
            *ended = code == MDB_NOTFOUND;
            return *ended ? LQ_OK : lq_lmdb_environment_result(code, "walk a table");
        }
        bool stays = true;
        LQ_ASSERT(key.mv_size <= sizeof walk->last);
        memcpy(walk->last, key.mv_data, key.mv_size);
        walk->last_bytes = key.mv_size;
        result = walk->stays(walk->restore, lq_lmdb_environment_view(key),
                             lq_lmdb_environment_view(value), &stays);
        if (result == LQ_OK && !stays) {
            result = take_out(walk, cursor, key, value);
        }
    }
    return result;
}

static enum lq_result walk_table(struct walk *walk)
{
    lq_ledger_restore_t *restore = walk->restore;
    bool ended = false;
    enum lq_result result = LQ_OK;

    while (result == LQ_OK && !ended) {
        MDB_cursor *cursor;
        result = lq_restore_tables_commit(restore);
        if (result == LQ_OK) {
            result = lq_restore_tables_begin(restore, 0);
        }
        if (result != LQ_OK) {
            return result;
        }
        int code =
            mdb_cursor_open(restore->group.txn,
                            restore->group.ledger->environment.databases[walk->database], &cursor);
        if (code != 0) {
            return lq_lmdb_environment_result(code, "open a cursor");
        }
        result = walk_on(walk, cursor, &ended);
        mdb_cursor_close(cursor);
    }
    return result;
}

enum lq_result lq_restore_tables_mark_deleted(lq_ledger_restore_t *restore, uint64_t session_number)
{
    struct lq_view number = lq_view_of(&session_number, sizeof session_number);
    uint8_t head[LQ_HEAD_BYTES];
    struct lq_view found;
    enum lq_result result = lq_restore_tables_get(restore, LQ_LEDGER_HEADS, number, &found);

    if (result != LQ_OK) {
        return result;
    }
    LQ_ASSERT(found.bytes == sizeof head); /* all of them are this restore's own */
    memcpy(head, found.data, sizeof head); /* it dies with the put */
    head[LQ_HEAD_LIFE_AT] = LQ_HEAD_DELETED;
    return lq_restore_tables_put(restore, LQ_LEDGER_HEADS, number, lq_view_of(head, sizeof head));
}

/* ---- what stays ---- */

/* Not found is an answer. */
static enum lq_result answer(enum lq_result result, bool *stays)
{
    *stays = result == LQ_OK;
    return result == LQ_ERR_NOT_FOUND ? LQ_OK : result;
}

static enum lq_result head_of(lq_ledger_restore_t *restore, uint64_t session_number,
                              struct lq_head_state *head)
{
    enum lq_result result =
        lq_ledger_lookup_head(restore->group.ledger, restore->group.txn, session_number, head);
    bool empty = result == LQ_ERR_CORRUPT || (result == LQ_OK && head->record_count == 0);

    return empty ? LQ_ERR_NOT_FOUND : result;
}

static enum lq_result name_stays(lq_ledger_restore_t *restore, struct lq_view key,
                                 struct lq_view value, bool *stays)
{
    struct lq_session_names names;
    struct lq_session_value session;
    struct lq_tenant_value tenant;
    struct lq_head_state head;
    uint32_t generation;
    enum lq_result result = lq_ledger_key_read_name(key, &names);

    if (result == LQ_OK && names.session.bytes > 0) {
        result = lq_ledger_key_get_session(value, &session);
        return result == LQ_OK ? answer(head_of(restore, session.number, &head), stays) : result;
    }
    if (result == LQ_OK) {
        result = lq_ledger_key_get_tenant(value, &tenant);
    }
    return result == LQ_OK
               ? answer(lq_ledger_lookup_generation(restore->group.ledger, restore->group.txn,
                                                    tenant.number, &generation),
                        stays)
               : result;
}

static enum lq_result key_stays(lq_ledger_restore_t *restore, struct lq_view key,
                                struct lq_view value, bool *stays)
{
    uint64_t tenant_number;
    uint32_t generation = 0;
    enum lq_result result = lq_ledger_key_read_generation(key, &tenant_number, &generation);

    (void)restore;
    (void)value;
    *stays = generation > 0; /* 0 was a name under its number */
    return result;
}

static enum lq_result head_stays(lq_ledger_restore_t *restore, struct lq_view key,
                                 struct lq_view value, bool *stays)
{
    struct lq_head_state head;

    (void)restore;
    (void)key;
    *stays = lq_restore_tables_has_records(value, &head);
    return LQ_OK;
}

static enum lq_result letter_stays(lq_ledger_restore_t *restore, struct lq_view key,
                                   struct lq_view value, bool *stays)
{
    struct lq_letter_value letter;
    struct lq_head_state head;
    enum lq_result result = lq_ledger_key_get_letter(value, &letter);

    (void)key;
    if (result == LQ_OK) {
        result = answer(head_of(restore, letter.session_number, &head), stays);
    }
    *stays = *stays && result == LQ_OK && letter.frame <= head.frame;
    return result;
}

/* An entry about a frame needs that frame; one about a tenant, its key. */
static enum lq_result entry_stays(lq_ledger_restore_t *restore, struct lq_view key,
                                  struct lq_view value, bool *stays)
{
    struct lq_outbox_entry entry;
    struct lq_record_header record;
    struct lq_head_state head;
    struct lq_view view;
    uint8_t wanted[LQ_LEDGER_KEY_GENERATION_BYTES];
    enum lq_result result = lq_outbox_entry_decode(value, &entry);

    (void)key;
    if (result != LQ_OK) {
        return result;
    }
    if (entry.kind == LQ_OUTBOX_AGAIN) {
        *stays = true;
        return LQ_OK;
    }
    if (entry.session_number == 0) {
        lq_ledger_key_generation(entry.tenant_number,
                                 entry.kind == LQ_OUTBOX_KEY ? entry.key_generation : 1, wanted);
        return answer(lq_restore_tables_get(restore, LQ_LEDGER_KEYS,
                                            lq_view_of(wanted, sizeof wanted), &view),
                      stays);
    }
    if (entry.kind == LQ_OUTBOX_DELETED) { /* of its last frame, whichever record it comes after */
        result = answer(head_of(restore, entry.session_number, &head), stays);
        *stays = *stays && result == LQ_OK && head.frame == entry.frame;
        return result;
    }
    result = lq_ledger_lookup_record(restore->group.ledger, restore->group.txn,
                                     entry.ledger_sequence, &view, &record);
    result = answer(result, stays);
    *stays = *stays && result == LQ_OK && record.session_number == entry.session_number &&
             record.tenant_number == entry.tenant_number && record.frame == entry.frame;
    return result;
}

/* Nothing goes; who asked is told of heads that count no records. */
static enum lq_result tell_empty(lq_ledger_restore_t *restore, struct lq_view key,
                                 struct lq_view value, bool *stays)
{
    struct lq_head_state head;
    uint64_t session_number;

    *stays = true;
    if (lq_restore_tables_has_records(value, &head)) {
        return LQ_OK;
    }
    memcpy(&session_number, key.data, sizeof session_number);
    return restore->each_empty(restore->empty_context, lq_get_u64(value.data), session_number,
                               lq_get_u64(value.data + 8));
}

enum lq_result lq_restore_tables_each_empty(lq_ledger_restore_t *restore)
{
    struct walk walk = {.restore = restore, .database = LQ_LEDGER_HEADS, .stays = tell_empty};

    return walk_table(&walk);
}

/* ---- the whole ---- */

static enum lq_result take_out_all(lq_ledger_restore_t *restore,
                                   struct lq_ledger_restored *restored)
{
    struct lq_partition_state *state = &restore->group.state;
    uint64_t names_left = 0;
    struct walk walks[] = {
        {.database = LQ_LEDGER_KEYS, .stays = key_stays},
        {.database = LQ_LEDGER_NAMES,
         .stays = name_stays,
         .sum = &state->names,
         .left = &names_left,
         .count = &state->name_count},
        {.database = LQ_LEDGER_HEADS, .stays = head_stays, .left = &restored->sessions_left},
        {.database = LQ_LEDGER_LETTERS,
         .stays = letter_stays,
         .sum = &state->letters,
         .left = &restored->letters_left,
         .count = &state->letter_count},
        {.database = LQ_LEDGER_OUTBOX,
         .stays = entry_stays,
         .sum = &state->outbox,
         .left = &restored->entries_left,
         .count = &state->outbox_count},
    };
    enum lq_result result = LQ_OK;

    for (size_t index = 0; result == LQ_OK && index < sizeof walks / sizeof walks[0]; index++) {
        walks[index].restore = restore;
        result = walk_table(&walks[index]);
    }
    restored->tenants_left = names_left - restored->sessions_left;
    return result;
}

/* Where nothing is missing nothing may be missing. */
static uint64_t gapless(uint64_t first, uint64_t next, uint64_t count)
{
    return count == next - first ? first : next;
}

static void tell(const lq_ledger_restore_t *restore, struct lq_ledger_restored *restored)
{
    const struct lq_partition_state *state = &restore->group.state;

    restored->tenants = state->name_count - state->session_count;
    restored->sessions = state->session_count;
    restored->records = state->record_count;
    restored->entries = state->outbox_count;
    restored->letters = state->letter_count;
    restored->ledger_sequence = state->next_ledger_sequence - 1;
    restored->outbox_sequence = state->next_outbox_sequence - 1;
    restored->epoch = restore->epoch;
    memcpy(restored->history, state->history, sizeof restored->history);
}

enum lq_result lq_restore_tables_finish(lq_ledger_restore_t *restore,
                                        struct lq_ledger_restored *restored)
{
    struct lq_partition_state *state = &restore->group.state;
    const struct lq_partition_state *next = &restore->next;

    *restored = (struct lq_ledger_restored){.tenants = 0};
    enum lq_result result = take_out_all(restore, restored);
    if (result == LQ_OK) {
        result = lq_restore_tables_begin(restore, 0);
    }
    if (result != LQ_OK) {
        return result;
    }
    state->gapless_ledger = gapless(1, next->next_ledger_sequence, state->record_count);
    state->gapless_tenant =
        gapless(1, next->next_tenant_number, state->name_count - state->session_count);
    state->gapless_session = gapless(1, next->next_session_number, state->session_count);
    state->gapless_outbox =
        gapless(restore->outbox_after + 1, next->next_outbox_sequence, state->outbox_count);
    result = lq_restore_tables_commit(restore);
    tell(restore, restored);
    return result;
}

enum lq_result lq_restore_tables_retention(lq_ledger_restore_t *restore, uint64_t tenant_number,
                                           uint64_t retention_s)
{
    uint8_t number[LQ_LEDGER_KEY_GENERATION_BYTES];
    uint8_t name[LQ_LEDGER_KEY_NAME_BYTES_MAX];
    struct lq_view found;

    lq_ledger_key_generation(tenant_number, 0, number); /* where the name waits */
    enum lq_result result =
        lq_restore_tables_get(restore, LQ_LEDGER_KEYS, lq_view_of(number, sizeof number), &found);
    if (result != LQ_OK) {
        return result;
    }
    struct lq_view key = lq_view_of(name, lq_ledger_key_tenant(found, name));
    result = lq_restore_tables_get(restore, LQ_LEDGER_NAMES, key, &found);
    return result == LQ_OK ? lq_commit_retention_put(&restore->group, key, found, retention_s)
                           : result;
}

bool lq_restore_tables_has_records(struct lq_view value, struct lq_head_state *head)
{
    return lq_head_decode(value, head) == LQ_OK && head->record_count > 0;
}

bool lq_restore_tables_same_name(enum lq_outbox_kind kind, struct lq_view one, struct lq_view other)
{
    struct lq_tenant_value tenants[2];

    return kind != LQ_OUTBOX_TENANT
               ? lq_view_equal(one, other)
               : lq_ledger_key_get_tenant(one, &tenants[0]) == LQ_OK &&
                     lq_ledger_key_get_tenant(other, &tenants[1]) == LQ_OK &&
                     tenants[0].number == tenants[1].number &&
                     lq_execution_id_equal(tenants[0].execution, tenants[1].execution);
}
