// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "base/clock.h"
#include "proto/framing.h"
#include "tests/unit/transport/transport_cases.h"
#include "transport/dealer_socket.h"
#include "transport/poll_set.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zmq.h>

#define MESSAGES 200
#define PART_BYTES 65536u
#define LINGER_MS 20000u
#define SHORT_LINGER_MS 20u
#define SEND_FAILED 3
#define UNREAD_MAX 400
#define ENOUGH_DESCRIPTORS 4096

static struct {
    char folder[64], endpoint[96];
    void *context, *router;
} test;

/* A router that takes in whatever comes. */
static void open_router(void)
{
    int any = 0;
    int patience_ms = 10000; /* for what was lost */

    snprintf(test.folder, sizeof test.folder, "/tmp/lq-dealer-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(test.folder));
    snprintf(test.endpoint, sizeof test.endpoint, "ipc://%s/s", test.folder);
    test.context = zmq_ctx_new();
    test.router = zmq_socket(test.context, ZMQ_ROUTER);
    ck_assert_int_eq(zmq_setsockopt(test.router, ZMQ_RCVHWM, &any, sizeof any), 0);
    ck_assert_int_eq(zmq_setsockopt(test.router, ZMQ_RCVTIMEO, &patience_ms, sizeof patience_ms),
                     0);
    ck_assert_int_eq(zmq_bind(test.router, test.endpoint), 0);
}

static void close_router(void)
{
    zmq_close(test.router);
    zmq_ctx_term(test.context);
    unlink(test.endpoint + strlen("ipc://"));
    rmdir(test.folder);
}

static lq_dealer_socket_t *open_dealer(void)
{
    struct lq_error_message message = {""};
    lq_dealer_socket_t *dealer = NULL;
    const struct lq_dealer_options options = {
        .endpoint = test.endpoint,
        .routing_id = lq_view_of("a\0b", 3),
        .part_bytes_max = LQ_BODY_BYTES_MAX,
        .reconnect_ms = 5,
        .reconnect_ms_max = 20,
    };

    ck_assert_msg(lq_dealer_socket_open(&options, &dealer, &message) == LQ_OK, "%s", message.text);
    return dealer;
}

static void wait_for_room(lq_dealer_socket_t *dealer)
{
    struct lq_poll_entry entry = {.socket = lq_dealer_socket_handle(dealer), .wants_room = true};

    while (!entry.has_room) {
        ck_assert_int_ge(lq_poll_set_wait(&entry, 1, 60 * LQ_NS_PER_S), 0);
    }
}

static void receive_exactly(const char *bytes, int count)
{
    char text[16];

    ck_assert_int_eq(zmq_recv(test.router, text, sizeof text, 0), count);
    ck_assert_mem_eq(text, bytes, (size_t)count);
}

START_TEST(test_parts_both_ways)
{
    lq_dealer_socket_t *dealer = open_dealer();
    struct lq_message_part header, body;
    struct lq_poll_entry entry = {.socket = lq_dealer_socket_handle(dealer)};
    uint32_t part_count = 0;

    lq_message_part_init(&header);
    lq_message_part_init_copy(&body, lq_view_text("body"));
    wait_for_room(dealer);
    ck_assert(lq_dealer_socket_has_room(dealer));
    ck_assert(!lq_dealer_socket_refused(dealer));
    ck_assert(lq_dealer_socket_send(dealer, lq_view_text("header"), &body));
    receive_exactly("a\0b", 3); /* its routing id may hold any byte */
    receive_exactly("header", 6);
    receive_exactly("body", 4);
    lq_message_part_init(&body);
    ck_assert(!lq_dealer_socket_receive(dealer, &header, &body, &part_count));
    for (uint32_t parts = 1; parts <= 4; parts++) {
        zmq_send(test.router, "a\0b", 3, ZMQ_SNDMORE);
        for (uint32_t part = 1; part <= parts; part++) {
            zmq_send(test.router, "12345", part, part < parts ? ZMQ_SNDMORE : 0);
        }
        ck_assert_int_eq(lq_poll_set_wait(&entry, 1, 60 * LQ_NS_PER_S), 1);
        ck_assert(entry.readable && !entry.has_room);
        ck_assert(lq_dealer_socket_receive(dealer, &header, &body, &part_count));
        ck_assert_uint_eq(part_count, parts);
        ck_assert_uint_eq(lq_message_part_bytes(&header), 1);
        ck_assert_uint_eq(lq_message_part_bytes(&body), parts > 1 ? 2 : 0);
    }
    lq_message_part_close(&header);
    lq_message_part_close(&body);
    lq_dealer_socket_close(&dealer, 0);
    lq_dealer_socket_close(&dealer, 0);
    ck_assert_ptr_null(dealer);
}
END_TEST

static _Atomic int given_back;

static void count_back(void *bytes, void *hint)
{
    (void)bytes;
    (void)hint;
    given_back++;
}

START_TEST(test_nothing_waits_for_who_is_not_there)
{
    static uint8_t bytes[1000];
    struct lq_message_part body;
    lq_dealer_socket_t *dealer;

    close_router();
    dealer = open_dealer();
    lq_message_part_init_lent(&body, bytes, sizeof bytes, count_back, NULL);
    ck_assert(!lq_dealer_socket_has_room(dealer));
    ck_assert(!lq_dealer_socket_send(dealer, lq_view_text("header"), &body));
    ck_assert_int_eq(given_back, 1);
    lq_dealer_socket_close(&dealer, LINGER_MS); /* and nothing lingers */
    open_router();
}
END_TEST

/* The process leaves as soon as the end is closed, and all that it sent arrives. */
static void send_and_leave(void)
{
    static uint8_t bytes[PART_BYTES];
    lq_dealer_socket_t *dealer = open_dealer();

    wait_for_room(dealer);
    for (int count = 0; count < MESSAGES; count++) {
        struct lq_message_part body;
        lq_message_part_init_copy(&body, lq_view_of(bytes, sizeof bytes));
        if (!lq_dealer_socket_send(dealer, lq_view_text("header"), &body)) {
            _exit(SEND_FAILED);
        }
    }
    lq_dealer_socket_close(&dealer, LINGER_MS);
    _exit(0);
}

START_TEST(test_a_close_that_lingers)
{
    int status = 0;
    pid_t pid = fork();

    if (pid == 0) {
        send_and_leave();
    }
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert(WIFEXITED(status));
    ck_assert_int_ne(WEXITSTATUS(status), SEND_FAILED); /* valgrind has a code of its own */
    for (int count = 0; count < MESSAGES; count++) {
        static uint8_t bytes[PART_BYTES];
        receive_exactly("a\0b", 3);
        receive_exactly("header", 6);
        ck_assert_int_eq(zmq_recv(test.router, bytes, sizeof bytes, 0), (int)sizeof bytes);
    }
}
END_TEST

/* A router that is frozen: more is sent than the kernel takes for it. All of it is given back. */
static void leave_what_is_not_read(void)
{
    static uint8_t bytes[PART_BYTES];
    lq_dealer_socket_t *dealer = open_dealer();
    int lent = 0;
    bool sent = true;

    wait_for_room(dealer);
    while (sent && lent < UNREAD_MAX) {
        struct lq_message_part body;
        lq_message_part_init_lent(&body, bytes, sizeof bytes, count_back, NULL);
        sent = lq_dealer_socket_send(dealer, lq_view_text("header"), &body);
        lent++;
    }
    lq_dealer_socket_close(&dealer, SHORT_LINGER_MS);
    while (given_back < lent) {
        (void)poll(NULL, 0, 1);
    }
    _exit(sent ? 0 : SEND_FAILED);
}

START_TEST(test_a_close_beside_who_does_not_read)
{
    int few = 1;

    ck_assert_int_eq(zmq_setsockopt(test.router, ZMQ_RCVHWM, &few, sizeof few), 0);
    ck_assert_int_eq(zmq_unbind(test.router, test.endpoint), 0);
    ck_assert_int_eq(zmq_bind(test.router, test.endpoint), 0); /* options count from here on */
    for (int round = 0; round < 20; round++) {
        int status = 0;
        pid_t pid = fork();

        if (pid == 0) {
            leave_what_is_not_read();
        }
        ck_assert_int_eq(waitpid(pid, &status, 0), pid);
        ck_assert(WIFEXITED(status));
        ck_assert_int_ne(WEXITSTATUS(status), SEND_FAILED);
    }
}
END_TEST

START_TEST(test_an_end_without_descriptors)
{
    struct lq_error_message message = {""};
    lq_dealer_socket_t *dealer = NULL;
    const struct lq_dealer_options options = {.endpoint = test.endpoint, .part_bytes_max = 1};
    struct rlimit before;
    int next = dup(0);

    ck_assert_int_ge(next, 0);
    close(next);
    ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &before), 0);
    struct rlimit few = {(rlim_t)next + 3, before.rlim_max};
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &few), 0);
    ck_assert_int_eq(lq_dealer_socket_open(&options, &dealer, &message), LQ_ERR_LIMIT);
    ck_assert_ptr_nonnull(strstr(message.text, "descriptors"));
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &before), 0);
    ck_assert_int_eq(lq_dealer_socket_open(&options, &dealer, &message), LQ_OK);
    lq_dealer_socket_close(&dealer, 0);
}
END_TEST

/* More than the 1,024 sockets that czmq would allow a process. */
START_TEST(test_as_many_ends_as_descriptors)
{
    static lq_dealer_socket_t *dealers[1100];
    struct rlimit limit;

    ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
    if (limit.rlim_max < ENOUGH_DESCRIPTORS) {
        return;
    }
    limit.rlim_cur = limit.rlim_cur < ENOUGH_DESCRIPTORS ? ENOUGH_DESCRIPTORS : limit.rlim_cur;
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
    close_router();
    for (size_t index = 0; index < sizeof dealers / sizeof dealers[0]; index++) {
        dealers[index] = open_dealer();
    }
    for (size_t index = 0; index < sizeof dealers / sizeof dealers[0]; index++) {
        lq_dealer_socket_close(&dealers[index], 0);
    }
    open_router();
}
END_TEST

static void on_signal(int number)
{
    (void)number;
}

START_TEST(test_signals_stay_ours)
{
    const struct sigaction ours = {.sa_handler = on_signal};
    struct sigaction found;

    ck_assert_int_eq(sigaction(SIGINT, &ours, NULL), 0);
    ck_assert_int_eq(sigaction(SIGTERM, &ours, NULL), 0);
    lq_dealer_socket_t *dealer = open_dealer();
    ck_assert_int_eq(sigaction(SIGINT, NULL, &found), 0);
    ck_assert(found.sa_handler == on_signal);
    ck_assert_int_eq(sigaction(SIGTERM, NULL, &found), 0);
    ck_assert(found.sa_handler == on_signal);
    lq_dealer_socket_close(&dealer, 0);
}
END_TEST

START_TEST(test_ends_that_cannot_be)
{
    static const struct {
        const char *endpoint;
        enum lq_result result;
    } rows[] = {
        {"tcp://127.0.0.1:9", LQ_ERR_KEY}, /* without keys */
        {"ipc://", LQ_ERR_INVALID},
        {"pgm://eth0;239.1.1.1:5555", LQ_ERR_INVALID},
    };

    for (size_t index = 0; index < sizeof rows / sizeof rows[0]; index++) {
        struct lq_error_message message = {""};
        lq_dealer_socket_t *dealer = NULL;
        const struct lq_dealer_options options = {.endpoint = rows[index].endpoint,
                                                  .part_bytes_max = 1};
        ck_assert_int_eq(lq_dealer_socket_open(&options, &dealer, &message), rows[index].result);
        ck_assert_ptr_nonnull(strstr(message.text, rows[index].endpoint));
        ck_assert_ptr_null(dealer);
    }
}
END_TEST

TCase *lq_test_dealer_socket(void)
{
    TCase *tc = tcase_create("dealer_socket");

    tcase_add_checked_fixture(tc, open_router, close_router);
    tcase_add_test(tc, test_parts_both_ways);
    tcase_add_test(tc, test_nothing_waits_for_who_is_not_there);
    tcase_add_test(tc, test_a_close_that_lingers);
    tcase_add_test(tc, test_a_close_beside_who_does_not_read);
    tcase_add_test(tc, test_an_end_without_descriptors);
    tcase_add_test(tc, test_as_many_ends_as_descriptors);
    tcase_add_test(tc, test_signals_stay_ours);
    tcase_add_test(tc, test_ends_that_cannot_be);
    return tc;
}
