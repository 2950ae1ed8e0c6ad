// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* echo_server.c - the gateway's server with a handler that sends back what comes: what the tests
 * of the protocol, of its bounds and of its memory talk to.
 *
 *     lq-echo-server [KEY=VALUE ...]    options of the section `gateway`, without "gateway/";
 *                                       data=FOLDER and pages=FOLDER: tickets, files
 *
 * Prints "ready PORT TLS_PORT" when it serves, and its counts for each SIGUSR1. A message "close
 * CODE" is answered by that close, "hold MS" by reading nothing for as long, "flood N" by N bytes
 * for as long as they are taken, "latest N" by states of N bytes, each made when there is room.
 * Any other request than an upgrade gets a page.
 */
#include "base/clock.h"
#include "base/contract.h"
#include "base/log.h"
#include "gateway/domain/websocket_message.h"
#include "gateway/infrastructure/gateway_server.h"
#include "gateway/infrastructure/http_routes.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <unistd.h>

enum { CONNECTIONS_MAX = 65536 };

static lq_event_loop_t *loop;
static lq_gateway_server_t *server;
static lq_sign_in_t *sign_in;    /* NULL: without data=FOLDER */
static lq_static_files_t *pages; /* of pages=FOLDER */
static const char *data_folder;
static const char *pages_folder = "";
static uint8_t filling[LQ_WEBSOCKET_MESSAGE_BYTES_MAX];
static uint32_t latest_bytes[CONNECTIONS_MAX]; /* by index; 0: none asked for */
static uint64_t latest_made[CONNECTIONS_MAX];
static uint64_t held; /* the connection that is */

static void on_request(void *context, uint64_t connection, const struct lq_http_request *request,
                       const struct lq_gateway_peer *peer)
{
    enum lq_result result;
    (void)context;
    (void)peer;

    if (request->is_upgrade) {
        struct lq_view offered = lq_http_request_item(request->websocket_protocol, 0);
        char protocol[64];
        snprintf(protocol, sizeof protocol, "%.*s", (int)offered.bytes,
                 offered.data == NULL ? "" : (const char *)offered.data);
        latest_bytes[lq_gateway_server_index(connection)] = 0;
        result =
            lq_gateway_server_upgrade(server, connection, offered.data == NULL ? NULL : protocol);
    } else if (sign_in != NULL) {
        lq_http_routes_answer(server, sign_in, pages, connection, request,
                              (int64_t)(lq_clock_wall_ns() / LQ_NS_PER_S));
        return;
    } else {
        struct lq_http_answer answer = {.status = 200,
                                        .content_type = "text/plain",
                                        .headers = "",
                                        .body = request->body.bytes > 0 ? request->body
                                                                        : lq_view_text("a page\n")};
        result = lq_gateway_server_answer(server, connection, &answer);
    }
    LQ_ASSERT(result == LQ_OK);
}

static void send_or_end(uint64_t connection, struct lq_view text)
{
    if (lq_gateway_server_send(server, connection, text) == LQ_ERR_FULL) {
        lq_gateway_server_end(server, connection, LQ_CLOSE_TOO_SLOW, "too-slow: it is full");
    }
}

static void flood(uint64_t connection, size_t bytes)
{
    while (lq_gateway_server_send(server, connection, lq_view_of(filling, bytes)) == LQ_OK) {
        LQ_ASSERT(lq_gateway_server_waiting(server, connection) >= bytes);
    }
    LQ_ASSERT(lq_gateway_server_room(server, connection) < bytes + 16);
    lq_gateway_server_end(server, connection, LQ_CLOSE_TOO_SLOW, "too-slow: it is full");
}

static void let_go(void *context, uint64_t now_ns)
{
    (void)context;
    (void)now_ns;
    lq_gateway_server_hold(server, held, false);
}

static struct lq_event_timer hold_timer = {.due = let_go};

static void on_message(void *context, uint64_t connection, struct lq_view text)
{
    char words[32];
    unsigned number = 0;
    (void)context;

    snprintf(words, sizeof words, "%.*s", (int)(text.bytes < 31 ? text.bytes : 31),
             text.data == NULL ? "" : (const char *)text.data);
    if (sscanf(words, "close %u", &number) == 1) {
        lq_gateway_server_end(server, connection, (uint16_t)number, "asked-for");
    } else if (sscanf(words, "hold %u", &number) == 1) {
        lq_gateway_server_hold(server, connection, true);
        held = connection;
        lq_event_loop_set_timer(loop, &hold_timer,
                                lq_event_loop_now_ns(loop) + number * LQ_NS_PER_MS);
    } else if (sscanf(words, "flood %u", &number) == 1 && number <= sizeof filling) {
        flood(connection, number);
    } else if (sscanf(words, "latest %u", &number) == 1 && number <= sizeof filling) {
        latest_bytes[lq_gateway_server_index(connection)] = number;
        latest_made[lq_gateway_server_index(connection)] = 0;
        lq_gateway_server_ask_room(server, connection);
    } else {
        send_or_end(connection, text);
    }
}

static void on_binary(void *context, uint64_t connection, struct lq_view bytes)
{
    (void)context;
    if (lq_gateway_server_send_binary(server, connection, bytes) == LQ_ERR_FULL) {
        lq_gateway_server_end(server, connection, LQ_CLOSE_TOO_SLOW, "too-slow: it is full");
    }
}

static void on_room(void *context, uint64_t connection)
{
    uint32_t index = lq_gateway_server_index(connection);
    char number[24];
    uint8_t state[LQ_WEBSOCKET_MESSAGE_BYTES_MAX];
    (void)context;

    latest_made[index]++;
    int digits = snprintf(number, sizeof number, "%" PRIu64 " ", latest_made[index]);
    memcpy(state, filling, latest_bytes[index]);
    memcpy(state, number, (size_t)digits);
    send_or_end(connection, lq_view_of(state, latest_bytes[index]));
    lq_gateway_server_ask_room(server, connection);
}

static void on_closed(void *context, uint64_t connection, const struct lq_gateway_closed *closed)
{
    (void)context;
    (void)connection;
    lq_log_debug("closed %u by the %s: %s", closed->code, closed->by_peer ? "peer" : "server",
                 closed->cause);
}

static void print_counts(void)
{
    struct lq_gateway_counts counts;

    lq_gateway_server_counts(server, &counts);
#define X(name, text) printf("%s=%" PRIu64 " ", #name, counts.name);
    LQ_GATEWAY_COUNTS(X)
#undef X
    printf("\n");
    fflush(stdout);
}

static void on_signal(void *context, uint32_t events)
{
    struct signalfd_siginfo info;
    (void)events;

    if (read(*(int *)context, &info, sizeof info) != (ssize_t)sizeof info) {
        return;
    }
    if (info.ssi_signo == SIGUSR1) {
        print_counts();
    } else if (info.ssi_signo == SIGUSR2) {
        lq_gateway_server_drain(server, 4000, "stopping: another serves");
    } else {
        lq_event_loop_stop(loop);
    }
}

static bool read_options(struct lq_gateway_options *options, int argc, char **argv)
{
    struct lq_option rows[LQ_GATEWAY_OPTION_COUNT];
    struct lq_error_message message = {""};

    lq_gateway_options_rows(0, rows);
    lq_option_table_defaults(rows, LQ_GATEWAY_OPTION_COUNT, options);
    options->port = LQ_GATEWAY_PORT_ANY;
    for (int index = 1; index < argc; index++) {
        char key[64];
        const char *sign = strchr(argv[index], '=');
        if (strncmp(argv[index], "data=", 5) == 0) {
            data_folder = argv[index] + 5;
            continue;
        }
        if (strncmp(argv[index], "pages=", 6) == 0) {
            pages_folder = argv[index] + 6;
            continue;
        }
        snprintf(key, sizeof key, "gateway/%.*s", sign == NULL ? 0 : (int)(sign - argv[index]),
                 argv[index]);
        if (sign == NULL || lq_option_table_set(rows, LQ_GATEWAY_OPTION_COUNT, options, key,
                                                sign + 1, &message) != LQ_OK) {
            fprintf(stderr, "lq-echo-server: %s: %s\n", argv[index], message.text);
            return false;
        }
    }
    if (options->certificate_file[0] != '\0' && options->tls_port == 0) {
        options->tls_port = LQ_GATEWAY_PORT_ANY;
    }
    return true;
}

static bool open_sign_in(const struct lq_gateway_options *options, struct lq_error_message *message)
{
    struct lq_sign_in_setting setting = {
        .folder = data_folder, .audience = "cluster", .options = options};

    return data_folder == NULL || (lq_sign_in_open(&setting, loop, &sign_in, message) == LQ_OK &&
                                   lq_static_files_open(pages_folder, &pages, message) == LQ_OK);
}

static int serve(const struct lq_gateway_options *options)
{
    struct lq_gateway_events events = {.on_request = on_request,
                                       .on_message = on_message,
                                       .on_binary = on_binary,
                                       .on_room = on_room,
                                       .on_closed = on_closed};
    struct lq_error_message message = {""};
    sigset_t signals;

    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGUSR1);
    sigaddset(&signals, SIGUSR2);
    sigprocmask(SIG_BLOCK, &signals, NULL);
    int signal_fd = signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC);
    struct lq_event_source source = {.fd = signal_fd, .ready = on_signal, .context = &signal_fd};
    if (lq_event_loop_open(&loop, &message) != LQ_OK ||
        lq_gateway_server_open(options, loop, &events, &server, &message) != LQ_OK) {
        fprintf(stderr, "lq-echo-server: %s\n", message.text);
        return 1;
    }
    if (!open_sign_in(options, &message)) {
        fprintf(stderr, "lq-echo-server: %s\n", message.text);
        return 1;
    }
    lq_event_loop_add(loop, &source, LQ_EVENT_READ);
    printf("ready %u %u\n", lq_gateway_server_port(server, false),
           lq_gateway_server_port(server, true));
    fflush(stdout);
    lq_event_loop_run(loop);
    print_counts();
    lq_event_loop_remove(loop, &source);
    lq_gateway_server_close(&server);
    lq_static_files_close(&pages);
    lq_sign_in_close(&sign_in);
    lq_event_loop_close(&loop);
    close(signal_fd);
    return 0;
}

int main(int argc, char **argv)
{
    struct lq_gateway_options options = {.ports_file = NULL};

    lq_log_open("lq-echo-server", "", LQ_LOG_INFO);
    memset(filling, 'x', sizeof filling);
    if (!read_options(&options, argc, argv) || options.connections_max > CONNECTIONS_MAX) {
        return 64;
    }
    return serve(&options);
}
