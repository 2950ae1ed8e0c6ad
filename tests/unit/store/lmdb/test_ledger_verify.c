// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* Tables changed behind the ledger's back, one change a row: what verify says with the key and
 * without it, and what a writer's open says. tests/integration/tamper has many more, on whole
 * clusters and with the Python reader. */
#include "store/lmdb/ledger_verify.h"

#include "base/little_endian.h"
#include "store/core/ledger_key.h"
#include "store/core/partition_state.h"
#include "store/lmdb/meta_pages.h"
#include "store/seal/digest.h"
#include "store/seal/entry_proof.h"
#include "store/seal/key_file.h"
#include "tests/support/suite.h"
#include "tests/unit/store/lmdb/ledger_fixture.h"

#include <inttypes.h>
#include <lmdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { FRAMES = 70, VALUE_BYTES_MAX = 4096 };

static struct lq_ledger_fixture fixture;

static void set_up(void)
{
    static uint8_t bytes[300];
    static const uint64_t letter = 77;
    const struct lq_view events[] = {lq_view_text("one"), lq_view_text("two")};

    lq_ledger_fixture_make(&fixture);
    lq_ledger_fixture_open(&fixture);
    ck_assert_int_eq(lq_ledger_fixture_create_tenant(&fixture, "demo", 1), LQ_COMMIT_DONE);
    ck_assert_int_eq(lq_ledger_fixture_create_tenant(&fixture, "empty", 2), LQ_COMMIT_DONE);
    ck_assert_int_eq(lq_ledger_fixture_create_session(&fixture, "demo", "s1", 3), LQ_COMMIT_DONE);
    ck_assert_int_eq(lq_ledger_fixture_create_session(&fixture, "demo", "s2", 4), LQ_COMMIT_DONE);
    for (uint64_t frame = 1; frame < FRAMES; frame++) {
        ck_assert_int_eq(lq_ledger_fixture_frame(&fixture, "demo", "s1", frame, frame + 10),
                         LQ_COMMIT_DONE);
    }
    struct lq_commit item = {.kind = LQ_COMMIT_FRAME,
                             .execution = {1, 200},
                             .names = {lq_view_text("demo"), lq_view_text("s1")},
                             .frame = FRAMES,
                             .events = events,
                             .event_count = 2,
                             .letter_ids = &letter,
                             .letter_count = 1};
    item.content = lq_ledger_fixture_content(bytes, sizeof bytes, "demo", "s1", 0);
    ck_assert_int_eq(lq_ledger_commit(fixture.ledger, &item, 1), LQ_OK);
    ck_assert_int_eq(item.verdict, LQ_COMMIT_DONE);
    lq_ledger_close(&fixture.ledger);
}

static void tear_down(void)
{
    lq_ledger_fixture_remove(&fixture);
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

static void head_back_by_one(MDB_txn *txn)
{
    uint8_t head[VALUE_BYTES_MAX];
    uint8_t record[VALUE_BYTES_MAX];
    struct table heads = open_table(txn, "heads");
    struct table records = open_table(txn, "ledger");
    size_t bytes = get(heads, number_key(1), head);

    (void)get(records, number_key(lq_get_u64(head + 8)), record);
    uint64_t before = lq_get_u64(record + 40);
    struct lq_digest_sum rolling;
    lq_digest_sum_get(head + 80, &rolling);
    lq_digest_sum_subtract(&rolling, head + 48);
    (void)get(records, number_key(before), record);
    lq_put_u64(head, lq_get_u64(head) - 1);
    lq_put_u64(head + 8, before);
    lq_put_u64(head + 16, before);
    lq_put_u64(head + 24, lq_get_u64(head + 24) - 1);
    memcpy(head + 32, record + 56, 16);
    memcpy(head + 48, record + 112, 32);
    lq_digest_sum_put(&rolling, head + 80);
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
    delete_entry(open_table(txn, "outbox"), number_key(2));
}

static void exchange_events(MDB_txn *txn)
{
    exchange(open_table(txn, "outbox"), number_key(1), number_key(2));
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
    put(open_table(txn, "cursors"), name_key("mirror"), "12345678", 8);
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

    lq_put_u64(value, 9);
    put(open_table(txn, "frames"), frame_key(7), value, sizeof value);
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
    int fd;

    state->transaction = mdb_txn_id(txn);
    ck_assert_int_eq(mdb_env_get_fd(mdb_txn_env(txn), &fd), 0);
    ck_assert_int_eq(lq_meta_pages_digest(fd, state->transaction - 1, state->meta_before), LQ_OK);
    lq_partition_state_encode(state, value);
    memcpy(value + LQ_PARTITION_STATE_TAG_AT, old + LQ_PARTITION_STATE_TAG_AT, LQ_HASH_BYTES);
    if (with_key) {
        ck_assert_int_eq(lq_key_file_read(fixture.key_file, master, &fixture.message), LQ_OK);
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

static void lose_the_newest_event_with_sums(MDB_txn *txn)
{
    struct lq_partition_state state;
    uint8_t old[VALUE_BYTES_MAX];
    uint8_t value[VALUE_BYTES_MAX];

    read_state(txn, &state, old);
    size_t bytes = get(open_table(txn, "outbox"), number_key(2), value);
    delete_event(txn);
    correct_sum(&state.outbox, number_key(2), value, bytes, true);
    state.next_outbox_sequence--;
    write_state(txn, &state, old, false);
}

/* Without this every change would show by the number of its transaction alone. */
static void keep_pace(MDB_txn *txn)
{
    struct lq_partition_state state;
    uint8_t old[VALUE_BYTES_MAX];

    read_state(txn, &state, old);
    write_state(txn, &state, old, true);
}

enum seen { BOTH = 1, BY_TRANSACTION, KEY_ONLY };

static const struct {
    const char *name;
    void (*change)(MDB_txn *txn);
    enum seen seen;
    bool open_refuses; /* a writer's: it counts, and proves the state */
} rows[] = {
    {"a tenant renamed", rename_tenant, BOTH, false},
    {"a session renamed", rename_session, BOTH, false},
    {"a session hidden, a tenant made up", hide_session_behind_a_tenant, BOTH, false},
    {"names of two sessions exchanged", one_name_for_another, BOTH, false},
    {"a head back by one", head_back_by_one, BOTH, true},
    {"two heads exchanged", exchange_heads, BOTH, false},
    {"two records exchanged", exchange_records, BOTH, false},
    {"a record deleted", delete_record, BOTH, true},
    {"an event deleted", delete_event, BOTH, true},
    {"two events exchanged", exchange_events, BOTH, false},
    {"a letter made up", make_up_letter, BOTH, true},
    {"a letter changed", change_letter, BOTH, false},
    {"a cursor made up", make_up_cursor, BOTH, true},
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
    {"the newest event lost, sums made right", lose_the_newest_event_with_sums, KEY_ONLY, true},
};

static void change_with(void (*change)(MDB_txn *txn), bool keeps_pace)
{
    MDB_env *env;
    MDB_txn *txn;

    ck_assert_int_eq(mdb_env_create(&env), 0);
    ck_assert_int_eq(mdb_env_set_maxdbs(env, 12), 0);
    ck_assert_int_eq(mdb_env_set_mapsize(env, fixture.options.map_bytes), 0);
    ck_assert_int_eq(mdb_env_open(env, fixture.partition_folder, 0, 0600), 0);
    ck_assert_int_eq(mdb_txn_begin(env, NULL, 0, &txn), 0);
    change(txn);
    if (keeps_pace) {
        keep_pace(txn);
    }
    ck_assert_int_eq(mdb_txn_commit(txn), 0);
    mdb_env_close(env);
}

static uint64_t count_faults(bool without_key)
{
    const struct lq_ledger_verify_options options = {.without_key = without_key};
    struct lq_ledger_verify_totals totals;

    ck_assert_int_eq(lq_ledger_verify(fixture.ledger, &options, &totals), LQ_OK);
    return totals.faults;
}

START_TEST(test_verify_sees_changed_tables)
{
    change_with(rows[_i].change, rows[_i].seen == BOTH);
    fixture.options.master_key_file = NULL;
    enum lq_result result =
        lq_ledger_open_reader(&fixture.options, &fixture.ledger, &fixture.message);
    ck_assert_msg(result == (rows[_i].seen == BY_TRANSACTION ? LQ_ERR_CORRUPT : LQ_OK), "%s: %s",
                  rows[_i].name, fixture.message.text);
    if (result == LQ_OK) {
        ck_assert_msg((count_faults(true) > 0) == (rows[_i].seen == BOTH), "%s: without the key",
                      rows[_i].name);
    }
    lq_ledger_close(&fixture.ledger);
    fixture.options.master_key_file = fixture.key_file;
    result = lq_ledger_open_reader(&fixture.options, &fixture.ledger, &fixture.message);
    if (result == LQ_OK) { /* else the open has said so */
        ck_assert_msg(count_faults(false) > 0, "%s: with the key", rows[_i].name);
    } else {
        ck_assert_msg(result == LQ_ERR_CORRUPT, "%s: %s", rows[_i].name, fixture.message.text);
    }
    lq_ledger_close(&fixture.ledger);
    result = lq_ledger_open_writer(&fixture.options, &fixture.ledger, &fixture.message);
    ck_assert_msg(result == (rows[_i].open_refuses ? LQ_ERR_CORRUPT : LQ_OK), "%s: open: %s",
                  rows[_i].name, fixture.message.text);
}
END_TEST

START_TEST(test_verify_of_what_is_whole)
{
    const struct lq_ledger_verify_options parts[] = {
        {.without_key = false},
        {.names = lq_session_names_of("demo", "")},
        {.names = lq_session_names_of("demo", "s1")},
        {.names = lq_session_names_of("empty", "")},
    };
    static const uint64_t records[] = {FRAMES + 2, FRAMES + 2, FRAMES + 1, 0};
    struct lq_ledger_verify_totals totals;

    ck_assert_int_eq(lq_ledger_open_reader(&fixture.options, &fixture.ledger, &fixture.message),
                     LQ_OK);
    for (size_t index = 0; index < sizeof parts / sizeof parts[0]; index++) {
        ck_assert_int_eq(lq_ledger_verify(fixture.ledger, &parts[index], &totals), LQ_OK);
        ck_assert_uint_eq(totals.faults, 0);
        ck_assert_uint_eq(totals.records, records[index]);
        ck_assert_uint_eq(totals.opened, records[index]);
    }
    ck_assert_int_eq(lq_ledger_verify(fixture.ledger, &parts[0], &totals), LQ_OK);
    ck_assert_uint_eq(totals.tenants, 2);
    ck_assert_uint_eq(totals.sessions, 2);
    ck_assert_uint_eq(totals.events, 2);
    ck_assert_uint_eq(totals.letters, 1);
    ck_assert_uint_eq(totals.next_ledger_sequence, FRAMES + 3);
}
END_TEST

START_TEST(test_verify_of_a_part_sees_what_its_head_hides)
{
    const struct lq_ledger_verify_options parts[] = {
        {.names = lq_session_names_of("demo", "")},
        {.names = lq_session_names_of("demo", "s1")},
        {.names = lq_session_names_of("demo", "s2")},
    };
    static const uint64_t faults[] = {1, 1, 0};
    struct lq_ledger_verify_totals totals;

    change_with(head_back_by_one, true);
    ck_assert_int_eq(lq_ledger_open_reader(&fixture.options, &fixture.ledger, &fixture.message),
                     LQ_OK);
    for (size_t index = 0; index < sizeof parts / sizeof parts[0]; index++) {
        ck_assert_int_eq(lq_ledger_verify(fixture.ledger, &parts[index], &totals), LQ_OK);
        ck_assert_uint_eq(totals.faults, faults[index]);
    }
}
END_TEST

/* Nothing proven is no success. */
START_TEST(test_verify_of_what_is_not_there)
{
    const struct lq_ledger_verify_options parts[] = {
        {.names = lq_session_names_of("nobody", "")},
        {.names = lq_session_names_of("demo", "s")},
        {.names = lq_session_names_of("nobody", "s1")},
        {.names = lq_session_names_of("not a name", "")},
    };
    struct lq_ledger_verify_totals totals;

    ck_assert_int_eq(lq_ledger_open_reader(&fixture.options, &fixture.ledger, &fixture.message),
                     LQ_OK);
    for (size_t index = 0; index < sizeof parts / sizeof parts[0]; index++) {
        ck_assert_int_eq(lq_ledger_verify(fixture.ledger, &parts[index], &totals),
                         LQ_ERR_NOT_FOUND);
    }
}
END_TEST

/* ---- databases that are missing ---- */

static const char *const database_names[] = {"ledger", "heads",   "names",   "keys", "frames",
                                             "outbox", "cursors", "letters", "meta"};
static size_t chosen_database;

static void drop_database(MDB_txn *txn)
{
    struct table table = open_table(txn, database_names[chosen_database]);

    ck_assert_int_eq(mdb_drop(txn, table.database, 1), 0);
}

START_TEST(test_a_missing_database_is_not_made_anew)
{
    char wanted[64];

    chosen_database = (size_t)_i;
    change_with(drop_database, false);
    snprintf(wanted, sizeof wanted, "\"%s\" is missing", database_names[_i]);
    for (int count = 0; count < 2; count++) { /* the first one repaired nothing either */
        ck_assert_int_eq(lq_ledger_open_writer(&fixture.options, &fixture.ledger, &fixture.message),
                         LQ_ERR_CORRUPT);
        ck_assert_ptr_nonnull(strstr(fixture.message.text, wanted));
    }
    ck_assert_int_eq(lq_ledger_open_reader(&fixture.options, &fixture.ledger, &fixture.message),
                     LQ_ERR_CORRUPT);
    ck_assert_ptr_nonnull(strstr(fixture.message.text, wanted));
}
END_TEST

static void one_more_database(MDB_txn *txn)
{
    MDB_dbi database;

    ck_assert_int_eq(mdb_dbi_open(txn, "more", MDB_CREATE, &database), 0);
}

START_TEST(test_one_database_more_is_seen)
{
    change_with(one_more_database, true);
    ck_assert_int_eq(lq_ledger_open_reader(&fixture.options, &fixture.ledger, &fixture.message),
                     LQ_ERR_CORRUPT);
    ck_assert_ptr_nonnull(strstr(fixture.message.text, "10 databases instead of 9"));
}
END_TEST

/* ---- the file itself ---- */

static void overwrite(long at, const void *bytes, size_t count)
{
    char path[LQ_STORE_FOLDER_PATH_MAX + 64];

    snprintf(path, sizeof path, "%s/data.mdb", fixture.partition_folder);
    FILE *stream = fopen(path, "r+b");
    ck_assert_ptr_nonnull(stream);
    ck_assert_int_eq(fseek(stream, at, SEEK_SET), 0);
    ck_assert_uint_eq(fwrite(bytes, 1, count, stream), count);
    ck_assert_int_eq(fclose(stream), 0);
}

static uint64_t read_u64(long at)
{
    char path[LQ_STORE_FOLDER_PATH_MAX + 64];
    uint64_t number;

    snprintf(path, sizeof path, "%s/data.mdb", fixture.partition_folder);
    FILE *stream = fopen(path, "rb");
    ck_assert_ptr_nonnull(stream);
    ck_assert_int_eq(fseek(stream, at, SEEK_SET), 0);
    ck_assert_uint_eq(fread(&number, sizeof number, 1, stream), 1);
    fclose(stream);
    return number;
}

/* A file that vanished, or lost every byte, is not one that is still to be made. */
START_TEST(test_a_lost_file_is_not_made_anew)
{
    char path[LQ_STORE_FOLDER_PATH_MAX + 64];

    snprintf(path, sizeof path, "%s/data.mdb", fixture.partition_folder);
    ck_assert_int_eq(_i == 0 ? unlink(path) : truncate(path, 0), 0);
    for (int count = 0; count < 2; count++) {
        ck_assert_int_eq(lq_ledger_open_writer(&fixture.options, &fixture.ledger, &fixture.message),
                         LQ_ERR_CORRUPT);
        ck_assert_ptr_nonnull(strstr(fixture.message.text, "gone or empty"));
        ck_assert_int_eq(lq_ledger_open_reader(&fixture.options, &fixture.ledger, &fixture.message),
                         LQ_ERR_CORRUPT);
    }
}
END_TEST

static const long cuts[] = {1, 100, 4095, 4096, 4200};

static void cut(const char *file, long bytes)
{
    char path[LQ_STORE_FOLDER_PATH_MAX + 64];

    snprintf(path, sizeof path, "%s/%s", fixture.partition_folder, file);
    ck_assert_int_eq(truncate(path, bytes), 0);
}

/* One that is cut off within its first pages was damaged, if there was ever anything in it. */
START_TEST(test_a_file_cut_short_is_damaged)
{
    cut("data.mdb", cuts[_i]);
    ck_assert_int_eq(lq_ledger_open_reader(&fixture.options, &fixture.ledger, &fixture.message),
                     LQ_ERR_CORRUPT);
    ck_assert_ptr_nonnull(strstr(fixture.message.text, "the file is cut off"));
    ck_assert_int_eq(lq_ledger_open_writer(&fixture.options, &fixture.ledger, &fixture.message),
                     LQ_ERR_CORRUPT);
}
END_TEST

/* Else its disk got full while it was made: a reader waits for the writer, which begins anew. */
START_TEST(test_a_file_half_made_is_made_anew)
{
    cut("data.mdb", cuts[_i]);
    cut("writer.lock", 0);
    ck_assert_int_eq(lq_ledger_open_reader(&fixture.options, &fixture.ledger, &fixture.message),
                     LQ_ERR_NOT_FOUND);
    ck_assert_ptr_nonnull(strstr(fixture.message.text, "nothing there"));
    lq_ledger_fixture_open(&fixture);
    ck_assert_int_eq(lq_ledger_fixture_create_tenant(&fixture, "demo", 1), LQ_COMMIT_DONE);
}
END_TEST

/* The same of the whole folder, which only the made file outside of it remembers. */
START_TEST(test_a_lost_folder_is_not_made_anew)
{
    char made_file[LQ_STORE_FOLDER_PATH_MAX + 64];

    snprintf(made_file, sizeof made_file, "%s/ledger-0.made", fixture.folder);
    fixture.options.made_file = made_file;
    lq_ledger_fixture_open(&fixture);
    lq_ledger_close(&fixture.ledger);
    lq_store_folder_remove(fixture.partition_folder);
    for (int count = 0; count < 2; count++) {
        ck_assert_int_eq(lq_ledger_open_writer(&fixture.options, &fixture.ledger, &fixture.message),
                         LQ_ERR_CORRUPT);
        ck_assert_ptr_nonnull(strstr(fixture.message.text, "gone or empty"));
    }
    ck_assert_int_eq(unlink(made_file), 0);
    lq_ledger_fixture_open(&fixture);
}
END_TEST

/* LMDB would show the transaction before: whole, genuine, and old. */
START_TEST(test_an_older_meta_page_is_seen)
{
    long newest = read_u64(144) > read_u64(4096 + 144) ? 0 : 4096;
    uint64_t older = read_u64(newest + 144) - 2;

    overwrite(newest + 144, &older, sizeof older);
    ck_assert_int_eq(lq_ledger_open_reader(&fixture.options, &fixture.ledger, &fixture.message),
                     LQ_ERR_CORRUPT);
    ck_assert_ptr_nonnull(strstr(fixture.message.text, "an older state than its meta pages have"));
    ck_assert_int_eq(lq_ledger_open_writer(&fixture.options, &fixture.ledger, &fixture.message),
                     LQ_ERR_CORRUPT);
}
END_TEST

static const struct {
    const char *name;
    long at; /* in the first page */
    const char *message;
} meta_flips[] = {
    {"number", 0, "meta page 0 is damaged: number or kind"},
    {"flags", 10, "meta page 0 is damaged: number or kind"},
    {"magic", 16, "meta page 0 is damaged: magic or version"},
    {"version", 20, "meta page 0 is damaged: magic or version"},
    {"size of a page", 40, "meta page 0 is damaged: size of a page"},
    {"map", 24 + 8 + 6, "meta page 0 is damaged: size of the map"},
};

START_TEST(test_a_damaged_meta_page_is_named)
{
    uint8_t byte = (uint8_t)(read_u64(meta_flips[_i].at) & 0xff);

    byte ^= 0x41;
    overwrite(meta_flips[_i].at, &byte, 1);
    ck_assert_int_eq(lq_ledger_open_reader(&fixture.options, &fixture.ledger, &fixture.message),
                     LQ_ERR_CORRUPT);
    ck_assert_msg(strstr(fixture.message.text, meta_flips[_i].message) != NULL, "%s: %s",
                  meta_flips[_i].name, fixture.message.text);
}
END_TEST

TCase *lq_test_ledger_verify(void);
TCase *lq_test_ledger_verify(void)
{
    TCase *tc = tcase_create("ledger_verify");

    tcase_add_checked_fixture(tc, set_up, tear_down);
    tcase_add_test(tc, test_verify_of_what_is_whole);
    tcase_add_test(tc, test_verify_of_a_part_sees_what_its_head_hides);
    tcase_add_test(tc, test_verify_of_what_is_not_there);
    tcase_add_loop_test(tc, test_verify_sees_changed_tables, 0, sizeof rows / sizeof rows[0]);
    tcase_add_loop_test(tc, test_a_missing_database_is_not_made_anew, 0,
                        sizeof database_names / sizeof database_names[0]);
    tcase_add_test(tc, test_one_database_more_is_seen);
    tcase_add_loop_test(tc, test_a_lost_file_is_not_made_anew, 0, 2);
    tcase_add_loop_test(tc, test_a_file_cut_short_is_damaged, 0, 5);
    tcase_add_loop_test(tc, test_a_file_half_made_is_made_anew, 0, 5);
    tcase_add_test(tc, test_a_lost_folder_is_not_made_anew);
    tcase_add_test(tc, test_an_older_meta_page_is_seen);
    tcase_add_loop_test(tc, test_a_damaged_meta_page_is_named, 0,
                        sizeof meta_flips / sizeof meta_flips[0]);
    return tc;
}
