// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "tests/unit/proto/mirror_samples.h"
#include "tests/unit/proto/reading_samples.h"

#include "world/world.h"

#include "ledgerquest/v1/actor.pb-c.h"
#include "ledgerquest/v1/client.pb-c.h"
#include "ledgerquest/v1/tick.pb-c.h"

#include <stdio.h>

/* The structs are too large for a stack, and no test has two of a kind at once. */
static struct lq_tick tick;
static struct lq_tick_request tick_request;
static struct lq_status status;
static struct lq_letter letters[2];

static struct lq_view text(const char *value)
{
    return lq_view_text(value);
}

static struct lq_client_id client_of(uint32_t number)
{
    struct lq_client_id client;

    for (uint32_t index = 0; index < LQ_CLIENT_ID_BYTES; index++) {
        client.bytes[index] = (uint8_t)(number >> 8 * (index % 4));
    }
    client.bytes[0] = (uint8_t)(number >> 8);
    client.bytes[1] = (uint8_t)number;
    return client;
}

static struct lq_session_config config_of(void)
{
    return (struct lq_session_config){.seed = UINT64_C(0x1122334455667788),
                                      .rate_numerator = 10,
                                      .rate_denominator = 1,
                                      .steps_per_command = 1,
                                      .width = 200.0,
                                      .height = 100.5,
                                      .restitution = 0.75f};
}

static void fill_world(struct lq_world *world, uint32_t bodies, uint32_t agents)
{
    lq_world_clear(world);
    for (uint32_t index = 0; index < bodies; index++) {
        uint32_t body = lq_world_add_body(world, (uint8_t)index, 1.5 + index, 2.25 * index,
                                          0.5f + 0.125f * (float)(index % 8));
        world->angle[body] = -(int32_t)index * 1000;
        world->vx[body] = 0.5f * (float)index;
        world->vy[body] = -1.0f - (float)index;
        world->spin[body] = 0.0625f;
        world->thrust_x[body] = 3.0f;
        world->thrust_y[body] = 0.0f;
    }
    for (uint32_t index = 0; index < agents; index++) {
        enum lq_result result =
            lq_world_set_agent(world, 2 * index + 1, (uint8_t)(1 + index % LQ_BEHAVIOR_LAST),
                               index % 2 == 0 ? 0 : 1, 2.0f);
        LQ_ASSERT(result == LQ_OK);
    }
    if (bodies > 0) {
        world->player_count = 1;
        world->player_client[0] = client_of(1);
        world->player_body[0] = 1;
    }
}

static void fill_command(struct lq_command *command, uint32_t index)
{
    *command = (struct lq_command){.client = client_of(1 + index),
                                   .sequence = 7 + index,
                                   .kind = (uint8_t)(1 + (index + 4) % LQ_COMMAND_KIND_LAST),
                                   .outcome = LQ_OUTCOME_PENDING,
                                   .vx = 1.5f,
                                   .vy = -2.0f};
    if (command->kind == LQ_COMMAND_CUSTOM) {
        command->custom = lq_view_of("custom \0 bytes", 14);
    }
    if (index % 4 == 1) {
        command->letter_id = 99;
        command->outcome = LQ_OUTCOME_REFUSED;
        snprintf(command->reason, sizeof command->reason, "radius: not above 0 (\xc3\xa9)");
    }
    if (index % 4 == 2) {
        command->outcome = LQ_OUTCOME_DUPLICATE;
        command->duplicate_of_frame = 40;
        command->x = 1.0;
        command->y = 2.0;
        command->radius = 0.5f;
        command->body_kind = 200;
        command->behavior = 2;
        command->target_id = 5;
        command->strength = 4.0f;
        command->body_id = 3;
    }
}

void lq_wire_sample_tick(struct lq_tick *to, uint32_t bodies, uint32_t agents, uint32_t commands,
                         uint32_t windows)
{
    lq_tick_clear(to);
    snprintf(to->tenant, sizeof to->tenant, "demo");
    snprintf(to->session, sizeof to->session, "arena-%04u", 17u);
    to->frame = 42;
    to->steps = 1;
    to->step_count = 41;
    to->missed_count = 3;
    to->wall_time_ns = UINT64_C(1790000000000000000);
    for (uint32_t index = 0; index < 32; index++) {
        to->pipeline_hash[index] = (uint8_t)(index + 1);
    }
    to->config = config_of();
    const char *names[] = {"load", "physics", "ai"};
    for (uint32_t index = 0; index < 3; index++) {
        enum lq_result result = lq_tick_add_stage(to, names[index], 1);
        LQ_ASSERT(result == LQ_OK);
    }
    to->command_count = commands;
    for (uint32_t index = 0; index < commands; index++) {
        fill_command(&to->commands[index], index);
    }
    to->windows.count = windows;
    for (uint32_t index = 0; index < windows; index++) {
        to->windows.entries[index] =
            (struct lq_client_window){client_of(1 + index), 6 + index, 0x3f, 41};
    }
    fill_world(&to->world, bodies, agents);
}

void lq_wire_sample_dispatch(struct lq_dispatch *dispatch, uint32_t count)
{
    static struct lq_dispatch_item items[LQ_BATCH_ITEMS_MAX];
    static char sessions[LQ_BATCH_ITEMS_MAX][24];

    *dispatch = (struct lq_dispatch){
        .epoch = 5, .batch = 77, .item_timeout_ms = 900, .item_count = count, .items = items};
    for (uint32_t index = 0; index < count; index++) {
        snprintf(sessions[index], sizeof sessions[index], "arena-%04u", index);
        items[index] = (struct lq_dispatch_item){.execution = 1000 + index,
                                                 .lease = 1 + index % 3,
                                                 .kind = LQ_EXECUTION_TICK,
                                                 .flags = index % 2,
                                                 .payload_bytes = 1500 + index,
                                                 .names = {text("demo"), text(sessions[index])}};
    }
}

void lq_wire_sample_result(struct lq_result_batch *batch, uint32_t count,
                           uint32_t outcomes_per_item)
{
    static struct lq_result_item items[LQ_BATCH_ITEMS_MAX];
    static struct lq_outcome_entry outcomes[LQ_BATCH_ITEMS_MAX * LQ_COMMANDS_PER_TICK_MAX];

    *batch = (struct lq_result_batch){.epoch = 5,
                                      .batch = 77,
                                      .service_us = 1234,
                                      .last = true,
                                      .item_count = count,
                                      .items = items};
    for (uint32_t index = 0; index < count * outcomes_per_item; index++) {
        outcomes[index] = (struct lq_outcome_entry){.outcome = LQ_OUTCOME_APPLIED};
    }
    for (uint32_t index = 0; index < count; index++) {
        items[index] = (struct lq_result_item){.execution = 1000 + index,
                                               .lease = 1 + index % 3,
                                               .verdict = LQ_ITEM_DONE,
                                               .payload_bytes = index,
                                               .frame = 42,
                                               .outcome_count = outcomes_per_item,
                                               .outcomes = outcomes + index * outcomes_per_item};
        memset(items[index].hash, (int)(index & 0x7f) + 1, sizeof items[index].hash);
    }
}

/* A pair of functions for every message whose codec has the usual form. `make` returns the sample.
 */
#define SAMPLE(name)                                                                               \
    static enum lq_result encode_##name(uint8_t *to, size_t bytes_max, size_t *written)            \
    {                                                                                              \
        return lq_##name##_encode(make_##name(), to, bytes_max, written);                          \
    }                                                                                              \
    static enum lq_result again_##name(struct lq_view message, struct lq_arena *arena,             \
                                       uint8_t *to, size_t bytes_max, size_t *written,             \
                                       const char **where)                                         \
    {                                                                                              \
        static struct lq_##name decoded;                                                           \
        enum lq_result result = lq_##name##_decode(message, arena, &decoded, where);               \
        return result == LQ_OK ? lq_##name##_encode(&decoded, to, bytes_max, written) : result;    \
    }

static const struct lq_tick *make_tick(void)
{
    lq_wire_sample_tick(&tick, 3, 2, 4, 2);
    lq_tick_emit(&tick, "PlayerJoined", 1, &(struct lq_client_id){{1, 2, 3}});
    tick.world.tenant_bytes_count = 5;
    memcpy(tick.world.tenant_bytes, "hello", 5);
    return &tick;
}
SAMPLE(tick)

static const struct lq_tick_request *make_tick_request(void)
{
    tick_request = (struct lq_tick_request){
        .steps = 1, .missed = 2, .wall_time_ns = 1790000000, .command_count = 3};
    memset(tick_request.pipeline_hash, 0xab, sizeof tick_request.pipeline_hash);
    const char *bodies[] = {"\x08\x02", "", "not a command"};
    for (uint32_t index = 0; index < 3; index++) {
        tick_request.clients[index] = client_of(index);
        tick_request.sequences[index] = 1 + index;
        tick_request.letter_ids[index] = index == 2 ? 12 : 0;
        tick_request.bodies[index] = text(bodies[index]);
    }
    return &tick_request;
}
SAMPLE(tick_request)

static const struct lq_command *make_command(void)
{
    static struct lq_command command;

    fill_command(&command, 2);
    command.kind = LQ_COMMAND_SPAWN;
    return &command;
}
SAMPLE(command)

static const struct lq_world *make_world(void)
{
    static struct lq_world world;

    fill_world(&world, 4, 2);
    return &world;
}
SAMPLE(world)

static const struct lq_ready *make_ready(void)
{
    static const struct lq_ready ready = {.epoch = 5,
                                          .stage = "persist",
                                          .version = 1,
                                          .partition_count = 2,
                                          .partitions = {0, 300},
                                          .instance = "persist-1",
                                          .pid = 4711,
                                          .credit = 2,
                                          .items_max = 256,
                                          .bytes_max = 1048576,
                                          .suspect = {4, 1234567},
                                          .writer_epoch = 9};
    return &ready;
}
SAMPLE(ready)

static const struct lq_dispatch *make_dispatch(void)
{
    static struct lq_dispatch dispatch;

    lq_wire_sample_dispatch(&dispatch, 3);
    dispatch.items[1].kind = LQ_EXECUTION_CREATE_TENANT;
    dispatch.items[1].names.session = text("");
    return &dispatch;
}
SAMPLE(dispatch)

/* As version 1 began. */
static const struct lq_resolve *make_resolve(void)
{
    static struct lq_resolve_item items[2];
    static const struct lq_resolve resolve = {.epoch = 6, .item_count = 2, .items = items};

    items[0] =
        (struct lq_resolve_item){{5, 100}, 43, LQ_EXECUTION_TICK, {text("demo"), text("a")}, 0};
    items[1] = (struct lq_resolve_item){
        {5, 101}, 0, LQ_EXECUTION_CREATE_TENANT, {text("new"), text("")}, 0};
    return &resolve;
}
SAMPLE(resolve)

/* With what its answer repeats, and the fence. */
static enum lq_result encode_question(uint8_t *to, size_t bytes_max, size_t *written)
{
    struct lq_resolve question = *make_resolve();

    question.fence = 9;
    question.items[0].lease = 3;
    question.items[1].lease = 1;
    return lq_resolve_encode(&question, to, bytes_max, written);
}
#define again_question again_resolve

static const struct lq_paused *make_paused(void)
{
    static struct lq_paused paused;

    paused = (struct lq_paused){.epoch = 5, .paused = true, .reason = text("disk full")};
    return &paused;
}
SAMPLE(paused)

static enum lq_result encode_retiring(uint8_t *to, size_t bytes_max, size_t *written)
{
    struct lq_paused message = {
        .epoch = 5, .paused = true, .retiring = true, .reason = text("retiring")};

    return lq_paused_encode(&message, to, bytes_max, written);
}
#define again_retiring again_paused

static const struct lq_welcome *make_welcome(void)
{
    static const struct lq_welcome welcome = {
        5, 1024, 262144, 64, {NULL, 0}, {(const uint8_t *)"0123456789abcdef", 16}};
    return &welcome;
}
SAMPLE(welcome)

static enum lq_result encode_not_welcome(uint8_t *to, size_t bytes_max, size_t *written)
{
    struct lq_welcome message = {.refused = text("CLIENT_QUOTA: too many connections")};

    return lq_welcome_encode(&message, to, bytes_max, written);
}
#define again_not_welcome again_welcome

static const struct lq_submit *make_submit(void)
{
    static struct lq_submit_command commands[2];
    static struct lq_submit submit;

    commands[0] = (struct lq_submit_command){text("arena-0001"), 1, 71, 11};
    commands[1] = (struct lq_submit_command){text("arena-0002"), 9, 72, 300};
    submit = (struct lq_submit){5, client_of(3), text("demo"), 2, commands, 0};
    return &submit;
}
SAMPLE(submit)

/* The same, said again after its tenant's quota was used up. */
static enum lq_result encode_submit_again(uint8_t *to, size_t bytes_max, size_t *written)
{
    struct lq_submit message = *make_submit();

    message.round = 3;
    return lq_submit_encode(&message, to, bytes_max, written);
}
#define again_submit_again again_submit

static const struct lq_receipt *make_receipt(void)
{
    static struct lq_receipt_answer answers[4];
    static const struct lq_receipt receipt = {5, 4, answers};

    answers[0] = (struct lq_receipt_answer){.tag = 71, .outcome = LQ_OUTCOME_APPLIED, .frame = 42};
    memset(answers[0].hash, 0x5a, sizeof answers[0].hash);
    answers[1] = (struct lq_receipt_answer){
        .tag = 72, .outcome = LQ_OUTCOME_REFUSED, .frame = 42, .reason = text("radius: too big")};
    answers[2] =
        (struct lq_receipt_answer){.tag = 73, .outcome = LQ_OUTCOME_DEAD_LETTERED, .letter_id = 8};
    answers[3] = (struct lq_receipt_answer){
        .tag = 74, .outcome = LQ_OUTCOME_UNUSED, .reason = text("MAILBOX_FULL")};
    return &receipt;
}
SAMPLE(receipt)

/* A run: one answer for the commands of a SUBMIT from the one tag to the other. */
static enum lq_result encode_run(uint8_t *to, size_t bytes_max, size_t *written)
{
    struct lq_receipt_answer answer = {.tag = 71,
                                       .outcome = LQ_OUTCOME_UNUSED,
                                       .reason = text("TENANT_QUOTA: commands/s"),
                                       .last_tag = 90,
                                       .again_ms = 40};
    struct lq_receipt message = {5, 1, &answer};

    return lq_receipt_encode(&message, to, bytes_max, written);
}
#define again_run again_receipt

static const struct lq_frame_notice *make_frame_notice(void)
{
    static struct lq_frame_notice notice;

    notice = (struct lq_frame_notice){
        .epoch = 5, .frame = 42, .steps = 1, .command_count = 2, .tag = 11};
    memset(notice.hash, 0x77, sizeof notice.hash);
    return &notice;
}
SAMPLE(frame_notice)

static const struct lq_watch_request *make_watch_request(void)
{
    static struct lq_watch_request request;

    request = (struct lq_watch_request){
        .tag = 11, .names = {text("demo"), text("arena-0017")}, .world = true};
    return &request;
}
SAMPLE(watch_request)

static const struct lq_watching *make_watching(void)
{
    static struct lq_watching watching;

    watching = (struct lq_watching){
        .epoch = 5, .tag = 11, .result = LQ_ERR_FULL, .message = text("as many as may be")};
    return &watching;
}
SAMPLE(watching)

static const struct lq_admin_request *make_admin_request(void)
{
    static uint8_t world[4096];
    static const uint64_t ids[] = {3, 5, 8};
    static struct lq_admin_request request;
    size_t bytes = 0;

    enum lq_result result = lq_world_encode(make_world(), world, sizeof world, &bytes);
    LQ_ASSERT(result == LQ_OK);
    request = (struct lq_admin_request){.epoch = 5,
                                        .tag = 6,
                                        .client = client_of(4),
                                        .kind = LQ_ADMIN_CREATE_SESSION,
                                        .tenant = text("demo"),
                                        .session = text("arena-0001"),
                                        .stage = text("physics"),
                                        .error = text("Physics.Diverged"),
                                        .after = text("arena-0000"),
                                        .after_letter = 2,
                                        .count_max = 256,
                                        .dry_run = true,
                                        .all = true,
                                        .letter_id_count = 3,
                                        .letter_ids = ids,
                                        .has_config = true,
                                        .config = config_of(),
                                        .world = lq_view_of(world, bytes)};
    return &request;
}
SAMPLE(admin_request)

static enum lq_result encode_quota_request(uint8_t *to, size_t bytes_max, size_t *written)
{
    struct lq_admin_request request = {
        .epoch = 5,
        .tag = 7,
        .client = client_of(4),
        .kind = LQ_ADMIN_SET_QUOTA,
        .tenant = text("demo"),
        .has_quota = true,
        .quota = {
            .given = 1u << LQ_QUOTA_COMMANDS | 1u << LQ_QUOTA_LETTERS | 1u << LQ_QUOTA_WEIGHT,
            .to = {.own = 1u << LQ_QUOTA_COMMANDS | 1u << LQ_QUOTA_LETTERS,
                   .limits = {[LQ_QUOTA_COMMANDS] = 100, [LQ_QUOTA_LETTERS] = LQ_QUOTA_NO_LIMIT}}}};

    return lq_admin_request_encode(&request, to, bytes_max, written);
}
#define again_quota_request again_admin_request

static const struct lq_letter *make_letter(void)
{
    struct lq_letter *letter = &letters[0];

    *letter = (struct lq_letter){.id = 8,
                                 .state = LQ_LETTER_REDRIVING,
                                 .round = 1,
                                 .tenant = text("demo"),
                                 .session = text("arena-0001"),
                                 .stage = text("physics"),
                                 .version = 1,
                                 .error = text("Physics.Diverged"),
                                 .cause = text("a body left the world"),
                                 .tries = 3,
                                 .first_wall_ns = 1000,
                                 .last_wall_ns = 2000,
                                 .command_count = 1,
                                 .payload = text("payload of the stage"),
                                 .payload_bytes = 20,
                                 .steps = 1,
                                 .done_frame = 44,
                                 .parked = true,
                                 .kind = LQ_EXECUTION_TICK};
    letter->commands[0] = (struct lq_letter_command){client_of(3), 9, text("\x08\x02")};
    return letter;
}
SAMPLE(letter)

static void fill_status(void)
{
    status = (struct lq_status){.epoch = 5,
                                .pid = 77,
                                .uptime_ms = 123456,
                                .version = text("0.1.0"),
                                .stage_count = 1,
                                .actor_count = 2};
    status.stages[0] = (struct lq_stage_status){
        text("physics"), text("lq:physics"), 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14};
    status.actors[0] = (struct lq_actor_status){text("physics-1"),
                                                text("physics"),
                                                text(""),
                                                1,
                                                4711,
                                                LQ_ACTOR_READY,
                                                1,
                                                2,
                                                1000,
                                                15,
                                                false,
                                                {0}};
    status.actors[1] = (struct lq_actor_status){text("persist-1"),
                                                text("persist"),
                                                text("disk full"),
                                                1,
                                                4712,
                                                LQ_ACTOR_PAUSED,
                                                0,
                                                2,
                                                9,
                                                8,
                                                false,
                                                {0}};
    uint64_t *counters = &status.ticks_committed;
    for (uint32_t index = 0; index < 8; index++) {
        counters[index] = 101 + index;
    }
    status.letters_open = 15;
    status.sessions_resident = 16;
    status.sessions_live = 17;
    status.sessions_parked = 18;
    status.executions_open = 19;
    status.payload_bytes = 20;
    status.missed_ticks = 21;
    status.lateness_p50_us = 22;
    status.lateness_p99_us = 23;
    status.mailbox_commands = 24;
    status.stale_results = 25;
    status.resends = 26;
}

static const struct lq_admin_reply *make_admin_reply(void)
{
    static struct lq_tenant_entry tenants[1];
    static struct lq_session_entry sessions[2];
    static struct lq_admin_reply reply;

    tenants[0] = (struct lq_tenant_entry){.name = text("demo"), .number = 3};
    sessions[0] = (struct lq_session_entry){.tenant = text("demo"), .name = text("arena-0001")};
    sessions[1] = (struct lq_session_entry){.tenant = text("demo"),
                                            .name = text("arena-0002"),
                                            .frame = 42,
                                            .record_count = 43,
                                            .has_config = true,
                                            .config = config_of(),
                                            .body_count = 20,
                                            .agent_count = 10,
                                            .player_count = 1,
                                            .client_count = 2,
                                            .step_count = 41,
                                            .missed_count = 1};
    fill_status();
    letters[1] = *make_letter();
    letters[1].id = 9;
    reply = (struct lq_admin_reply){.tag = 6,
                                    .result = LQ_ERR_NOT_FOUND,
                                    .message = text("no such session"),
                                    .count = 2,
                                    .more = true,
                                    .tenant_count = 1,
                                    .tenants = tenants,
                                    .session_count = 2,
                                    .sessions = sessions,
                                    .letter_count = 2,
                                    .letters = letters,
                                    .status = &status};
    return &reply;
}
SAMPLE(admin_reply)

static struct lq_tenant_load load_of(const char *name)
{
    struct lq_tenant_load load = {.name = text(name),
                                  .resident = true,
                                  .weight = 2,
                                  .share_ppm = 3,
                                  .service_us = 4,
                                  .ticks = 5,
                                  .receipts = 6,
                                  .ticks_per_s = 7,
                                  .commands_per_s = 8,
                                  .wait_p50_us = 9,
                                  .wait_p99_us = 10,
                                  .debt_us = 11,
                                  .throttled_ticks = 12,
                                  .sessions = 13,
                                  .sessions_parked = 14,
                                  .quota_count = 2,
                                  .stage_count = 1,
                                  .reason_count = 2};

    load.quotas[0] = (struct lq_quota_use){text("commands/s"), true, 300, 310, 0, 12, 130};
    load.quotas[1] = (struct lq_quota_use){text("letters"), false, LQ_QUOTA_NO_LIMIT, 3, 0, 0, 0};
    load.stages[0] = (struct lq_stage_load){text("physics"), 20, 21};
    load.reasons[0] = text("commands/s: 300 of 300 used; the next in 130 ms");
    load.reasons[1] = text("1 session is parked");
    return load;
}

/* The answer to LIST_LOADS, and a status that has tenants. */
static enum lq_result encode_loads(uint8_t *to, size_t bytes_max, size_t *written)
{
    static struct lq_tenant_load loads[2];
    static struct lq_status small = {.epoch = 5, .tenants_resident = 40, .tenant_count = 1};
    struct lq_admin_reply message = {
        .tag = 6, .status = &small, .load_count = 2, .loads = loads, .more = true};

    loads[0] = load_of("demo");
    loads[1] = (struct lq_tenant_load){.name = text("idle"), .weight = 1};
    small.tenants[0] = load_of("first");
    small.tenants[0].reason_count = 0;
    return lq_admin_reply_encode(&message, to, bytes_max, written);
}
#define again_loads again_admin_reply
static enum lq_result encode_quota_reply(uint8_t *to, size_t bytes_max, size_t *written)
{
    struct lq_admin_reply reply = {
        .tag = 7,
        .has_quota = true,
        .quota = {.own = 1u << LQ_QUOTA_COMMANDS | 1u << LQ_QUOTA_LETTERS,
                  .limits = {100, LQ_QUOTA_NO_LIMIT, 8192, LQ_QUOTA_NO_LIMIT, 50000, 1u << 28,
                             LQ_QUOTA_NO_LIMIT, 1}}};

    return lq_admin_reply_encode(&reply, to, bytes_max, written);
}
#define again_quota_reply again_admin_reply

static enum lq_result encode_result(uint8_t *to, size_t bytes_max, size_t *written)
{
    struct lq_result_batch batch;

    lq_wire_sample_result(&batch, 3, 2);
    batch.items[1].verdict = LQ_ITEM_FAILED;
    batch.items[1].error = text("Physics.Diverged");
    batch.items[1].cause = text("a body left the world");
    batch.items[1].command_at_fault = 2;
    batch.items[2].outcomes[0].outcome = LQ_OUTCOME_DUPLICATE;
    batch.items[2].outcomes[0].frame = 40;
    batch.items[2].outcomes[1].outcome = LQ_OUTCOME_REFUSED;
    batch.items[2].outcomes[1].reason = text("radius: not above 0");
    return lq_result_batch_encode(LQ_MESSAGE_RESULT, &batch, to, bytes_max, written);
}

static enum lq_result again_result(struct lq_view message, struct lq_arena *arena, uint8_t *to,
                                   size_t bytes_max, size_t *written, const char **where)
{
    struct lq_result_batch batch;
    enum lq_result result = lq_result_batch_decode(message, arena, &batch, where);

    return result != LQ_OK
               ? result
               : lq_result_batch_encode(LQ_MESSAGE_RESULT, &batch, to, bytes_max, written);
}

static enum lq_result encode_heartbeat(uint8_t *to, size_t bytes_max, size_t *written)
{
    struct lq_heartbeat beat = {.epoch = 5};

    return lq_heartbeat_encode(LQ_MESSAGE_HEARTBEAT, &beat, to, bytes_max, written);
}

/* An actor's, which tells what it holds. */
static enum lq_result encode_holding(uint8_t *to, size_t bytes_max, size_t *written)
{
    struct lq_heartbeat beat = {.epoch = 5,
                                .tells = true,
                                .newest_batch = 8,
                                .batch_count = 2,
                                .batches = {7, 8},
                                .paused = true,
                                .reason = lq_view_text("disk full")};

    return lq_heartbeat_encode(LQ_MESSAGE_HEARTBEAT, &beat, to, bytes_max, written);
}

static enum lq_result again_heartbeat(struct lq_view message, struct lq_arena *arena, uint8_t *to,
                                      size_t bytes_max, size_t *written, const char **where)
{
    struct lq_heartbeat beat;
    enum lq_result result = lq_heartbeat_decode(message, arena, &beat, where);

    return result != LQ_OK
               ? result
               : lq_heartbeat_encode(LQ_MESSAGE_HEARTBEAT, &beat, to, bytes_max, written);
}

static enum lq_result encode_hello(uint8_t *to, size_t bytes_max, size_t *written)
{
    struct lq_client_id client = client_of(6);

    return lq_hello_encode(&client, to, bytes_max, written);
}

static enum lq_result again_hello(struct lq_view message, struct lq_arena *arena, uint8_t *to,
                                  size_t bytes_max, size_t *written, const char **where)
{
    struct lq_client_id client;
    enum lq_result result = lq_hello_decode(message, arena, &client, where);

    return result != LQ_OK ? result : lq_hello_encode(&client, to, bytes_max, written);
}

#define again_holding again_heartbeat

#define ROW(name, family, kind, descriptor)                                                        \
    {                                                                                              \
#name, family, kind, &ledgerquest__v1__##descriptor##__descriptor, encode_##name,          \
            again_##name                                                                           \
    }

const struct lq_wire_sample lq_wire_samples[] = {
    ROW(tick, LQ_WIRE_TICK, 0, tick),
    ROW(tick_request, LQ_WIRE_TICK, 0, tick_request),
    ROW(command, LQ_WIRE_TICK, 0, command),
    ROW(world, LQ_WIRE_TICK, 0, world),
    ROW(ready, LQ_WIRE_ACTOR, LQ_MESSAGE_READY, ready),
    ROW(result, LQ_WIRE_ACTOR, LQ_MESSAGE_RESULT, result),
    ROW(placed_result, LQ_WIRE_ACTOR, LQ_MESSAGE_RESULT, result),
    ROW(paused, LQ_WIRE_ACTOR, LQ_MESSAGE_PAUSED, paused),
    ROW(retiring, LQ_WIRE_ACTOR, LQ_MESSAGE_PAUSED, paused),
    ROW(heartbeat, LQ_WIRE_ACTOR, LQ_MESSAGE_HEARTBEAT, heartbeat),
    ROW(holding, LQ_WIRE_ACTOR, LQ_MESSAGE_HEARTBEAT, heartbeat),
    ROW(welcome, LQ_WIRE_ACTOR, LQ_MESSAGE_WELCOME, welcome),
    ROW(not_welcome, LQ_WIRE_ACTOR, LQ_MESSAGE_WELCOME, welcome),
    ROW(dispatch, LQ_WIRE_ACTOR, LQ_MESSAGE_DISPATCH, dispatch),
    ROW(resolve, LQ_WIRE_ACTOR, LQ_MESSAGE_RESOLVE, resolve),
    ROW(question, LQ_WIRE_ACTOR, LQ_MESSAGE_RESOLVE, resolve),
    ROW(hello, LQ_WIRE_CLIENT, LQ_MESSAGE_HELLO, hello),
    ROW(submit, LQ_WIRE_CLIENT, LQ_MESSAGE_SUBMIT, submit),
    ROW(submit_again, LQ_WIRE_CLIENT, LQ_MESSAGE_SUBMIT, submit),
    ROW(receipt, LQ_WIRE_CLIENT, LQ_MESSAGE_RECEIPT, receipt),
    ROW(run, LQ_WIRE_CLIENT, LQ_MESSAGE_RECEIPT, receipt),
    ROW(frame_notice, LQ_WIRE_CLIENT, LQ_MESSAGE_FRAME, frame_notice),
    ROW(watch_request, LQ_WIRE_CLIENT, LQ_MESSAGE_WATCH, watch_request),
    ROW(watching, LQ_WIRE_CLIENT, LQ_MESSAGE_WATCHING, watching),
    ROW(admin_request, LQ_WIRE_ADMIN, LQ_MESSAGE_ADMIN, admin_request),
    ROW(admin_reply, LQ_WIRE_ADMIN, LQ_MESSAGE_ADMIN_REPLY, admin_reply),
    ROW(loads, LQ_WIRE_ADMIN, LQ_MESSAGE_ADMIN_REPLY, admin_reply),
    ROW(quota_request, LQ_WIRE_ADMIN, LQ_MESSAGE_ADMIN, admin_request),
    ROW(quota_reply, LQ_WIRE_ADMIN, LQ_MESSAGE_ADMIN_REPLY, admin_reply),
    ROW(cursor_request, LQ_WIRE_ADMIN, LQ_MESSAGE_ADMIN, admin_request),
    ROW(feed_reply, LQ_WIRE_ADMIN, LQ_MESSAGE_ADMIN_REPLY, admin_reply),
    ROW(telling_request, LQ_WIRE_ADMIN, LQ_MESSAGE_ADMIN, admin_request),
    ROW(telling_reply, LQ_WIRE_ADMIN, LQ_MESSAGE_ADMIN_REPLY, admin_reply),
    ROW(mirror_report, LQ_WIRE_ADMIN, LQ_MESSAGE_ADMIN, admin_request),
    ROW(mirror_orders, LQ_WIRE_ADMIN, LQ_MESSAGE_ADMIN_REPLY, admin_reply),
    ROW(mirror_state, LQ_WIRE_ADMIN, LQ_MESSAGE_ADMIN_REPLY, admin_reply),
    ROW(durability, LQ_WIRE_ADMIN, LQ_MESSAGE_ADMIN, admin_request),
    ROW(letter, LQ_WIRE_ADMIN, 0, letter),
    ROW(play, LQ_WIRE_CLIENT, 0, play),
    ROW(tailed_result, LQ_WIRE_ACTOR, LQ_MESSAGE_RESULT, result),
    ROW(counting, LQ_WIRE_ACTOR, LQ_MESSAGE_HEARTBEAT, heartbeat),
    ROW(watch_play, LQ_WIRE_CLIENT, LQ_MESSAGE_WATCH, watch_request),
    ROW(marker, LQ_WIRE_CLIENT, LQ_MESSAGE_WATCHING, watching),
    ROW(play_notice, LQ_WIRE_CLIENT, LQ_MESSAGE_FRAME, frame_notice),
    ROW(counted, LQ_WIRE_ADMIN, LQ_MESSAGE_ADMIN_REPLY, admin_reply),
    ROW(read_request, LQ_WIRE_ADMIN, LQ_MESSAGE_ADMIN, admin_request),
    ROW(read_reply, LQ_WIRE_ADMIN, LQ_MESSAGE_ADMIN_REPLY, admin_reply),
    ROW(window_request, LQ_WIRE_ADMIN, LQ_MESSAGE_ADMIN, admin_request),
    ROW(window_reply, LQ_WIRE_ADMIN, LQ_MESSAGE_ADMIN_REPLY, admin_reply),
    ROW(attended, LQ_WIRE_ADMIN, LQ_MESSAGE_ADMIN, admin_request),
    ROW(history_request, LQ_WIRE_ADMIN, LQ_MESSAGE_ADMIN, admin_request),
    ROW(history_reply, LQ_WIRE_ADMIN, LQ_MESSAGE_ADMIN_REPLY, admin_reply),
    ROW(find_request, LQ_WIRE_ADMIN, LQ_MESSAGE_ADMIN, admin_request),
    ROW(find_reply, LQ_WIRE_ADMIN, LQ_MESSAGE_ADMIN_REPLY, admin_reply),
    ROW(change_request, LQ_WIRE_ADMIN, LQ_MESSAGE_ADMIN, admin_request),
    ROW(life_reply, LQ_WIRE_ADMIN, LQ_MESSAGE_ADMIN_REPLY, admin_reply),
    ROW(rate_request, LQ_WIRE_TICK, 0, tick_request),
};
const size_t lq_wire_sample_count = sizeof lq_wire_samples / sizeof lq_wire_samples[0];

struct lq_view lq_wire_sample_message(const struct lq_wire_sample *sample, struct lq_view part)
{
    size_t framing = sample->kind != 0 ? LQ_FRAMING_BYTES : 0;

    LQ_ASSERT(part.bytes >= framing);
    return lq_view_of(part.data + framing, part.bytes - framing);
}
