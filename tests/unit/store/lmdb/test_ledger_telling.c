// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* A ledger whose notes were trimmed tells its tables again, and is copied by what is left. */
#include "base/alloc.h"
#include "base/little_endian.h"
#include "store/core/outbox_note.h"
#include "store/lmdb/ledger_feed.h"
#include "store/lmdb/ledger_restore.h"
#include "tests/support/suite.h"
#include "tests/unit/store/lmdb/ledger_fixture.h"

#include <stdio.h>
#include <stdlib.h>

enum { SESSIONS = 150, FRAMES = 70 };

static struct lq_ledger_fixture source, copy; /* under one master key, the source's */
static struct lq_feed_run run;
static lq_ledger_restore_t *restore;
static struct lq_ledger_restored restored;
static uint64_t began;

static void set_up(void)
{
    char name[16];

    lq_ledger_fixture_make(&source);
    lq_ledger_fixture_make(&copy);
    lq_ledger_fixture_open(&source);
    copy.options.master_key_file = source.key_file;
    ck_assert_int_eq(lq_ledger_fixture_create_tenant(&source, "acme", 1), LQ_COMMIT_DONE);
    ck_assert_int_eq(lq_ledger_fixture_create_tenant(&source, "beta", 2), LQ_COMMIT_DONE);
    for (uint32_t number = 0; number < SESSIONS; number++) {
        snprintf(name, sizeof name, "s%u", number);
        ck_assert_int_eq(lq_ledger_fixture_create_session(&source, "acme", name, 10 + number),
                         LQ_COMMIT_DONE);
    }
    run.memory = lq_alloc(LQ_FEED_RUN_BYTES_MIN, 1);
    run.bytes_max = LQ_FEED_RUN_BYTES_MIN;
    began = 0;
}

static void tear_down(void)
{
    lq_ledger_restore_close(&restore);
    free(run.memory);
    lq_ledger_fixture_remove(&copy);
    lq_ledger_fixture_remove(&source);
}

static void commit_frame(struct lq_ledger_fixture *fixture, uint64_t frame, uint64_t letter)
{
    static uint8_t bytes[300];
    struct lq_commit item = {.kind = LQ_COMMIT_FRAME,
                             .execution = {5, 1000 + frame},
                             .names = lq_session_names_of("acme", "s0"),
                             .frame = frame,
                             .letter_ids = &letter,
                             .letter_count = letter > 0};

    item.content = lq_ledger_fixture_content(bytes, sizeof bytes, "acme", "s0", (uint8_t)frame);
    ck_assert_int_eq(lq_ledger_commit(fixture->ledger, &item, 1), LQ_OK);
    ck_assert_int_eq(item.verdict, LQ_COMMIT_DONE);
}

static struct lq_feed_state state_of(struct lq_ledger_fixture *fixture)
{
    struct lq_feed_state state;

    ck_assert_int_eq(lq_ledger_read_begin(fixture->ledger), LQ_OK);
    ck_assert_int_eq(lq_ledger_feed_state(fixture->ledger, &state), LQ_OK);
    lq_ledger_read_end(fixture->ledger);
    return state;
}

/* Whoever followed has passed all of it, and goes. */
static void trim(struct lq_ledger_fixture *fixture)
{
    struct lq_commit drop = {.kind = LQ_COMMIT_DROP_CURSOR, .cursor = lq_view_text("gone")};
    struct lq_feed_state state = state_of(fixture);

    ck_assert_int_eq(lq_ledger_fixture_set_cursor(fixture, "gone", state.newest), LQ_COMMIT_DONE);
    while (state_of(fixture).first_outbox_sequence < state.newest.outbox_sequence) {
        ck_assert_int_eq(lq_ledger_fixture_set_cursor(fixture, "gone", state.newest),
                         LQ_COMMIT_DONE);
    }
    ck_assert_int_eq(lq_ledger_commit(fixture->ledger, &drop, 1), LQ_OK);
}

static struct lq_commit_telling step(struct lq_ledger_fixture *fixture, struct lq_view place)
{
    struct lq_commit item = {.kind = LQ_COMMIT_TELL_AGAIN, .place = place};

    ck_assert_int_eq(lq_ledger_commit(fixture->ledger, &item, 1), LQ_OK);
    ck_assert_int_eq(item.verdict, LQ_COMMIT_DONE);
    began = place.bytes == 0 ? item.telling.first : began;
    return item.telling;
}

/* All of it, each step `times` times; the entries of the tables that were told. */
static uint64_t tell_all(struct lq_ledger_fixture *fixture, uint32_t times)
{
    struct lq_commit_telling at = {.place_bytes = 0};
    uint64_t told = 0;

    do {
        struct lq_commit_telling next;
        for (uint32_t time = 0; time < times; time++) {
            next = step(fixture, lq_view_of(at.place, at.place_bytes));
        }
        ck_assert_uint_le(next.told, 128);
        told += next.told;
        at = next;
    } while (at.place_bytes > 0);
    ck_assert_uint_eq(at.all, told);
    return told;
}

static void check(enum lq_result result)
{
    ck_assert_msg(result == LQ_OK, "%s: %s", lq_result_text(result),
                  lq_ledger_restore_why(restore));
}

static enum lq_result give_key(void *context, struct lq_view wrapped)
{
    return lq_ledger_restore_key(restore, *(const uint64_t *)context, wrapped);
}

/* Notes from the beginning of what is told again, or records. */
static void give(struct lq_ledger_fixture *from, bool records)
{
    struct lq_feed_position at = {0, began - 1};

    do {
        ck_assert_int_eq(lq_ledger_feed_read(from->ledger, at, &run), LQ_OK);
        for (uint32_t index = 0; index < run.count; index++) {
            const struct lq_feed_entry *entry = &run.entries[index];
            if (entry->is_record == records) {
                check(records ? lq_ledger_restore_record(restore, entry->value, false)
                              : lq_ledger_restore_entry(restore, entry->value));
            }
        }
        at = run.end;
    } while (run.count > 0);
}

static void copy_all(struct lq_ledger_fixture *from)
{
    const struct lq_ledger_restore_options options = {.ledger = copy.options};

    ck_assert_int_eq(lq_ledger_restore_open(&options, &restore, &copy.message), LQ_OK);
    give(from, false);
    for (uint64_t tenant = 1; tenant <= 2; tenant++) {
        check(lq_ledger_feed_each_key(from->ledger, tenant, give_key, &tenant));
    }
    give(from, true);
    check(lq_ledger_restore_finish(restore, &restored));
    lq_ledger_restore_close(&restore);
    lq_ledger_fixture_open(&copy);
    ck_assert_msg(lq_ledger_fixture_count_broken(&copy) == 0, "%s", copy.fault);
}

START_TEST(test_names_keys_and_letters_are_told)
{
    struct lq_head one;
    struct lq_head other;
    uint64_t frame = 0;

    for (uint64_t number = 1; number <= FRAMES; number++) {
        commit_frame(&source, number, number == 66 ? UINT64_C(9) << 32 : 0);
    }
    trim(&source);
    ck_assert_uint_eq(tell_all(&source, 1 + (uint32_t)_i), 2 + SESSIONS + 2 + 1);
    ck_assert_uint_eq(lq_ledger_fixture_count_broken(&source), 0);
    copy_all(&source);
    ck_assert_uint_eq(restored.tenants, 2);
    ck_assert_uint_eq(restored.sessions, SESSIONS);
    ck_assert_uint_eq(restored.letters, 1);
    ck_assert_uint_eq(restored.records, SESSIONS + FRAMES);
    ck_assert_uint_eq(restored.sessions_left + restored.tenants_left + restored.entries_left, 0);
    ck_assert_int_eq(lq_ledger_fixture_head(&source, "acme", "s0", &one), LQ_OK);
    ck_assert_int_eq(lq_ledger_fixture_head(&copy, "acme", "s0", &other), LQ_OK);
    ck_assert_mem_eq(one.hash, other.hash, sizeof one.hash);
    ck_assert_int_eq(lq_ledger_read_begin(copy.ledger), LQ_OK);
    ck_assert_int_eq(lq_ledger_letter_frame(copy.ledger, UINT64_C(9) << 32, &frame), LQ_OK);
    lq_ledger_read_end(copy.ledger);
    ck_assert_uint_eq(frame, 66);
}
END_TEST

/* What changes while it is told has notes of its own, before or behind those. */
START_TEST(test_changes_meanwhile)
{
    trim(&source);
    struct lq_commit_telling at = step(&source, lq_view_of(NULL, 0));
    ck_assert_uint_gt(at.place_bytes, 0);
    ck_assert_int_eq(lq_ledger_fixture_create_tenant(&source, "aaaa", 900), LQ_COMMIT_DONE);
    ck_assert_int_eq(lq_ledger_fixture_create_tenant(&source, "zzzz", 901), LQ_COMMIT_DONE);
    ck_assert_int_eq(lq_ledger_fixture_create_session(&source, "acme", "a", 902), LQ_COMMIT_DONE);
    ck_assert_int_eq(lq_ledger_fixture_create_session(&source, "acme", "z", 903), LQ_COMMIT_DONE);
    commit_frame(&source, 1, 77);
    while (at.place_bytes > 0) {
        at = step(&source, lq_view_of(at.place, at.place_bytes));
    }
    ck_assert_uint_eq(lq_ledger_fixture_count_broken(&source), 0);
    const struct lq_ledger_restore_options options = {.ledger = copy.options};
    ck_assert_int_eq(lq_ledger_restore_open(&options, &restore, &copy.message), LQ_OK);
    give(&source, false);
    for (uint64_t tenant = 1; tenant <= 4; tenant++) {
        check(lq_ledger_feed_each_key(source.ledger, tenant, give_key, &tenant));
    }
    give(&source, true);
    check(lq_ledger_restore_finish(restore, &restored));
    lq_ledger_restore_close(&restore);
    ck_assert_uint_eq(restored.tenants, 4);
    ck_assert_uint_eq(restored.sessions, SESSIONS + 2);
    ck_assert_uint_eq(restored.letters, 1);
    lq_ledger_fixture_open(&copy);
    ck_assert_msg(lq_ledger_fixture_count_broken(&copy) == 0, "%s", copy.fault);
}
END_TEST

/* However little the outbox may have: else whoever asks never reads what was told. */
START_TEST(test_a_step_does_not_push_itself_out)
{
    struct lq_commit_telling at = {.place_bytes = 0};
    uint64_t told = 0;

    lq_ledger_close(&source.ledger);
    source.options.outbox_bytes_max = 4000;
    lq_ledger_fixture_open(&source);
    do {
        at = step(&source, lq_view_of(at.place, at.place_bytes));
        ck_assert_uint_le(state_of(&source).first_outbox_sequence, at.first);
        told += at.told;
    } while (at.place_bytes > 0);
    ck_assert_uint_eq(told, at.all);
    ck_assert_uint_eq(lq_ledger_fixture_count_broken(&source), 0);
}
END_TEST

START_TEST(test_no_place)
{
    static const uint8_t places[][12] = {{3}, {9}, {2, 1, 2, 3}};
    static const size_t bytes[] = {1, 1, 4};
    uint64_t newest = state_of(&source).newest.outbox_sequence;

    for (size_t row = 0; row < sizeof bytes / sizeof bytes[0]; row++) {
        struct lq_commit item = {.kind = LQ_COMMIT_TELL_AGAIN,
                                 .place = lq_view_of(places[row], bytes[row])};
        ck_assert_int_eq(lq_ledger_commit(source.ledger, &item, 1), LQ_OK);
        ck_assert_int_eq(item.verdict, LQ_COMMIT_UNKNOWN);
    }
    ck_assert_uint_eq(state_of(&source).newest.outbox_sequence, newest);
}
END_TEST

/* What was told again is told again in the copy, whose session begins late. */
START_TEST(test_a_session_that_begins_late)
{
    const struct lq_ledger_restore_options options = {.ledger = copy.options};
    struct lq_feed_position at = {0, 0};
    struct lq_head head;

    for (uint64_t number = 1; number <= FRAMES; number++) {
        commit_frame(&source, number, number == 50 ? 77 : 0);
    }
    (void)tell_all(&source, 1);
    ck_assert_int_eq(lq_ledger_restore_open(&options, &restore, &copy.message), LQ_OK);
    give(&source, false);
    for (uint64_t tenant = 1; tenant <= 2; tenant++) {
        check(lq_ledger_feed_each_key(source.ledger, tenant, give_key, &tenant));
    }
    at.outbox_sequence = state_of(&source).newest.outbox_sequence;
    do {
        ck_assert_int_eq(lq_ledger_feed_read(source.ledger, at, &run), LQ_OK);
        for (uint32_t index = 0; index < run.count; index++) {
            uint64_t frame = lq_get_u64(run.entries[index].value.data + LQ_RECORD_HEADER_AT + 32);
            uint64_t session = lq_get_u64(run.entries[index].value.data + LQ_RECORD_HEADER_AT + 24);
            if (session > 1 || frame >= 60) {
                check(lq_ledger_restore_record(restore, run.entries[index].value, true));
            }
        }
        at = run.end;
    } while (run.count > 0);
    check(lq_ledger_restore_finish(restore, &restored));
    lq_ledger_restore_close(&restore);
    lq_ledger_fixture_open(&copy);
    trim(&copy);
    ck_assert_uint_eq(tell_all(&copy, 1), 2 + SESSIONS + 2 + 1);
    ck_assert_msg(lq_ledger_fixture_count_broken(&copy) == 0, "%s", copy.fault);
    /* And that copied on, though nothing says that segments have expired. */
    struct lq_ledger_fixture first = copy;
    lq_ledger_fixture_make(&copy);
    copy.options.master_key_file = source.key_file;
    copy_all(&first);
    ck_assert_int_eq(lq_ledger_fixture_head(&copy, "acme", "s0", &head), LQ_OK);
    ck_assert_uint_eq(head.frame, FRAMES);
    ck_assert_uint_eq(head.record_count, FRAMES - 59);
    ck_assert_uint_eq(restored.letters, 1);
    lq_ledger_fixture_remove(&first);
}
END_TEST

TCase *lq_test_ledger_telling(void);
TCase *lq_test_ledger_telling(void)
{
    TCase *tc = tcase_create("ledger_telling");

    tcase_add_checked_fixture(tc, set_up, tear_down);
    tcase_add_loop_test(tc, test_names_keys_and_letters_are_told, 0, 2);
    tcase_add_test(tc, test_changes_meanwhile);
    tcase_add_test(tc, test_a_step_does_not_push_itself_out);
    tcase_add_test(tc, test_no_place);
    tcase_add_test(tc, test_a_session_that_begins_late);
    return tc;
}
