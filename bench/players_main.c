// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* lq-players: hundreds of players at a gateway in one thread, for bench/gateway. */
#include "base/alloc.h"
#include "base/clock.h"
#include "base/contract.h"
#include "bench/bench_player.h"
#include "bench/players_options.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

enum { EXIT_CONFIG = 78, EVENTS_MAX = 256, LINE_BYTES_MAX = 4096, COLD_COMMANDS = 10 };

#define JOIN_NS (60 * LQ_NS_PER_S)
#define ANSWER_NS (10 * LQ_NS_PER_S)
#define DRAIN_NS (2 * LQ_NS_PER_S)

struct crowd {
    const struct lq_players_options *options;
    struct lq_bench_player *players;
    char **lines; /* SESSION, NUL, TOKEN */
    uint32_t count;
    int epoll_fd;
    struct lq_player_tally tally;
    uint64_t skipped;            /* commands for which a player's window was full */
    uint64_t from_ns, acted;     /* of the pace */
    uint64_t clear_ns, until_ns; /* what is measured lies between */
    uint64_t cpu_ns;             /* up to clear_ns; then of what was measured */
};

static LQ_NORETURN void fail(const char *what, const char *why)
{
    fprintf(stderr, "lq-players: %s: %s\n", what, why);
    exit(EXIT_FAILURE);
}

static void read_file(struct crowd *crowd)
{
    char line[LINE_BYTES_MAX];
    FILE *file = fopen(crowd->options->players, "re");

    if (file == NULL) {
        fprintf(stderr, "lq-players: %s: %s\n", crowd->options->players, strerror(errno));
        exit(EXIT_CONFIG);
    }
    crowd->lines = lq_alloc(LQ_PLAYERS_MAX_OF_FILE, sizeof *crowd->lines);
    while (crowd->count < LQ_PLAYERS_MAX_OF_FILE && fgets(line, sizeof line, file) != NULL) {
        char *blank = strchr(line, ' ');
        line[strcspn(line, "\n")] = '\0';
        if (blank == NULL || blank == line) {
            fprintf(stderr, "lq-players: %s: line %" PRIu32 " is not SESSION TOKEN\n",
                    crowd->options->players, crowd->count + 1);
            exit(EXIT_CONFIG);
        }
        *blank = '\0';
        size_t bytes = (size_t)(blank - line) + strlen(blank + 1) + 2;
        crowd->lines[crowd->count] = lq_alloc(bytes, 1);
        memcpy(crowd->lines[crowd->count++], line, bytes);
    }
    fclose(file);
    crowd->players = lq_alloc(crowd->count + 1, sizeof *crowd->players);
}

static void open_player(struct crowd *crowd, uint32_t which)
{
    struct lq_bench_player *player = &crowd->players[which];
    const char *line = crowd->lines[which];
    struct lq_error_message message;
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = player};

    player->session = line;
    player->tally = &crowd->tally;
    if (lq_bench_player_open(player, crowd->options->address, (uint16_t)crowd->options->port,
                             line + strlen(line) + 1, &message) != LQ_OK) {
        fail(line, message.text);
    }
    if (epoll_ctl(crowd->epoll_fd, EPOLL_CTL_ADD, player->socket.fd, &event) != 0) {
        fail("epoll", strerror(errno));
    }
}

/* Wait until something comes, or for `until_ns`, and take it. */
static void turn(struct crowd *crowd, uint64_t until_ns)
{
    struct epoll_event events[EVENTS_MAX];
    uint64_t now_ns = lq_clock_monotonic_ns();
    uint64_t left_ns = until_ns > now_ns ? until_ns - now_ns : 0;
    const struct timespec wait = {(time_t)(left_ns / LQ_NS_PER_S), (long)(left_ns % LQ_NS_PER_S)};
    int count = epoll_pwait2(crowd->epoll_fd, events, EVENTS_MAX, &wait, NULL);

    LQ_ASSERT(count >= 0 || errno == EINTR);
    for (int index = 0; index < count; index++) {
        struct lq_bench_player *player = events[index].data.ptr;
        lq_bench_player_turn(player);
        if (player->phase == LQ_BENCH_PLAYER_LOST) {
            fail(player->session, player->lost.text);
        }
    }
}

static void await_playing(struct crowd *crowd, const struct lq_bench_player *player)
{
    uint64_t until_ns = lq_clock_monotonic_ns() + JOIN_NS;

    while (player->phase != LQ_BENCH_PLAYER_PLAYING) {
        if (lq_clock_monotonic_ns() >= until_ns) {
            fail(player->session, "not joined in a minute");
        }
        turn(crowd, until_ns);
    }
}

static void clear(struct crowd *crowd)
{
    lq_latency_histogram_clear(&crowd->tally.receipts);
    lq_latency_histogram_clear(&crowd->tally.shown);
    crowd->tally.commands = crowd->tally.unused = crowd->skipped = 0;
    for (uint32_t which = 0; which < crowd->count; which++) {
        crowd->players[which].states = 0;
    }
    crowd->clear_ns = lq_clock_monotonic_ns();
    crowd->cpu_ns = lq_clock_thread_ns();
}

static void end_measure(struct crowd *crowd)
{
    crowd->until_ns = lq_clock_monotonic_ns();
    crowd->cpu_ns = lq_clock_thread_ns() - crowd->cpu_ns;
}

/* ---- all at once ---- */

/* The command after `acted` others, of all players in turn, is due at this time. */
static uint64_t due_ns(const struct crowd *crowd)
{
    uint64_t per_second = crowd->count * crowd->options->command_rate;

    return crowd->from_ns + crowd->acted / per_second * LQ_NS_PER_S +
           crowd->acted % per_second * LQ_NS_PER_S / per_second;
}

static void play_until(struct crowd *crowd, uint64_t until_ns)
{
    for (;;) {
        uint64_t now_ns = lq_clock_monotonic_ns();
        while (due_ns(crowd) <= now_ns) {
            struct lq_bench_player *player = &crowd->players[crowd->acted % crowd->count];
            crowd->skipped += lq_bench_player_act(player, due_ns(crowd)) ? 0 : 1;
            crowd->acted++;
        }
        if (now_ns >= until_ns) {
            return;
        }
        turn(crowd, due_ns(crowd) < until_ns ? due_ns(crowd) : until_ns);
    }
}

static uint64_t unanswered(const struct crowd *crowd)
{
    uint64_t sum = 0;

    for (uint32_t which = 0; which < crowd->count; which++) {
        sum += crowd->players[which].unanswered;
    }
    return sum;
}

static uint64_t most_states(const struct crowd *crowd)
{
    uint64_t most = 0;

    for (uint32_t which = 0; which < crowd->count; which++) {
        most = crowd->players[which].states > most ? crowd->players[which].states : most;
    }
    return most;
}

static void play_at_once(struct crowd *crowd)
{
    for (uint32_t which = 0; which < crowd->count; which++) {
        open_player(crowd, which);
    }
    for (uint32_t which = 0; which < crowd->count; which++) {
        await_playing(crowd, &crowd->players[which]);
    }
    crowd->from_ns = lq_clock_monotonic_ns();
    play_until(crowd, crowd->from_ns + crowd->options->warmup * LQ_NS_PER_S);
    clear(crowd);
    play_until(crowd, crowd->clear_ns + crowd->options->seconds * LQ_NS_PER_S);
    end_measure(crowd);
}

static void drain(struct crowd *crowd)
{
    uint64_t until_ns = lq_clock_monotonic_ns() + DRAIN_NS;

    while (unanswered(crowd) > 0 && lq_clock_monotonic_ns() < until_ns) {
        turn(crowd, until_ns);
    }
}

/* ---- in turn ---- */

/* One command, and its receipt. */
static void act_and_wait(struct crowd *crowd, struct lq_bench_player *player)
{
    uint64_t now_ns = lq_clock_monotonic_ns();

    while (!lq_bench_player_act(player, now_ns)) {
        turn(crowd, now_ns + ANSWER_NS);
    }
    while (player->unanswered > 0) {
        if (lq_clock_monotonic_ns() >= now_ns + ANSWER_NS) {
            fail(player->session, "no answer in 10 s");
        }
        turn(crowd, now_ns + ANSWER_NS);
    }
}

/* What was measured of the first, cold commands of a player is put aside. */
static void play_in_turn(struct crowd *crowd)
{
    clear(crowd);
    for (uint32_t which = 0; which < crowd->count; which++) {
        struct lq_bench_player *player = &crowd->players[which];
        struct lq_player_tally kept = crowd->tally;
        open_player(crowd, which);
        await_playing(crowd, player);
        for (uint64_t at = 0; at < COLD_COMMANDS + crowd->options->in_turn; at++) {
            if (at == COLD_COMMANDS) {
                crowd->tally = kept;
            }
            act_and_wait(crowd, player);
        }
        lq_bench_player_close(player);
    }
    end_measure(crowd);
}

/* ---- report ---- */

static void print(const struct crowd *crowd, uint64_t states_most)
{
    static const struct {
        const char *receipt, *state;
        uint32_t per_mille;
    } keys[] = {{"receipt_p50_ms", "state_p50_ms", 500},
                {"receipt_p99_ms", "state_p99_ms", 990},
                {"receipt_max_ms", "state_max_ms", 1000}};
    double seconds = (double)(crowd->until_ns - crowd->clear_ns) / 1e9;
    json_t *document = json_pack(
        "{s:I, s:I, s:I, s:I, s:I, s:f, s:f, s:f}", "players", (json_int_t)crowd->count, "commands",
        (json_int_t)crowd->tally.commands, "unused", (json_int_t)crowd->tally.unused, "unanswered",
        (json_int_t)unanswered(crowd), "skipped", (json_int_t)crowd->skipped, "seconds", seconds,
        "states_per_s_most", (double)states_most / seconds, "cpu_percent",
        100 * (double)crowd->cpu_ns / (double)(crowd->until_ns - crowd->clear_ns));

    for (size_t index = 0; index < sizeof keys / sizeof keys[0]; index++) {
        uint32_t per_mille = keys[index].per_mille;
        json_object_set_new(
            document, keys[index].receipt,
            json_real(lq_latency_histogram_at_ms(&crowd->tally.receipts, per_mille)));
        json_object_set_new(document, keys[index].state,
                            json_real(lq_latency_histogram_at_ms(&crowd->tally.shown, per_mille)));
    }
    json_dumpf(document, stdout, JSON_COMPACT | JSON_REAL_PRECISION(6));
    putchar('\n');
    json_decref(document);
    if (crowd->tally.unused > 0) {
        fprintf(stderr, "lq-players: the last command that came to nothing: %s\n",
                crowd->tally.reason);
    }
}

static void release(struct crowd *crowd)
{
    for (uint32_t which = 0; which < crowd->count; which++) {
        lq_bench_player_close(&crowd->players[which]);
        free(crowd->lines[which]);
    }
    free(crowd->lines);
    free(crowd->players);
    close(crowd->epoll_fd);
}

int main(int argc, char **argv)
{
    static struct lq_players_options options;
    static struct crowd crowd;

    lq_players_options_read(argc, argv, &options);
    crowd.options = &options;
    crowd.epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    LQ_ASSERT(crowd.epoll_fd >= 0);
    read_file(&crowd);
    if (options.in_turn > 0) {
        play_in_turn(&crowd);
    } else if (crowd.count > 0) {
        play_at_once(&crowd);
    }
    uint64_t states_most = most_states(&crowd);
    drain(&crowd);
    print(&crowd, states_most);
    release(&crowd);
    return EXIT_SUCCESS;
}
