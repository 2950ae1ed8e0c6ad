// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "tests/unit/proto/reading_samples.h"

#include "proto/play_codec.h"
#include "proto/tick_codec.h"

#define CLIENT                                                                                     \
    {                                                                                              \
        {                                                                                          \
            1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16                                  \
        }                                                                                          \
    }
static const struct lq_client_id client = CLIENT;
static const struct lq_actor_counts counts = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};

static struct lq_view text(const char *value)
{
    return lq_view_text(value);
}

static struct lq_admin_request request_of(enum lq_admin_kind kind)
{
    return (struct lq_admin_request){.epoch = 5,
                                     .tag = 9,
                                     .client = client,
                                     .kind = (uint8_t)kind,
                                     .tenant = text("demo"),
                                     .session = text("arena-0001")};
}

/* Who asks and why stands in any request. */
enum lq_result lq_reading_sample_read_request(uint8_t *to, size_t bytes_max, size_t *written)
{
    struct lq_admin_request request = request_of(LQ_ADMIN_READ);

    request.operator_name = text("ada (1000)");
    request.reason = text("a body is where it should not be");
    request.has_read = true;
    request.read = (struct lq_read_range){false, 40, 3, 65536, false};
    return lq_admin_request_encode(&request, to, bytes_max, written);
}

enum lq_result lq_reading_sample_read_reply(uint8_t *to, size_t bytes_max, size_t *written)
{
    struct lq_frame_command commands[2] = {
        {client, 7, LQ_OUTCOME_APPLIED, LQ_COMMAND_LEAVE, text(""), text("\x08\x02")},
        {client, 8, LQ_OUTCOME_REFUSED, 0, text("unreadable: kind"), text("")}};
    struct lq_tick_event event = {"PlayerLeft", 3, client};
    struct lq_frame_entry frames[2] = {{.frame = 41,
                                        .hash = {0x5a},
                                        .steps = 1,
                                        .step_count = 40,
                                        .missed_count = 2,
                                        .wall_time_ns = UINT64_C(1790000000000000000),
                                        .world_bytes = 1000,
                                        .command_count = 2,
                                        .commands = commands,
                                        .events_known = true,
                                        .event_count = 1,
                                        .events = &event},
                                       {.frame = 42, .world_bytes = 1200, .without_bodies = true}};
    struct lq_admin_reply reply = {
        .tag = 9, .count = 2, .more = true, .frame_count = 2, .frames = frames, .next_frame = 43};

    return lq_admin_reply_encode(&reply, to, bytes_max, written);
}

enum lq_result lq_reading_sample_window_request(uint8_t *to, size_t bytes_max, size_t *written)
{
    struct lq_admin_request request = request_of(LQ_ADMIN_WINDOW);

    request.has_player = true;
    memcpy(request.player, client.bytes, sizeof request.player);
    return lq_admin_request_encode(&request, to, bytes_max, written);
}

enum lq_result lq_reading_sample_window_reply(uint8_t *to, size_t bytes_max, size_t *written)
{
    struct lq_window_entry window = {42, true, client, 70, UINT64_C(0x8000000000000001),
                                     41, 256,  1234};
    struct lq_admin_reply reply = {.tag = 9, .window = &window};

    return lq_admin_reply_encode(&reply, to, bytes_max, written);
}

enum lq_result lq_reading_sample_history_request(uint8_t *to, size_t bytes_max, size_t *written)
{
    struct lq_admin_request request = request_of(LQ_ADMIN_READ);

    request.has_read = true;
    request.read = (struct lq_read_range){false, 40, 3, 0, true};
    return lq_admin_request_encode(&request, to, bytes_max, written);
}

enum lq_result lq_reading_sample_history_reply(uint8_t *to, size_t bytes_max, size_t *written)
{
    struct lq_frame_entry frame = {.frame = 41, .record_bytes = 1400};
    struct lq_admin_reply reply = {.tag = 9,
                                   .count = 1,
                                   .frame_count = 1,
                                   .frames = &frame,
                                   .oldest_frame = 7,
                                   .newest_frame = 1000};

    return lq_admin_reply_encode(&reply, to, bytes_max, written);
}

enum lq_result lq_reading_sample_find_request(uint8_t *to, size_t bytes_max, size_t *written)
{
    struct lq_admin_request request = request_of(LQ_ADMIN_FIND_COMMAND);

    request.has_command = true;
    request.command = (struct lq_command_name){client, 7};
    return lq_admin_request_encode(&request, to, bytes_max, written);
}

enum lq_result lq_reading_sample_find_reply(uint8_t *to, size_t bytes_max, size_t *written)
{
    struct lq_admin_reply reply = {.tag = 9,
                                   .has_sighting = true,
                                   .sighting = {LQ_COMMAND_UNDER_WAY, 3, text("physics"),
                                                text("ai"), UINT64_C(0x0807060504030201)}};

    return lq_admin_reply_encode(&reply, to, bytes_max, written);
}

enum lq_result lq_reading_sample_change_request(uint8_t *to, size_t bytes_max, size_t *written)
{
    struct lq_admin_request request = request_of(LQ_ADMIN_CHANGE_SESSION);

    request.has_change = true;
    request.change = (struct lq_session_change){
        .sets_stopped = true, .stopped = true, .sets_rate = true, .rate = {10, 3}};
    return lq_admin_request_encode(&request, to, bytes_max, written);
}

enum lq_result lq_reading_sample_life_reply(uint8_t *to, size_t bytes_max, size_t *written)
{
    static struct lq_status status; /* too large for the stack */
    struct lq_session_entry session = {
        .tenant = text("acme"), .name = text("s1"), .frame = 41, .deleted = true};
    struct lq_admin_reply reply = {.tag = 9,
                                   .session_count = 1,
                                   .sessions = &session,
                                   .status = &status,
                                   .has_life = true,
                                   .life = {.stopped = true,
                                            .parked_by = text("physics"),
                                            .rate = {20, 1},
                                            .changes = true,
                                            .next = {10, 3}}};

    status = (struct lq_status){.epoch = 5, .sessions_stopped = 4};
    return lq_admin_reply_encode(&reply, to, bytes_max, written);
}

enum lq_result lq_reading_sample_rate_request(uint8_t *to, size_t bytes_max, size_t *written)
{
    static struct lq_tick_request request; /* likewise */

    request = (struct lq_tick_request){.missed = 2, .wall_time_ns = 3, .rate = {10, 3}};
    return lq_tick_request_encode(&request, to, bytes_max, written);
}

enum lq_result lq_reading_sample_attended(uint8_t *to, size_t bytes_max, size_t *written)
{
    struct lq_admin_request request = request_of(LQ_ADMIN_CREATE_SESSION);

    request.has_config = true;
    request.config = (struct lq_session_config){.rate_numerator = 20,
                                                .rate_denominator = 1,
                                                .steps_per_command = 1,
                                                .width = 10.0,
                                                .height = 20.0,
                                                .attended = true};
    return lq_admin_request_encode(&request, to, bytes_max, written);
}

enum lq_result lq_reading_sample_counting(uint8_t *to, size_t bytes_max, size_t *written)
{
    struct lq_heartbeat beat = {.epoch = 5, .tells = true, .counts = counts};

    return lq_heartbeat_encode(LQ_MESSAGE_HEARTBEAT, &beat, to, bytes_max, written);
}

enum lq_result lq_reading_sample_counted(uint8_t *to, size_t bytes_max, size_t *written)
{
    static struct lq_status status; /* too large for the stack */
    struct lq_admin_reply reply = {.tag = 9, .status = &status};

    status = (struct lq_status){.epoch = 5, .actor_count = 1, .sessions_resting = 3};
    status.actors[0] = (struct lq_actor_status){.instance = text("load-1"),
                                                .stage = text("load"),
                                                .state = LQ_ACTOR_READY,
                                                .counts = counts};
    return lq_admin_reply_encode(&reply, to, bytes_max, written);
}

enum lq_result lq_reading_sample_tailed(uint8_t *to, size_t bytes_max, size_t *written)
{
    struct lq_result_batch batch;

    lq_wire_sample_result(&batch, 2, 0);
    batch.items[1].payload_bytes = 500;
    batch.items[1].tail_bytes = 300;
    return lq_result_batch_encode(LQ_MESSAGE_RESULT, &batch, to, bytes_max, written);
}

enum lq_result lq_reading_sample_watch_play(uint8_t *to, size_t bytes_max, size_t *written)
{
    struct lq_watch_request request = {
        .tag = 11, .names = {text("demo"), text("arena-0017")}, .play = true};

    return lq_watch_request_encode(&request, to, bytes_max, written);
}

enum lq_result lq_reading_sample_marker(uint8_t *to, size_t bytes_max, size_t *written)
{
    struct lq_watching watching = {
        .epoch = 5, .tag = 11, .message = text(""), .began = true, .frame = 41};

    return lq_watching_encode(&watching, to, bytes_max, written);
}

enum lq_result lq_reading_sample_play_notice(uint8_t *to, size_t bytes_max, size_t *written)
{
    struct lq_frame_notice notice = {
        .epoch = 5, .frame = 42, .hash = {0x77}, .steps = 1, .tag = 11, .world_bytes = 1000};

    return lq_frame_notice_encode(&notice, to, bytes_max, written);
}

enum lq_result lq_reading_sample_play(uint8_t *to, size_t bytes_max, size_t *written)
{
    static const struct lq_tick_event events[2] = {{"PlayerJoined", 3, CLIENT}, {"Goal", 0, {{0}}}};
    static const struct lq_play_command commands[2] = {{CLIENT, 7, LQ_OUTCOME_APPLIED},
                                                       {CLIENT, 8, LQ_OUTCOME_REFUSED}};
    const struct lq_play play = {42, 2, events, 2, commands};

    return lq_play_encode(&play, to, bytes_max, written);
}

enum lq_result lq_reading_sample_play_again(struct lq_view message, struct lq_arena *arena,
                                            uint8_t *to, size_t bytes_max, size_t *written,
                                            const char **where)
{
    struct lq_play play;
    enum lq_result result = lq_play_decode(message, arena, &play, where);

    return result == LQ_OK ? lq_play_encode(&play, to, bytes_max, written) : result;
}
