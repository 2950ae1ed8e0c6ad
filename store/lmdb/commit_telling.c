// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* The tables told again: a note for each entry, as if it were new, for a reader whose notes were
 * trimmed. A step at a time, each in a group of its own beside ticks; whoever asks keeps the place.
 * A step that is made twice tells the same twice, and what changes meanwhile has notes of its own
 * behind: whoever takes the notes in their order has the tables when the last step is told. */
#include "store/lmdb/commit_group.h"

enum { TABLES = 3 };

/* In this order a note stands behind those that it needs. */
static const enum lq_ledger_database tables[TABLES] = {LQ_LEDGER_NAMES, LQ_LEDGER_KEYS,
                                                       LQ_LEDGER_LETTERS};

/* An entry, copied out: it dies with the next write. */
struct told_entry {
    uint8_t key[LQ_LEDGER_KEY_NAME_BYTES_MAX];
    uint8_t value[LQ_TENANT_VALUE_BYTES_MAX]; /* the longest */
    struct lq_view name, content;
};

/* The next one of a table behind a key, of an empty one the first. Values longer than notes need
 * are cut. */
static enum lq_result find_next(struct lq_commit_group *group, enum lq_ledger_database table,
                                struct lq_view after, struct told_entry *entry)
{
    MDB_val key = lq_lmdb_environment_value(after.data, after.bytes);
    MDB_val value = {0, NULL};
    MDB_cursor *cursor;
    MDB_dbi database = group->ledger->environment.databases[table];
    int code = mdb_cursor_open(group->txn, database, &cursor);

    if (code != 0) {
        return lq_lmdb_environment_result(code, "open a cursor to tell by");
    }
    code = mdb_cursor_get(cursor, &key, &value, after.bytes == 0 ? MDB_FIRST : MDB_SET_RANGE);
    if (code == 0 && after.bytes == key.mv_size &&
        memcmp(after.data, key.mv_data, key.mv_size) == 0) {
        code = mdb_cursor_get(cursor, &key, &value, MDB_NEXT);
    }
    enum lq_result result = lq_lmdb_environment_result(code, "next to be told");
    if (result == LQ_OK && key.mv_size > sizeof entry->key) {
        result = LQ_ERR_CORRUPT;
    }
    if (result == LQ_OK) {
        size_t bytes = value.mv_size < sizeof entry->value ? value.mv_size : sizeof entry->value;
        memcpy(entry->key, key.mv_data, key.mv_size);
        memcpy(entry->value, value.mv_data, bytes);
        entry->name = lq_view_of(entry->key, key.mv_size);
        entry->content = lq_view_of(entry->value, bytes);
    }
    mdb_cursor_close(cursor);
    return result;
}

/* ---- notes ---- */

static enum lq_result tell(struct lq_commit_group *group, struct lq_outbox_entry *entry,
                           const struct lq_outbox_note *note)
{
    entry->event_index = 1; /* again */
    return lq_commit_outbox_note(group, entry, note);
}

/* Of a session whose records are all gone the proof tells whose it was; its head is its last frame.
 */
static enum lq_result place_deleted(struct lq_commit_group *group, struct lq_outbox_entry *entry,
                                    const struct lq_head_state *head, uint64_t *frame)
{
    struct lq_drop_proof proof;
    enum lq_result result =
        lq_ledger_lookup_proof(group->ledger, group->txn, entry->session_number, &proof);

    if (result == LQ_OK) {
        entry->tenant_number = proof.tenant_number;
        entry->ledger_sequence = head->ledger_sequence;
        *frame = head->frame;
    }
    return result;
}

/* Where a frame lies, or the first of its session that is left. */
static enum lq_result place_frame(struct lq_commit_group *group, struct lq_outbox_entry *entry,
                                  uint64_t *first_frame)
{
    struct lq_record_header header;
    struct lq_head_state head;
    struct lq_view record;
    enum lq_result result =
        lq_ledger_lookup_head(group->ledger, group->txn, entry->session_number, &head);

    if (result != LQ_OK) {
        return result;
    }
    const struct lq_ledger_chain chain = {entry->session_number, &head};
    *first_frame = lq_head_first_frame(&head);
    if (*first_frame > head.frame) {
        return place_deleted(group, entry, &head, first_frame);
    }
    result = lq_ledger_lookup_frame(group->ledger, group->txn, chain,
                                    entry->frame > *first_frame ? entry->frame : *first_frame,
                                    &record, &header);
    entry->tenant_number = header.tenant_number;
    entry->ledger_sequence = header.ledger_sequence;
    return result;
}

/* Of a session that was told: that it was deleted, if it was. */
static enum lq_result tell_deleted(struct lq_commit_group *group,
                                   const struct lq_outbox_entry *session)
{
    struct lq_outbox_entry entry = {.kind = LQ_OUTBOX_DELETED,
                                    .tenant_number = session->tenant_number,
                                    .session_number = session->session_number};
    struct lq_outbox_note note = {.letter_id = 0};
    struct lq_head_state head;
    enum lq_result result =
        lq_ledger_lookup_head(group->ledger, group->txn, session->session_number, &head);

    if (result != LQ_OK || head.life != LQ_HEAD_DELETED) {
        return result;
    }
    entry.frame = head.frame;
    note.ledger_sequence = head.ledger_sequence;
    memcpy(note.hash, head.hash, LQ_HASH_BYTES);
    return tell(group, &entry, &note);
}

static enum lq_result tell_session(struct lq_commit_group *group, const struct told_entry *told,
                                   struct lq_view name)
{
    struct lq_outbox_entry entry = {.kind = LQ_OUTBOX_SESSION};
    struct lq_session_value session;
    uint64_t first_frame = 0;
    enum lq_result result =
        lq_ledger_key_get_session(lq_view_of(told->value, LQ_SESSION_VALUE_BYTES), &session);

    if (result == LQ_OK) {
        entry.session_number = session.number;
        entry.tenant_number = session.tenant_number;
        result = place_frame(group, &entry, &first_frame);
    }
    entry.frame = first_frame;
    if (result == LQ_OK) {
        result = tell(group, &entry, &(struct lq_outbox_note){.name = name});
    }
    return result == LQ_OK ? tell_deleted(group, &entry) : result;
}

static enum lq_result tell_name(struct lq_commit_group *group, const struct told_entry *told)
{
    struct lq_outbox_entry entry = {.kind = LQ_OUTBOX_TENANT};
    struct lq_session_names names;
    struct lq_tenant_value tenant;
    enum lq_result result = lq_ledger_key_read_name(told->name, &names);

    if (result != LQ_OK) {
        return result;
    }
    if (names.session.bytes > 0) {
        return tell_session(group, told, names.session);
    }
    result = lq_ledger_key_get_tenant(told->content, &tenant);
    entry.tenant_number = tenant.number;
    if (result == LQ_OK) {
        result =
            tell(group, &entry,
                 &(struct lq_outbox_note){.execution = tenant.execution, .name = names.tenant});
    }
    if (result == LQ_OK && tenant.has_retention) {
        struct lq_outbox_entry also = {.kind = LQ_OUTBOX_RETENTION, .tenant_number = tenant.number};
        result = tell(group, &also, &(struct lq_outbox_note){.retention_s = tenant.retention_s});
    }
    return result;
}

static enum lq_result tell_key(struct lq_commit_group *group, const struct told_entry *told)
{
    struct lq_outbox_entry entry = {.kind = LQ_OUTBOX_KEY};
    enum lq_result result =
        lq_ledger_key_read_generation(told->name, &entry.tenant_number, &entry.key_generation);

    return result == LQ_OK ? tell(group, &entry, &(struct lq_outbox_note){.letter_id = 0}) : result;
}

static enum lq_result tell_letter(struct lq_commit_group *group, const struct told_entry *told)
{
    struct lq_outbox_entry entry = {.kind = LQ_OUTBOX_LETTER};
    struct lq_outbox_note note = {.letter_id = 0};
    struct lq_letter_value letter;
    uint64_t first_frame = 0;
    enum lq_result result = lq_ledger_key_get_letter(told->content, &letter);

    if (told->name.bytes != sizeof note.letter_id) {
        return LQ_ERR_CORRUPT;
    }
    memcpy(&note.letter_id, told->name.data, sizeof note.letter_id);
    if (result == LQ_OK) {
        entry.session_number = letter.session_number;
        entry.frame = letter.frame;
        result = place_frame(group, &entry, &first_frame);
    }
    bool is_placed = result == LQ_OK && entry.tenant_number > 0;
    return is_placed ? tell(group, &entry, &note) : result;
}

static enum lq_result tell_entry(struct lq_commit_group *group, enum lq_ledger_database table,
                                 const struct told_entry *told)
{
    switch (table) {
    case LQ_LEDGER_NAMES:
        return tell_name(group, told);
    case LQ_LEDGER_KEYS:
        return tell_key(group, told);
    default:
        return tell_letter(group, told);
    }
}

/* ---- a step ---- */

static void put_place(struct lq_commit_telling *telling, uint8_t table, struct lq_view key)
{
    telling->place[0] = table;
    if (key.bytes > 0) {
        memcpy(telling->place + 1, key.data, key.bytes);
    }
    telling->place_bytes = 1 + (uint32_t)key.bytes;
}

static enum lq_result begin(struct lq_commit_group *group, struct lq_commit_telling *telling)
{
    struct lq_outbox_entry entry = {.kind = LQ_OUTBOX_AGAIN};

    put_place(telling, 0, lq_view_of(NULL, 0));
    return tell(group, &entry, &(struct lq_outbox_note){.letter_id = 0});
}

static enum lq_result tell_some(struct lq_commit_group *group, struct lq_commit_telling *telling)
{
    struct told_entry told;

    while (telling->place[0] < TABLES && telling->told < LQ_COMMIT_TELLING_ENTRIES) {
        uint8_t table = telling->place[0];
        enum lq_result result = find_next(
            group, tables[table], lq_view_of(telling->place + 1, telling->place_bytes - 1), &told);
        if (result == LQ_ERR_NOT_FOUND) {
            put_place(telling, table + 1, lq_view_of(NULL, 0));
            continue;
        }
        if (result == LQ_OK) {
            result = tell_entry(group, tables[table], &told);
        }
        if (result != LQ_OK) {
            return result;
        }
        put_place(telling, table, told.name);
        telling->told++;
    }
    telling->place_bytes = telling->place[0] < TABLES ? telling->place_bytes : 0;
    return LQ_OK;
}

static bool is_a_place(struct lq_view place)
{
    size_t bytes = place.bytes - 1; /* of the key; of letters an integer of the machine */

    return place.bytes > 0 && place.bytes <= LQ_TELLING_PLACE_BYTES_MAX && place.data[0] < TABLES &&
           (tables[place.data[0]] != LQ_LEDGER_LETTERS || bytes == 0 || bytes == sizeof(uint64_t));
}

enum lq_result lq_commit_telling_step(struct lq_commit_group *group, struct lq_commit *item)
{
    struct lq_commit_telling *telling = &item->telling;
    const struct lq_partition_state *state = &group->state;
    enum lq_result result = LQ_OK;

    *telling = (struct lq_commit_telling){.first = state->next_outbox_sequence};
    if (item->place.bytes == 0) {
        result = begin(group, telling);
    } else if (is_a_place(item->place)) {
        put_place(telling, item->place.data[0],
                  lq_view_of(item->place.data + 1, item->place.bytes - 1));
    } else {
        lq_commit_group_decide(item, LQ_COMMIT_UNKNOWN, 0, NULL);
        return LQ_OK;
    }
    if (result == LQ_OK) {
        result = tell_some(group, telling);
    }
    telling->all = state->name_count + state->key_count + state->letter_count;
    telling->last = state->next_outbox_sequence - 1;
    lq_commit_group_decide(item, LQ_COMMIT_DONE, 0, NULL);
    return result == LQ_OK ? LQ_OK : lq_commit_group_decide_broken(item, result);
}
