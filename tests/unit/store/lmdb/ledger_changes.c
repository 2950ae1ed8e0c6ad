// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "tests/unit/store/lmdb/ledger_changes.h"

#include "base/error_message.h"
#include "base/little_endian.h"
#include "store/core/ledger_key.h"
#include "store/core/outbox_entry.h"
#include "store/core/partition_state.h"
#include "store/lmdb/meta_pages.h"
#include "store/seal/digest.h"
#include "store/seal/entry_proof.h"
#include "store/seal/key_file.h"
#include "tests/support/suite.h"

enum { VALUE_BYTES_MAX = 4096 };

static const char *key_file;

void lq_ledger_changes_use_key(const char *file)
{
    key_file = file;
}

/* ---- changing a table ---- */

struct table {
    MDB_txn *txn;
    MDB_dbi database;
};

static struct table open_table(MDB_txn *txn, const char *name)
{
    struct table table = {.txn = txn};

    ck_assert_int_eq(mdb_dbi_open(txn, name, 0, &table.database), 0);
    return table;
}

static MDB_val value_of(const void *data, size_t bytes)
{
    return (MDB_val){bytes, (void *)(uintptr_t)data};
}

static size_t get(struct table table, MDB_val key, uint8_t value[VALUE_BYTES_MAX])
{
    MDB_val found;

    ck_assert_int_eq(mdb_get(table.txn, table.database, &key, &found), 0);
    ck_assert_uint_le(found.mv_size, VALUE_BYTES_MAX);
    memcpy(value, found.mv_data, found.mv_size);
    return found.mv_size;
}

static void put(struct table table, MDB_val key, const void *value, size_t bytes)
{
    MDB_val stored = value_of(value, bytes);

    ck_assert_int_eq(mdb_put(table.txn, table.database, &key, &stored, 0), 0);
}

static void delete_entry(struct table table, MDB_val key)
{
    ck_assert_int_eq(mdb_del(table.txn, table.database, &key, NULL), 0);
}

static void move(struct table table, MDB_val from, MDB_val to)
{
    uint8_t value[VALUE_BYTES_MAX];
    size_t bytes = get(table, from, value);

    delete_entry(table, from);
    put(table, to, value, bytes);
}

static void exchange(struct table table, MDB_val one, MDB_val other)
{
    uint8_t values[2][VALUE_BYTES_MAX];
    size_t bytes[2] = {get(table, one, values[0]), get(table, other, values[1])};

    put(table, one, values[1], bytes[1]);
    put(table, other, values[0], bytes[0]);
}

static MDB_val name_key(const char *name)
{
    return value_of(name, strlen(name));
}

static MDB_val session_key(const char *session)
{
    static uint8_t keys[2][LQ_LEDGER_KEY_NAME_BYTES_MAX];
    static int turn;
    uint8_t *key = keys[turn++ % 2];

    return value_of(key, lq_ledger_key_session(lq_session_names_of("demo", session), key));
}

static MDB_val number_key(uint64_t number)
{
    static uint64_t numbers[4];
    static int turn;
    uint64_t *key = &numbers[turn++ % 4];

    *key = number;
    return value_of(key, sizeof *key);
}

static void rename_tenant(MDB_txn *txn)
{
    move(open_table(txn, "names"), name_key("\1empty"), name_key("\1other"));
}

static void rename_session(MDB_txn *txn)
{
    move(open_table(txn, "names"), session_key("s2"), session_key("s3"));
}

static void hide_session_behind_a_tenant(MDB_txn *txn)
{
    uint8_t value[VALUE_BYTES_MAX];
    struct table names = open_table(txn, "names");
    size_t bytes = get(names, name_key("\1empty"), value);

    delete_entry(names, session_key("s2"));
    put(names, name_key("\1made-up"), value, bytes);
}

static void one_name_for_another(MDB_txn *txn)
{
    exchange(open_table(txn, "names"), session_key("s1"), session_key("s2"));
}

void lq_ledger_changes_head_back(MDB_txn *txn)
{
    uint8_t head[VALUE_BYTES_MAX];
    uint8_t record[VALUE_BYTES_MAX];
    struct table heads = open_table(txn, "heads");
    struct table records = open_table(txn, "ledger");
    size_t bytes = get(heads, number_key(1), head);

    (void)get(records, number_key(lq_get_u64(head + 8)), record);
    uint64_t before = lq_get_u64(record + 48);
    struct lq_digest_sum rolling;
    lq_digest_sum_get(head + 120, &rolling);
    lq_digest_sum_subtract(&rolling, head + 56);
    (void)get(records, number_key(before), record);
    lq_put_u64(head, lq_get_u64(head) - 1);
    lq_put_u64(head + 8, before);
    lq_put_u64(head + 16, before);
    lq_put_u64(head + 24, lq_get_u64(head));
    lq_put_u64(head + 32, lq_get_u64(head + 32) - 1);
    memcpy(head + 40, record + 64, 16);
    memcpy(head + 56, record + 120, 32);
    memcpy(head + 88, record + 88, 32);
    lq_digest_sum_put(&rolling, head + 120);
    put(heads, number_key(1), head, bytes);
}

static void exchange_heads(MDB_txn *txn)
{
    exchange(open_table(txn, "heads"), number_key(1), number_key(2));
}

static void exchange_records(MDB_txn *txn)
{
    exchange(open_table(txn, "ledger"), number_key(5), number_key(6));
}

static void delete_record(MDB_txn *txn)
{
    delete_entry(open_table(txn, "ledger"), number_key(9));
}

static void delete_event(MDB_txn *txn)
{
    delete_entry(open_table(txn, "outbox"), number_key(8));
}

static void delete_newest_note(MDB_txn *txn)
{
    delete_entry(open_table(txn, "outbox"), number_key(9));
}

static void delete_oldest_note(MDB_txn *txn)
{
    delete_entry(open_table(txn, "outbox"), number_key(5));
}

/* That session s2, of number 2, is called s3. */
static void change_note(MDB_txn *txn)
{
    uint8_t value[VALUE_BYTES_MAX];
    struct table outbox = open_table(txn, "outbox");
    size_t bytes = get(outbox, number_key(6), value);

    value[LQ_OUTBOX_ENTRY_HEADER_BYTES + 1] = '3';
    put(outbox, number_key(6), value, bytes);
}

static void change_letter_of_note(MDB_txn *txn)
{
    uint8_t value[VALUE_BYTES_MAX];
    struct table outbox = open_table(txn, "outbox");
    size_t bytes = get(outbox, number_key(9), value);

    lq_put_u64(value + LQ_OUTBOX_ENTRY_HEADER_BYTES, 78);
    put(outbox, number_key(9), value, bytes);
}

static void exchange_events(MDB_txn *txn)
{
    exchange(open_table(txn, "outbox"), number_key(7), number_key(8));
}

static void make_up_letter(MDB_txn *txn)
{
    uint8_t value[VALUE_BYTES_MAX];
    struct table letters = open_table(txn, "letters");
    size_t bytes = get(letters, number_key(77), value);

    put(letters, number_key(78), value, bytes);
}

static void change_letter(MDB_txn *txn)
{
    uint8_t value[VALUE_BYTES_MAX];
    struct table letters = open_table(txn, "letters");
    size_t bytes = get(letters, number_key(77), value);

    lq_put_u64(value + 8, 1);
    put(letters, number_key(77), value, bytes);
}

static void make_up_cursor(MDB_txn *txn)
{
    uint8_t value[LQ_CURSOR_VALUE_BYTES] = {0};

    put(open_table(txn, "cursors"), name_key("other"), value, sizeof value);
}

static void move_cursor(MDB_txn *txn)
{
    uint8_t value[VALUE_BYTES_MAX];
    struct table cursors = open_table(txn, "cursors");
    size_t bytes = get(cursors, name_key("mirror"), value);

    lq_put_u64(value, 5);
    put(cursors, name_key("mirror"), value, bytes);
}

static void more_meta(MDB_txn *txn)
{
    put(open_table(txn, "meta"), name_key("master"), "12345678", 8);
}

static MDB_val frame_key(uint64_t frame)
{
    static uint8_t key[LQ_LEDGER_KEY_FRAME_BYTES];

    lq_ledger_key_frame(1, frame, key);
    return value_of(key, sizeof key);
}

static void frame_leads_elsewhere(MDB_txn *txn)
{
    uint8_t value[8];

    lq_put_u64(value, 3);
    put(open_table(txn, "frames"), frame_key(64), value, sizeof value);
}

static void more_frames(MDB_txn *txn)
{
    uint8_t value[8];
    uint8_t key[LQ_LEDGER_KEY_FRAME_BYTES];

    lq_ledger_key_frame(2, 1, key); /* behind its head */
    lq_put_u64(value, 9);
    put(open_table(txn, "frames"), value_of(key, sizeof key), value, sizeof value);
}

static void exchange_keys(MDB_txn *txn)
{
    static uint8_t keys[2][LQ_LEDGER_KEY_GENERATION_BYTES];

    lq_ledger_key_generation(1, 1, keys[0]);
    lq_ledger_key_generation(2, 1, keys[1]);
    exchange(open_table(txn, "keys"), value_of(keys[0], sizeof keys[0]),
             value_of(keys[1], sizeof keys[1]));
}

static void delete_key(MDB_txn *txn)
{
    static uint8_t key[LQ_LEDGER_KEY_GENERATION_BYTES];

    lq_ledger_key_generation(2, 1, key);
    delete_entry(open_table(txn, "keys"), value_of(key, sizeof key));
}

/* Only the number of the transaction tells: a state is written in each. */
static void nothing_but_a_transaction(MDB_txn *txn)
{
    put(open_table(txn, "frames"), name_key("x"), "", 0);
    delete_entry(open_table(txn, "frames"), name_key("x"));
}

/* ---- by somebody who knows the format and has no key ---- */

/* Write the state anew with sums, transaction, meta page and check made right; the tag only by whom
 * the master key is told. */
static void write_state(MDB_txn *txn, struct lq_partition_state *state, const uint8_t *old,
                        bool with_key)
{
    const struct lq_entry_place place = {"meta", 0, lq_view_text("partition")};
    uint8_t value[LQ_PARTITION_STATE_BYTES];
    uint8_t master[LQ_SEAL_KEY_BYTES];
    uint8_t tag_key[LQ_TAG_KEY_BYTES];
    struct lq_error_message message;
    int fd;

    state->transaction = mdb_txn_id(txn);
    ck_assert_int_eq(mdb_env_get_fd(mdb_txn_env(txn), &fd), 0);
    ck_assert_int_eq(lq_meta_pages_digest(fd, state->transaction - 1, state->meta_before), LQ_OK);
    lq_partition_state_encode(state, value);
    memcpy(value + LQ_PARTITION_STATE_TAG_AT, old + LQ_PARTITION_STATE_TAG_AT, LQ_HASH_BYTES);
    if (with_key) {
        ck_assert_int_eq(lq_key_file_read(key_file, master, &message), LQ_OK);
        lq_entry_proof_derive(master, tag_key);
        lq_entry_proof_tag(tag_key, &place, lq_view_of(value, LQ_PARTITION_STATE_TAG_AT),
                           value + LQ_PARTITION_STATE_TAG_AT);
    }
    lq_partition_state_check(lq_digest, value);
    put(open_table(txn, "meta"), name_key("partition"), value, sizeof value);
}

static void read_state(MDB_txn *txn, struct lq_partition_state *state, uint8_t *old)
{
    size_t bytes = get(open_table(txn, "meta"), name_key("partition"), old);

    ck_assert_int_eq(lq_partition_state_decode(lq_view_of(old, bytes), lq_digest, state), LQ_OK);
}

static void correct_sum(struct lq_digest_sum *sum, MDB_val key, const void *value, size_t bytes,
                        bool gone)
{
    uint8_t digest[LQ_HASH_BYTES];

    lq_entry_proof_digest(lq_view_of(key.mv_data, key.mv_size), lq_view_of(value, bytes), digest);
    if (gone) {
        lq_digest_sum_subtract(sum, digest);
    } else {
        lq_digest_sum_add(sum, digest);
    }
}

static void rename_tenant_made_right(MDB_txn *txn, bool with_key)
{
    struct lq_partition_state state;
    uint8_t old[VALUE_BYTES_MAX];
    uint8_t value[VALUE_BYTES_MAX];

    read_state(txn, &state, old);
    size_t bytes = get(open_table(txn, "names"), name_key("\1empty"), value);
    rename_tenant(txn);
    correct_sum(&state.names, name_key("\1empty"), value, bytes, true);
    correct_sum(&state.names, name_key("\1other"), value, bytes, false);
    write_state(txn, &state, old, with_key);
}

static void rename_tenant_with_sums(MDB_txn *txn)
{
    rename_tenant_made_right(txn, false);
}

static void rename_tenant_with_tag_of_state(MDB_txn *txn)
{
    rename_tenant_made_right(txn, true);
}

static void make_up_letter_made_right(MDB_txn *txn, bool with_key)
{
    struct lq_partition_state state;
    uint8_t old[VALUE_BYTES_MAX];
    uint8_t value[VALUE_BYTES_MAX];

    read_state(txn, &state, old);
    size_t bytes = get(open_table(txn, "letters"), number_key(77), value);
    make_up_letter(txn);
    correct_sum(&state.letters, number_key(78), value, bytes, false);
    state.letter_count++;
    write_state(txn, &state, old, with_key);
}

static void make_up_letter_with_sums(MDB_txn *txn)
{
    make_up_letter_made_right(txn, false);
}

static void make_up_letter_with_tag_of_state(MDB_txn *txn)
{
    make_up_letter_made_right(txn, true);
}

static void lose_note(MDB_txn *txn, bool oldest)
{
    struct lq_partition_state state;
    uint8_t old[VALUE_BYTES_MAX];
    uint8_t value[VALUE_BYTES_MAX];
    uint64_t number = oldest ? 5 : 9;

    read_state(txn, &state, old);
    size_t bytes = get(open_table(txn, "outbox"), number_key(number), value);
    if (oldest) {
        delete_oldest_note(txn);
    } else {
        delete_newest_note(txn);
    }
    correct_sum(&state.outbox, number_key(number), value, bytes, true);
    state.outbox_count--;
    state.outbox_bytes -= sizeof number + bytes;
    state.first_outbox_sequence += oldest;
    state.next_outbox_sequence -= !oldest;
    write_state(txn, &state, old, false);
}

static void lose_the_newest_note_with_sums(MDB_txn *txn)
{
    lose_note(txn, false);
}

static void lose_the_oldest_note_with_sums(MDB_txn *txn)
{
    lose_note(txn, true);
}

/* In the middle of the outbox: the gap remains, whatever counts and sums say. */
static void lose_event_made_right(MDB_txn *txn)
{
    struct lq_partition_state state;
    uint8_t old[VALUE_BYTES_MAX];
    uint8_t value[VALUE_BYTES_MAX];
    uint64_t number = 8;

    read_state(txn, &state, old);
    size_t bytes = get(open_table(txn, "outbox"), number_key(number), value);
    delete_event(txn);
    correct_sum(&state.outbox, number_key(number), value, bytes, true);
    state.outbox_count--;
    state.outbox_bytes -= sizeof number + bytes;
    write_state(txn, &state, old, true);
}

static void move_cursor_made_right(MDB_txn *txn)
{
    struct lq_partition_state state;
    uint8_t old[VALUE_BYTES_MAX];
    uint8_t value[VALUE_BYTES_MAX];

    read_state(txn, &state, old);
    size_t bytes = get(open_table(txn, "cursors"), name_key("mirror"), value);
    correct_sum(&state.cursors, name_key("mirror"), value, bytes, true);
    move_cursor(txn);
    bytes = get(open_table(txn, "cursors"), name_key("mirror"), value);
    correct_sum(&state.cursors, name_key("mirror"), value, bytes, false);
    write_state(txn, &state, old, true);
}

static void change_letter_of_note_made_right(MDB_txn *txn)
{
    struct lq_partition_state state;
    uint8_t old[VALUE_BYTES_MAX];
    uint8_t value[VALUE_BYTES_MAX];

    read_state(txn, &state, old);
    size_t bytes = get(open_table(txn, "outbox"), number_key(9), value);
    correct_sum(&state.outbox, number_key(9), value, bytes, true);
    change_letter_of_note(txn);
    bytes = get(open_table(txn, "outbox"), number_key(9), value);
    correct_sum(&state.outbox, number_key(9), value, bytes, false);
    write_state(txn, &state, old, true);
}

void lq_ledger_changes_edit_state(MDB_txn *txn, lq_ledger_state_edit_fn edit, void *context,
                                  bool with_key)
{
    struct lq_partition_state state;
    uint8_t old[VALUE_BYTES_MAX];

    read_state(txn, &state, old);
    edit(&state, context);
    write_state(txn, &state, old, with_key);
}

void lq_ledger_changes_keep_pace(MDB_txn *txn)
{
    struct lq_partition_state state;
    uint8_t old[VALUE_BYTES_MAX];

    read_state(txn, &state, old);
    write_state(txn, &state, old, true);
}

#define BOTH LQ_CHANGE_SEEN_BY_ALL
#define BY_TRANSACTION LQ_CHANGE_SEEN_BY_TRANSACTION
#define KEY_ONLY LQ_CHANGE_SEEN_WITH_KEY

const struct lq_ledger_change lq_ledger_changes[] = {
    {"a tenant renamed", rename_tenant, BOTH, false},
    {"a session renamed", rename_session, BOTH, false},
    {"a session hidden, a tenant made up", hide_session_behind_a_tenant, BOTH, false},
    {"names of two sessions exchanged", one_name_for_another, BOTH, false},
    {"a head back by one", lq_ledger_changes_head_back, BOTH, true},
    {"two heads exchanged", exchange_heads, BOTH, false},
    {"two records exchanged", exchange_records, BOTH, false},
    {"a record deleted", delete_record, BOTH, true},
    {"an event deleted", delete_event, BOTH, true},
    {"two events exchanged", exchange_events, BOTH, false},
    {"a note changed", change_note, BOTH, false},
    {"the oldest note deleted", delete_oldest_note, BOTH, true},
    {"the newest note deleted", delete_newest_note, BOTH, true},
    {"a letter made up", make_up_letter, BOTH, true},
    {"a letter changed", change_letter, BOTH, false},
    {"a cursor made up", make_up_cursor, BOTH, true},
    {"a cursor moved", move_cursor, BOTH, false},
    {"one more entry of meta", more_meta, BOTH, true},
    {"a frame's entry leads elsewhere", frame_leads_elsewhere, BOTH, false},
    {"one more entry of frames", more_frames, BOTH, true},
    {"two wrapped keys exchanged", exchange_keys, BOTH, false},
    {"a wrapped key deleted", delete_key, BOTH, true},
    {"a transaction that wrote no state", nothing_but_a_transaction, BY_TRANSACTION, true},
    {"a tenant renamed, sums made right", rename_tenant_with_sums, KEY_ONLY, true},
    {"a letter made up, sums made right", make_up_letter_with_sums, KEY_ONLY, true},
    {"a tenant renamed, sums and tag of the state made right", rename_tenant_with_tag_of_state,
     KEY_ONLY, false},
    {"a letter made up, sums and tag of the state made right", make_up_letter_with_tag_of_state,
     KEY_ONLY, false},
    {"the newest note lost, sums made right", lose_the_newest_note_with_sums, KEY_ONLY, true},
    {"the oldest note lost, sums made right", lose_the_oldest_note_with_sums, KEY_ONLY, true},
    {"an event lost, sums and tag of the state made right", lose_event_made_right, BOTH, false},
    {"a cursor moved, sums and tag of the state made right", move_cursor_made_right, KEY_ONLY,
     false},
    {"a note changed, sums and tag of the state made right", change_letter_of_note_made_right,
     KEY_ONLY, false},
};

size_t lq_ledger_changes_count(void)
{
    return sizeof lq_ledger_changes / sizeof lq_ledger_changes[0];
}
