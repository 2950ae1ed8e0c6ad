// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* delta_sizes: how many bytes what changed takes, against whole contents.
 *
 * Run it from the build: build/obj/bench/delta_sizes [--ticks N] [--seed N] [--json]. Worlds of the
 * arena are played in this process by the stages that replay runs, with a bot's commands; each
 * frame is written as a content and as a delta, and the delta is read back and compared. Sizes
 * depend on the seed alone. Exit code 1: a delta did not give its content. */
#include "bench/command_line.h"
#include "examples/arena/arena_world.h"
#include "replay/replay.h"
#include "world/canonical.h"
#include "world/tick_delta.h"

#include <inttypes.h>
#include <stdlib.h>

struct options {
    uint64_t ticks, seed, json;
};

static const struct lq_option table[] = {
    {"ticks", LQ_OPTION_NUMBER, offsetof(struct options, ticks), "", 1, 1000000, "2000",
     "of each world"},
    {"seed", LQ_OPTION_NUMBER, offsetof(struct options, seed), "", 0, UINT32_MAX, "1",
     "of the worlds and the bot"},
    {"json", LQ_OPTION_NUMBER, offsetof(struct options, json), "flag", 0, 1, "0",
     "one JSON object on stdout"},
};

struct game {
    const char *name;
    uint32_t bodies, agents, rate;
    bool moves;      /* else all bodies are at rest when it begins */
    uint8_t command; /* one each tick; 0: none */
};

static const struct game games[] = {
    {"20 bodies, 10 agents, a command a tick", 20, 10, 10, true, LQ_COMMAND_APPLY_IMPULSE},
    {"20 bodies, 10 agents", 20, 10, 10, true, 0},
    {"20 bodies, no agents, a command a tick", 20, 0, 10, true, LQ_COMMAND_APPLY_IMPULSE},
    {"500 bodies, 100 agents, a command a tick", 500, 100, 10, true, LQ_COMMAND_SET_THRUST},
    {"20 bodies at rest, a custom command", 20, 0, 0, false, LQ_COMMAND_CUSTOM},
    {"20 bodies at rest, a push", 20, 0, 0, false, LQ_COMMAND_APPLY_IMPULSE},
    {"20 bodies at rest, a thrust", 20, 0, 0, false, LQ_COMMAND_SET_THRUST},
    {"2,000 bodies at rest, a push", 2000, 0, 0, false, LQ_COMMAND_APPLY_IMPULSE},
    {"20 bodies at rest, the grid alone", 20, 0, 10, false, 0},
};

struct tally {
    uint64_t contents, deltas; /* bytes in all */
    size_t delta_max;
    uint64_t keyframes; /* deltas larger than nine tenths of the content */
};

static struct lq_tick ticks[2], back, inputs;
static struct lq_tick_delta_scratch scratch;
static uint8_t content[LQ_TICK_BYTES_MAX], delta[LQ_TICK_BYTES_MAX + LQ_TICK_DELTA_BYTES_OVER];
static uint8_t again[LQ_TICK_BYTES_MAX];

static uint64_t draw(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

static double draw_between(uint64_t *state, double least, double most)
{
    return least + (most - least) * ((double)(draw(state) >> 11) * 0x1p-53);
}

static void begin_game(const struct game *game, uint64_t seed, struct lq_tick *tick)
{
    struct lq_arena_plan plan = {seed, game->bodies, game->agents, game->rate, 1};

    lq_tick_clear(tick);
    memcpy(tick->tenant, "demo", 5);
    memcpy(tick->session, "arena-00001", 12);
    lq_arena_world_config(&plan, 0, &tick->config);
    tick->wall_time_ns = UINT64_C(1793000000000000000);
    enum lq_result rc = lq_arena_world_make(&plan, &tick->config, &tick->world);
    LQ_ASSERT(rc == LQ_OK);
    for (uint32_t body = 0; !game->moves && body < tick->world.body_count; body++) {
        tick->world.vx[body] = tick->world.vy[body] = 0.0f;
    }
}

/* The bot of the arena: it joins, then pushes or thrusts. */
static void fill_command(const struct game *game, uint64_t number, uint64_t *random,
                         struct lq_command *command)
{
    static const uint8_t custom[16] = "move e2-e4";
    uint8_t kind = number == 1 ? LQ_COMMAND_JOIN : game->command;

    *command = (struct lq_command){.sequence = number, .kind = kind, .outcome = LQ_OUTCOME_PENDING};
    for (uint32_t byte = 0; byte < LQ_CLIENT_ID_BYTES; byte++) {
        command->client.bytes[byte] = (uint8_t)(17 * byte + 5);
    }
    command->x = draw_between(random, 1, 15);
    command->y = draw_between(random, 1, 15);
    command->radius = 0.5f;
    command->vx = (float)draw_between(random, -2, 2);
    command->vy = (float)draw_between(random, -2, 2);
    command->custom = lq_view_of(custom, sizeof custom);
}

/* What the broker would ask for: a grid tick up to a millisecond late, or one command's. */
static void fill_inputs(const struct game *game, const struct lq_tick *before, uint64_t *random)
{
    static const struct lq_stage_version stages[] = {
        {"load", 2}, {"physics", 2}, {"ai", 2}, {"persist", 1}};

    inputs.steps = game->rate == 0 ? before->config.steps_per_command : 1;
    inputs.missed_count = before->missed_count;
    inputs.wall_time_ns = UINT64_C(1793000000000000000) +
                          (before->frame + 1) * UINT64_C(100000000) + draw(random) % 1000000;
    memset(inputs.pipeline_hash, 7, sizeof inputs.pipeline_hash);
    inputs.config = before->config;
    inputs.stage_count = 4;
    memcpy(inputs.stages, stages, sizeof stages);
    inputs.command_count = game->command != 0;
    fill_command(game, before->frame + 1, random, &inputs.commands[0]);
}

/* The next frame by the stages, from the one before. */
static void play(const struct game *game, const struct lq_tick *before, struct lq_tick *tick,
                 uint64_t *random)
{
    const struct lq_stage_version *missing = NULL;

    fill_inputs(game, before, random);
    *tick = *before;
    enum lq_replay_verdict verdict = lq_replay_frame(tick, &inputs, &missing);
    LQ_ASSERT(verdict == LQ_REPLAY_RECOMPUTED);
}

/* False: the delta does not give the content. */
static bool measure(const struct lq_tick *before, const struct lq_tick *after, struct tally *tally)
{
    struct lq_tick_delta_room room = {delta, sizeof delta};
    const char *where = "";
    size_t content_bytes = 0;
    size_t delta_bytes = 0;
    size_t again_bytes = 0;

    if (lq_canonical_encode(after, content, sizeof content, &content_bytes) != LQ_OK ||
        lq_tick_delta_encode(before, after, &scratch, room, &delta_bytes) != LQ_OK) {
        return false;
    }
    if (lq_tick_delta_decode(lq_view_of(delta, delta_bytes), before, &back, &scratch, &where) !=
            LQ_OK ||
        lq_canonical_encode(&back, again, sizeof again, &again_bytes) != LQ_OK) {
        return false;
    }
    tally->contents += content_bytes;
    tally->deltas += delta_bytes;
    tally->delta_max = delta_bytes > tally->delta_max ? delta_bytes : tally->delta_max;
    tally->keyframes += delta_bytes * 10 > content_bytes * 9;
    return again_bytes == content_bytes && memcmp(content, again, content_bytes) == 0;
}

static bool run_game(const struct game *game, const struct options *options, struct tally *tally)
{
    uint64_t random = options->seed;

    *tally = (struct tally){0};
    begin_game(game, options->seed, &ticks[0]);
    /* The first frames are of who joins and of a pipeline that was not there before. */
    for (uint64_t frame = 1; frame <= options->ticks + 2; frame++) {
        struct lq_tick *before = &ticks[(frame - 1) % 2];
        struct lq_tick *after = &ticks[frame % 2];

        play(game, before, after, &random);
        if (frame > 2 && !measure(before, after, tally)) {
            fprintf(stderr, "delta_sizes: %s: frame %" PRIu64 " does not come back\n", game->name,
                    frame);
            return false;
        }
    }
    return true;
}

static void report(const struct game *game, const struct options *options,
                   const struct tally *tally, bool is_first)
{
    double ticks_count = (double)options->ticks;
    double content_mean = (double)tally->contents / ticks_count;
    double delta_mean = (double)tally->deltas / ticks_count;

    if (options->json != 0) {
        printf("%s{\"game\":\"%s\",\"content_bytes\":%.1f,\"delta_bytes\":%.1f,"
               "\"delta_bytes_max\":%zu,\"ratio\":%.3f,\"larger_than_nine_tenths\":%" PRIu64 "}",
               is_first ? "" : ",", game->name, content_mean, delta_mean, tally->delta_max,
               delta_mean / content_mean, tally->keyframes);
        return;
    }
    printf("%-42s %9.1f %9.1f %9zu %7.3f %6" PRIu64 "\n", game->name, content_mean, delta_mean,
           tally->delta_max, delta_mean / content_mean, tally->keyframes);
}

int main(int argc, char **argv)
{
    struct options options;
    struct tally tally;

    lq_command_line_read(argc, argv, "how many bytes the frames of the arena take as deltas.",
                         table, sizeof table / sizeof table[0], &options);
    if (options.json != 0) {
        printf("{\"ticks\":%" PRIu64 ",\"seed\":%" PRIu64 ",\"games\":[", options.ticks,
               options.seed);
    } else {
        printf("%-42s %9s %9s %9s %7s %6s\n", "bytes a frame", "content", "delta", "largest",
               "ratio", "> 0.9");
    }
    for (size_t index = 0; index < sizeof games / sizeof games[0]; index++) {
        if (!run_game(&games[index], &options, &tally)) {
            return EXIT_FAILURE;
        }
        report(&games[index], &options, &tally, index == 0);
    }
    if (options.json != 0) {
        printf("]}\n");
    }
    return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
