// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "bench/bench_player.h"

#include "base/clock.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum {
    HEAD_BYTES_MAX = 256, /* of a message, within which all that is looked for stands */
    SENT_BYTES_MAX = 256
};

static void lose(struct lq_bench_player *player)
{
    player->phase = LQ_BENCH_PLAYER_LOST;
    lq_player_socket_close(&player->socket);
}

static void say(struct lq_bench_player *player, const char *text)
{
    if (lq_player_socket_send(&player->socket, lq_view_text(text), &player->lost) != LQ_OK) {
        lose(player);
    }
}

enum lq_result lq_bench_player_open(struct lq_bench_player *player, const char *address,
                                    uint16_t port, const char *token,
                                    struct lq_error_message *message)
{
    player->next_number = 1;
    player->phase = LQ_BENCH_PLAYER_ASKING;
    return lq_player_socket_open(&player->socket, address, port, token, message);
}

void lq_bench_player_close(struct lq_bench_player *player)
{
    if (player->socket.buffer != NULL) {
        lose(player);
    }
}

/* 0: the window is full. */
static uint64_t take_number(struct lq_bench_player *player)
{
    uint32_t place = (uint32_t)(player->next_number % LQ_BENCH_PLAYER_WINDOW);

    if (player->free_count > 0) {
        return player->free_numbers[--player->free_count];
    }
    if (player->commands[place].number != 0 && !player->commands[place].is_answered) {
        return 0;
    }
    return player->next_number++;
}

/* Words and numbers of a message's head are found by their keys: a whole reader of 10,000 states a
 * second would take more of the processors than what it measures. */
static const char *find_value(struct lq_view text, const char *key)
{
    struct lq_view head = lq_view_cut(text, HEAD_BYTES_MAX);
    const char *found = memmem(head.data, head.bytes, key, strlen(key));

    return found == NULL ? NULL : found + strlen(key);
}

/* 0: there is none. A message ends by a brace, so digits do too. */
static uint64_t find_number(struct lq_view text, const char *key)
{
    const char *at = find_value(text, key);
    uint64_t number = 0;

    for (; at != NULL && *at >= '0' && *at <= '9'; at++) {
        number = 10 * number + (uint64_t)(*at - '0');
    }
    return number;
}

static bool is_of(struct lq_view text, const char *begin)
{
    return lq_view_equal(lq_view_cut(text, strlen(begin)), lq_view_text(begin));
}

bool lq_bench_player_act(struct lq_bench_player *player, uint64_t due_ns)
{
    char text[SENT_BYTES_MAX];
    uint64_t number = player->phase == LQ_BENCH_PLAYER_PLAYING ? take_number(player) : 0;
    uint32_t place = (uint32_t)(number % LQ_BENCH_PLAYER_WINDOW);

    if (number == 0) {
        return false;
    }
    player->commands[place].number = number;
    player->commands[place].due_ns = due_ns;
    player->commands[place].is_answered = player->commands[place].is_shown = false;
    player->unanswered++;
    snprintf(text, sizeof text,
             "{\"type\":\"command\",\"number\":%" PRIu64
             ",\"kind\":\"SetThrust\",\"vx\":%d,\"vy\":%d}",
             number, (number & 1) != 0 ? 1 : -1, (number & 2) != 0 ? 1 : -1);
    say(player, text);
    return true;
}

static void take_welcome(struct lq_bench_player *player)
{
    if (player->phase == LQ_BENCH_PLAYER_OPENING) {
        player->phase = LQ_BENCH_PLAYER_JOINING;
        player->next_number = 2;
        say(player, "{\"type\":\"join\",\"number\":1}");
    }
}

static void take_state(struct lq_bench_player *player, struct lq_view text, uint64_t now_ns)
{
    char ack[SENT_BYTES_MAX];
    uint64_t applied = find_number(text, "\"applied\":");

    player->states++;
    snprintf(ack, sizeof ack, "{\"type\":\"ack\",\"state\":%" PRIu64 "}",
             find_number(text, "\"state\":"));
    say(player, ack);
    for (uint32_t place = 0; place < LQ_BENCH_PLAYER_WINDOW; place++) {
        if (player->commands[place].number != 0 && !player->commands[place].is_shown &&
            player->commands[place].number <= applied) {
            player->commands[place].is_shown = true;
            lq_latency_histogram_record(&player->tally->shown,
                                        now_ns - player->commands[place].due_ns);
        }
    }
}

static void note_unused(struct lq_bench_player *player, struct lq_view text, uint32_t place)
{
    player->tally->unused++;
    snprintf(player->tally->reason, sizeof player->tally->reason, "%.*s",
             (int)lq_view_cut(text, HEAD_BYTES_MAX).bytes, (const char *)text.data);
    LQ_ASSERT(player->free_count < LQ_BENCH_PLAYER_WINDOW);
    player->free_numbers[player->free_count++] = player->commands[place].number;
    player->commands[place].is_shown = true; /* no state will */
}

/* A receipt, or the error that stands in for it. */
static void take_answer(struct lq_bench_player *player, struct lq_view text, uint64_t now_ns)
{
    uint64_t number = find_number(text, "\"number\":");
    uint32_t place = (uint32_t)(number % LQ_BENCH_PLAYER_WINDOW);
    const char *outcome = find_value(text, "\"outcome\":\"");
    bool is_decided = outcome != NULL && (strncmp(outcome, "applied", strlen("applied")) == 0 ||
                                          strncmp(outcome, "refused", strlen("refused")) == 0);

    if (player->phase == LQ_BENCH_PLAYER_JOINING && number == 1) {
        player->phase = LQ_BENCH_PLAYER_PLAYING; /* "has joined already" is as good */
        return;
    }
    if (number == 0 || player->commands[place].number != number ||
        player->commands[place].is_answered) {
        return;
    }
    player->commands[place].is_answered = true;
    player->unanswered--;
    if (!is_decided) {
        note_unused(player, text, place);
        return;
    }
    player->tally->commands++;
    lq_latency_histogram_record(&player->tally->receipts, now_ns - player->commands[place].due_ns);
}

static void take(struct lq_bench_player *player, struct lq_view text, uint64_t now_ns)
{
    if (is_of(text, "{\"type\":\"state\"")) {
        take_state(player, text, now_ns);
    } else if (is_of(text, "{\"type\":\"receipt\"") || is_of(text, "{\"type\":\"error\"")) {
        take_answer(player, text, now_ns);
    } else if (is_of(text, "{\"type\":\"welcome\"")) {
        take_welcome(player);
    }
}

static void say_hello(struct lq_bench_player *player)
{
    char text[SENT_BYTES_MAX];

    snprintf(text, sizeof text, "{\"type\":\"hello\",\"session\":\"%s\"}", player->session);
    player->phase = LQ_BENCH_PLAYER_OPENING;
    say(player, text);
}

void lq_bench_player_turn(struct lq_bench_player *player)
{
    struct lq_error_message ended;
    struct lq_view text;
    enum lq_result next = LQ_OK;
    enum lq_result read = lq_player_socket_read(&player->socket, &ended);
    uint64_t now_ns = lq_clock_monotonic_ns();

    while (player->phase != LQ_BENCH_PLAYER_LOST &&
           (next = lq_player_socket_next(&player->socket, &text, &player->lost)) == LQ_OK) {
        take(player, text, now_ns);
    }
    if (player->phase == LQ_BENCH_PLAYER_LOST) {
        return;
    }
    if (next != LQ_ERR_NOT_FOUND) { /* it was told why */
        lose(player);
    } else if (read != LQ_OK) {
        player->lost = ended;
        lose(player);
    } else if (player->phase == LQ_BENCH_PLAYER_ASKING && player->socket.is_upgraded) {
        say_hello(player);
    }
}
