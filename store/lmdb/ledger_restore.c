// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "store/lmdb/ledger_restore.h"

#include "base/alloc.h"
#include "base/little_endian.h"
#include "store/core/content_prefix.h"
#include "store/lmdb/commit_group.h"
#include "store/lmdb/ledger_content.h"
#include "store/lmdb/ledger_state.h"
#include "store/lmdb/restore_tables.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

/* Of a transaction: entries, and bytes of their values. */
enum { PUTS_MAX = 2048, BYTES_MAX = 16 * 1024 * 1024 };
/* More than such a transaction takes of the map, with the pages of the trees that it copies. */
#define ROOM_BYTES (UINT64_C(64) * 1024 * 1024)

static enum lq_result refuse(lq_ledger_restore_t *restore, const char *why)
{
    restore->why = why;
    return LQ_ERR_CORRUPT;
}

const char *lq_ledger_restore_why(const lq_ledger_restore_t *restore)
{
    return restore->why != NULL ? restore->why : "";
}

enum lq_result lq_ledger_restore_open(const struct lq_ledger_restore_options *options,
                                      lq_ledger_restore_t **restore,
                                      struct lq_error_message *message)
{
    struct stat found;
    lq_keyring_t *keyring = NULL;
    lq_ledger_t *ledger = NULL;

    if (stat(options->ledger.folder, &found) == 0) {
        lq_error_message_set(message, "%.200s is there already", options->ledger.folder);
        return LQ_ERR_EXISTS;
    }
    /* A writer of a new partition would make a master key that is missing. */
    enum lq_result result = lq_keyring_open(options->ledger.master_key_file, &keyring, message);
    lq_keyring_close(&keyring);
    if (result == LQ_OK) {
        result = lq_ledger_open_writer(&options->ledger, &ledger, message);
    }
    if (result != LQ_OK) {
        return result;
    }
    lq_ledger_restore_t *made = lq_alloc(1, sizeof *made);
    made->group.ledger = ledger;
    made->outbox_after = options->outbox_after;
    made->plain = lq_alloc(LQ_TICK_BYTES_MAX, 1);
    if (options->tenant != NULL) {
        snprintf(made->only, sizeof made->only, "%s", options->tenant);
    }
    made->next = (struct lq_partition_state){.next_ledger_sequence = 1,
                                             .next_tenant_number = 1,
                                             .next_session_number = 1,
                                             .next_outbox_sequence = options->outbox_after + 1};
    *restore = made;
    return LQ_OK;
}

void lq_ledger_restore_close(lq_ledger_restore_t **restore)
{
    if (*restore == NULL) {
        return;
    }
    if ((*restore)->group.txn != NULL) {
        mdb_txn_abort((*restore)->group.txn);
    }
    lq_ledger_close(&(*restore)->group.ledger);
    free((*restore)->plain);
    free(*restore);
    *restore = NULL;
}

/* ---- transactions ---- */

enum lq_result lq_restore_tables_begin(lq_ledger_restore_t *restore, size_t bytes)
{
    struct lq_commit_group *group = &restore->group;

    if (group->txn != NULL && (++restore->put_count > PUTS_MAX || restore->put_bytes > BYTES_MAX)) {
        enum lq_result committed = lq_restore_tables_commit(restore);
        if (committed != LQ_OK) {
            return committed;
        }
    }
    restore->put_bytes += bytes;
    if (group->txn != NULL) {
        return LQ_OK;
    }
    /* A map or a disk that has less may still have enough. */
    enum lq_result result = lq_ledger_make_room(group->ledger, ROOM_BYTES);
    if (result == LQ_ERR_IO) {
        return result;
    }
    result = lq_lmdb_environment_begin(&group->ledger->environment, 0, &group->txn);
    if (result == LQ_OK && !restore->has_state) {
        /* Read once: before the end names and heads do not have the counts that a state demands. */
        result = lq_ledger_state_get(group->ledger, group->txn, &group->state);
        restore->has_state = result == LQ_OK;
    }
    return result;
}

enum lq_result lq_restore_tables_commit(lq_ledger_restore_t *restore)
{
    struct lq_commit_group *group = &restore->group;
    MDB_txn *txn = group->txn;

    restore->put_count = restore->put_bytes = 0;
    if (txn == NULL) {
        return LQ_OK;
    }
    group->state.next_ledger_sequence = restore->next.next_ledger_sequence;
    group->state.next_tenant_number = restore->next.next_tenant_number;
    group->state.next_session_number = restore->next.next_session_number;
    group->state.next_outbox_sequence = restore->next.next_outbox_sequence;
    group->state.first_outbox_sequence = restore->outbox_after + 1;
    enum lq_result result = lq_ledger_state_put(group->ledger, txn, &group->state);
    if (result != LQ_OK) {
        return result;
    }
    group->txn = NULL;
    return lq_lmdb_environment_commit(&group->ledger->environment, txn, "restore");
}

static void raise_to(uint64_t *next, uint64_t used)
{
    if (used >= *next) {
        *next = used + 1;
    }
}

static void see_epoch(lq_ledger_restore_t *restore, uint64_t epoch)
{
    if (epoch > restore->epoch) {
        restore->epoch = epoch;
    }
}

enum lq_result lq_restore_tables_put(lq_ledger_restore_t *restore, enum lq_ledger_database database,
                                     struct lq_view key, struct lq_view value)
{
    struct lq_commit_group *group = &restore->group;
    MDB_val name = lq_lmdb_environment_value(key.data, key.bytes);
    MDB_val data = lq_lmdb_environment_value(value.data, value.bytes);

    return lq_lmdb_environment_result(
        mdb_put(group->txn, group->ledger->environment.databases[database], &name, &data, 0),
        "restore an entry");
}

/* An entry that no other has put before. */
static enum lq_result put_new(lq_ledger_restore_t *restore, enum lq_ledger_database database,
                              struct lq_view key, struct lq_view value)
{
    struct lq_commit_group *group = &restore->group;
    MDB_val name = lq_lmdb_environment_value(key.data, key.bytes);
    MDB_val data = lq_lmdb_environment_value(value.data, value.bytes);
    int code = mdb_put(group->txn, group->ledger->environment.databases[database], &name, &data,
                       MDB_NOOVERWRITE);

    return code == MDB_KEYEXIST ? refuse(restore, "it is there twice")
                                : lq_lmdb_environment_result(code, "restore an entry");
}

/* The same, with its digest in a sum of the state. */
static enum lq_result add_new(lq_ledger_restore_t *restore, enum lq_ledger_database database,
                              struct lq_view key, struct lq_view value, struct lq_digest_sum *sum)
{
    uint8_t digest[LQ_HASH_BYTES];

    lq_entry_proof_digest(key, value, digest);
    lq_digest_sum_add(sum, digest);
    return put_new(restore, database, key, value);
}

/* ---- notes ---- */

/* Until the end a tenant's name lies under its number too, in `keys` as generation 0, which no key
 * has; and a session without records has a head that counts none and holds its tenant's number,
 * where its first record lies, of which frame that is (0, unless it was told again late), and
 * whether it waits for what its first record builds on. */
enum { EMPTY_FRAME_AT = 16, WAITS_AT = 24 };

static struct lq_view number_key(uint64_t tenant_number,
                                 uint8_t key[LQ_LEDGER_KEY_GENERATION_BYTES])
{
    lq_ledger_key_generation(tenant_number, 0, key);
    return lq_view_of(key, LQ_LEDGER_KEY_GENERATION_BYTES);
}

enum lq_result lq_restore_tables_get(lq_ledger_restore_t *restore, enum lq_ledger_database database,
                                     struct lq_view key, struct lq_view *value)
{
    struct lq_commit_group *group = &restore->group;
    MDB_val name = lq_lmdb_environment_value(key.data, key.bytes);
    MDB_val data = {0, NULL};
    int code = mdb_get(group->txn, group->ledger->environment.databases[database], &name, &data);

    *value = lq_lmdb_environment_view(data);
    return lq_lmdb_environment_result(code, "get");
}

/* A name that is told again is there already, or it is new to this copy. */
static enum lq_result is_there(lq_ledger_restore_t *restore, const struct lq_outbox_entry *entry,
                               struct lq_view key, struct lq_view value, bool *there)
{
    struct lq_view found;

    *there = false;
    if (!lq_outbox_entry_is_again(entry)) {
        return LQ_OK;
    }
    enum lq_result result = lq_restore_tables_get(restore, LQ_LEDGER_NAMES, key, &found);
    if (result == LQ_OK && !lq_restore_tables_same_name(entry->kind, found, value)) {
        return refuse(restore, "a name that is told again, and of another");
    }
    *there = result == LQ_OK;
    return result == LQ_ERR_NOT_FOUND ? LQ_OK : result;
}

static enum lq_result add_tenant(lq_ledger_restore_t *restore, const struct lq_outbox_entry *entry,
                                 const struct lq_outbox_note *note)
{
    const struct lq_tenant_value tenant = {entry->tenant_number, note->execution, false, 0};
    uint8_t number[LQ_LEDGER_KEY_GENERATION_BYTES];
    uint8_t name[LQ_LEDGER_KEY_NAME_BYTES_MAX];
    uint8_t value[LQ_TENANT_VALUE_BYTES_MAX];
    struct lq_view key = lq_view_of(name, lq_ledger_key_tenant(note->name, name));

    struct lq_view made = lq_view_of(value, lq_ledger_key_put_tenant(&tenant, value));
    lq_commit_group_tag(&restore->group, LQ_LEDGER_NAMES, key, value, made.bytes);
    bool there;
    enum lq_result result = is_there(restore, entry, key, made, &there);
    if (result != LQ_OK || there) {
        return result;
    }
    restore->group.state.name_count++;
    result = add_new(restore, LQ_LEDGER_NAMES, key, made, &restore->group.state.names);
    return result == LQ_OK ? put_new(restore, LQ_LEDGER_KEYS,
                                     number_key(entry->tenant_number, number), note->name)
                           : result;
}

static enum lq_result add_session(lq_ledger_restore_t *restore, const struct lq_outbox_entry *entry,
                                  const struct lq_outbox_note *note)
{
    const struct lq_session_value session = {entry->session_number, entry->tenant_number};
    uint8_t number[LQ_LEDGER_KEY_GENERATION_BYTES];
    uint8_t name[LQ_LEDGER_KEY_NAME_BYTES_MAX];
    uint8_t value[LQ_SESSION_VALUE_BYTES];
    uint8_t head[LQ_HEAD_BYTES] = {0};
    char tenant[LQ_TENANT_NAME_BYTES_MAX];
    struct lq_view found;
    enum lq_result result = lq_restore_tables_get(restore, LQ_LEDGER_KEYS,
                                                  number_key(entry->tenant_number, number), &found);

    if (result != LQ_OK) {
        return result == LQ_ERR_NOT_FOUND ? refuse(restore, "a session of a tenant without a name")
                                          : result;
    }
    LQ_ASSERT(found.bytes <= sizeof tenant);
    memcpy(tenant, found.data, found.bytes); /* it dies with the next put */
    struct lq_view key = lq_view_of(
        name, lq_ledger_key_session(
                  (struct lq_session_names){lq_view_of(tenant, found.bytes), note->name}, name));
    lq_ledger_key_put_session(&session, value);
    lq_commit_group_tag(&restore->group, LQ_LEDGER_NAMES, key, value, sizeof value);
    bool there;
    result = is_there(restore, entry, key, lq_view_of(value, sizeof value), &there);
    if (result != LQ_OK || there) {
        return result;
    }
    restore->group.state.name_count++;
    result = add_new(restore, LQ_LEDGER_NAMES, key, lq_view_of(value, sizeof value),
                     &restore->group.state.names);
    lq_put_u64(head, entry->tenant_number);
    lq_put_u64(head + 8, entry->ledger_sequence);
    lq_put_u64(head + EMPTY_FRAME_AT,
               entry->frame); /* told again, it may name a later one than frame 0 */
    return result == LQ_OK
               ? put_new(restore, LQ_LEDGER_HEADS,
                         lq_view_of(&entry->session_number, sizeof entry->session_number),
                         lq_view_of(head, sizeof head))
               : result;
}

/* If a letter was decided twice, its newer frame stands. */
static enum lq_result add_letter(lq_ledger_restore_t *restore, const struct lq_outbox_entry *entry,
                                 const struct lq_outbox_note *note)
{
    const struct lq_letter_value letter = {entry->session_number, entry->frame};
    struct lq_partition_state *state = &restore->group.state;
    struct lq_view key = lq_view_of(&note->letter_id, sizeof note->letter_id);
    uint8_t value[LQ_LETTER_VALUE_BYTES];
    uint8_t digest[LQ_HASH_BYTES];
    struct lq_view before;
    enum lq_result result = lq_restore_tables_get(restore, LQ_LEDGER_LETTERS, key, &before);

    if (result == LQ_OK) {
        lq_entry_proof_digest(key, before, digest);
        lq_digest_sum_subtract(&state->letters, digest);
    } else if (result == LQ_ERR_NOT_FOUND) {
        state->letter_count++;
    } else {
        return result;
    }
    see_epoch(restore, note->letter_id >> 32);
    lq_ledger_key_put_letter(&letter, value);
    lq_commit_group_tag(&restore->group, LQ_LEDGER_LETTERS, key, value, sizeof value);
    return lq_commit_group_add(&restore->group, LQ_LEDGER_LETTERS, key,
                               lq_view_of(value, sizeof value), &state->letters);
}

static bool tag_fits(const lq_ledger_restore_t *restore, const struct lq_outbox_entry *entry,
                     struct lq_view value)
{
    const lq_ledger_t *ledger = restore->group.ledger;
    const struct lq_entry_place place = {
        lq_ledger_databases[LQ_LEDGER_OUTBOX].name, ledger->partition,
        lq_view_of(&entry->outbox_sequence, sizeof entry->outbox_sequence)};
    size_t bytes = value.bytes - LQ_ENTRY_TAG_BYTES;
    uint8_t tag[LQ_HASH_BYTES];

    lq_keyring_tag(ledger->keyring, &place, lq_view_of(value.data, bytes), tag);
    return memcmp(tag, value.data + bytes, LQ_ENTRY_TAG_BYTES) == 0;
}

/* Whether what it is about is to be restored: always, or only what is about one tenant. */
static bool is_wanted(lq_ledger_restore_t *restore, const struct lq_outbox_entry *entry,
                      const struct lq_outbox_note *note)
{
    if (restore->only[0] == '\0') {
        return true;
    }
    if (entry->kind == LQ_OUTBOX_TENANT && lq_view_equal(note->name, lq_view_text(restore->only))) {
        restore->only_number = entry->tenant_number;
    }
    return restore->only_number == entry->tenant_number;
}

static enum lq_result take_note(lq_ledger_restore_t *restore, const struct lq_outbox_entry *entry,
                                const struct lq_outbox_note *note)
{
    enum lq_result result = LQ_OK;

    switch (entry->kind) {
    case LQ_OUTBOX_TENANT:
        return add_tenant(restore, entry, note);
    case LQ_OUTBOX_SESSION:
        return add_session(restore, entry, note);
    case LQ_OUTBOX_LETTER:
        return add_letter(restore, entry, note);
    case LQ_OUTBOX_RETENTION:
        result = lq_restore_tables_retention(restore, entry->tenant_number, note->retention_s);
        break;
    case LQ_OUTBOX_DELETED:
        result = lq_restore_tables_mark_deleted(restore, entry->session_number);
        break;
    case LQ_OUTBOX_KEY: /* the keys come by themselves */
    case LQ_OUTBOX_AGAIN:
    case LQ_OUTBOX_EVENT:
        break;
    }
    return result == LQ_ERR_NOT_FOUND ? refuse(restore, "a note of one without a name") : result;
}

static enum lq_result keep_entry(lq_ledger_restore_t *restore, const struct lq_outbox_entry *entry,
                                 struct lq_view value)
{
    struct lq_partition_state *state = &restore->group.state;

    if (entry->outbox_sequence <= restore->outbox_after) {
        return LQ_OK;
    }
    state->outbox_count++;
    state->outbox_bytes += sizeof entry->outbox_sequence + value.bytes;
    return add_new(restore, LQ_LEDGER_OUTBOX,
                   lq_view_of(&entry->outbox_sequence, sizeof entry->outbox_sequence), value,
                   &state->outbox);
}

/* A tenant's key of that generation. *key NULL: it was destroyed. */
static enum lq_result find_key(lq_ledger_restore_t *restore, uint64_t tenant_number,
                               uint32_t generation, const uint8_t **key)
{
    lq_ledger_t *ledger = restore->group.ledger;
    enum lq_result result =
        lq_ledger_lookup_key(ledger, restore->group.txn, tenant_number, generation, key);

    if (result == LQ_ERR_KEY &&
        lq_ledger_lookup_is_destroyed(ledger, restore->group.txn, tenant_number, generation)) {
        *key = NULL;
        return LQ_OK;
    }
    if (result == LQ_ERR_NOT_FOUND || result == LQ_ERR_KEY) {
        restore->lacks_key = true;
        return refuse(restore, "it is sealed under a key that is not there");
    }
    return result;
}

static enum lq_result check_event(lq_ledger_restore_t *restore, const struct lq_outbox_entry *entry,
                                  struct lq_view value)
{
    const uint8_t *key;
    enum lq_result result = find_key(restore, entry->tenant_number, entry->key_generation, &key);

    if (result != LQ_OK || key == NULL) {
        return result;
    }
    return entry->body_bytes <= LQ_TICK_BYTES_MAX &&
                   lq_sealed_box_open(key, lq_view_of(value.data, LQ_OUTBOX_ENTRY_HEADER_BYTES),
                                      lq_view_of(value.data + LQ_OUTBOX_ENTRY_HEADER_BYTES,
                                                 value.bytes - LQ_OUTBOX_ENTRY_HEADER_BYTES),
                                      restore->plain) == LQ_OK
               ? LQ_OK
               : refuse(restore, "an event that does not open");
}

enum lq_result lq_ledger_restore_entry(lq_ledger_restore_t *restore, struct lq_view value)
{
    struct lq_outbox_entry entry;
    struct lq_outbox_note note = {.letter_id = 0};

    if (lq_outbox_entry_decode(value, &entry) != LQ_OK) {
        return refuse(restore, "an entry of the outbox that cannot be read");
    }
    bool is_note = entry.kind != LQ_OUTBOX_EVENT;
    if (is_note && (!tag_fits(restore, &entry, value) ||
                    lq_outbox_note_decode(value, &entry, &note) != LQ_OK)) {
        return refuse(restore, "a note that was not written with the master key");
    }
    raise_to(&restore->next.next_ledger_sequence, entry.ledger_sequence);
    raise_to(&restore->next.next_outbox_sequence, entry.outbox_sequence);
    raise_to(&restore->next.next_tenant_number, entry.tenant_number);
    raise_to(&restore->next.next_session_number, entry.session_number);
    see_epoch(restore, note.execution.epoch);
    if (!is_wanted(restore, &entry, &note)) {
        return LQ_OK;
    }
    enum lq_result result = lq_restore_tables_begin(restore, value.bytes);
    if (result == LQ_OK) {
        result = is_note ? take_note(restore, &entry, &note) : check_event(restore, &entry, value);
    }
    return result == LQ_OK ? keep_entry(restore, &entry, value) : result;
}

enum lq_result lq_ledger_restore_key(lq_ledger_restore_t *restore, uint64_t tenant_number,
                                     struct lq_view wrapped)
{
    uint8_t key[LQ_LEDGER_KEY_GENERATION_BYTES];
    const uint8_t *opened;
    enum lq_result result = lq_restore_tables_begin(restore, wrapped.bytes);

    if (result != LQ_OK) {
        return result;
    }
    if (wrapped.bytes < LQ_WRAPPED_KEY_HEADER_BYTES) {
        return refuse(restore, "a wrapped key that is too short");
    }
    uint32_t generation = lq_get_u32(wrapped.data + 4);
    lq_ledger_key_generation(tenant_number, generation, key);
    if (generation == 0 || !lq_keyring_belongs_to(wrapped, tenant_number, generation) ||
        (!lq_keyring_is_destroyed(wrapped) &&
         lq_keyring_add(restore->group.ledger->keyring, wrapped, tenant_number, generation,
                        &opened) != LQ_OK)) {
        return refuse(restore, "a wrapped key that does not open with the master key");
    }
    restore->group.state.key_count++;
    return add_new(restore, LQ_LEDGER_KEYS, lq_view_of(key, sizeof key), wrapped,
                   &restore->group.state.keys);
}

enum lq_result lq_ledger_restore_new_key(lq_ledger_restore_t *restore, uint64_t tenant_number,
                                         uint8_t *wrapped)
{
    lq_keyring_make_key(restore->group.ledger->keyring, tenant_number, 1, wrapped);
    return lq_ledger_restore_key(restore, tenant_number, lq_view_of(wrapped, LQ_WRAPPED_KEY_BYTES));
}

/* ---- records ---- */

/* The head of a record's session, and whose that is: as its note says, then as its last record. Of
 * one without records the frame is the one that it begins with, and a keyframe sequence says that
 * it waits. */
static enum lq_result find_head(lq_ledger_restore_t *restore, uint64_t session_number,
                                struct lq_head_state *head, uint64_t *tenant_number)
{
    struct lq_record_header last;
    struct lq_view value;
    struct lq_view record;

    *head = (struct lq_head_state){.record_count = 0};
    enum lq_result result = lq_restore_tables_get(
        restore, LQ_LEDGER_HEADS, lq_view_of(&session_number, sizeof session_number), &value);

    if (result != LQ_OK) {
        return result == LQ_ERR_NOT_FOUND
                   ? refuse(restore, "a record of a session that no note names")
                   : result;
    }
    if (!lq_restore_tables_has_records(value, head)) {
        *head = (struct lq_head_state){.frame = lq_get_u64(value.data + EMPTY_FRAME_AT),
                                       .keyframe_sequence = lq_get_u64(value.data + WAITS_AT),
                                       .life = value.data[LQ_HEAD_LIFE_AT]};
        *tenant_number = lq_get_u64(value.data);
        return LQ_OK;
    }
    result = lq_ledger_lookup_record(restore->group.ledger, restore->group.txn,
                                     head->ledger_sequence, &record, &last);
    *tenant_number = last.tenant_number;
    return result;
}

/* Whether its kind fits what its session has before it: a delta needs a keyframe, not too far. */
static bool keyframe_fits(const struct lq_record_header *header, const struct lq_head_state *head)
{
    if (header->kind == LQ_RECORD_KEYFRAME) {
        return header->keyframe_sequence == header->ledger_sequence;
    }
    return head->record_count > 0 && header->keyframe_sequence == head->keyframe_sequence &&
           header->frame - head->keyframe_frame < LQ_RECORD_SPAN_MAX;
}

/* Whether it goes on where its session's chain ended. */
static enum lq_result check_place(lq_ledger_restore_t *restore, struct lq_view record,
                                  const struct lq_record_header *header,
                                  const struct lq_head_state *head, bool begins_late)
{
    bool first = head->record_count == 0;

    if (header->partition != restore->group.ledger->partition) {
        return refuse(restore, "a record of another partition");
    }
    if (first && header->frame > 0 && (begins_late || header->frame == head->frame)) {
        return header->previous_sequence > 0 &&
                       header->previous_sequence < header->ledger_sequence &&
                       keyframe_fits(header, head)
                   ? LQ_OK
                   : refuse(restore, "the first record of a session that is no keyframe");
    }
    if (header->frame != (first ? 0 : head->frame + 1)) {
        return refuse(restore, first ? "the first record of a session that is not its frame 0"
                                     : "a record that is not its session's next frame");
    }
    if (header->previous_sequence != head->ledger_sequence || !keyframe_fits(header, head) ||
        header->ledger_sequence <= head->ledger_sequence) {
        return refuse(restore, "a record that names others before it");
    }
    return lq_record_seal_follows(record, head->hash) ? LQ_OK
                                                      : refuse(restore, "H does not follow");
}

/* The seal, D, and the names inside. */
static enum lq_result check_content(lq_ledger_restore_t *restore, struct lq_view record,
                                    const struct lq_record_header *header, bool *is_destroyed)
{
    const struct lq_content_wanted wanted = {.reader = LQ_CONTENT_OF_RECORDS,
                                             .txn = restore->group.txn,
                                             .header = header,
                                             .record = record,
                                             .proven = true};
    struct lq_content_found found;
    struct lq_session_names names;
    struct lq_session_value session;
    const uint8_t *key;
    enum lq_result result = find_key(restore, header->tenant_number, header->seal_generation, &key);

    *is_destroyed = result == LQ_OK && key == NULL;
    if (result != LQ_OK || key == NULL) {
        return result;
    }
    if (lq_ledger_content_read(restore->group.ledger, &wanted, &found).result != LQ_OK) {
        return refuse(restore, "a record that does not open");
    }
    result = lq_content_prefix_read(found.content, &names);
    if (result == LQ_OK) {
        result =
            lq_ledger_lookup_session(restore->group.ledger, restore->group.txn, names, &session);
    }
    return result == LQ_OK && session.number == header->session_number &&
                   session.tenant_number == header->tenant_number
               ? LQ_OK
               : refuse(restore, "the names inside a seal are another session's");
}

static enum lq_result add_record(lq_ledger_restore_t *restore, struct lq_view record,
                                 const struct lq_record_header *header, struct lq_head_state *head)
{
    struct lq_commit_group *group = &restore->group;
    struct lq_view number = lq_view_of(&header->session_number, sizeof header->session_number);
    uint8_t bytes[LQ_HEAD_BYTES];
    uint8_t key[LQ_LEDGER_KEY_FRAME_BYTES];
    uint8_t sequence[8];

    memcpy(head->hash, record.data + LQ_RECORD_HASH_AT, LQ_HASH_BYTES);
    head->frame = header->frame;
    head->ledger_sequence = header->ledger_sequence;
    head->keyframe_sequence = header->keyframe_sequence;
    head->keyframe_frame =
        header->kind == LQ_RECORD_KEYFRAME ? header->frame : head->keyframe_frame;
    memcpy(head->digest, record.data + LQ_RECORD_DIGEST_AT, LQ_HASH_BYTES);
    head->execution = header->execution;
    group->state.session_count += head->record_count == 0;
    head->record_count++;
    lq_digest_sum_add(&head->rolling, head->hash);
    lq_digest_sum_add(&group->state.records, head->hash);
    group->state.record_count++;
    lq_head_encode(head, bytes);
    enum lq_result result =
        put_new(restore, LQ_LEDGER_RECORDS,
                lq_view_of(&header->ledger_sequence, sizeof header->ledger_sequence), record);
    if (result == LQ_OK) {
        result = lq_restore_tables_put(restore, LQ_LEDGER_HEADS, number,
                                       lq_view_of(bytes, sizeof bytes));
    }
    if (result == LQ_OK && lq_record_is_indexed(header)) {
        lq_ledger_key_frame(header->session_number, header->frame, key);
        lq_put_u64(sequence, header->ledger_sequence);
        group->state.frame_count++;
        result = put_new(restore, LQ_LEDGER_FRAMES, lq_view_of(key, sizeof key),
                         lq_view_of(sequence, sizeof sequence));
    }
    return result;
}

/* Where a record comes from. */
enum origin { FROM_STREAM = 1, FROM_STREAM_THAT_BEGINS_LATE, FROM_BASE };

/* The session's first record is a delta, and what it builds on is not there. */
static enum lq_result begin_to_wait(lq_ledger_restore_t *restore, uint64_t session_number)
{
    struct lq_view number = lq_view_of(&session_number, sizeof session_number);
    uint8_t head[LQ_HEAD_BYTES];
    struct lq_view value;
    enum lq_result result = lq_restore_tables_get(restore, LQ_LEDGER_HEADS, number, &value);

    if (result != LQ_OK) {
        return result;
    }
    LQ_ASSERT(value.bytes == sizeof head);
    memcpy(head, value.data, sizeof head);
    lq_put_u64(head + WAITS_AT, 1);
    restore->wait_count++;
    restore->late_count++; /* until its base says otherwise */
    return lq_restore_tables_put(restore, LQ_LEDGER_HEADS, number, lq_view_of(head, sizeof head));
}

static enum lq_result restore_record(lq_ledger_restore_t *restore, struct lq_view value,
                                     const struct lq_record_header *header,
                                     struct lq_head_state *head, enum origin origin)
{
    bool begins_late = origin != FROM_STREAM;
    bool is_destroyed = false;
    bool waits = head->record_count == 0 && head->keyframe_sequence != 0;

    if (origin == FROM_STREAM_THAT_BEGINS_LATE && waits) {
        return LQ_OK;
    }
    if (origin == FROM_STREAM_THAT_BEGINS_LATE && head->record_count == 0 &&
        header->kind == LQ_RECORD_DELTA) {
        return begin_to_wait(restore, header->session_number);
    }
    enum lq_result result = check_place(restore, value, header, head, begins_late);
    if (result == LQ_OK) {
        result = check_content(restore, value, header, &is_destroyed);
    }
    if (result != LQ_OK) {
        return result;
    }
    if (head->record_count == 0 && begins_late) {
        restore->late_count += (uint64_t)(header->frame > 0) - (uint64_t)waits;
    }
    restore->destroyed_count += is_destroyed;
    return add_record(restore, value, header, head);
}

/* Its header, and the head of its session. */
static enum lq_result read_record(lq_ledger_restore_t *restore, struct lq_view value,
                                  struct lq_record_header *header, struct lq_head_state *head)
{
    uint64_t tenant_number = 0;

    if (lq_record_decode_header(value, header) != LQ_OK || header->ledger_sequence == 0) {
        return refuse(restore, "a record that cannot be read");
    }
    enum lq_result result = lq_restore_tables_begin(restore, value.bytes);
    if (result == LQ_OK) {
        result = find_head(restore, header->session_number, head, &tenant_number);
    }
    if (result == LQ_OK && tenant_number != header->tenant_number) {
        result = refuse(restore, "a record of another tenant than its session's");
    }
    return result;
}

static enum lq_result take_record(lq_ledger_restore_t *restore, struct lq_view value,
                                  enum origin origin)
{
    struct lq_record_header header;
    struct lq_head_state head;
    enum lq_result result = read_record(restore, value, &header, &head);

    if (result == LQ_OK) {
        result = restore_record(restore, value, &header, &head, origin);
    }
    if (result == LQ_OK) {
        raise_to(&restore->next.next_ledger_sequence, header.ledger_sequence);
        see_epoch(restore, header.execution.epoch);
    }
    return result;
}

enum lq_result lq_ledger_restore_record(lq_ledger_restore_t *restore, struct lq_view value,
                                        bool begins_late)
{
    return take_record(restore, value, begins_late ? FROM_STREAM_THAT_BEGINS_LATE : FROM_STREAM);
}

enum lq_result lq_ledger_restore_base(lq_ledger_restore_t *restore, struct lq_view value)
{
    return take_record(restore, value, FROM_BASE);
}

enum lq_result lq_ledger_restore_again(lq_ledger_restore_t *restore, struct lq_view value)
{
    struct lq_record_header header;
    struct lq_head_state head;
    enum lq_result result = read_record(restore, value, &header, &head);

    return result != LQ_OK || head.record_count == 0 || header.frame <= head.frame
               ? result
               : restore_record(restore, value, &header, &head, FROM_STREAM);
}

uint64_t lq_ledger_restore_waits(const lq_ledger_restore_t *restore)
{
    return restore->wait_count;
}

bool lq_ledger_restore_lacks_key(const lq_ledger_restore_t *restore)
{
    return restore->lacks_key;
}

uint64_t lq_ledger_restore_destroyed(const lq_ledger_restore_t *restore)
{
    return restore->destroyed_count;
}

uint64_t lq_ledger_restore_late(const lq_ledger_restore_t *restore)
{
    return restore->late_count;
}

enum lq_result lq_ledger_restore_session(lq_ledger_restore_t *restore, uint64_t session_number,
                                         struct lq_restored_session *session)
{
    struct lq_head_state head;
    enum lq_result result = lq_restore_tables_begin(restore, 0);

    *session = (struct lq_restored_session){.record_count = 0};
    if (result == LQ_OK) {
        result = find_head(restore, session_number, &head, &session->tenant_number);
    }
    if (result == LQ_ERR_CORRUPT && head.record_count == 0) {
        return LQ_ERR_NOT_FOUND;
    }
    if (result == LQ_OK && head.record_count > 0) {
        session->record_count = head.record_count;
        session->first_frame = lq_head_first_frame(&head);
        session->frame = head.frame;
        memcpy(session->hash, head.hash, sizeof session->hash);
    }
    return result;
}

enum lq_result lq_ledger_restore_each_empty(lq_ledger_restore_t *restore,
                                            lq_ledger_restore_empty_fn each, void *context)
{
    restore->each_empty = each;
    restore->empty_context = context;
    return lq_restore_tables_each_empty(restore);
}

enum lq_result lq_ledger_restore_finish(lq_ledger_restore_t *restore,
                                        struct lq_ledger_restored *restored)
{
    return lq_restore_tables_finish(restore, restored);
}
