// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "actors/load/load_read.h"

#include "base/alloc.h"
#include "tests/support/suite.h"
#include "tests/unit/actors/load/played_session.h"
#include "world/client_id.h"

#include <stdlib.h>

TCase *lq_test_load_read(void);

enum { ARENA_BYTES = 8 * 1024 * 1024 };

static struct lq_played_session played;
static struct lq_load_handler handler;
static struct lq_load_worlds worlds;
static struct lq_admin_reply reply;
static struct lq_error_message message;
static uint64_t newest;

static void set_up(void)
{
    lq_played_session_make(&played);
    handler.arena = (struct lq_arena){lq_alloc(ARENA_BYTES, 1), ARENA_BYTES, 0};
}

static void tear_down(void)
{
    free(handler.arena.memory);
    lq_played_session_remove(&played);
}

static enum lq_result read_in(const char *session, struct lq_read_range range)
{
    const struct lq_admin_request request = {.kind = LQ_ADMIN_READ,
                                             .tenant = lq_view_text("demo"),
                                             .session = lq_view_text(session),
                                             .has_read = true,
                                             .read = range};

    lq_arena_reset(&handler.arena);
    handler.ledger = played.store.ledger;
    handler.reading_ns = 0;
    worlds = (struct lq_load_worlds){.bytes = 0};
    reply = (struct lq_admin_reply){.result = LQ_OK};
    newest = 0;
    ck_assert_int_eq(lq_ledger_read_begin(handler.ledger), LQ_OK);
    enum lq_result result =
        lq_load_read_frames(&handler, &request, &reply, &worlds, &newest, &message);
    lq_ledger_read_end(handler.ledger); /* it has begun another one */
    return result;
}

static enum lq_result read_range(struct lq_read_range range)
{
    return read_in("s1", range);
}

/* The World of entry `index`, out of the body part. */
static const struct lq_world *world_of(uint32_t index)
{
    static struct lq_world world;
    static uint8_t memory[256 * 1024];
    struct lq_arena arena = {memory, sizeof memory, 0};
    const char *where = "";
    size_t at = 0;

    for (uint32_t before = 0; before < index; before++) {
        at += reply.frames[before].world_bytes;
    }
    ck_assert_int_eq(
        lq_world_decode(lq_view_of(worlds.memory + at, reply.frames[index].world_bytes), &arena,
                        &world, &where),
        LQ_OK);
    return &world;
}

static void expect_frame(uint32_t index, uint64_t frame)
{
    const struct lq_frame_entry *entry = &reply.frames[index];

    ck_assert_uint_eq(entry->frame, frame);
    ck_assert_mem_eq(entry->hash, played.hashes[frame], LQ_HASH_BYTES);
    ck_assert_uint_eq(entry->wall_time_ns, frame == 0 ? 0 : 1000 + frame);
    ck_assert(entry->events_known);
    ck_assert_uint_eq(entry->event_count, lq_played_session_event_count(frame));
    ck_assert_uint_eq(world_of(index)->body_count, 0);
}

START_TEST(test_head)
{
    lq_played_session_play(&played, 4);
    ck_assert_int_eq(read_range((struct lq_read_range){.head = true, .from = 1, .count = 3}),
                     LQ_OK);
    ck_assert_uint_eq(reply.frame_count, 1);
    ck_assert(!reply.more);
    expect_frame(0, 4);
    ck_assert_uint_eq(newest, played.sequences[4]);
    ck_assert_uint_gt(handler.reading_ns, 0);
}
END_TEST

/* As many frames as there is time for; the asker goes on where it ended. */
static void read_all(uint64_t from, uint32_t count, uint64_t last)
{
    while (from <= last) {
        ck_assert_int_eq(read_range((struct lq_read_range){.from = from, .count = count}), LQ_OK);
        ck_assert_uint_ge(reply.frame_count, 1);
        ck_assert_uint_le(reply.frame_count, LQ_READ_FRAMES_MAX);
        ck_assert_uint_eq(reply.count, reply.frame_count);
        for (uint32_t index = 0; index < reply.frame_count; index++) {
            expect_frame(index, from + index);
        }
        from += reply.frame_count;
        count -= count > 0 ? reply.frame_count : 0;
        ck_assert_uint_eq(newest, played.sequences[from - 1]);
        ck_assert(reply.more == (from <= last));
        ck_assert_uint_eq(reply.next_frame, reply.more ? from : 0);
    }
    ck_assert_uint_eq(from, last + 1);
}

START_TEST(test_ranges)
{
    static const struct {
        uint64_t from;
        uint32_t count;
        uint64_t last;
    } ranges[] = {{0, 0, 150}, {1, 1, 1}, {3, 90, 92}, {149, 7, 150}, {150, 0, 150}, {150, 1, 150}};

    lq_played_session_play(&played, 150);
    for (size_t at = 0; at < sizeof ranges / sizeof ranges[0]; at++) {
        read_all(ranges[at].from, ranges[at].count, ranges[at].last);
    }
}
END_TEST

START_TEST(test_nothing_there)
{
    lq_played_session_play(&played, 3);
    ck_assert_int_eq(read_range((struct lq_read_range){.from = 4}), LQ_ERR_NOT_FOUND);
    ck_assert_str_eq(message.text, "frame 4: the newest is 3");
    ck_assert_uint_eq(reply.frame_count, 0);
    ck_assert_int_eq(read_in("s2", (struct lq_read_range){.head = true}), LQ_ERR_NOT_FOUND);
    ck_assert_str_eq(message.text, "no such tenant or session");
    ck_assert_int_eq(read_range((struct lq_read_range){.from = UINT64_MAX, .count = UINT32_MAX}),
                     LQ_ERR_NOT_FOUND);
}
END_TEST

START_TEST(test_shredded)
{
    lq_played_session_play(&played, 3);
    lq_played_session_shred(&played);
    ck_assert_int_eq(read_range((struct lq_read_range){.head = true}), LQ_ERR_KEY);
    ck_assert_uint_gt(strlen(message.text), 0);
    ck_assert_uint_eq(reply.frame_count, 0);
}
END_TEST

/* The first frame comes, however large it is; then no other, since the bytes are used up. */
START_TEST(test_bytes)
{
    lq_played_session_play(&played, 10);
    ck_assert_int_eq(read_range((struct lq_read_range){.from = 1, .bytes = 300}), LQ_OK);
    ck_assert_uint_eq(reply.frame_count, 1);
    expect_frame(0, 1);
    ck_assert(reply.more);
    ck_assert_uint_eq(reply.next_frame, 2);
    ck_assert_int_eq(read_range((struct lq_read_range){.from = 1, .bytes = 1300}), LQ_OK);
    ck_assert_uint_ge(reply.frame_count, 1);
    ck_assert_uint_le(reply.frame_count, 5);
    ck_assert_uint_eq(reply.next_frame, 1 + reply.frame_count);
}
END_TEST

static void add_command(uint32_t index, struct lq_view custom)
{
    struct lq_tick *tick = &played.tick;

    tick->commands[index] = (struct lq_command){.client = lq_client_id_of(5, 9),
                                                .sequence = index + 1,
                                                .kind = LQ_COMMAND_CUSTOM,
                                                .outcome = LQ_OUTCOME_APPLIED,
                                                .custom = custom};
    tick->command_count = index + 1;
}

static void expect_commands(uint32_t count, size_t custom_bytes)
{
    const struct lq_frame_entry *entry = &reply.frames[0];
    static uint8_t memory[LQ_CUSTOM_BYTES_MAX * 2];

    ck_assert_uint_eq(entry->command_count, count);
    ck_assert(entry->without_bodies == (custom_bytes == 0));
    for (uint32_t index = 0; index < count; index++) {
        const struct lq_frame_command *said = &entry->commands[index];
        struct lq_arena arena = {memory, sizeof memory, 0};
        struct lq_command command;
        const char *where = "";
        ck_assert_uint_eq(said->sequence, index + 1);
        ck_assert_int_eq(said->outcome, LQ_OUTCOME_APPLIED);
        ck_assert_int_eq(said->kind, LQ_COMMAND_CUSTOM);
        if (custom_bytes > 0) {
            ck_assert_int_eq(lq_command_decode(said->body, &arena, &command, &where), LQ_OK);
            ck_assert_uint_eq(command.custom.bytes, custom_bytes);
        } else {
            ck_assert_uint_eq(said->body.bytes, 0);
        }
    }
}

/* 25 commands of 16 KiB are more than an answer has room for: the frame comes without them. */
START_TEST(test_commands)
{
    static uint8_t custom[LQ_CUSTOM_BYTES_MAX];

    lq_played_session_next(&played);
    for (uint32_t index = 0; index < 3; index++) {
        add_command(index, lq_view_of(custom, 100));
    }
    lq_command_refuse(&played.tick.commands[2], "because");
    lq_played_session_commit(&played);
    lq_played_session_next(&played);
    for (uint32_t index = 0; index < 25; index++) {
        add_command(index, lq_view_of(custom, sizeof custom));
    }
    lq_played_session_commit(&played);
    ck_assert_int_eq(read_range((struct lq_read_range){.from = 1, .count = 1}), LQ_OK);
    ck_assert_int_eq(reply.frames[0].commands[2].outcome, LQ_OUTCOME_REFUSED);
    ck_assert(lq_view_equal(reply.frames[0].commands[2].reason, lq_view_text("because")));
    reply.frames[0].commands[2].outcome = LQ_OUTCOME_APPLIED;
    expect_commands(3, 100);
    ck_assert_int_eq(read_range((struct lq_read_range){.head = true}), LQ_OK);
    expect_commands(25, 0);
    ck_assert_int_eq(read_range((struct lq_read_range){.from = 1}), LQ_OK);
    ck_assert_uint_eq(reply.frame_count, 1); /* the second one is for an answer of its own */
    ck_assert_uint_eq(reply.next_frame, 2);
}
END_TEST

/* The largest World, tenant bytes and all, is one answer. */
START_TEST(test_largest_world)
{
    struct lq_world *world = &played.tick.world;

    lq_played_session_next(&played);
    while (world->body_count < LQ_BODIES_MAX) {
        uint32_t row = lq_world_add_body(world, 1, 0.1 * world->body_count, 99.0, 0.25f);
        world->vx[row] = 0.3f * (float)row + 0.1f;
        world->vy[row] = -0.7f;
        world->thrust_x[row] = 1.5f;
        world->angle[row] = INT32_MAX - (int32_t)row;
    }
    world->tenant_bytes_count = LQ_TENANT_BYTES_MAX;
    memset(world->tenant_bytes, 0x5a, LQ_TENANT_BYTES_MAX);
    lq_played_session_commit(&played);
    lq_played_session_next(&played);
    lq_played_session_commit(&played);
    ck_assert_int_eq(read_range((struct lq_read_range){.from = 1, .bytes = 1000}), LQ_OK);
    ck_assert_uint_eq(reply.frame_count, 1);
    ck_assert_uint_eq(world_of(0)->body_count, LQ_BODIES_MAX);
    ck_assert_uint_eq(world_of(0)->tenant_bytes_count, LQ_TENANT_BYTES_MAX);
    ck_assert_uint_lt(worlds.bytes, LQ_READ_ANSWER_BYTES_MAX);
}
END_TEST

static enum lq_result read_window(uint64_t player, struct lq_window_entry *window)
{
    struct lq_admin_request request = {.kind = LQ_ADMIN_WINDOW,
                                       .tenant = lq_view_text("demo"),
                                       .session = lq_view_text("s1"),
                                       .has_player = true};
    const struct lq_client_id id = lq_client_id_of(player, 0);

    memcpy(request.player, id.bytes, sizeof request.player);
    handler.ledger = played.store.ledger;
    ck_assert_int_eq(lq_ledger_read_begin(handler.ledger), LQ_OK);
    enum lq_result result = lq_load_read_window(&handler, &request, window, &newest, &message);
    lq_ledger_read_end(handler.ledger);
    return result;
}

/* `count` windows of players 1, 2, ..., whose incarnations are ten times that. */
static void set_windows(uint32_t count)
{
    struct lq_client_windows *windows = &played.tick.windows;

    lq_played_session_next(&played);
    windows->count = count;
    for (uint32_t index = 0; index < count; index++) {
        windows->entries[index] =
            (struct lq_client_window){.client = lq_client_id_of(index + 1, 10 * (index + 1)),
                                      .highest = index + 3,
                                      .used_map = 3,
                                      .last_frame = 1};
    }
    lq_played_session_commit(&played);
}

START_TEST(test_window)
{
    struct lq_window_entry window;

    set_windows(3);
    ck_assert_int_eq(read_window(2, &window), LQ_OK);
    ck_assert(window.known);
    ck_assert_uint_eq(lq_client_id_incarnation(&window.client), 20);
    ck_assert_uint_eq(window.highest, 4);
    ck_assert_uint_eq(window.used_map, 3);
    ck_assert_uint_eq(window.last_frame, 1);
    ck_assert_uint_eq(window.frame, 1);
    ck_assert_uint_eq(window.count, 3);
    ck_assert_uint_eq(window.lowest_incarnation, 0); /* a newcomer need not be above any */
    ck_assert_uint_eq(newest, played.sequences[1]);
    ck_assert_int_eq(read_window(4, &window), LQ_OK);
    ck_assert(!window.known);
    set_windows(LQ_CLIENTS_MAX);
    ck_assert_int_eq(read_window(4, &window), LQ_OK);
    ck_assert(window.known);
    ck_assert_uint_eq(window.lowest_incarnation, 10);
}
END_TEST

/* A record of load 1 may have several of a player: the newest one counts. */
START_TEST(test_window_of_several)
{
    struct lq_window_entry window;

    set_windows(3);
    played.tick.windows.entries[1].client = lq_client_id_of(1, 50);
    played.tick.windows.entries[2].client = lq_client_id_of(1, 60);
    lq_played_session_next(&played);
    lq_played_session_commit(&played);
    ck_assert_int_eq(read_window(1, &window), LQ_OK);
    ck_assert_uint_eq(lq_client_id_incarnation(&window.client), 60);
    ck_assert_uint_eq(window.highest, 5);
}
END_TEST

TCase *lq_test_load_read(void)
{
    TCase *tcase = tcase_create("load_read");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, test_head);
    tcase_add_test(tcase, test_ranges);
    tcase_add_test(tcase, test_nothing_there);
    tcase_add_test(tcase, test_shredded);
    tcase_add_test(tcase, test_bytes);
    tcase_add_test(tcase, test_commands);
    tcase_add_test(tcase, test_largest_world);
    tcase_add_test(tcase, test_window);
    tcase_add_test(tcase, test_window_of_several);
    return tcase;
}
