// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* lq-players: players of one world, each a client of its own, and a watch of its frames, all on one
 * link that one thread serves. Built with nothing but liblqclient.
 *
 *     lq-players CONFIG TENANT/SESSION PLAYERS SECONDS
 *
 * Each player joins, changes its thrust ten times a second, and leaves. The program ends with 0
 * when every command got its receipt. */
#include <inttypes.h>
#include <ledgerquest/client.h>
#include <ledgerquest/watch.h>
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
    char tenant[LQ_TENANT_NAME_BYTES_MAX + 1];
    char session[LQ_SESSION_NAME_BYTES_MAX + 1];
    uint32_t player_count;
    struct player players[PLAYERS_MAX];
    lq_link_t *link;
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

static void take_frame(void *context, const struct lq_watch_frame *frame)
{
    struct game *game = context;

    game->frames++;
    if (lq_watch_world(game->watch, frame, &game->world) == LQ_OK &&
        game->world.body_count > game->bodies_max) {
        game->bodies_max = game->world.body_count;
    }
}

static bool connect_all(struct game *game, const char *config, struct lq_error_message *message)
{
    char runtime_dir[LQ_LINK_RUNTIME_DIR_BYTES];
    const struct lq_link_options link = {.runtime_dir = runtime_dir,
                                         .clients_max = game->player_count,
                                         .outstanding_max = game->player_count * LQ_CLIENT_WINDOW,
                                         .watches_max = 1};
    const struct lq_client_options client = {
        .tenant = game->tenant, .on_receipt = take_receipt, .context = game, .sessions_max = 1};
    const struct lq_watch_options watch = {.tenant = game->tenant,
                                           .session = game->session,
                                           .with_world = true,
                                           .on_frame = take_frame,
                                           .context = game};

    if (lq_link_runtime_dir(config, runtime_dir, message) != LQ_OK ||
        lq_link_open(&link, &game->link, message) != LQ_OK ||
        lq_watch_new(game->link, &watch, &game->watch, message) != LQ_OK) {
        return false;
    }
    for (uint32_t index = 0; index < game->player_count; index++) {
        struct player *player = &game->players[index];
        if (lq_client_new(game->link, &client, &player->client, message) != LQ_OK) {
            return false;
        }
        if (lq_client_session(player->client, game->session, 1, &player->handle) != LQ_OK) {
            lq_error_message_set(message, "%s is no name of a session", game->session);
            return false;
        }
    }
    return true;
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

/* Whatever comes until `until_ns`, for all players and the watch. */
static void serve(struct game *game, uint64_t until_ns)
{
    uint64_t now_ns = now();

    lq_link_wait(game->link,
                 until_ns > now_ns ? (uint32_t)((until_ns - now_ns) / NS_PER_MS) + 1 : 0);
    lq_link_turn(game->link);
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
            wake_ns = player->act_at_ns < wake_ns ? player->act_at_ns : wake_ns;
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
    while (lq_link_outstanding(game->link) > 0 && now() < until_ns) {
        serve(game, until_ns);
    }
    return lq_link_outstanding(game->link) == 0;
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
    return true;
}

int main(int argc, char **argv)
{
    static struct game game;
    struct lq_error_message message;

    if (argc != 5) {
        fputs("usage: lq-players CONFIG TENANT/SESSION PLAYERS SECONDS\n", stderr);
        return 2;
    }
    if (!read_arguments(&game, argv, &message) || !connect_all(&game, argv[1], &message)) {
        fprintf(stderr, "lq-players: %s\n", message.text);
        lq_link_close(&game.link);
        return 2;
    }
    play(&game, now() + strtoul(argv[4], NULL, 10) * NS_PER_S);
    bool all = leave(&game);
    printf("%u players, %u bodies at most\n", game.player_count, game.bodies_max);
    printf("%" PRIu64 " commands, %" PRIu64 " applied, %" PRIu64 " not applied\n", game.submitted,
           game.applied, game.not_applied);
    printf("%" PRIu64 " frames seen, slowest receipt %.1f ms\n", game.frames,
           (double)game.slowest_ns / 1e6);
    lq_link_close(&game.link);
    return all && game.not_applied == 0 ? 0 : 1;
}
