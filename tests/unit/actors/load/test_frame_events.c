// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* Events of a frame out of the outbox: all of them, or it is said that they are not known. */
#include "actors/load/frame_events.h"

#include "tests/support/suite.h"
#include "tests/unit/actors/load/played_session.h"

TCase *lq_test_frame_events(void);

static struct lq_played_session played;
static struct lq_tick_event entries[LQ_EVENTS_PER_TICK_MAX];
static struct lq_frame_events events;

static void set_up(void)
{
    lq_played_session_make(&played);
}

static void tear_down(void)
{
    lq_played_session_remove(&played);
}

static struct lq_feed_state state_now(void)
{
    struct lq_feed_state state;

    ck_assert_int_eq(lq_ledger_read_begin(played.store.ledger), LQ_OK);
    ck_assert_int_eq(lq_ledger_feed_state(played.store.ledger, &state), LQ_OK);
    lq_ledger_read_end(played.store.ledger);
    return state;
}

static void find_in(const struct lq_feed_state *state, uint64_t frame)
{
    static uint8_t plain[LQ_FEED_PLAIN_BYTES_MAX];

    events = (struct lq_frame_events){.known = true, .count = 77, .entries = entries};
    lq_frame_events_find(played.store.ledger, state, played.sequences[frame], plain, &events);
}

static void find(uint64_t frame)
{
    const struct lq_feed_state state = state_now();

    find_in(&state, frame);
}

static void expect_whole(uint64_t frame)
{
    static const char *const types[] = {"First", "Second"};

    ck_assert_msg(events.known, "events of frame %llu", (unsigned long long)frame);
    ck_assert_uint_eq(events.count, lq_played_session_event_count(frame));
    for (uint32_t at = 0; at < events.count; at++) {
        ck_assert_str_eq(events.entries[at].type, types[at]);
        ck_assert_uint_eq(events.entries[at].body_id, frame);
    }
}

START_TEST(test_each_frame_has_its_own)
{
    lq_played_session_play(&played, 40);
    for (uint64_t frame = 0; frame <= 40; frame++) {
        find(frame);
        expect_whole(frame);
    }
}
END_TEST

START_TEST(test_as_many_as_a_tick_has)
{
    lq_played_session_next(&played);
    for (uint32_t at = 0; at < LQ_EVENTS_PER_TICK_MAX; at++) {
        lq_tick_emit(&played.tick, "Many", at + 1, NULL);
    }
    lq_played_session_commit(&played);
    lq_played_session_play(&played, 3);
    find(1);
    ck_assert(events.known);
    ck_assert_uint_eq(events.count, LQ_EVENTS_PER_TICK_MAX);
    for (uint32_t at = 0; at < LQ_EVENTS_PER_TICK_MAX; at++) {
        ck_assert_uint_eq(events.entries[at].body_id, at + 1);
    }
}
END_TEST

/* The entry at which a reader stands stays. */
static void trim(uint64_t outbox_sequence)
{
    const struct lq_feed_position all = {state_now().newest.ledger_sequence, outbox_sequence};

    ck_assert_int_eq(lq_ledger_fixture_set_cursor(&played.store, "reader", all), LQ_COMMIT_DONE);
}

/* Frame 1 has one event, frame 2 has two, frame 3 none. Behind the cut: the frames of which all is
 * known. Where nothing is left before a frame's place, its events may have been there. */
START_TEST(test_trimmed)
{
    lq_played_session_play(&played, 5);
    struct lq_feed_state state = state_now();
    uint64_t first = state.newest.outbox_sequence - 5; /* of frame 1: then 2, 0, 1 and 2 follow */
    static const struct {
        uint64_t kept_from; /* behind the first event */
        bool known[6];      /* by frame */
    } cuts[] = {
        {0, {false, true, true, true, true, true}},
        {1, {false, false, true, true, true, true}},
        {2, {false, false, false, true, true, true}}, /* the second event of frame 2 is left */
        {3, {false, false, false, false, true, true}},
        {4, {false, false, false, false, false, true}},
        {5, {false, false, false, false, false, false}},
    };

    for (size_t cut = 0; cut < sizeof cuts / sizeof cuts[0]; cut++) {
        trim(first + cuts[cut].kept_from);
        ck_assert_uint_eq(state_now().first_outbox_sequence, first + cuts[cut].kept_from);
        for (uint64_t frame = 0; frame <= 5; frame++) {
            find(frame);
            ck_assert_msg(events.known == cuts[cut].known[frame], "cut %zu, frame %llu: %d", cut,
                          (unsigned long long)frame, (int)events.known);
            if (events.known) {
                expect_whole(frame);
            }
        }
    }
}
END_TEST

/* Of a restored partition sequences are missing below `gapless`. */
START_TEST(test_restored)
{
    lq_played_session_play(&played, 4);
    struct lq_feed_state state = state_now();

    state.gapless.ledger_sequence = played.sequences[2];
    find_in(&state, 1);
    ck_assert(!events.known);
    find_in(&state, 2);
    expect_whole(2);
    state.gapless.outbox_sequence = state.first_outbox_sequence + 1;
    find_in(&state, 2);
    ck_assert(!events.known);
}
END_TEST

static void commit_event(struct lq_view event)
{
    static uint8_t content[300];
    struct lq_commit item = {.kind = LQ_COMMIT_FRAME,
                             .execution = {1, 101},
                             .names = lq_session_names_of("demo", "s1"),
                             .frame = 1,
                             .events = &(struct lq_commit_event){event, 0, false},
                             .event_count = 1};

    item.content = lq_ledger_fixture_content(content, sizeof content, "demo", "s1", 0);
    ck_assert_int_eq(lq_ledger_commit(played.store.ledger, &item, 1), LQ_OK);
    ck_assert_int_eq(item.verdict, LQ_COMMIT_DONE);
    played.sequences[1] = item.ledger_sequence;
}

START_TEST(test_not_an_event)
{
    commit_event(lq_view_text("none"));
    find(1);
    ck_assert(!events.known);
    find(0);
    expect_whole(0);
}
END_TEST

/* Larger than any event: it is not read, and nothing is told of the frame. */
START_TEST(test_too_large)
{
    static uint8_t bytes[5000];

    commit_event(lq_view_of(bytes, sizeof bytes));
    find(1);
    ck_assert(!events.known);
}
END_TEST

START_TEST(test_shredded)
{
    lq_played_session_play(&played, 3);
    lq_played_session_shred(&played);
    find(2);
    ck_assert(!events.known);
    find(3); /* it has none, and that is no secret */
    expect_whole(3);
}
END_TEST

TCase *lq_test_frame_events(void)
{
    TCase *tcase = tcase_create("frame_events");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, test_each_frame_has_its_own);
    tcase_add_test(tcase, test_as_many_as_a_tick_has);
    tcase_add_test(tcase, test_trimmed);
    tcase_add_test(tcase, test_restored);
    tcase_add_test(tcase, test_not_an_event);
    tcase_add_test(tcase, test_too_large);
    tcase_add_test(tcase, test_shredded);
    return tcase;
}
