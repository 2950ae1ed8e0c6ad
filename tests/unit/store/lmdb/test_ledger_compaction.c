// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* Frames that are older than they are kept: what goes, what stays, and that all of it verifies. */
#include "base/little_endian.h"
#include "store/core/head.h"
#include "store/core/outbox_note.h"
#include "store/core/retention.h"
#include "store/lmdb/ledger_feed.h"
#include "tests/support/suite.h"
#include "tests/unit/store/lmdb/ledger_changes.h"
#include "tests/unit/store/lmdb/ledger_fixture.h"

#include <lmdb.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#define S UINT64_C(1000000000)
#define DAY (86400 * S)
#define KEPT_S UINT64_C(3600)

enum { CONTENT_BYTES = 300, PIECE_MAX = 128 };

static struct lq_ledger_fixture fixture;
static struct lq_clock_pair clocks;
static uint64_t counter;

static struct lq_clock_pair read_clocks(void)
{
    return clocks;
}

static void go_on(uint64_t seconds)
{
    clocks.wall_ns += seconds * S;
    clocks.running_ns += seconds * S;
}

/* A content of now. */
static struct lq_view content_of(uint8_t *bytes, const char *tenant, const char *session)
{
    struct lq_view content =
        lq_ledger_fixture_content(bytes, CONTENT_BYTES, tenant, session, (uint8_t)counter);

    lq_put_u64(bytes + 6 + strlen(tenant) + strlen(session) + 28, clocks.wall_ns);
    return content;
}

static enum lq_commit_verdict commit(struct lq_commit *item)
{
    item->execution = (struct lq_execution_id){1, ++counter};
    ck_assert_int_eq(lq_ledger_commit(fixture.ledger, item, 1), LQ_OK);
    return item->verdict;
}

static enum lq_commit_verdict append(const char *tenant, const char *session, uint64_t frame)
{
    uint8_t bytes[CONTENT_BYTES];
    struct lq_commit item = {.kind = frame == 0 ? LQ_COMMIT_CREATE_SESSION : LQ_COMMIT_FRAME,
                             .names = lq_session_names_of(tenant, session),
                             .frame = frame,
                             .content = content_of(bytes, tenant, session)};

    return commit(&item);
}

/* Frames up to and with `last`, ten seconds from one to the next. */
static void play(const char *session, uint64_t first, uint64_t last)
{
    for (uint64_t frame = first; frame <= last; frame++) {
        enum lq_commit_verdict verdict = append("demo", session, frame);
        LQ_HOLDS(verdict == LQ_COMMIT_DONE, "frame %lu: %d", (unsigned long)frame, (int)verdict);
        go_on(10);
    }
}

/* Groups in which nothing happens but what is due. */
static void rest(int groups)
{
    for (int group = 0; group < groups; group++) {
        struct lq_commit item = {.kind = LQ_COMMIT_DROP_CURSOR, .cursor = lq_view_text("none")};
        ck_assert_int_eq(commit(&item), LQ_COMMIT_UNKNOWN);
    }
}

static uint64_t first_frame(const char *session)
{
    struct lq_head head;

    ck_assert_int_eq(lq_ledger_fixture_head(&fixture, "demo", session, &head), LQ_OK);
    return head.frame + 1 - head.record_count;
}

static void check_sound(void)
{
    uint64_t broken = lq_ledger_fixture_count_broken(&fixture);

    ck_assert_msg(broken == 0, "%lu faults, the last: %s", (unsigned long)broken, fixture.fault);
}

static enum lq_result read_frame(const char *session, uint64_t frame)
{
    struct lq_record_info info;
    struct lq_view content;

    return lq_ledger_fixture_read(&fixture, "demo", session, frame, &content, &info);
}

static void reopen(void)
{
    lq_ledger_close(&fixture.ledger);
    lq_ledger_fixture_open(&fixture);
}

static void set_up(void)
{
    counter = 0;
    clocks = (struct lq_clock_pair){20000 * DAY, 1000 * S};
    lq_ledger_fixture_make(&fixture);
    fixture.options.retention_s = KEPT_S;
    fixture.options.clock = read_clocks;
    lq_ledger_fixture_open(&fixture);
    struct lq_commit item = {.kind = LQ_COMMIT_CREATE_TENANT, .names.tenant = lq_view_text("demo")};
    ck_assert_int_eq(commit(&item), LQ_COMMIT_DONE);
}

static void tear_down(void)
{
    lq_ledger_fixture_remove(&fixture);
}

/* Of frames each ten seconds, 360 are younger than an hour. */
START_TEST(test_old_frames_go)
{
    struct lq_ledger_verify_totals totals;
    const struct lq_ledger_verify_options options = {.context = NULL};

    play("s1", 0, 1000);
    rest(10);
    uint64_t first = first_frame("s1");
    ck_assert_uint_le(first, 1001 - 360);
    ck_assert_uint_gt(first, 1001 - 360 - PIECE_MAX);
    ck_assert_int_eq(read_frame("s1", first - 1), LQ_ERR_NOT_FOUND);
    ck_assert_int_eq(read_frame("s1", 0), LQ_ERR_NOT_FOUND);
    for (uint64_t frame = first; frame <= 1000; frame++) {
        LQ_HOLDS(read_frame("s1", frame) == LQ_OK, "frame %lu: %s", (unsigned long)frame,
                 fixture.message.text);
    }
    ck_assert_int_eq(lq_ledger_verify(fixture.ledger, &options, &totals), LQ_OK);
    ck_assert_uint_eq(totals.faults, 0);
    ck_assert_uint_eq(totals.records, 1001 - first);
    ck_assert_uint_eq(totals.dropped, first);
    reopen();
    check_sound();
    ck_assert_int_eq(append("demo", "s1", 1001), LQ_COMMIT_DONE);
    ck_assert_uint_ge(first_frame("s1"), first);
}
END_TEST

/* By itself as well: a session alone. */
START_TEST(test_what_is_left_verifies_by_session)
{
    const struct lq_ledger_verify_options options = {.names = lq_session_names_of("demo", "s1")};
    struct lq_ledger_verify_totals totals;

    play("s1", 0, 1000);
    rest(10);
    ck_assert_uint_gt(first_frame("s1"), 0);
    ck_assert_int_eq(lq_ledger_verify(fixture.ledger, &options, &totals), LQ_OK);
    ck_assert_uint_eq(totals.faults, 0);
    ck_assert_uint_eq(totals.records, 1001 - first_frame("s1"));
}
END_TEST

/* A session that stands still keeps what its head needs. */
START_TEST(test_a_session_at_rest_keeps_its_head)
{
    play("s1", 0, 200);
    go_on(100 * 86400);
    lq_ledger_close(&fixture.ledger);
    clocks.wall_ns -= 75 * DAY; /* less than thirty days past */
    lq_ledger_fixture_open(&fixture);
    play("s2", 0, 0);
    rest(20);
    ck_assert_uint_gt(first_frame("s1"), 200 - PIECE_MAX);
    ck_assert_int_eq(read_frame("s1", 200), LQ_OK);
    ck_assert_int_eq(append("demo", "s1", 201), LQ_COMMIT_DONE);
    check_sound();
}
END_TEST

/* Who made a frame that is gone is not known any more. */
START_TEST(test_repeats_of_dropped_frames)
{
    play("s1", 0, 1000);
    rest(10);
    ck_assert_int_eq(append("demo", "s1", 3), LQ_COMMIT_CONFLICT);
    ck_assert_int_eq(append("demo", "s1", 0), LQ_COMMIT_EXISTS);
}
END_TEST

START_TEST(test_feeds_hold_back)
{
    struct lq_commit item = {
        .kind = LQ_COMMIT_SET_CURSOR, .cursor = lq_view_text("mirror"), .position = {100, 1}};

    play("s1", 0, 150);
    ck_assert_int_eq(commit(&item), LQ_COMMIT_DONE);
    play("s1", 151, 1000);
    rest(10);
    ck_assert_uint_le(first_frame("s1"), 100);
    item.position.ledger_sequence = 900;
    ck_assert_int_eq(commit(&item), LQ_COMMIT_DONE);
    rest(10);
    ck_assert_uint_gt(first_frame("s1"), 1001 - 360 - PIECE_MAX);
    check_sound();
}
END_TEST

static enum lq_commit_verdict keep(const char *tenant, uint64_t seconds)
{
    struct lq_commit item = {.kind = LQ_COMMIT_SET_RETENTION,
                             .names.tenant = lq_view_text(tenant),
                             .retention_s = seconds};

    return commit(&item);
}

static void check_retention(uint64_t wanted_s, bool wanted_own)
{
    uint64_t seconds = KEPT_S;
    bool own = false;

    ck_assert_int_eq(lq_ledger_read_begin(fixture.ledger), LQ_OK);
    ck_assert_int_eq(lq_ledger_retention(fixture.ledger, lq_view_text("demo"), &seconds, &own),
                     LQ_OK);
    lq_ledger_read_end(fixture.ledger);
    ck_assert_uint_eq(seconds, wanted_s);
    ck_assert(own == wanted_own);
}

START_TEST(test_retention_of_a_tenant)
{
    check_retention(KEPT_S, false);
    ck_assert_int_eq(keep("demo", LQ_RETENTION_FOREVER), LQ_COMMIT_DONE);
    ck_assert_int_eq(keep("demo", LQ_RETENTION_FOREVER), LQ_COMMIT_ALREADY);
    ck_assert_int_eq(keep("nobody", 60), LQ_COMMIT_UNKNOWN);
    check_retention(LQ_RETENTION_FOREVER, true);
    play("s1", 0, 1000);
    rest(10);
    ck_assert_uint_eq(first_frame("s1"), 0);
    reopen();
    check_retention(LQ_RETENTION_FOREVER, true);
    ck_assert_int_eq(keep("demo", 600), LQ_COMMIT_DONE);
    rest(20);
    ck_assert_uint_le(first_frame("s1"), 1001 - 60);
    ck_assert_uint_gt(first_frame("s1"), 1001 - 60 - PIECE_MAX);
    check_sound();
}
END_TEST

START_TEST(test_retention_is_noted)
{
    static uint8_t memory[LQ_FEED_RUN_BYTES_MIN];
    struct lq_feed_entry found = {.is_record = false};
    struct lq_outbox_entry entry;
    struct lq_outbox_note note;
    struct lq_commit item = {
        .kind = LQ_COMMIT_SET_RETENTION, .names.tenant = lq_view_text("demo"), .retention_s = 7200};

    ck_assert_int_eq(commit(&item), LQ_COMMIT_DONE);
    found.sequence = item.outbox_sequence;
    ck_assert_int_eq(lq_ledger_feed_get(fixture.ledger, &found, memory, sizeof memory), LQ_OK);
    ck_assert_int_eq(lq_outbox_entry_decode(found.value, &entry), LQ_OK);
    ck_assert_int_eq(entry.kind, LQ_OUTBOX_RETENTION);
    ck_assert_uint_eq(entry.tenant_number, 1);
    ck_assert_int_eq(lq_outbox_note_decode(found.value, &entry, &note), LQ_OK);
    ck_assert_uint_eq(note.retention_s, 7200);
    check_sound();
}
END_TEST

static enum lq_commit_verdict accept_clock(void)
{
    struct lq_commit item = {.kind = LQ_COMMIT_ACCEPT_CLOCK};

    return commit(&item);
}

/* Until somebody says that it is right, also for the next writer. */
START_TEST(test_a_clock_that_jumped_drops_nothing)
{
    play("s1", 0, 200);
    ck_assert_ptr_null(lq_ledger_drop_waits_for_clock(fixture.ledger));
    clocks.wall_ns += 20 * DAY;
    rest(10);
    ck_assert_uint_eq(first_frame("s1"), 0);
    const struct lq_wall_guard *guard = lq_ledger_drop_waits_for_clock(fixture.ledger);
    ck_assert_ptr_nonnull(guard);
    ck_assert_int_eq(guard->verdict, LQ_WALL_JUMPED);
    ck_assert_int_eq(guard->off_ns / (int64_t)DAY, 20);
    reopen();
    rest(10);
    ck_assert_uint_eq(first_frame("s1"), 0);
    ck_assert_ptr_nonnull(lq_ledger_drop_waits_for_clock(fixture.ledger));
    ck_assert_int_eq(accept_clock(), LQ_COMMIT_DONE);
    ck_assert_int_eq(accept_clock(), LQ_COMMIT_ALREADY);
    rest(10);
    ck_assert_uint_gt(first_frame("s1"), 200 - PIECE_MAX);
    ck_assert_ptr_null(lq_ledger_drop_waits_for_clock(fixture.ledger));
    check_sound();
}
END_TEST

START_TEST(test_a_clock_far_past_the_newest_commit)
{
    play("s1", 0, 200);
    lq_ledger_close(&fixture.ledger);
    clocks.wall_ns += 31 * DAY;
    lq_ledger_fixture_open(&fixture);
    rest(10);
    ck_assert_uint_eq(first_frame("s1"), 0);
    const struct lq_wall_guard *guard = lq_ledger_drop_waits_for_clock(fixture.ledger);
    ck_assert_ptr_nonnull(guard);
    ck_assert_int_eq(guard->verdict, LQ_WALL_FAR);
    ck_assert_int_eq(accept_clock(), LQ_COMMIT_DONE);
    rest(10);
    ck_assert_uint_gt(first_frame("s1"), 0);
    check_sound();
}
END_TEST

/* What deletes a session leaves of it: a head that says so. */
static void delete_session(uint64_t number)
{
    MDB_env *env;
    MDB_txn *txn;
    MDB_dbi heads;
    MDB_val key = {sizeof number, &number};
    MDB_val value;
    uint8_t head[LQ_HEAD_BYTES];

    lq_ledger_close(&fixture.ledger);
    lq_ledger_changes_use_key(fixture.key_file);
    ck_assert_int_eq(mdb_env_create(&env), 0);
    ck_assert_int_eq(mdb_env_set_maxdbs(env, 12), 0);
    ck_assert_int_eq(mdb_env_set_mapsize(env, fixture.options.map_bytes), 0);
    ck_assert_int_eq(mdb_env_open(env, fixture.partition_folder, 0, 0600), 0);
    ck_assert_int_eq(mdb_txn_begin(env, NULL, 0, &txn), 0);
    ck_assert_int_eq(mdb_dbi_open(txn, "heads", 0, &heads), 0);
    ck_assert_int_eq(mdb_get(txn, heads, &key, &value), 0);
    ck_assert_uint_eq(value.mv_size, sizeof head);
    memcpy(head, value.mv_data, sizeof head);
    head[152] = LQ_HEAD_DELETED;
    value.mv_data = head;
    ck_assert_int_eq(mdb_put(txn, heads, &key, &value, 0), 0);
    lq_ledger_changes_keep_pace(txn);
    ck_assert_int_eq(mdb_txn_commit(txn), 0);
    mdb_env_close(env);
    lq_ledger_fixture_open(&fixture);
}

static bool tell_all_again(void)
{
    uint8_t place[LQ_TELLING_PLACE_BYTES_MAX];
    struct lq_commit item = {.kind = LQ_COMMIT_TELL_AGAIN};

    do {
        if (commit(&item) != LQ_COMMIT_DONE) {
            return false;
        }
        memcpy(place, item.telling.place, item.telling.place_bytes);
        item.place = lq_view_of(place, item.telling.place_bytes);
    } while (item.place.bytes > 0);
    return true;
}

/* Whole, however young and for how long its tenant keeps frames, and under any clock. */
START_TEST(test_a_deleted_session_goes)
{
    struct lq_head head;

    ck_assert_int_eq(keep("demo", LQ_RETENTION_FOREVER), LQ_COMMIT_DONE);
    play("s1", 0, 300);
    play("s2", 0, 10);
    delete_session(1);
    clocks.wall_ns += 20 * DAY;
    rest(20);
    ck_assert_int_eq(lq_ledger_fixture_head(&fixture, "demo", "s1", &head), LQ_OK);
    ck_assert_uint_eq(head.frame, 300);
    ck_assert_uint_eq(head.record_count, 0);
    ck_assert_int_eq(read_frame("s1", 300), LQ_ERR_NOT_FOUND);
    ck_assert_uint_eq(first_frame("s2"), 0);
    check_sound();
    ck_assert(tell_all_again());
    check_sound();
    reopen();
    check_sound();
    const struct lq_ledger_verify_options options = {.names = lq_session_names_of("demo", "s1")};
    struct lq_ledger_verify_totals totals;
    ck_assert_int_eq(lq_ledger_verify(fixture.ledger, &options, &totals), LQ_OK);
    ck_assert_uint_eq(totals.faults, 0);
    ck_assert_uint_eq(totals.dropped, 301);
}
END_TEST

/* What was dropped makes room for what comes: a small map is enough for ever. */
START_TEST(test_pages_are_used_again)
{
    lq_ledger_close(&fixture.ledger);
    fixture.options.map_bytes = 2u << 20;
    lq_ledger_fixture_open(&fixture);
    play("s1", 0, 6000);
    ck_assert_uint_gt(first_frame("s1"), 6001 - 360 - 2 * PIECE_MAX);
    check_sound();
}
END_TEST

/* Killed anywhere, what is there is what one transaction left. */
START_TEST(test_a_writer_that_is_killed)
{
    play("s1", 0, 400);
    lq_ledger_close(&fixture.ledger);
    for (int round = 0; round < 8; round++) {
        int to_us[2];
        char byte;
        ck_assert_int_eq(pipe(to_us), 0);
        pid_t pid = fork();
        ck_assert_int_ge(pid, 0);
        if (pid == 0) {
            struct lq_head head;
            lq_ledger_fixture_open(&fixture);
            (void)lq_ledger_fixture_head(&fixture, "demo", "s1", &head);
            for (uint64_t frame = head.frame + 1;; frame++) {
                (void)append("demo", "s1", frame);
                go_on(10);
                if (frame == head.frame + 40 + (uint64_t)round && write(to_us[1], "x", 1) != 1) {
                    break;
                }
            }
            raise(SIGKILL);
        }
        ck_assert_int_eq(read(to_us[0], &byte, 1), 1);
        kill(pid, SIGKILL);
        waitpid(pid, NULL, 0);
        close(to_us[0]);
        close(to_us[1]);
        go_on(7200);
        lq_ledger_fixture_open(&fixture);
        check_sound();
        rest(3);
        check_sound();
        lq_ledger_close(&fixture.ledger);
    }
    lq_ledger_fixture_open(&fixture);
    ck_assert_uint_gt(first_frame("s1"), 0);
}
END_TEST

TCase *lq_test_ledger_compaction(void);
TCase *lq_test_ledger_compaction(void)
{
    TCase *tc = tcase_create("ledger_compaction");

    tcase_add_checked_fixture(tc, set_up, tear_down);
    tcase_add_test(tc, test_old_frames_go);
    tcase_add_test(tc, test_what_is_left_verifies_by_session);
    tcase_add_test(tc, test_a_session_at_rest_keeps_its_head);
    tcase_add_test(tc, test_repeats_of_dropped_frames);
    tcase_add_test(tc, test_feeds_hold_back);
    tcase_add_test(tc, test_retention_of_a_tenant);
    tcase_add_test(tc, test_retention_is_noted);
    tcase_add_test(tc, test_a_clock_that_jumped_drops_nothing);
    tcase_add_test(tc, test_a_clock_far_past_the_newest_commit);
    tcase_add_test(tc, test_a_deleted_session_goes);
    tcase_add_test(tc, test_pages_are_used_again);
    tcase_add_test(tc, test_a_writer_that_is_killed);
    return tc;
}
