// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* The feed: its order, its cursors, and what is trimmed behind them. */
#include "store/lmdb/ledger_feed.h"

#include "base/alloc.h"
#include "tests/support/suite.h"
#include "tests/unit/store/lmdb/ledger_fixture.h"

#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static struct lq_ledger_fixture fixture;
static struct lq_feed_run run;

static void set_up(void)
{
    lq_ledger_fixture_make(&fixture);
    lq_ledger_fixture_open(&fixture);
    run.memory = lq_alloc(LQ_FEED_RUN_BYTES_MIN, 1);
    run.bytes_max = LQ_FEED_RUN_BYTES_MIN;
}

static void tear_down(void)
{
    free(run.memory);
    lq_ledger_fixture_remove(&fixture);
}

static void commit_frame(uint64_t frame, uint32_t event_count, uint64_t letter_id)
{
    const struct lq_commit_event events[] = {{lq_view_text("one"), 0, false},
                                             {lq_view_text("two"), 1, false}};
    static uint8_t bytes[300];
    struct lq_commit item = {.kind = LQ_COMMIT_FRAME,
                             .execution = {1, 100 + frame},
                             .names = {lq_view_text("demo"), lq_view_text("s1")},
                             .frame = frame,
                             .events = events,
                             .event_count = event_count,
                             .letter_ids = &letter_id,
                             .letter_count = letter_id > 0};

    item.content = lq_ledger_fixture_content(bytes, sizeof bytes, "demo", "s1", 0);
    ck_assert_int_eq(lq_ledger_commit(fixture.ledger, &item, 1), LQ_OK);
    ck_assert_int_eq(item.verdict, LQ_COMMIT_DONE);
}

/* Records 1 (frame 0) to 3, outbox 1 to 6. */
static void make_history(void)
{
    ck_assert_int_eq(lq_ledger_fixture_create_tenant(&fixture, "demo", 1), LQ_COMMIT_DONE);
    ck_assert_int_eq(lq_ledger_fixture_create_session(&fixture, "demo", "s1", 2), LQ_COMMIT_DONE);
    commit_frame(1, 2, 0);
    commit_frame(2, 0, 77);
}

static enum lq_result read_after(uint64_t ledger_sequence, uint64_t outbox_sequence)
{
    return lq_ledger_feed_read(fixture.ledger,
                               (struct lq_feed_position){ledger_sequence, outbox_sequence}, &run);
}

/* "r1 o2": the sequences of a run, those of records with an r. */
static const char *order_of(const struct lq_feed_run *of)
{
    static char text[4096];
    size_t bytes = 0;

    text[0] = '\0';
    for (uint32_t index = 0; index < of->count; index++) {
        bytes += (size_t)snprintf(text + bytes, sizeof text - bytes, "%s%c%llu",
                                  index > 0 ? " " : "", of->entries[index].is_record ? 'r' : 'o',
                                  (unsigned long long)of->entries[index].sequence);
    }
    return text;
}

static struct lq_outbox_note note_at(uint32_t index, struct lq_outbox_entry *entry)
{
    struct lq_outbox_note note;

    ck_assert_uint_lt(index, run.count);
    ck_assert_int_eq(lq_outbox_entry_decode(run.entries[index].value, entry), LQ_OK);
    ck_assert_int_eq(lq_outbox_note_decode(run.entries[index].value, entry, &note), LQ_OK);
    return note;
}

static struct lq_feed_state state_now(void)
{
    struct lq_feed_state state;

    ck_assert_int_eq(lq_ledger_read_begin(fixture.ledger), LQ_OK);
    ck_assert_int_eq(lq_ledger_feed_state(fixture.ledger, &state), LQ_OK);
    lq_ledger_read_end(fixture.ledger);
    return state;
}

START_TEST(test_ledger_feed_has_one_order)
{
    ck_assert_int_eq(read_after(0, 0), LQ_OK);
    ck_assert_uint_eq(run.count, 0);
    make_history();
    ck_assert_int_eq(read_after(0, 0), LQ_OK);
    ck_assert_str_eq(order_of(&run), "o1 o2 r1 o3 r2 o4 o5 r3 o6");
    ck_assert_uint_eq(run.end.ledger_sequence, 3);
    ck_assert_uint_eq(run.end.outbox_sequence, 6);
    ck_assert_int_eq(read_after(3, 6), LQ_OK);
    ck_assert_uint_eq(run.count, 0);
    ck_assert_int_eq(read_after(1, 2), LQ_OK);
    ck_assert_str_eq(order_of(&run), "o3 r2 o4 o5 r3 o6");
    ck_assert_int_eq(read_after(2, 4), LQ_OK);
    ck_assert_str_eq(order_of(&run), "o5 r3 o6");
    ck_assert_int_eq(read_after(4, 6), LQ_ERR_INVALID);
    ck_assert_int_eq(read_after(3, 7), LQ_ERR_INVALID);
}
END_TEST

START_TEST(test_ledger_feed_notes_what_tables_hold)
{
    struct lq_outbox_entry entry;

    make_history();
    ck_assert_int_eq(read_after(0, 0), LQ_OK);
    struct lq_outbox_note tenant = note_at(0, &entry);
    ck_assert_int_eq(entry.kind, LQ_OUTBOX_TENANT);
    ck_assert(lq_view_equal(tenant.name, lq_view_text("demo")));
    ck_assert_uint_eq(tenant.execution.counter, 1);
    (void)note_at(1, &entry);
    ck_assert_int_eq(entry.kind, LQ_OUTBOX_KEY);
    ck_assert_uint_eq(entry.key_generation, 1);
    struct lq_outbox_note session = note_at(3, &entry);
    ck_assert_int_eq(entry.kind, LQ_OUTBOX_SESSION);
    ck_assert(lq_view_equal(session.name, lq_view_text("s1")));
    ck_assert_uint_eq(entry.session_number, 1);
    struct lq_outbox_note letter = note_at(8, &entry);
    ck_assert_int_eq(entry.kind, LQ_OUTBOX_LETTER);
    ck_assert_uint_eq(letter.letter_id, 77);
    ck_assert_uint_eq(entry.frame, 2);
    ck_assert_uint_eq(entry.ledger_sequence, 3);
    ck_assert_uint_eq(lq_ledger_fixture_count_broken(&fixture), 0);
}
END_TEST

/* However small the runs are, together they are the whole, each entry once. */
START_TEST(test_ledger_feed_goes_on_where_it_was)
{
    struct lq_feed_position at = {0, 0};
    uint32_t records = 0;
    uint32_t others = 0;

    make_history();
    for (uint64_t frame = 3; frame < 400; frame++) {
        commit_frame(frame, frame % 3, 0);
    }
    do {
        ck_assert_int_eq(lq_ledger_feed_read(fixture.ledger, at, &run), LQ_OK);
        for (uint32_t index = 0; index < run.count; index++) {
            const struct lq_feed_entry *entry = &run.entries[index];
            ck_assert_uint_eq(entry->sequence, entry->is_record ? ++records : ++others);
        }
        at = run.end;
    } while (run.count > 0);
    ck_assert_uint_eq(records, 400);
    ck_assert_uint_eq(others, state_now().newest.outbox_sequence);
}
END_TEST

enum { LOCK_WORDS = 32 };

static void lock_file(int (*each)(int fd, uint64_t *words, size_t at), uint64_t *words, size_t at)
{
    char path[PATH_MAX];

    snprintf(path, sizeof path, "%s/lock.mdb", fixture.partition_folder);
    int fd = open(path, O_RDWR | O_CLOEXEC);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(each(fd, words, at), 0);
    close(fd);
}

static int read_words(int fd, uint64_t *words, size_t at)
{
    return pread(fd, words, LOCK_WORDS * sizeof *words, 0) > (ssize_t)at ? 0 : -1;
}

static int write_word(int fd, uint64_t *words, size_t at)
{
    ssize_t bytes = sizeof *words;

    return pwrite(fd, &words[at], sizeof *words, (off_t)(at * sizeof *words)) == bytes ? 0 : -1;
}

/* LMDB writes its meta page, and then tells readers of the transaction by a word of its lock file:
 * who was woken by the page can come between the two. */
START_TEST(test_ledger_feed_says_when_a_commit_is_not_seen_yet)
{
    uint64_t before[LOCK_WORDS] = {0};
    uint64_t after[LOCK_WORDS] = {0};
    size_t at = 0;

    make_history();
    lock_file(read_words, before, 0);
    commit_frame(3, 0, 0);
    lock_file(read_words, after, 0);
    while (at < LOCK_WORDS && (before[at] < 4 || after[at] != before[at] + 1)) {
        at++;
    }
    ck_assert_uint_lt(at, LOCK_WORDS);
    lock_file(write_word, before, at);
    ck_assert_int_eq(read_after(3, 6), LQ_OK);
    ck_assert_uint_eq(run.count, 0);
    ck_assert(run.is_behind);
    lock_file(write_word, after, at);
    ck_assert_int_eq(read_after(3, 6), LQ_OK);
    ck_assert_uint_eq(run.count, 1);
    ck_assert(!run.is_behind);
}
END_TEST

enum { UNSETTLED_READS = 3000 };

/* The word of the newest transaction, said two and one too low in turn until `stop`. */
struct rewinding {
    uint64_t words[LOCK_WORDS];
    size_t at;
    atomic_bool stop;
};

static void *rewind_in_turn(void *context)
{
    struct rewinding *rewinding = context;
    uint64_t newest = rewinding->words[rewinding->at];

    for (uint64_t back = 2; !atomic_load(&rewinding->stop); back = 3 - back) {
        rewinding->words[rewinding->at] = newest - back;
        lock_file(write_word, rewinding->words, rewinding->at);
    }
    return NULL;
}

/* The page of a transaction two ago is that of the newest: who reads it under the old number is
 * ahead of who comes later, and is given the one between them. */
START_TEST(test_ledger_feed_never_goes_back)
{
    struct rewinding rewinding = {.at = 0};
    uint64_t before[LOCK_WORDS] = {0};
    struct lq_feed_position at = {3, 6};
    pthread_t thread;

    make_history();
    lock_file(read_words, before, 0);
    commit_frame(3, 0, 0);
    commit_frame(4, 0, 0);
    lock_file(read_words, rewinding.words, 0);
    while (
        rewinding.at < LOCK_WORDS &&
        (before[rewinding.at] < 4 || rewinding.words[rewinding.at] != before[rewinding.at] + 2)) {
        rewinding.at++;
    }
    ck_assert_uint_lt(rewinding.at, LOCK_WORDS);
    before[rewinding.at]++;
    lock_file(write_word, before, rewinding.at);
    ck_assert_int_eq(pthread_create(&thread, NULL, rewind_in_turn, &rewinding), 0);
    for (uint32_t read = 0; read < UNSETTLED_READS; read++) {
        ck_assert_int_eq(read_after(at.ledger_sequence, at.outbox_sequence), LQ_OK);
        at = run.end;
    }
    atomic_store(&rewinding.stop, true);
    pthread_join(thread, NULL);
}
END_TEST

START_TEST(test_ledger_feed_cursor_trims)
{
    make_history();
    ck_assert_int_eq(
        lq_ledger_fixture_set_cursor(&fixture, "slow", (struct lq_feed_position){0, 1}),
        LQ_COMMIT_DONE);
    ck_assert_int_eq(
        lq_ledger_fixture_set_cursor(&fixture, "fast", (struct lq_feed_position){3, 6}),
        LQ_COMMIT_DONE);
    struct lq_feed_state state = state_now();
    ck_assert_uint_eq(state.first_outbox_sequence, 1); /* where the slowest stands, it stays */
    ck_assert_uint_eq(state.outbox_count, 6);
    ck_assert_uint_eq(state.cursor_count, 2);
    ck_assert_str_eq(state.cursors[0].name, "fast");
    ck_assert_uint_eq(state.cursors[0].position.ledger_sequence, 3);
    ck_assert_str_eq(state.cursors[1].name, "slow");
    ck_assert_int_eq(
        lq_ledger_fixture_set_cursor(&fixture, "slow", (struct lq_feed_position){0, 3}),
        LQ_COMMIT_DONE);
    ck_assert_int_eq(read_after(0, 1), LQ_ERR_STALE);
    ck_assert_int_eq(read_after(0, 2), LQ_OK);
    ck_assert_str_eq(order_of(&run), "r1 o3 r2 o4 o5 r3 o6");
    ck_assert_int_eq(
        lq_ledger_fixture_set_cursor(&fixture, "slow", (struct lq_feed_position){3, 6}),
        LQ_COMMIT_DONE);
    state = state_now();
    ck_assert_uint_eq(state.first_outbox_sequence, 6);
    ck_assert_uint_eq(state.outbox_count, 1);
    ck_assert_uint_eq(lq_ledger_fixture_count_broken(&fixture), 0);
    commit_frame(3, 2, 0);
    ck_assert_int_eq(read_after(3, 6), LQ_OK);
    ck_assert_str_eq(order_of(&run), "r4 o7 o8");
}
END_TEST

START_TEST(test_ledger_feed_cursor_never_goes_back)
{
    struct lq_commit drop = {.kind = LQ_COMMIT_DROP_CURSOR, .cursor = lq_view_text("mirror")};

    make_history();
    ck_assert_int_eq(
        lq_ledger_fixture_set_cursor(&fixture, "mirror", (struct lq_feed_position){2, 4}),
        LQ_COMMIT_DONE);
    ck_assert_int_eq(
        lq_ledger_fixture_set_cursor(&fixture, "mirror", (struct lq_feed_position){3, 1}),
        LQ_COMMIT_DONE);
    ck_assert_uint_eq(state_now().cursors[0].position.ledger_sequence, 3);
    ck_assert_uint_eq(state_now().cursors[0].position.outbox_sequence, 4);
    ck_assert_int_eq(
        lq_ledger_fixture_set_cursor(&fixture, "mirror", (struct lq_feed_position){4, 4}),
        LQ_COMMIT_CONFLICT);
    ck_assert_int_eq(
        lq_ledger_fixture_set_cursor(&fixture, "mirror", (struct lq_feed_position){3, 7}),
        LQ_COMMIT_CONFLICT);
    ck_assert_int_eq(
        lq_ledger_fixture_set_cursor(&fixture, "late", (struct lq_feed_position){0, 2}),
        LQ_COMMIT_CONFLICT); /* entry 3 is gone */
    ck_assert_int_eq(lq_ledger_fixture_set_cursor(&fixture, "a b", (struct lq_feed_position){0, 4}),
                     LQ_COMMIT_UNKNOWN);
    ck_assert_uint_eq(state_now().cursor_count, 1);
    for (uint32_t turn = 0; turn < 2; turn++) {
        ck_assert_int_eq(lq_ledger_commit(fixture.ledger, &drop, 1), LQ_OK);
        ck_assert_int_eq(drop.verdict, turn == 0 ? LQ_COMMIT_DONE : LQ_COMMIT_UNKNOWN);
        ck_assert_uint_eq(state_now().cursor_count, 0);
    }
    ck_assert_uint_eq(lq_ledger_fixture_count_broken(&fixture), 0);
}
END_TEST

START_TEST(test_ledger_feed_has_few_cursors)
{
    char name[LQ_CURSOR_NAME_BYTES_MAX];

    make_history();
    for (uint32_t index = 0; index <= LQ_CURSORS_MAX; index++) {
        snprintf(name, sizeof name, "c%u", index);
        ck_assert_int_eq(
            lq_ledger_fixture_set_cursor(&fixture, name, (struct lq_feed_position){1, 1}),
            index < LQ_CURSORS_MAX ? LQ_COMMIT_DONE : LQ_COMMIT_FULL);
    }
    ck_assert_uint_eq(state_now().cursor_count, LQ_CURSORS_MAX);
    ck_assert_uint_eq(lq_ledger_fixture_count_broken(&fixture), 0);
}
END_TEST

/* A reader that stands still may not fill the disk: it loses its place, and is told. */
START_TEST(test_ledger_feed_is_bounded)
{
    make_history();
    ck_assert_int_eq(
        lq_ledger_fixture_set_cursor(&fixture, "dead", (struct lq_feed_position){0, 0}),
        LQ_COMMIT_DONE);
    ck_assert_int_eq(
        lq_ledger_fixture_set_cursor(&fixture, "well", (struct lq_feed_position){3, 6}),
        LQ_COMMIT_DONE);
    lq_ledger_close(&fixture.ledger);
    fixture.options.outbox_bytes_max = 2000;
    lq_ledger_fixture_open(&fixture);
    for (uint64_t frame = 3; frame < 100; frame++) {
        commit_frame(frame, 2, 0);
        struct lq_feed_state state = state_now();
        ck_assert_int_eq(lq_ledger_fixture_set_cursor(
                             &fixture, "well",
                             (struct lq_feed_position){state.newest.ledger_sequence,
                                                       state.newest.outbox_sequence - 1}),
                         LQ_COMMIT_DONE);
        ck_assert_uint_le(state_now().outbox_bytes, 2000);
    }
    ck_assert_uint_eq(state_now().cursor_count, 1);
    ck_assert_str_eq(state_now().cursors[0].name, "well");
    ck_assert_uint_eq(state_now().outbox_count, 2);
    ck_assert_int_eq(read_after(0, 0), LQ_ERR_STALE);
    ck_assert_uint_eq(lq_ledger_fixture_count_broken(&fixture), 0);
}
END_TEST

START_TEST(test_ledger_feed_without_cursors_is_bounded_too)
{
    lq_ledger_close(&fixture.ledger);
    fixture.options.outbox_bytes_max = 2000;
    lq_ledger_fixture_open(&fixture);
    make_history();
    for (uint64_t frame = 3; frame < 100; frame++) {
        commit_frame(frame, 2, 0);
        ck_assert_uint_le(state_now().outbox_bytes, 2000);
    }
    ck_assert_uint_gt(state_now().outbox_count, 10);
    ck_assert_uint_eq(lq_ledger_fixture_count_broken(&fixture), 0);
}
END_TEST

/* Another partition, if all else is the same, has another history. */
START_TEST(test_ledger_feed_history_is_its_own)
{
    struct lq_feed_state before = state_now();

    lq_ledger_close(&fixture.ledger);
    lq_ledger_fixture_open(&fixture);
    ck_assert_mem_eq(state_now().history, before.history, sizeof before.history);
    tear_down();
    set_up();
    ck_assert_mem_ne(state_now().history, before.history, sizeof before.history);
}
END_TEST

START_TEST(test_ledger_feed_gets_one_entry)
{
    struct lq_feed_entry record = {.is_record = true, .sequence = 2};
    uint8_t *memory = lq_alloc(LQ_FEED_RUN_BYTES_MIN, 1);

    make_history();
    ck_assert_int_eq(read_after(1, 6), LQ_OK);
    struct lq_view second = run.entries[0].value;
    ck_assert_int_eq(lq_ledger_feed_get(fixture.ledger, &record, memory, 8), LQ_ERR_LIMIT);
    ck_assert_int_eq(lq_ledger_feed_get(fixture.ledger, &record, memory, LQ_FEED_RUN_BYTES_MIN),
                     LQ_OK);
    ck_assert(lq_view_equal(record.value, second));
    record.sequence = 4;
    ck_assert_int_eq(lq_ledger_feed_get(fixture.ledger, &record, memory, LQ_FEED_RUN_BYTES_MIN),
                     LQ_ERR_NOT_FOUND);
    free(memory);
}
END_TEST

TCase *lq_test_ledger_feed(void);
TCase *lq_test_ledger_feed(void)
{
    TCase *tc = tcase_create("ledger_feed");

    tcase_add_checked_fixture(tc, set_up, tear_down);
    tcase_add_test(tc, test_ledger_feed_gets_one_entry);
    tcase_add_test(tc, test_ledger_feed_has_one_order);
    tcase_add_test(tc, test_ledger_feed_notes_what_tables_hold);
    tcase_add_test(tc, test_ledger_feed_goes_on_where_it_was);
    tcase_add_test(tc, test_ledger_feed_says_when_a_commit_is_not_seen_yet);
    tcase_add_test(tc, test_ledger_feed_never_goes_back);
    tcase_add_test(tc, test_ledger_feed_cursor_trims);
    tcase_add_test(tc, test_ledger_feed_cursor_never_goes_back);
    tcase_add_test(tc, test_ledger_feed_has_few_cursors);
    tcase_add_test(tc, test_ledger_feed_is_bounded);
    tcase_add_test(tc, test_ledger_feed_without_cursors_is_bounded_too);
    tcase_add_test(tc, test_ledger_feed_history_is_its_own);
    return tc;
}
