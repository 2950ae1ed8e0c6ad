// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "gateway/handler/gateway_loop.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/readiness.h"
#include "gateway/handler/player_desk.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define SWEEP_NS LQ_NS_PER_S
#define REPORT_NS (60 * LQ_NS_PER_S)
#define DRAIN_NS (500 * LQ_NS_PER_MS) /* for goodbyes to be taken: some round trips */
#define WAIT_NS (100 * LQ_NS_PER_MS)
#define LINK_OUTSTANDING_MAX 65536u
#define LINK_REQUESTS_MAX 4096u

struct lq_gateway_loop {
    struct lq_player_desk desk;
    lq_event_loop_t *events;
    struct lq_event_source link_source;
    struct lq_event_hook link_hook, state_hook;
    uint8_t history[16];
    bool has_history;
    uint64_t look_ns, sweep_ns, report_ns;
    uint64_t reported_states, reported_cpu_ns;
    char folder[LQ_OPTION_TEXT_BYTES_MAX + 16];
    char attached_folder[LQ_OPTION_TEXT_BYTES_MAX + 32];
    char ports_file[LQ_OPTION_TEXT_BYTES_MAX + 32];
};

/* The hook looks at the link in every turn, so the descriptor has only to end the wait. */
static void link_ready(void *context, uint32_t events)
{
    (void)context;
    (void)events;
}

static void restart_feeds(struct lq_gateway_loop *loop)
{
    for (struct lq_session_feed *feed = lq_feed_table_next(loop->desk.feeds, NULL); feed != NULL;
         feed = lq_feed_table_next(loop->desk.feeds, feed)) {
        lq_session_feed_restart(feed);
    }
}

/* Its store was restored from a copy: what clients hold, and what is known here, may be of frames
 * that are gone. Clients come back at once, so it is forgotten at once. */
static void check_history(struct lq_gateway_loop *loop)
{
    const uint8_t *history = lq_link_history(loop->desk.link);

    if (history == NULL) {
        return;
    }
    if (loop->has_history && memcmp(loop->history, history, sizeof loop->history) != 0) {
        lq_log_warning("the cluster's store is another one: all connections end");
        for (uint32_t at = 0; at < loop->desk.player_room; at++) {
            if (loop->desk.players[at] != NULL) {
                lq_player_desk_end(loop->desk.players[at], LQ_PLAYER_CLOSE_STOPPING,
                                   "the cluster was restored");
            }
        }
        restart_feeds(loop);
    }
    memcpy(loop->history, history, sizeof loop->history);
    loop->has_history = true;
}

static void turn_link(void *context, uint64_t now_ns)
{
    struct lq_gateway_loop *loop = context;

    (void)now_ns;
    lq_link_turn(loop->desk.link);
    check_history(loop);
}

static uint64_t link_due(const void *context)
{
    const struct lq_gateway_loop *loop = context;

    return lq_link_next_timer_ns(loop->desk.link);
}

static void turn_states(void *context, uint64_t now_ns)
{
    struct lq_gateway_loop *loop = context;

    lq_state_sender_turn(&loop->desk, now_ns);
}

static uint64_t states_due(const void *context)
{
    const struct lq_gateway_loop *loop = context;

    return loop->desk.states_due_ns;
}

/* In each turn the link brings receipts and frames, then states are made of these, then the server,
 * which was opened first, sends both. */
static void add_hooks(struct lq_gateway_loop *loop)
{
    loop->link_hook = (struct lq_event_hook){.turn = turn_link, .due = link_due, .context = loop};
    loop->state_hook =
        (struct lq_event_hook){.turn = turn_states, .due = states_due, .context = loop};
    lq_event_loop_add_hook(loop->events, &loop->state_hook);
    lq_event_loop_add_hook(loop->events, &loop->link_hook);
}

static enum lq_result open_link(struct lq_gateway_loop *loop,
                                const struct lq_cluster_config *cluster,
                                struct lq_error_message *message)
{
    uint64_t clients = 2 * loop->desk.config->server.connections_max + 64;
    const struct lq_link_options options = {
        .runtime_dir = cluster->runtime_dir,
        .clients_max = clients < LQ_LINK_CLIENTS_MAX ? (uint32_t)clients : LQ_LINK_CLIENTS_MAX,
        .outstanding_max = LINK_OUTSTANDING_MAX,
        .watches_max = LQ_LINK_WATCHES_MAX,
        .requests_max = LINK_REQUESTS_MAX};

    return lq_link_open(&options, &loop->desk.link, message);
}

static enum lq_result open_attendance(struct lq_gateway_loop *loop, const char *instance,
                                      struct lq_error_message *message)
{
    const struct lq_attendance_options options = {
        .folder = loop->attached_folder,
        .instance = instance,
        .slots = (uint32_t)loop->desk.config->server.connections_max * 2 + 1024,
        .grace_ms = loop->desk.config->grace_ms};

    return lq_attendance_open(&options, &loop->desk.attendance, message);
}

static enum lq_result open_sign_in(struct lq_gateway_loop *loop,
                                   const struct lq_cluster_config *cluster,
                                   struct lq_error_message *message)
{
    const struct lq_sign_in_setting setting = {.folder = loop->folder,
                                               .audience = cluster->name,
                                               .options = &loop->desk.config->server,
                                               .on_revoked = lq_player_desk_revoked,
                                               .context = &loop->desk};

    return lq_sign_in_open(&setting, loop->events, &loop->desk.sign_in, message);
}

/* The installed one is not there in every installation. */
static const char *pages_folder(const struct lq_gateway_config *config)
{
    bool is_usual = strcmp(config->static_dir, LQ_GATEWAY_STATIC_DIR) == 0;

    return is_usual && access(config->static_dir, R_OK | X_OK) != 0 ? "" : config->static_dir;
}

static enum lq_result open_parts(struct lq_gateway_loop *loop,
                                 const struct lq_cluster_config *cluster, const char *instance,
                                 struct lq_error_message *message)
{
    struct lq_player_desk *desk = &loop->desk;
    const struct lq_gateway_events server_events = lq_player_desk_server_events(desk);
    enum lq_result result = lq_event_loop_open(&loop->events, message);

    if (result == LQ_OK) {
        result = open_sign_in(loop, cluster, message);
    }
    if (result == LQ_OK) {
        result = open_attendance(loop, instance, message);
    }
    if (result == LQ_OK) {
        result = open_link(loop, cluster, message);
    }
    if (result == LQ_OK) {
        result = lq_static_files_open(pages_folder(desk->config), &desk->files, message);
    }
    if (result != LQ_OK) {
        return result;
    }
    const struct lq_feed_table_options feeds = {
        desk->link, desk->attendance, desk->config->ring_bytes, lq_player_desk_feed_events(desk)};
    desk->feeds = lq_feed_table_open(&feeds);
    lq_player_desk_open(desk);
    struct lq_gateway_options options = desk->config->server;
    options.ports_file = loop->ports_file;
    return lq_gateway_server_open(&options, loop->events, &server_events, &desk->server, message);
}

enum lq_result lq_gateway_loop_open(const struct lq_cluster_config *cluster,
                                    const struct lq_gateway_config *config, const char *instance,
                                    lq_gateway_loop_t **loop, struct lq_error_message *message)
{
    struct lq_gateway_loop *made = lq_alloc(1, sizeof *made);

    *loop = made;
    snprintf(made->folder, sizeof made->folder, "%s/gateway", cluster->data_dir);
    snprintf(made->attached_folder, sizeof made->attached_folder, "%s/attached", made->folder);
    snprintf(made->ports_file, sizeof made->ports_file, "%s/ports", made->folder);
    made->desk.config = config;
    made->desk.folder = made->folder;
    enum lq_result result = open_parts(made, cluster, instance, message);
    if (result != LQ_OK) {
        lq_gateway_loop_close(loop);
        return result;
    }
    made->link_source = (struct lq_event_source){
        .fd = lq_link_descriptor(made->desk.link), .ready = link_ready, .context = made};
    lq_event_loop_add(made->events, &made->link_source, LQ_EVENT_READ);
    add_hooks(made);
    return LQ_OK;
}

void lq_gateway_loop_close(lq_gateway_loop_t **loop)
{
    struct lq_gateway_loop *closed = *loop;

    if (closed == NULL) {
        return;
    }
    *loop = NULL;
    lq_gateway_server_close(&closed->desk.server);
    if (closed->desk.players != NULL) {
        lq_player_desk_close(&closed->desk);
    }
    lq_feed_table_close(&closed->desk.feeds);
    lq_static_files_close(&closed->desk.files);
    lq_sign_in_close(&closed->desk.sign_in);
    lq_link_close(&closed->desk.link);
    lq_attendance_close(&closed->desk.attendance);
    lq_event_loop_close(&closed->events);
    free(closed);
}

static void look_at_feeds(struct lq_gateway_loop *loop)
{
    for (struct lq_session_feed *feed = lq_feed_table_next(loop->desk.feeds, NULL); feed != NULL;
         feed = lq_feed_table_next(loop->desk.feeds, feed)) {
        lq_session_feed_look(feed);
    }
}

#define APPEND(name, what)                                                                         \
    if (bytes < bytes_max) {                                                                       \
        bytes += (size_t)snprintf(text + bytes, bytes_max - bytes, " " #name "=%" PRIu64,          \
                                  counts->name);                                                   \
    }

static void write_desk_counts(char *text, size_t bytes_max, const struct lq_desk_counts *counts)
{
    size_t bytes = 0;

    LQ_DESK_COUNTS(APPEND)
}

static void write_server_counts(char *text, size_t bytes_max,
                                const struct lq_gateway_counts *counts)
{
    size_t bytes = 0;

    LQ_GATEWAY_COUNTS(APPEND)
}

#undef APPEND

/* Two lines: in one, the counts of a gateway that has run for long would be longer than a line of
 * the log may be, and its last number cut. */
static void report(struct lq_gateway_loop *loop)
{
    char text[1024] = "";
    struct lq_gateway_counts server;
    struct lq_player_desk *desk = &loop->desk;
    uint64_t states = desk->counts.states - loop->reported_states;
    uint64_t cpu_ns = desk->cpu_states_ns - loop->reported_cpu_ns;

    lq_gateway_server_counts(desk->server, &server);
    loop->reported_states = desk->counts.states;
    loop->reported_cpu_ns = desk->cpu_states_ns;
    write_server_counts(text, sizeof text, &server);
    lq_log_info("connections:%s", text);
    write_desk_counts(text, sizeof text, &desk->counts);
    lq_log_info("%" PRIu32 " players, %" PRIu32 " sessions, %.1f us of processor a state;%s",
                desk->player_count, lq_feed_table_count(desk->feeds),
                states == 0 ? 0 : (double)cpu_ns / (double)states / 1e3, text);
    lq_log_settle();
}

static void do_rounds(struct lq_gateway_loop *loop, uint64_t now_ns)
{
    uint64_t wall_ms = lq_clock_wall_ns() / LQ_NS_PER_MS;

    if (now_ns >= loop->look_ns) {
        loop->look_ns = now_ns + LQ_ATTENDANCE_LOOK_NS;
        if (lq_attendance_look(loop->desk.attendance, wall_ms)) {
            look_at_feeds(loop);
        }
        lq_departures_turn(&loop->desk, wall_ms);
    }
    if (now_ns >= loop->sweep_ns) {
        loop->sweep_ns = now_ns + SWEEP_NS;
        lq_player_desk_sweep(&loop->desk, now_ns);
    }
    if (now_ns >= loop->report_ns) {
        loop->report_ns = now_ns + REPORT_NS;
        report(loop);
    }
}

static void drain(struct lq_gateway_loop *loop)
{
    uint64_t until_ns = lq_clock_monotonic_ns() + DRAIN_NS;

    lq_gateway_server_drain(loop->desk.server, LQ_PLAYER_CLOSE_STOPPING,
                            "stopping: another process serves");
    while (!lq_gateway_server_is_empty(loop->desk.server) && lq_clock_monotonic_ns() < until_ns) {
        lq_event_loop_turn(loop->events, WAIT_NS / 10);
    }
    report(loop);
}

void lq_gateway_loop_run(lq_gateway_loop_t *loop, const volatile int *stop)
{
    uint64_t now_ns = lq_clock_monotonic_ns();

    loop->report_ns = now_ns + REPORT_NS;
    lq_readiness_notify();
    while (*stop == 0) {
        lq_event_loop_turn(loop->events, WAIT_NS);
        do_rounds(loop, lq_clock_monotonic_ns());
    }
    drain(loop);
}
