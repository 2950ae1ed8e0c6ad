// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "store/lmdb/ledger_conversion.h"

#include "base/alloc.h"
#include "base/little_endian.h"
#include "store/core/head.h"
#include "store/lmdb/earlier_partition.h"
#include "store/lmdb/ledger_handle.h"
#include "store/lmdb/ledger_state.h"
#include "store/lmdb/map_guard.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

/* Of a transaction: entries, and bytes of their values; more than it takes of the map. */
enum { PUTS_MAX = 2048, BYTES_MAX = 16 * 1024 * 1024 };
#define ROOM_BYTES (UINT64_C(64) * 1024 * 1024)

struct conversion {
    const struct lq_ledger_conversion_options *options;
    struct lq_error_message *message;
    struct lq_earlier_partition from;
    lq_keyring_t *keyring;
    lq_ledger_t *to; /* NULL: the source is only looked at */
    MDB_txn *writing;
    uint32_t put_count;
    size_t put_bytes;
    struct lq_partition_state found; /* counts and sums of the source, as far as it was walked */
    struct lq_partition_state made;  /* the state of the new one */
    uint64_t tenant_count;
    uint8_t *value; /* an entry as this format has it */
};

static enum lq_result LQ_PRINTF(3, 4)
    say(struct conversion *conversion, enum lq_result result, const char *format, ...)
{
    char what[160];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(what, sizeof what, format, arguments);
    va_end(arguments);
    lq_error_message_set(conversion->message, "ledger %.110s: %s", conversion->options->from, what);
    return result;
}

static enum lq_result damaged(struct conversion *conversion, enum lq_earlier_table table,
                              struct lq_view key, const char *what)
{
    char name[2 * 16 + 1] = "";

    for (size_t at = 0; at < key.bytes && at < 16; at++) {
        snprintf(name + 2 * at, 3, "%02x", key.data[at]);
    }
    return say(conversion, LQ_ERR_CORRUPT, "damaged: its database \"%s\", entry %s: %s",
               lq_earlier_databases[table].name, name, what);
}

/* ---- the new one ---- */

static enum lq_result commit(struct conversion *conversion)
{
    MDB_txn *txn = conversion->writing;

    conversion->put_count = 0;
    conversion->put_bytes = 0;
    if (txn == NULL) {
        return LQ_OK;
    }
    enum lq_result result = lq_ledger_state_put(conversion->to, txn, &conversion->made);
    if (result != LQ_OK) {
        return result;
    }
    conversion->writing = NULL;
    return lq_lmdb_environment_commit(&conversion->to->environment, txn, "convert");
}

static enum lq_result begin(struct conversion *conversion)
{
    /* A map or a disk that has less may still have enough. */
    enum lq_result result = lq_ledger_make_room(conversion->to, ROOM_BYTES);

    return result == LQ_ERR_IO
               ? result
               : lq_lmdb_environment_begin(&conversion->to->environment, 0, &conversion->writing);
}

static enum lq_result open_target(struct conversion *conversion)
{
    if (conversion->options->to.folder == NULL) {
        return LQ_OK;
    }
    enum lq_result result =
        lq_ledger_open_writer(&conversion->options->to, &conversion->to, conversion->message);
    if (result == LQ_OK) {
        result = begin(conversion);
    }
    if (result == LQ_OK) { /* its history and the digest of the key */
        result = lq_ledger_state_get(conversion->to, conversion->writing, &conversion->made);
    }
    return result;
}

static enum lq_result put(struct conversion *conversion, enum lq_ledger_database database,
                          struct lq_view key, struct lq_view value)
{
    MDB_val name = lq_lmdb_environment_value(key.data, key.bytes);
    MDB_val data = lq_lmdb_environment_value(value.data, value.bytes);
    enum lq_result result = LQ_OK;

    if (conversion->to == NULL) {
        return LQ_OK;
    }
    if (++conversion->put_count > PUTS_MAX || conversion->put_bytes > BYTES_MAX) {
        result = commit(conversion);
    }
    if (result == LQ_OK && conversion->writing == NULL) {
        result = begin(conversion);
    }
    if (result != LQ_OK) {
        return result;
    }
    conversion->put_bytes += value.bytes;
    return lq_lmdb_environment_result(mdb_put(conversion->writing,
                                              conversion->to->environment.databases[database],
                                              &name, &data, MDB_APPEND),
                                      "put a converted entry");
}

/* ---- entries ---- */

static enum lq_result take_record(struct conversion *conversion, struct lq_view key,
                                  struct lq_view value)
{
    struct lq_record_header header;
    uint64_t sequence;

    memcpy(&sequence, key.data, sizeof sequence);
    if (value.bytes < LQ_EARLIER_RECORD_EXTRA_BYTES ||
        value.bytes > LQ_EARLIER_RECORD_EXTRA_BYTES + LQ_TICK_BYTES_MAX ||
        lq_record_decode_clear(value.data, &header) != LQ_OK ||
        header.version != LQ_RECORD_VERSION_CONVERTED ||
        value.bytes != LQ_EARLIER_RECORD_EXTRA_BYTES + (size_t)header.content_bytes ||
        header.ledger_sequence != sequence || header.previous_sequence >= sequence ||
        header.partition != conversion->from.state.state.partition) {
        return damaged(conversion, LQ_EARLIER_RECORDS, key, "no record that can be there");
    }
    header.seal_version = LQ_RECORD_SEAL_VERSION_CONVERTED;
    header.form = LQ_RECORD_WHOLE;
    header.seal_generation = header.key_generation;
    lq_record_encode_header(&header, conversion->value);
    memcpy(conversion->value + LQ_RECORD_PREFIX_BYTES, value.data, value.bytes);
    conversion->found.record_count++;
    lq_digest_sum_add(&conversion->found.records, value.data + LQ_EARLIER_HASH_AT);
    return put(conversion, LQ_LEDGER_RECORDS, key,
               lq_view_of(conversion->value, LQ_RECORD_PREFIX_BYTES + value.bytes));
}

/* Each record of an earlier format is a keyframe, so the newest one is the head's. */
static enum lq_result take_head(struct conversion *conversion, struct lq_view key,
                                struct lq_view value)
{
    const uint8_t *from = value.data;
    struct lq_record_header header;
    struct lq_head_state head = {.life = LQ_HEAD_THERE};
    struct lq_view record;
    uint64_t number;

    memcpy(&number, key.data, sizeof number);
    if (value.bytes != LQ_EARLIER_HEAD_BYTES) {
        return damaged(conversion, LQ_EARLIER_HEADS, key, "no head that can be there");
    }
    head.frame = lq_get_u64(from);
    head.ledger_sequence = lq_get_u64(from + 8);
    head.keyframe_sequence = lq_get_u64(from + 16);
    head.keyframe_frame = head.frame;
    head.record_count = lq_get_u64(from + 24);
    head.execution = (struct lq_execution_id){lq_get_u64(from + 32), lq_get_u64(from + 40)};
    memcpy(head.hash, from + 48, LQ_HASH_BYTES);
    lq_digest_sum_get(from + 80, &head.rolling);
    if (lq_earlier_partition_get(&conversion->from, LQ_EARLIER_RECORDS,
                                 lq_view_of(from + 8, sizeof head.ledger_sequence),
                                 &record) != LQ_OK ||
        record.bytes < LQ_EARLIER_RECORD_EXTRA_BYTES ||
        lq_record_decode_clear(record.data, &header) != LQ_OK || header.session_number != number ||
        header.frame != head.frame || head.record_count == 0) {
        return damaged(conversion, LQ_EARLIER_HEADS, key, "its record is not there");
    }
    memcpy(head.digest, record.data + LQ_EARLIER_DIGEST_AT, LQ_HASH_BYTES);
    lq_head_encode(&head, conversion->value);
    conversion->found.session_count++;
    return put(conversion, LQ_LEDGER_HEADS, key, lq_view_of(conversion->value, LQ_HEAD_BYTES));
}

static void count_entry(struct conversion *conversion, enum lq_earlier_table table,
                        struct lq_view key)
{
    struct lq_partition_state *found = &conversion->found;

    switch (table) {
    case LQ_EARLIER_NAMES:
        found->name_count++;
        conversion->tenant_count += key.bytes > 0 && key.data[0] == 1;
        break;
    case LQ_EARLIER_KEYS:
        found->key_count++;
        break;
    case LQ_EARLIER_FRAMES:
        found->frame_count++;
        break;
    case LQ_EARLIER_OUTBOX:
        found->outbox_count++;
        break;
    case LQ_EARLIER_CURSORS:
        found->cursor_count++;
        break;
    default:
        LQ_ASSERT(table == LQ_EARLIER_LETTERS);
        found->letter_count++;
    }
}

static struct lq_digest_sum *sum_of(struct lq_partition_state *state, enum lq_earlier_table table)
{
    switch (table) {
    case LQ_EARLIER_NAMES:
        return &state->names;
    case LQ_EARLIER_KEYS:
        return &state->keys;
    case LQ_EARLIER_OUTBOX:
        return &state->outbox;
    case LQ_EARLIER_CURSORS:
        return &state->cursors;
    case LQ_EARLIER_LETTERS:
        return &state->letters;
    default:
        return NULL; /* the index of frames has none */
    }
}

static bool is_tagged(enum lq_earlier_table table, struct lq_view value)
{
    return table == LQ_EARLIER_NAMES || table == LQ_EARLIER_LETTERS ||
           table == LQ_EARLIER_CURSORS ||
           (table == LQ_EARLIER_OUTBOX && value.bytes > 4 && lq_get_u16(value.data + 2) != 0);
}

/* All else stays as it is, but that format 1 knows no tags. */
static enum lq_result take_entry(struct conversion *conversion, enum lq_earlier_table table,
                                 enum lq_ledger_database database, struct lq_view key,
                                 struct lq_view value)
{
    struct lq_digest_sum *found = sum_of(&conversion->found, table);
    struct lq_digest_sum *made = sum_of(&conversion->made, table);
    struct lq_view front = value;
    uint8_t digest[LQ_HASH_BYTES];

    if (found != NULL) {
        lq_entry_proof_digest(key, value, digest);
        lq_digest_sum_add(found, digest);
    }
    if (is_tagged(table, value)) {
        if (conversion->from.state.has_proof && value.bytes < LQ_ENTRY_TAG_BYTES) {
            return damaged(conversion, table, key, "no entry that can be there");
        }
        front.bytes -= conversion->from.state.has_proof ? LQ_ENTRY_TAG_BYTES : 0;
        lq_earlier_partition_tag(&conversion->from, table, key, front, digest);
        if (!conversion->from.state.has_proof) {
            memcpy(conversion->value, value.data, value.bytes);
            memcpy(conversion->value + value.bytes, digest, LQ_ENTRY_TAG_BYTES);
            value = lq_view_of(conversion->value, value.bytes + LQ_ENTRY_TAG_BYTES);
        } else if (memcmp(digest, value.data + front.bytes, LQ_ENTRY_TAG_BYTES) != 0) {
            return damaged(conversion, table, key, "its tag was not made with the master key");
        }
    }
    if (made != NULL) {
        lq_entry_proof_digest(key, value, digest);
        lq_digest_sum_add(made, digest);
    }
    count_entry(conversion, table, key);
    if (table == LQ_EARLIER_OUTBOX) {
        conversion->found.outbox_bytes += key.bytes + value.bytes;
    }
    return put(conversion, database, key, value);
}

static enum lq_result take(void *context, enum lq_earlier_table table, struct lq_view key,
                           struct lq_view value)
{
    struct conversion *conversion = context;
    static const enum lq_ledger_database targets[LQ_EARLIER_TABLES] = {
        [LQ_EARLIER_NAMES] = LQ_LEDGER_NAMES,     [LQ_EARLIER_KEYS] = LQ_LEDGER_KEYS,
        [LQ_EARLIER_FRAMES] = LQ_LEDGER_FRAMES,   [LQ_EARLIER_OUTBOX] = LQ_LEDGER_OUTBOX,
        [LQ_EARLIER_CURSORS] = LQ_LEDGER_CURSORS, [LQ_EARLIER_LETTERS] = LQ_LEDGER_LETTERS};

    if ((lq_earlier_databases[table].flags & MDB_INTEGERKEY) != 0 &&
        key.bytes != sizeof(uint64_t)) {
        return damaged(conversion, table, key, "its key is none");
    }
    if (value.bytes > LQ_EARLIER_RECORD_EXTRA_BYTES + LQ_TICK_BYTES_MAX) {
        return damaged(conversion, table, key, "it is longer than any may be");
    }
    switch (table) {
    case LQ_EARLIER_RECORDS:
        return take_record(conversion, key, value);
    case LQ_EARLIER_HEADS:
        return take_head(conversion, key, value);
    default:
        return take_entry(conversion, table, targets[table], key, value);
    }
}

/* ---- the end ---- */

/* What was walked is what the source's state says, as far as its format says it. */
static enum lq_result compare(struct conversion *conversion)
{
    const struct lq_partition_state *found = &conversion->found;
    const struct lq_partition_state *said = &conversion->from.state.state;
    bool proven = conversion->from.state.has_proof;
    const struct {
        enum lq_earlier_table table;
        uint64_t found, said;
        const struct lq_digest_sum *sum, *said_sum;
    } rows[] = {
        {LQ_EARLIER_RECORDS, found->record_count, said->record_count, &found->records,
         &said->records},
        {LQ_EARLIER_HEADS, found->session_count, said->session_count, NULL, NULL},
        {LQ_EARLIER_NAMES, found->name_count, said->name_count, &found->names, &said->names},
        {LQ_EARLIER_KEYS, found->key_count, proven ? said->key_count : found->key_count,
         &found->keys, &said->keys},
        {LQ_EARLIER_FRAMES, found->frame_count, proven ? said->frame_count : found->frame_count,
         NULL, NULL},
        {LQ_EARLIER_OUTBOX, found->outbox_count, said->outbox_count, &found->outbox, &said->outbox},
        {LQ_EARLIER_CURSORS, found->cursor_count, said->cursor_count, &found->cursors,
         &said->cursors},
        {LQ_EARLIER_LETTERS, found->letter_count, proven ? said->letter_count : found->letter_count,
         &found->letters, &said->letters},
    };

    for (size_t row = 0; row < sizeof rows / sizeof rows[0]; row++) {
        if (rows[row].found != rows[row].said) {
            return say(conversion, LQ_ERR_CORRUPT,
                       "damaged: its database \"%s\" has %" PRIu64 " entries instead of %" PRIu64,
                       lq_earlier_databases[rows[row].table].name, rows[row].found, rows[row].said);
        }
        if (proven && rows[row].sum != NULL &&
            !lq_digest_sum_equal(rows[row].sum, rows[row].said_sum)) {
            return say(conversion, LQ_ERR_CORRUPT,
                       "damaged: the entries of its database \"%s\" are not those of its state",
                       lq_earlier_databases[rows[row].table].name);
        }
    }
    return LQ_OK;
}

static void make_state(struct conversion *conversion)
{
    const struct lq_partition_state *said = &conversion->from.state.state;
    const struct lq_partition_state *found = &conversion->found;
    struct lq_partition_state *made = &conversion->made;

    made->writer_epoch = said->writer_epoch;
    made->next_ledger_sequence = said->next_ledger_sequence;
    made->next_tenant_number = said->next_tenant_number;
    made->next_session_number = said->next_session_number;
    made->next_outbox_sequence = said->next_outbox_sequence;
    made->first_outbox_sequence = said->first_outbox_sequence;
    made->gapless_ledger = said->gapless_ledger;
    made->gapless_tenant = said->gapless_tenant;
    made->gapless_session = said->gapless_session;
    made->gapless_outbox = said->gapless_outbox;
    made->record_count = found->record_count;
    made->session_count = found->session_count;
    made->name_count = found->name_count;
    made->key_count = found->key_count;
    made->frame_count = found->frame_count;
    made->outbox_count = found->outbox_count;
    made->cursor_count = found->cursor_count;
    made->letter_count = found->letter_count;
    made->outbox_bytes = found->outbox_bytes;
    made->records = found->records;
    if (conversion->from.state.has_history) {
        memcpy(made->history, said->history, sizeof made->history);
    }
}

static void tell(const struct conversion *conversion, struct lq_ledger_converted *converted)
{
    const struct lq_partition_state *found = &conversion->found;

    *converted = (struct lq_ledger_converted){
        .format = conversion->from.state.format,
        .is_proven = conversion->from.state.has_proof,
        .tenants = conversion->tenant_count,
        .sessions = found->session_count,
        .records = found->record_count,
        .entries = found->outbox_count,
        .letters = found->letter_count,
        .cursors = found->cursor_count,
        .keys = found->key_count,
        .next_ledger_sequence = conversion->from.state.state.next_ledger_sequence,
    };
    lq_digest_sum_put(&found->records, converted->records_sum);
}

static enum lq_result convert(struct conversion *conversion)
{
    enum lq_result result = lq_keyring_open(conversion->options->to.master_key_file,
                                            &conversion->keyring, conversion->message);

    if (result == LQ_ERR_NOT_FOUND || result == LQ_ERR_PERMISSION) {
        result = LQ_ERR_KEY; /* a writer of a new partition would make one */
    }
    if (result == LQ_OK) {
        conversion->from.keyring = conversion->keyring;
        result = lq_earlier_partition_open(&conversion->from, conversion->options->to.partition,
                                           conversion->message);
    }
    if (result == LQ_OK) {
        result = open_target(conversion);
    }
    for (int table = LQ_EARLIER_RECORDS; result == LQ_OK && table < LQ_EARLIER_META; table++) {
        result = lq_earlier_partition_each(&conversion->from, (enum lq_earlier_table)table, take,
                                           conversion);
    }
    if (result == LQ_OK) {
        result = compare(conversion);
    }
    if (result == LQ_OK && conversion->to != NULL) {
        make_state(conversion);
        result = conversion->writing == NULL ? begin(conversion) : LQ_OK;
    }
    return result == LQ_OK ? commit(conversion) : result;
}

enum lq_result lq_ledger_conversion_run(const struct lq_ledger_conversion_options *options,
                                        struct lq_ledger_converted *converted,
                                        struct lq_error_message *message)
{
    struct conversion conversion = {
        .options = options,
        .message = message,
        .from = {.folder = options->from, .environment = {.lock_fd = -1}},
        .value = lq_alloc(LQ_RECORD_EXTRA_BYTES + LQ_TICK_BYTES_MAX, 1),
    };

    message->text[0] = '\0';
    lq_map_guard_enter(options->from, "what the partition is");
    enum lq_result result = convert(&conversion);
    lq_map_guard_leave();
    if (result == LQ_OK) {
        tell(&conversion, converted);
    } else if (message->text[0] == '\0') {
        (void)say(&conversion, result, "%s", lq_result_text(result));
    }
    if (conversion.writing != NULL) {
        mdb_txn_abort(conversion.writing);
    }
    lq_ledger_close(&conversion.to);
    lq_earlier_partition_close(&conversion.from);
    lq_keyring_close(&conversion.keyring);
    free(conversion.value);
    return result;
}
