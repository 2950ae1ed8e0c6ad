// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* A ledger is copied through its feed into a new one, with some of it missing. */
#include "store/lmdb/ledger_restore.h"

#include "base/alloc.h"
#include "base/little_endian.h"
#include "store/core/record.h"
#include "store/lmdb/ledger_feed.h"
#include "tests/support/suite.h"
#include "tests/unit/store/lmdb/ledger_changes.h"
#include "tests/unit/store/lmdb/ledger_fixture.h"

#include <stdio.h>
#include <stdlib.h>

enum { FRAMES = 140, LETTER_EPOCH = 9 };
#define LETTER(serial) ((uint64_t)LETTER_EPOCH << 32 | (serial))

static struct lq_ledger_fixture source, copy; /* under one master key, the source's */
static struct lq_feed_run run;
static lq_ledger_restore_t *restore;
static bool begins_late;
static struct lq_ledger_restored restored;

static void commit_frame(const char *tenant, const char *session, uint64_t frame, uint64_t letter)
{
    static uint8_t bytes[300];
    const struct lq_commit_event events[] = {{lq_view_text("one"), 0, false},
                                             {lq_view_text("two"), 1, false}};
    struct lq_commit item = {.kind = LQ_COMMIT_FRAME,
                             .execution = {5, 1000 + frame},
                             .names = lq_session_names_of(tenant, session),
                             .frame = frame,
                             .events = events,
                             .event_count = frame % 3,
                             .letter_ids = &letter,
                             .letter_count = letter > 0};

    item.content = lq_ledger_fixture_content(bytes, sizeof bytes, tenant, session, (uint8_t)frame);
    ck_assert_int_eq(lq_ledger_commit(source.ledger, &item, 1), LQ_OK);
    ck_assert_int_eq(item.verdict, LQ_COMMIT_DONE);
}

/* Tenants acme (1), beta (2), bare (3); sessions acme/s1 (1), beta/s1 (2), beta/late (3). */
static void set_up(void)
{
    lq_ledger_fixture_make(&source);
    lq_ledger_fixture_make(&copy);
    lq_ledger_fixture_open(&source);
    begins_late = false;
    for (uint64_t number = 1; number <= 3; number++) {
        static const char *const tenants[] = {"acme", "beta", "bare"};
        ck_assert_int_eq(lq_ledger_fixture_create_tenant(&source, tenants[number - 1], number),
                         LQ_COMMIT_DONE);
    }
    ck_assert_int_eq(lq_ledger_fixture_create_session(&source, "acme", "s1", 4), LQ_COMMIT_DONE);
    ck_assert_int_eq(lq_ledger_fixture_create_session(&source, "beta", "s1", 5), LQ_COMMIT_DONE);
    for (uint64_t frame = 1; frame <= FRAMES; frame++) {
        commit_frame("acme", "s1", frame, frame == 50 ? LETTER(1) : 0);
        commit_frame("beta", "s1", frame, frame == FRAMES ? LETTER(2) : 0);
    }
    ck_assert_int_eq(lq_ledger_fixture_create_session(&source, "beta", "late", 6), LQ_COMMIT_DONE);
    run.memory = lq_alloc(LQ_FEED_RUN_BYTES_MIN, 1);
    run.bytes_max = LQ_FEED_RUN_BYTES_MIN;
    copy.options.master_key_file = source.key_file;
}

static void tear_down(void)
{
    lq_ledger_restore_close(&restore);
    free(run.memory);
    lq_ledger_fixture_remove(&copy);
    lq_ledger_fixture_remove(&source);
}

static enum lq_result begin(uint64_t outbox_after, const char *tenant)
{
    const struct lq_ledger_restore_options options = {
        .ledger = copy.options, .outbox_after = outbox_after, .tenant = tenant};

    return lq_ledger_restore_open(&options, &restore, &copy.message);
}

static void check(enum lq_result result)
{
    ck_assert_msg(result == LQ_OK, "%s: %s", lq_result_text(result),
                  lq_ledger_restore_why(restore));
}

/* Whether the copy has an entry of the feed. */
typedef bool (*has_fn)(const struct lq_feed_entry *entry);

static bool has_all(const struct lq_feed_entry *entry)
{
    (void)entry;
    return true;
}

/* Alike in the header of a record and in an entry of the outbox. */
static uint64_t field_of(const struct lq_feed_entry *entry, size_t at)
{
    return lq_get_u64(entry->value.data + (entry->is_record ? LQ_RECORD_HEADER_AT : 0) + at);
}

static uint64_t tenant_of(const struct lq_feed_entry *entry)
{
    return field_of(entry, 16);
}

static uint64_t frame_of(const struct lq_feed_entry *entry)
{
    return field_of(entry, 32);
}

static bool is_note(const struct lq_feed_entry *entry)
{
    return !entry->is_record && lq_get_u16(entry->value.data + 2) != LQ_OUTBOX_EVENT;
}

/* Beta's stream ended with frame 100 of s1; the notes, of another stream, are all there. */
static bool has_not_the_end_of_beta(const struct lq_feed_entry *entry)
{
    return is_note(entry) || tenant_of(entry) != 2 ||
           (frame_of(entry) <= 100 && field_of(entry, 24) != 3);
}

static enum lq_result give_key(void *context, struct lq_view wrapped)
{
    return lq_ledger_restore_key(restore, *(const uint64_t *)context, wrapped);
}

/* First the notes, then the keys, then tenant by tenant: as the streams of a table have it. */
static void give(uint64_t stream, has_fn has)
{
    struct lq_feed_position at = {0, 0};

    do {
        ck_assert_int_eq(lq_ledger_feed_read(source.ledger, at, &run), LQ_OK);
        for (uint32_t index = 0; index < run.count; index++) {
            const struct lq_feed_entry *entry = &run.entries[index];
            if ((is_note(entry) ? 0 : tenant_of(entry)) == stream && has(entry)) {
                check(entry->is_record
                          ? lq_ledger_restore_record(restore, entry->value, begins_late)
                          : lq_ledger_restore_entry(restore, entry->value));
            }
        }
        at = run.end;
    } while (run.count > 0);
}

static void give_all(has_fn has, uint64_t tenant_without_key)
{
    give(0, has);
    for (uint64_t tenant = 3; tenant > 0; tenant--) {
        if (tenant != tenant_without_key) {
            check(lq_ledger_feed_each_key(source.ledger, tenant, give_key, &tenant));
            give(tenant, has);
        }
    }
}

static void finish(void)
{
    check(lq_ledger_restore_finish(restore, &restored));
    lq_ledger_restore_close(&restore);
}

static void open_and_verify(void)
{
    lq_ledger_fixture_open(&copy);
    ck_assert_msg(lq_ledger_fixture_count_broken(&copy) == 0, "%s", copy.fault);
}

static void compare_frame(const char *tenant, uint64_t frame)
{
    struct lq_record_info one;
    struct lq_record_info other;
    struct lq_view content;
    struct lq_view copied;

    ck_assert_int_eq(lq_ledger_fixture_read(&source, tenant, "s1", frame, &content, &one), LQ_OK);
    ck_assert_int_eq(lq_ledger_fixture_read(&copy, tenant, "s1", frame, &copied, &other), LQ_OK);
    ck_assert(lq_view_equal(content, copied));
    ck_assert_mem_eq(one.hash, other.hash, LQ_HASH_BYTES);
    ck_assert_uint_eq(one.ledger_sequence, other.ledger_sequence);
}

static struct lq_feed_state state_of(struct lq_ledger_fixture *fixture)
{
    struct lq_feed_state state;

    ck_assert_int_eq(lq_ledger_read_begin(fixture->ledger), LQ_OK);
    ck_assert_int_eq(lq_ledger_feed_state(fixture->ledger, &state), LQ_OK);
    lq_ledger_read_end(fixture->ledger);
    return state;
}

START_TEST(test_a_whole_copy_is_the_same)
{
    ck_assert_int_eq(begin(0, NULL), LQ_OK);
    give_all(has_all, 0);
    finish();
    ck_assert_uint_eq(restored.tenants, 3);
    ck_assert_uint_eq(restored.sessions, 3);
    ck_assert_uint_eq(restored.records, 2 * FRAMES + 3);
    ck_assert_uint_eq(restored.letters, 2);
    ck_assert_uint_eq(restored.epoch, LETTER_EPOCH);
    ck_assert_uint_eq(restored.sessions_left + restored.tenants_left + restored.entries_left, 0);
    open_and_verify();
    for (uint64_t frame = 0; frame <= FRAMES; frame++) {
        compare_frame("acme", frame);
        compare_frame("beta", frame);
    }
    struct lq_feed_state one = state_of(&source);
    struct lq_feed_state other = state_of(&copy);
    ck_assert_uint_eq(one.newest.ledger_sequence, other.newest.ledger_sequence);
    ck_assert_uint_eq(one.newest.outbox_sequence, other.newest.outbox_sequence);
    ck_assert_uint_eq(one.outbox_bytes, other.outbox_bytes);
    ck_assert_mem_ne(one.history, other.history, sizeof one.history);
    ck_assert_mem_eq(restored.history, other.history, sizeof other.history);
}
END_TEST

/* The state knows which sequences may be missing; what comes after them is whole again. */
START_TEST(test_a_copy_without_ends_goes_on)
{
    struct lq_head head;

    ck_assert_int_eq(begin(0, NULL), LQ_OK);
    give_all(has_not_the_end_of_beta, 0);
    finish();
    ck_assert_uint_eq(restored.sessions, 2);
    ck_assert_uint_eq(restored.sessions_left, 1);
    ck_assert_uint_eq(restored.letters, 1);
    ck_assert_uint_eq(restored.letters_left, 1);
    ck_assert_uint_eq(restored.entries_left, 2); /* the notes of that letter and that session */
    ck_assert_uint_eq(restored.records, FRAMES + 1 + 101);
    open_and_verify();
    compare_frame("beta", 100);
    ck_assert_int_eq(lq_ledger_fixture_head(&copy, "beta", "s1", &head), LQ_OK);
    ck_assert_uint_eq(head.frame, 100);
    ck_assert_int_eq(lq_ledger_fixture_head(&copy, "beta", "late", &head), LQ_ERR_NOT_FOUND);
    ck_assert_int_eq(lq_ledger_fixture_frame(&copy, "beta", "s1", 101, 3000), LQ_COMMIT_DONE);
    ck_assert_int_eq(lq_ledger_fixture_frame(&copy, "acme", "s1", FRAMES + 1, 3001),
                     LQ_COMMIT_DONE);
    ck_assert_int_eq(lq_ledger_fixture_create_session(&copy, "beta", "late", 3002), LQ_COMMIT_DONE);
    ck_assert_int_eq(lq_ledger_fixture_head(&copy, "beta", "late", &head), LQ_OK);
    ck_assert_uint_eq(head.session_number, 4); /* 3 was given to the one that is lost */
    ck_assert_int_eq(lq_ledger_fixture_create_tenant(&copy, "gamma", 3003), LQ_COMMIT_DONE);
    ck_assert_uint_eq(lq_ledger_fixture_count_broken(&copy), 0);
    lq_ledger_close(&copy.ledger);
    open_and_verify();
}
END_TEST

START_TEST(test_a_tenant_without_keys_is_left_out)
{
    ck_assert_int_eq(begin(0, NULL), LQ_OK);
    give_all(has_all, 2);
    finish();
    ck_assert_uint_eq(restored.tenants, 2);
    ck_assert_uint_eq(restored.tenants_left, 1);
    ck_assert_uint_eq(restored.sessions, 1);
    ck_assert_uint_eq(restored.sessions_left, 2);
    open_and_verify();
    ck_assert_int_eq(lq_ledger_fixture_create_tenant(&copy, "beta", 3003), LQ_COMMIT_DONE);
    ck_assert_int_eq(lq_ledger_fixture_create_session(&copy, "beta", "s1", 3004), LQ_COMMIT_DONE);
    ck_assert_uint_eq(lq_ledger_fixture_count_broken(&copy), 0);
}
END_TEST

START_TEST(test_one_tenant_alone)
{
    ck_assert_int_eq(begin(0, "beta"), LQ_OK);
    give(0, has_all);
    uint64_t tenant = 2;
    check(lq_ledger_feed_each_key(source.ledger, tenant, give_key, &tenant));
    give(tenant, has_all);
    finish();
    ck_assert_uint_eq(restored.tenants, 1);
    ck_assert_uint_eq(restored.sessions, 2);
    ck_assert_uint_eq(restored.records, FRAMES + 2);
    open_and_verify();
    compare_frame("beta", FRAMES);
    ck_assert_int_eq(lq_ledger_fixture_create_tenant(&copy, "acme", 3003), LQ_COMMIT_DONE);
    ck_assert_uint_eq(lq_ledger_fixture_count_broken(&copy), 0);
}
END_TEST

/* What has left already is not kept; a reader behind it is told so. */
START_TEST(test_entries_that_have_left_are_not_kept)
{
    uint64_t newest = state_of(&source).newest.outbox_sequence;

    ck_assert_int_eq(begin(newest - 10, NULL), LQ_OK);
    give_all(has_all, 0);
    finish();
    ck_assert_uint_eq(restored.entries, 10);
    ck_assert_uint_eq(restored.letters, 2);
    open_and_verify();
    ck_assert_int_eq(
        lq_ledger_feed_read(copy.ledger, (struct lq_feed_position){0, newest - 10}, &run), LQ_OK);
    ck_assert_int_eq(
        lq_ledger_feed_read(copy.ledger, (struct lq_feed_position){0, newest - 11}, &run),
        LQ_ERR_STALE);
}
END_TEST

/* Of acme/s1 the records below frame 70 have expired in the copy, as have their events. */
static bool has_not_the_beginning_of_acme(const struct lq_feed_entry *entry)
{
    return is_note(entry) || tenant_of(entry) != 1 || frame_of(entry) >= 70;
}

START_TEST(test_a_session_may_begin_late)
{
    const struct lq_ledger_verify_options part = {.names = lq_session_names_of("acme", "s1")};
    struct lq_ledger_verify_totals totals;
    struct lq_record_info info;
    struct lq_view content;
    struct lq_head head;

    begins_late = true;
    ck_assert_int_eq(begin(0, NULL), LQ_OK);
    give_all(has_not_the_beginning_of_acme, 0);
    finish();
    ck_assert_uint_eq(restored.records, 2 * FRAMES + 3 - 70);
    ck_assert_uint_eq(restored.letters, 2); /* decided stays decided, also by frame 50 */
    open_and_verify();
    ck_assert_int_eq(lq_ledger_verify(copy.ledger, &part, &totals), LQ_OK);
    ck_assert_uint_eq(totals.faults, 0);
    ck_assert_uint_eq(totals.records, FRAMES + 1 - 70);
    for (uint64_t frame = 71; frame <= FRAMES; frame++) {
        compare_frame("acme", frame);
    }
    ck_assert_int_eq(lq_ledger_fixture_read(&copy, "acme", "s1", 70, &content, &info), LQ_OK);
    ck_assert_int_eq(lq_ledger_fixture_read(&copy, "acme", "s1", 69, &content, &info),
                     LQ_ERR_NOT_FOUND);
    ck_assert_int_eq(lq_ledger_fixture_read(&copy, "acme", "s1", 0, &content, &info),
                     LQ_ERR_NOT_FOUND);
    ck_assert_int_eq(lq_ledger_fixture_head(&copy, "acme", "s1", &head), LQ_OK);
    ck_assert_uint_eq(head.record_count, FRAMES + 1 - 70);
    ck_assert_int_eq(lq_ledger_fixture_frame(&copy, "acme", "s1", FRAMES + 1, 3001),
                     LQ_COMMIT_DONE);
    ck_assert_int_eq(lq_ledger_fixture_frame(&copy, "acme", "s1", 3, 3002), LQ_COMMIT_CONFLICT);
    ck_assert_int_eq(lq_ledger_fixture_create_session(&copy, "acme", "s1", 3003), LQ_COMMIT_EXISTS);
    ck_assert_uint_eq(lq_ledger_fixture_count_broken(&copy), 0);
}
END_TEST

/* Else it may not. */
START_TEST(test_a_beginning_that_is_missing_is_refused)
{
    ck_assert_int_eq(begin(0, NULL), LQ_OK);
    give(0, has_all);
    uint64_t tenant = 1;
    check(lq_ledger_feed_each_key(source.ledger, tenant, give_key, &tenant));
    ck_assert_int_eq(lq_ledger_feed_read(source.ledger, (struct lq_feed_position){9, 9}, &run),
                     LQ_OK);
    while (!run.entries[0].is_record || tenant_of(&run.entries[0]) != 1) {
        run.entries[0] = run.entries[--run.count];
    }
    ck_assert_int_eq(lq_ledger_restore_record(restore, run.entries[0].value, false),
                     LQ_ERR_CORRUPT);
    ck_assert_str_eq(lq_ledger_restore_why(restore),
                     "the first record of a session that is not its frame 0");
}
END_TEST

/* ---- gaps hide nothing ---- */

static const char *const tables[] = {"ledger", "heads",  "names",  "keys",
                                     "frames", "outbox", "letters"};

/* The entry in the middle of a table, or the last one. */
static void delete_one(const char *table, bool last)
{
    MDB_env *env;
    MDB_txn *txn;
    MDB_dbi dbi;
    MDB_cursor *cursor;
    MDB_stat stat;
    MDB_val key;
    MDB_val value;

    ck_assert_int_eq(mdb_env_create(&env), 0);
    ck_assert_int_eq(mdb_env_set_maxdbs(env, 12), 0);
    ck_assert_int_eq(mdb_env_set_mapsize(env, copy.options.map_bytes), 0);
    ck_assert_int_eq(mdb_env_open(env, copy.partition_folder, 0, 0600), 0);
    ck_assert_int_eq(mdb_txn_begin(env, NULL, 0, &txn), 0);
    ck_assert_int_eq(mdb_dbi_open(txn, table, 0, &dbi), 0);
    ck_assert_int_eq(mdb_cursor_open(txn, dbi, &cursor), 0);
    ck_assert_int_eq(mdb_stat(txn, dbi, &stat), 0);
    ck_assert_int_eq(mdb_cursor_get(cursor, &key, &value, last ? MDB_LAST : MDB_FIRST), 0);
    for (size_t index = 0; !last && index < stat.ms_entries / 2; index++) {
        ck_assert_int_eq(mdb_cursor_get(cursor, &key, &value, MDB_NEXT), 0);
    }
    ck_assert_int_eq(mdb_cursor_del(cursor, 0), 0);
    lq_ledger_changes_keep_pace(txn);
    ck_assert_int_eq(mdb_txn_commit(txn), 0);
    mdb_env_close(env);
}

START_TEST(test_what_a_copy_loses_is_seen)
{
    size_t table = (size_t)_i / 2;

    ck_assert_int_eq(begin(0, NULL), LQ_OK);
    give_all(has_not_the_end_of_beta, 0);
    finish();
    lq_ledger_changes_use_key(source.key_file);
    delete_one(tables[table], _i % 2 == 1);
    copy.options.master_key_file = NULL;
    ck_assert_int_eq(lq_ledger_open_reader(&copy.options, &copy.ledger, &copy.message), LQ_OK);
    ck_assert_msg(lq_ledger_fixture_count_broken(&copy) > 0, "%s", tables[table]);
    lq_ledger_close(&copy.ledger);
    copy.options.master_key_file = source.key_file;
    ck_assert_int_eq(lq_ledger_open_writer(&copy.options, &copy.ledger, &copy.message),
                     LQ_ERR_CORRUPT);
}
END_TEST

/* ---- what is refused ---- */

START_TEST(test_a_partition_that_is_there_is_not_touched)
{
    ck_assert_int_eq(begin(0, NULL), LQ_OK);
    lq_ledger_restore_close(&restore);
    ck_assert_int_eq(begin(0, NULL), LQ_ERR_EXISTS);
}
END_TEST

START_TEST(test_no_master_key_is_made)
{
    copy.options.master_key_file = copy.key_file;
    ck_assert_int_eq(begin(0, NULL), LQ_ERR_NOT_FOUND);
    copy.options.master_key_file = source.key_file;
    ck_assert_int_eq(begin(0, NULL), LQ_OK); /* nor a folder */
}
END_TEST

/* A record, a note or an event of the source in which one byte is another. */
static const struct {
    bool is_record;
    uint64_t sequence;
    size_t at;
    const char *why;
} damages[] = {
    {true, 20, 32, "a record of a session that no note names"}, /* session number, high byte */
    {true, 20, 40, "a record that is not its session's next frame"},
    {true, 20, 48, "a record that names others before it"},
    {true, 20, 88, "H does not follow"},
    {true, 20, 120, "H does not follow"},
    {true, 20, 158, "a record that does not open"},
    {true, 20, 258, "a record that does not open"},
    {true, 20, 24, "a record of another tenant than its session's"},
    {false, 1, 57, "a note that was not written with the master key"},
    {false, 8, 60, "a note that was not written with the master key"},
    {false, 12, 70, "an event that does not open"},
};

static enum lq_result give_damaged(const struct lq_feed_entry *entry, size_t damaged)
{
    static uint8_t bytes[4096];
    bool is_it = entry->is_record == damages[damaged].is_record &&
                 entry->sequence == damages[damaged].sequence;

    ck_assert_uint_le(entry->value.bytes, sizeof bytes);
    memcpy(bytes, entry->value.data, entry->value.bytes);
    bytes[damages[damaged].at] ^= is_it ? 0x40 : 0;
    struct lq_view value = lq_view_of(bytes, entry->value.bytes);
    enum lq_result result = entry->is_record ? lq_ledger_restore_record(restore, value, false)
                                             : lq_ledger_restore_entry(restore, value);
    ck_assert_msg(is_it || result == LQ_OK, "%s", lq_ledger_restore_why(restore));
    ck_assert_msg(!is_it || result == LQ_ERR_CORRUPT, "damage %zu: %s", damaged,
                  lq_result_text(result));
    return result;
}

/* Notes first, with the keys, then the rest; until the damage is met. */
static bool meets_damage(bool notes, size_t damaged)
{
    ck_assert_int_eq(lq_ledger_feed_read(source.ledger, (struct lq_feed_position){0, 0}, &run),
                     LQ_OK);
    for (uint32_t index = 0; index < run.count; index++) {
        if (is_note(&run.entries[index]) == notes &&
            give_damaged(&run.entries[index], damaged) != LQ_OK) {
            return true;
        }
    }
    return false;
}

START_TEST(test_damage_is_named)
{
    ck_assert_int_eq(begin(0, NULL), LQ_OK);
    bool met = meets_damage(true, (size_t)_i);
    for (uint64_t tenant = 1; tenant <= 3 && !met; tenant++) {
        check(lq_ledger_feed_each_key(source.ledger, tenant, give_key, &tenant));
    }
    ck_assert(met || meets_damage(false, (size_t)_i));
    ck_assert_str_eq(lq_ledger_restore_why(restore), damages[_i].why);
}
END_TEST

START_TEST(test_what_comes_twice_is_refused)
{
    ck_assert_int_eq(begin(0, NULL), LQ_OK);
    give(0, has_all);
    ck_assert_int_eq(lq_ledger_feed_read(source.ledger, (struct lq_feed_position){0, 0}, &run),
                     LQ_OK);
    ck_assert_int_eq(lq_ledger_restore_entry(restore, run.entries[0].value), LQ_ERR_CORRUPT);
    ck_assert_str_eq(lq_ledger_restore_why(restore), "it is there twice");
}
END_TEST

TCase *lq_test_ledger_restore(void);
TCase *lq_test_ledger_restore(void)
{
    TCase *tc = tcase_create("ledger_restore");

    tcase_add_checked_fixture(tc, set_up, tear_down);
    tcase_add_test(tc, test_a_whole_copy_is_the_same);
    tcase_add_test(tc, test_a_copy_without_ends_goes_on);
    tcase_add_test(tc, test_a_tenant_without_keys_is_left_out);
    tcase_add_test(tc, test_one_tenant_alone);
    tcase_add_test(tc, test_entries_that_have_left_are_not_kept);
    tcase_add_test(tc, test_a_session_may_begin_late);
    tcase_add_test(tc, test_a_beginning_that_is_missing_is_refused);
    tcase_add_loop_test(tc, test_what_a_copy_loses_is_seen, 0,
                        2 * sizeof tables / sizeof tables[0]);
    tcase_add_test(tc, test_a_partition_that_is_there_is_not_touched);
    tcase_add_test(tc, test_no_master_key_is_made);
    tcase_add_loop_test(tc, test_damage_is_named, 0, sizeof damages / sizeof damages[0]);
    tcase_add_test(tc, test_what_comes_twice_is_refused);
    return tc;
}
