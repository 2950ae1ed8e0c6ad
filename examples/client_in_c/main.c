// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* lq-players: players of one world, each a client of its own, and a watch of its frames, all served
 * by one thread. Built with nothing but liblqclient.
 *
 *     lq-players CONFIG TENANT/SESSION PLAYERS SECONDS
 *
 * Each player joins, changes its thrust ten times a second, and leaves. The program ends with 0
 * when every command got its receipt. */
#include <inttypes.h>
#include <ledgerquest/client.h>
#include <ledgerquest/watch.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define PLAYERS_MAX 100u
#define ACT_EVERY_NS UINT64_C(100000000)
#define LEAVE_NS UINT64_C(5000000000) /* how long the last receipts may take */
#define NS_PER_MS UINT64_C(1000000)
#define NS_PER_S UINT64_C(1000000000)

struct player {
    lq_client_t *client;
    uint32_t handle;
    uint64_t act_at_ns;
};

struct game {
    char runtime_dir[LQ_CLIENT_RUNTIME_DIR_BYTES];
    char tenant[LQ_TENANT_NAME_BYTES_MAX + 1];
    char session[LQ_SESSION_NAME_BYTES_MAX + 1];
    uint32_t player_count;
    struct player players[PLAYERS_MAX];
    lq_watch_t *watch;
    uint64_t submitted, applied, not_applied, frames, slowest_ns;
    uint32_t bodies_max;
    struct lq_world world; /* of the newest frame */
};

static uint64_t now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * NS_PER_S + (uint64_t)time.tv_nsec;
}

static void take_receipt(void *context, const struct lq_client_receipt *receipt)
{
    struct game *game = context;

    if (receipt->outcome == LQ_OUTCOME_APPLIED || receipt->outcome == LQ_OUTCOME_DUPLICATE) {
        game->applied++;
    } else {
        game->not_applied++;
        fprintf(stderr, "%s: %s: %.*s\n", receipt->session,
                lq_outcome_name((uint8_t)receipt->outcome), (int)receipt->reason.bytes,
                (const char *)receipt->reason.data);
    }
    if (receipt->latency_ns > game->slowest_ns) {
        game->slowest_ns = receipt->latency_ns;
    }
}

static void submit(struct game *game, const struct player *player, const struct lq_command *command)
{
    char reason[LQ_REASON_BYTES_MAX] = "too many commands without a receipt";
    uint64_t sequence;

    if (lq_client_submit(player->client, player->handle, command, NULL, &sequence, reason) !=
        LQ_OK) {
        fprintf(stderr, "not sent: %s\n", reason);
        return;
    }
    game->submitted++;
}

static void join(struct game *game, uint32_t index)
{
    const struct lq_command command = {
        .kind = LQ_COMMAND_JOIN, .x = 2 + index % 10, .y = 2 + index / 10, .radius = 0.25f};

    submit(game, &game->players[index], &command);
}

static void change_thrust(struct game *game, const struct player *player)
{
    const struct lq_command command = {.kind = LQ_COMMAND_SET_THRUST,
                                       .vx = (float)(game->submitted % 5) - 2,
                                       .vy = (float)(game->submitted % 7) - 3};

    submit(game, player, &command);
}

static bool connect_all(struct game *game, struct lq_error_message *message)
{
    const struct lq_client_options client = {.runtime_dir = game->runtime_dir,
                                             .tenant = game->tenant,
                                             .on_receipt = take_receipt,
                                             .context = game,
                                             .sessions_max = 1,
                                             .outstanding_max = LQ_CLIENT_WINDOW};
    const struct lq_watch_options watch = {.runtime_dir = game->runtime_dir,
                                           .tenant = game->tenant,
                                           .session = game->session,
                                           .with_world = true};

    for (uint32_t index = 0; index < game->player_count; index++) {
        struct player *player = &game->players[index];
        if (lq_client_new(&client, &player->client, message) != LQ_OK) {
            return false;
        }
        if (lq_client_session(player->client, game->session, 1, &player->handle) != LQ_OK) {
            lq_error_message_set(message, "%s is no name of a session", game->session);
            return false;
        }
    }
    return lq_watch_new(&watch, &game->watch, message) == LQ_OK;
}

static void disconnect_all(struct game *game)
{
    for (uint32_t index = 0; index < game->player_count; index++) {
        lq_client_destroy(&game->players[index].client);
    }
    lq_watch_destroy(&game->watch);
}

static void take_frames(struct game *game)
{
    struct lq_watch_frame frame;

    while (lq_watch_next(game->watch, &frame) == LQ_OK) {
        game->frames++;
        if (lq_watch_world(game->watch, &game->world) == LQ_OK &&
            game->world.body_count > game->bodies_max) {
            game->bodies_max = game->world.body_count;
        }
    }
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* Sleep until any of them has something to do or it is `until_ns`; then give each that has its
 * turn.
 */
static void serve(struct game *game, uint64_t until_ns)
{
    struct pollfd polled[PLAYERS_MAX + 1];
    uint64_t timers_ns[PLAYERS_MAX];
    uint64_t wake_ns = earlier(until_ns, lq_watch_next_timer_ns(game->watch));

    for (uint32_t index = 0; index < game->player_count; index++) {
        const lq_client_t *client = game->players[index].client;
        timers_ns[index] = lq_client_next_timer_ns(client);
        wake_ns = earlier(wake_ns, timers_ns[index]);
        polled[index] = (struct pollfd){.fd = lq_client_descriptor(client), .events = POLLIN};
    }
    polled[game->player_count] =
        (struct pollfd){.fd = lq_watch_descriptor(game->watch), .events = POLLIN};
    uint64_t now_ns = now();
    int wait_ms = wake_ns <= now_ns ? 0 : (int)((wake_ns - now_ns) / NS_PER_MS) + 1;
    poll(polled, game->player_count + 1, wait_ms);
    now_ns = now();
    for (uint32_t index = 0; index < game->player_count; index++) {
        if (polled[index].revents != 0 || timers_ns[index] <= now_ns) {
            lq_client_turn(game->players[index].client);
        }
    }
    take_frames(game);
}

static void play(struct game *game, uint64_t end_ns)
{
    for (uint32_t index = 0; index < game->player_count; index++) {
        join(game, index);
        game->players[index].act_at_ns = now() + ACT_EVERY_NS;
    }
    for (uint64_t now_ns = now(); now_ns < end_ns; now_ns = now()) {
        uint64_t wake_ns = end_ns;
        for (uint32_t index = 0; index < game->player_count; index++) {
            struct player *player = &game->players[index];
            if (player->act_at_ns <= now_ns) {
                change_thrust(game, player);
                player->act_at_ns = now_ns + ACT_EVERY_NS;
            }
            wake_ns = earlier(wake_ns, player->act_at_ns);
        }
        serve(game, wake_ns);
    }
}

static bool leave(struct game *game)
{
    const struct lq_command command = {.kind = LQ_COMMAND_LEAVE};
    uint64_t until_ns = now() + LEAVE_NS;

    for (uint32_t index = 0; index < game->player_count; index++) {
        submit(game, &game->players[index], &command);
    }
    while (game->applied + game->not_applied < game->submitted && now() < until_ns) {
        serve(game, until_ns);
    }
    return game->applied + game->not_applied == game->submitted;
}

static bool read_arguments(struct game *game, char **argv, struct lq_error_message *message)
{
    unsigned long count = strtoul(argv[3], NULL, 10);

    if (sscanf(argv[2], "%32[^/]/%64s", game->tenant, game->session) != 2) {
        lq_error_message_set(message, "%s is not TENANT/SESSION", argv[2]);
        return false;
    }
    if (count < 1 || count > PLAYERS_MAX) {
        lq_error_message_set(message, "from 1 to %u players", PLAYERS_MAX);
        return false;
    }
    game->player_count = (uint32_t)count;
    return lq_client_runtime_dir(argv[1], game->runtime_dir, message) == LQ_OK;
}

int main(int argc, char **argv)
{
    static struct game game;
    struct lq_error_message message;

    if (argc != 5) {
        fputs("usage: lq-players CONFIG TENANT/SESSION PLAYERS SECONDS\n", stderr);
        return 2;
    }
    if (!read_arguments(&game, argv, &message) || !connect_all(&game, &message)) {
        fprintf(stderr, "lq-players: %s\n", message.text);
        disconnect_all(&game);
        return 2;
    }
    play(&game, now() + strtoul(argv[4], NULL, 10) * NS_PER_S);
    bool all = leave(&game);
    printf("%u players, %u bodies at most\n", game.player_count, game.bodies_max);
    printf("%" PRIu64 " commands, %" PRIu64 " applied, %" PRIu64 " not applied\n", game.submitted,
           game.applied, game.not_applied);
    printf("%" PRIu64 " frames seen, slowest receipt %.1f ms\n", game.frames,
           (double)game.slowest_ns / 1e6);
    disconnect_all(&game);
    return all && game.not_applied == 0 ? 0 : 1;
}
