// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* A session that is deleted: nothing is written for it any more, its name and number stay taken,
 * here and in a copy. */
#include "base/alloc.h"
#include "store/core/outbox_note.h"
#include "store/lmdb/ledger_feed.h"
#include "store/lmdb/ledger_restore.h"
#include "tests/support/suite.h"
#include "tests/unit/store/lmdb/ledger_fixture.h"

#include <stdlib.h>

TCase *lq_test_ledger_delete(void);

static struct lq_ledger_fixture fixture, copy; /* under one master key */
static struct lq_feed_run run;
static lq_ledger_restore_t *restore;

static void set_up(void)
{
    lq_ledger_fixture_make(&fixture);
    lq_ledger_fixture_make(&copy);
    lq_ledger_fixture_open(&fixture);
    copy.options.master_key_file = fixture.key_file;
    ck_assert_int_eq(lq_ledger_fixture_create_tenant(&fixture, "demo", 1), LQ_COMMIT_DONE);
    ck_assert_int_eq(lq_ledger_fixture_create_session(&fixture, "demo", "s1", 3), LQ_COMMIT_DONE);
    ck_assert_int_eq(lq_ledger_fixture_create_session(&fixture, "demo", "s2", 4), LQ_COMMIT_DONE);
    ck_assert_int_eq(lq_ledger_fixture_frame(&fixture, "demo", "s1", 1, 5), LQ_COMMIT_DONE);
    /* Its last record is not the newest of all. */
    ck_assert_int_eq(lq_ledger_fixture_frame(&fixture, "demo", "s2", 1, 6), LQ_COMMIT_DONE);
    run.memory = lq_alloc(LQ_FEED_RUN_BYTES_MIN, 1);
    run.bytes_max = LQ_FEED_RUN_BYTES_MIN;
}

static void tear_down(void)
{
    lq_ledger_restore_close(&restore);
    free(run.memory);
    lq_ledger_fixture_remove(&copy);
    lq_ledger_fixture_remove(&fixture);
}

static struct lq_commit delete_in(struct lq_ledger_fixture *in, const char *session)
{
    struct lq_commit item = {.kind = LQ_COMMIT_DELETE_SESSION,
                             .execution = {1, 99},
                             .names = lq_session_names_of("demo", session)};

    ck_assert_int_eq(lq_ledger_commit(in->ledger, &item, 1), LQ_OK);
    return item;
}

static void assert_deleted_in(struct lq_ledger_fixture *in)
{
    struct lq_head head;

    ck_assert_int_eq(lq_ledger_fixture_head(in, "demo", "s1", &head), LQ_OK);
    ck_assert(head.deleted);
    ck_assert_uint_eq(head.frame, 1);
    ck_assert_int_eq(lq_ledger_fixture_head(in, "demo", "s2", &head), LQ_OK);
    ck_assert(!head.deleted);
    ck_assert_int_eq(lq_ledger_fixture_frame(in, "demo", "s1", 2, 60), LQ_COMMIT_DELETED);
    ck_assert_int_eq(lq_ledger_fixture_create_session(in, "demo", "s1", 61), LQ_COMMIT_DELETED);
    ck_assert_msg(lq_ledger_fixture_count_broken(in) == 0, "%s", in->fault);
}

static enum lq_result read_newest(struct lq_head *head, struct lq_error_message *message)
{
    struct lq_view content;

    ck_assert_int_eq(lq_ledger_read_begin(fixture.ledger), LQ_OK);
    enum lq_result result = lq_ledger_read_newest(fixture.ledger, lq_session_names_of("demo", "s1"),
                                                  head, NULL, &content, message);
    lq_ledger_read_end(fixture.ledger);
    return result;
}

START_TEST(test_delete_is_final_and_of_one_session)
{
    struct lq_head before;
    struct lq_head head;
    struct lq_error_message message;

    ck_assert_int_eq(lq_ledger_fixture_head(&fixture, "demo", "s1", &before), LQ_OK);
    struct lq_commit item = delete_in(&fixture, "s1");
    ck_assert_int_eq(item.verdict, LQ_COMMIT_DONE);
    ck_assert_uint_eq(item.committed_frame, 1);
    ck_assert_mem_eq(item.hash, before.hash, LQ_HASH_BYTES);
    assert_deleted_in(&fixture);
    ck_assert_int_eq(read_newest(&head, &message), LQ_ERR_STATE);
    ck_assert_str_eq(message.text, "Session.Deleted: at frame 1");
    ck_assert(head.deleted);
    ck_assert_mem_eq(head.hash, before.hash, LQ_HASH_BYTES);
    ck_assert_int_eq(delete_in(&fixture, "s1").verdict, LQ_COMMIT_ALREADY);
    ck_assert_int_eq(delete_in(&fixture, "nobody").verdict, LQ_COMMIT_UNKNOWN);
    ck_assert_int_eq(lq_ledger_fixture_frame(&fixture, "demo", "s2", 2, 7), LQ_COMMIT_DONE);
    lq_ledger_close(&fixture.ledger);
    lq_ledger_fixture_open(&fixture);
    assert_deleted_in(&fixture);
    ck_assert_int_eq(lq_ledger_fixture_create_session(&fixture, "demo", "s3", 8), LQ_COMMIT_DONE);
    ck_assert_int_eq(lq_ledger_fixture_head(&fixture, "demo", "s3", &head), LQ_OK);
    ck_assert_uint_eq(head.session_number, 3); /* not the one that is free of use */
}
END_TEST

/* What had been made of it stays made: a repeat of that hears so. */
START_TEST(test_delete_answers_repeats)
{
    ck_assert_int_eq(delete_in(&fixture, "s1").verdict, LQ_COMMIT_DONE);
    ck_assert_int_eq(lq_ledger_fixture_frame(&fixture, "demo", "s1", 1, 5), LQ_COMMIT_ALREADY);
    ck_assert_int_eq(lq_ledger_fixture_frame(&fixture, "demo", "s1", 1, 6), LQ_COMMIT_CONFLICT);
}
END_TEST

/* In one transaction with a frame before it: the frame is of a session that is no more. */
START_TEST(test_delete_within_a_group)
{
    uint8_t bytes[64];
    struct lq_commit items[2] = {
        {.kind = LQ_COMMIT_FRAME,
         .execution = {1, 20},
         .names = lq_session_names_of("demo", "s1"),
         .frame = 2},
        {.kind = LQ_COMMIT_DELETE_SESSION,
         .execution = {1, 21},
         .names = lq_session_names_of("demo", "s1")},
    };

    items[0].content = lq_ledger_fixture_content(bytes, sizeof bytes, "demo", "s1", 1);
    ck_assert_int_eq(lq_ledger_commit(fixture.ledger, items, 2), LQ_OK);
    ck_assert_int_eq(items[0].verdict, LQ_COMMIT_DELETED);
    ck_assert_int_eq(items[1].verdict, LQ_COMMIT_DONE);
    ck_assert_uint_eq(items[1].committed_frame, 1);
    assert_deleted_in(&fixture);
}
END_TEST

static struct lq_feed_state state_of(struct lq_ledger_fixture *in)
{
    struct lq_feed_state state;

    ck_assert_int_eq(lq_ledger_read_begin(in->ledger), LQ_OK);
    ck_assert_int_eq(lq_ledger_feed_state(in->ledger, &state), LQ_OK);
    lq_ledger_read_end(in->ledger);
    return state;
}

/* The newest entry of the outbox says which session, and what its last frame was. */
START_TEST(test_delete_is_noted_once)
{
    static uint8_t memory[LQ_FEED_RUN_BYTES_MIN];
    struct lq_feed_entry found = {.is_record = false};
    struct lq_outbox_entry entry;
    struct lq_outbox_note note;
    struct lq_commit item = delete_in(&fixture, "s1");

    found.sequence = state_of(&fixture).newest.outbox_sequence;
    ck_assert_uint_eq(item.outbox_sequence, found.sequence);
    ck_assert_int_eq(lq_ledger_feed_get(fixture.ledger, &found, memory, sizeof memory), LQ_OK);
    ck_assert_int_eq(lq_outbox_entry_decode(found.value, &entry), LQ_OK);
    ck_assert_int_eq(entry.kind, LQ_OUTBOX_DELETED);
    ck_assert_uint_eq(entry.session_number, 1);
    ck_assert_uint_eq(entry.frame, 1);
    ck_assert_uint_eq(entry.ledger_sequence, 4); /* in the order of all */
    ck_assert_int_eq(lq_outbox_note_decode(found.value, &entry, &note), LQ_OK);
    ck_assert_mem_eq(note.hash, item.hash, LQ_HASH_BYTES);
    ck_assert_uint_eq(note.ledger_sequence, 3);
    (void)delete_in(&fixture, "s1");
    ck_assert_uint_eq(state_of(&fixture).newest.outbox_sequence, found.sequence);
}
END_TEST

static enum lq_result give_key(void *context, struct lq_view wrapped)
{
    return lq_ledger_restore_key(restore, *(const uint64_t *)context, wrapped);
}

/* Notes, then the key, then records: as the streams of a table have it. */
static void copy_all(bool of_records)
{
    struct lq_feed_position at = {0, 0};

    at.outbox_sequence = state_of(&fixture).first_outbox_sequence - 1;
    do {
        ck_assert_int_eq(lq_ledger_feed_read(fixture.ledger, at, &run), LQ_OK);
        for (uint32_t index = 0; index < run.count; index++) {
            const struct lq_feed_entry *entry = &run.entries[index];
            if (entry->is_record != of_records) {
                continue;
            }
            enum lq_result result = entry->is_record
                                        ? lq_ledger_restore_record(restore, entry->value, false)
                                        : lq_ledger_restore_entry(restore, entry->value);
            ck_assert_msg(result == LQ_OK, "%s", lq_ledger_restore_why(restore));
        }
        at = run.end;
    } while (run.count > 0);
}

static void make_copy(void)
{
    const struct lq_ledger_restore_options options = {.ledger = copy.options};
    struct lq_ledger_restored restored;
    uint64_t tenant = 1;

    ck_assert_int_eq(lq_ledger_restore_open(&options, &restore, &copy.message), LQ_OK);
    copy_all(false);
    ck_assert_int_eq(lq_ledger_feed_each_key(fixture.ledger, tenant, give_key, &tenant), LQ_OK);
    copy_all(true);
    ck_assert_int_eq(lq_ledger_restore_finish(restore, &restored), LQ_OK);
    lq_ledger_restore_close(&restore);
    ck_assert_uint_eq(restored.sessions, 2);
    lq_ledger_fixture_open(&copy);
}

/* A cursor keeps the records until they are copied. */
START_TEST(test_delete_is_restored)
{
    ck_assert_int_eq(
        lq_ledger_fixture_set_cursor(&fixture, "mirror", (struct lq_feed_position){0, 0}),
        LQ_COMMIT_DONE);
    ck_assert_int_eq(delete_in(&fixture, "s1").verdict, LQ_COMMIT_DONE);
    make_copy();
    assert_deleted_in(&copy);
}
END_TEST

/* The note was trimmed; the tables tell of it again. */
START_TEST(test_delete_is_told_again)
{
    struct lq_commit drop = {.kind = LQ_COMMIT_DROP_CURSOR, .cursor = lq_view_text("gone")};
    struct lq_commit tell = {.kind = LQ_COMMIT_TELL_AGAIN};

    ck_assert_int_eq(delete_in(&fixture, "s1").verdict, LQ_COMMIT_DONE);
    struct lq_feed_state state = state_of(&fixture);
    do {
        ck_assert_int_eq(lq_ledger_fixture_set_cursor(&fixture, "gone", state.newest),
                         LQ_COMMIT_DONE);
    } while (state_of(&fixture).first_outbox_sequence < state.newest.outbox_sequence);
    ck_assert_int_eq(lq_ledger_commit(fixture.ledger, &drop, 1), LQ_OK);
    ck_assert_int_eq(lq_ledger_commit(fixture.ledger, &tell, 1), LQ_OK);
    ck_assert_int_eq(tell.verdict, LQ_COMMIT_DONE);
    ck_assert_uint_eq(tell.telling.place_bytes, 0);
    /* What begins in the middle is whole from the beginning of the telling on. */
    const struct lq_feed_position at = {0, tell.telling.first - 1};
    uint32_t deleted = 0;
    ck_assert_int_eq(lq_ledger_feed_read(fixture.ledger, at, &run), LQ_OK);
    for (uint32_t index = 0; index < run.count; index++) {
        struct lq_outbox_entry entry;
        if (!run.entries[index].is_record) {
            ck_assert_int_eq(lq_outbox_entry_decode(run.entries[index].value, &entry), LQ_OK);
            deleted += entry.kind == LQ_OUTBOX_DELETED && lq_outbox_entry_is_again(&entry) &&
                       entry.session_number == 1;
        }
    }
    ck_assert_uint_eq(deleted, 1);
}
END_TEST

TCase *lq_test_ledger_delete(void)
{
    TCase *tcase = tcase_create("ledger_delete");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, test_delete_is_final_and_of_one_session);
    tcase_add_test(tcase, test_delete_answers_repeats);
    tcase_add_test(tcase, test_delete_within_a_group);
    tcase_add_test(tcase, test_delete_is_noted_once);
    tcase_add_test(tcase, test_delete_is_restored);
    tcase_add_test(tcase, test_delete_is_told_again);
    return tcase;
}
