// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "base/clock.h"
#include "base/error_message.h"
#include "tests/unit/transport/transport_cases.h"
#include "transport/router_socket.h"
#include "transport/version_answer.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <zmq.h>

#define WAIT_MS (-1) /* suite.c guards against hanging */
#define MESSAGES_MAX 1000u
#define WAITING_BYTES_MAX 65536

static struct {
    char folder[64], endpoint[96];
    void *context;
    lq_router_socket_t *router;
} test;

static void open_router(void)
{
    struct lq_error_message message = {""};

    snprintf(test.folder, sizeof test.folder, "/tmp/lq-router-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(test.folder));
    snprintf(test.endpoint, sizeof test.endpoint, "ipc://%s/s", test.folder);
    test.context = zmq_ctx_new();
    const struct lq_router_options options = {.endpoint = test.endpoint,
                                              .peers_max = 16,
                                              .part_bytes_max = LQ_BODY_BYTES_MAX,
                                              .received_messages_max = 64,
                                              .send = {WAITING_BYTES_MAX, 2 * WAITING_BYTES_MAX}};
    ck_assert_msg(lq_router_socket_open(&options, &test.router, &message) == LQ_OK, "%s",
                  message.text);
}

static void close_router(void)
{
    lq_router_socket_close(&test.router);
    zmq_ctx_term(test.context);
    unlink(test.endpoint + strlen("ipc://"));
    rmdir(test.folder);
}

/* With queues of 8 messages, so that the kernel and the quota hold what waits. */
static void *connect_as(const char *routing_id)
{
    void *dealer = zmq_socket(test.context, ZMQ_DEALER);
    int linger = 0;
    int queued = 8;

    ck_assert_int_eq(zmq_setsockopt(dealer, ZMQ_ROUTING_ID, routing_id, strlen(routing_id)), 0);
    ck_assert_int_eq(zmq_setsockopt(dealer, ZMQ_LINGER, &linger, sizeof linger), 0);
    ck_assert_int_eq(zmq_setsockopt(dealer, ZMQ_RCVHWM, &queued, sizeof queued), 0);
    ck_assert_int_eq(zmq_connect(dealer, test.endpoint), 0);
    return dealer;
}

/* A framed message of this kind from the dealer; the number of the peer it is seen as. */
static uint32_t say(void *dealer, uint8_t kind)
{
    const uint8_t header[] = {'L', 'Q', LQ_WIRE_VERSION, kind};
    struct lq_router_message received;
    zmq_pollitem_t item = {lq_router_socket_handle(test.router), 0, ZMQ_POLLIN, 0};

    ck_assert_int_eq(zmq_send(dealer, header, sizeof header, 0), (int)sizeof header);
    uint32_t left = MESSAGES_MAX;
    while (!lq_router_socket_receive(test.router, 1, &left, &received)) {
        ck_assert_uint_gt(left, 0);
        ck_assert_int_eq(zmq_poll(&item, 1, WAIT_MS), 1);
    }
    ck_assert_int_eq(received.kind, kind);
    uint32_t peer = received.peer;
    lq_router_message_close(&received);
    return peer;
}

/* A peer comes again before the end of its old connection is known here: the new one counts. */
START_TEST(test_a_peer_that_comes_again_takes_over)
{
    char text[4];
    void *old = connect_as("actor");
    uint32_t peer = say(old, LQ_MESSAGE_HEARTBEAT);
    void *renewed = connect_as("actor");

    ck_assert_uint_eq(say(renewed, LQ_MESSAGE_READY), peer);
    const struct lq_view header = lq_view_of((const uint8_t *)"LQ\2\5", 4);
    ck_assert_int_eq(lq_router_socket_send(test.router, peer, header, NULL), LQ_OK);
    zmq_pollitem_t item = {renewed, 0, ZMQ_POLLIN, 0};
    ck_assert_int_eq(zmq_poll(&item, 1, WAIT_MS), 1);
    ck_assert_int_eq(zmq_recv(renewed, text, sizeof text, 0), 4);
    zmq_close(old);
    zmq_close(renewed);
}
END_TEST

static void send_parts(void *dealer, const void *first, size_t bytes, int parts)
{
    ck_assert_int_ge(zmq_send(dealer, first, bytes, parts > 1 ? ZMQ_SNDMORE : 0), 0);
    for (int part = 1; part < parts; part++) {
        ck_assert_int_ge(zmq_send(dealer, "", 0, part + 1 < parts ? ZMQ_SNDMORE : 0), 0);
    }
}

/* What is not framed as ours, whatever its parts; behind it a message that is. */
START_TEST(test_rubbish_is_counted_and_dropped)
{
    static uint8_t large[LQ_HEADER_BYTES_MAX + 1] = {'L', 'Q', LQ_WIRE_VERSION, LQ_MESSAGE_HELLO};
    static const struct {
        const void *first;
        size_t bytes;
        int parts;
    } rubbish[] = {
        {"", 0, 1},         {"LQ", 2, 1},        {"LQ\2", 3, 1},           {"XQ\1\x20", 4, 1},
        {"LQ\3\x20", 4, 1}, {"LQ\2", 4, 1},      {"LQ\2\7", 4, 1},         {"LQ\2\xff", 4, 1},
        {"LQ\2\x20", 4, 3}, {"LQ\2\x20", 4, 50}, {large, sizeof large, 1}, {large, sizeof large, 2},
    };
    void *dealer = connect_as("stranger");

    for (uint64_t index = 0; index < sizeof rubbish / sizeof rubbish[0]; index++) {
        send_parts(dealer, rubbish[index].first, rubbish[index].bytes, rubbish[index].parts);
        ck_assert_uint_ne(say(dealer, LQ_MESSAGE_HELLO), 0);
        ck_assert_uint_eq(lq_router_socket_dropped(test.router), index + 1);
    }
    zmq_close(dealer);
}
END_TEST

/* Who speaks another version hears why in its own, and then the same in ours. */
START_TEST(test_another_version_is_answered)
{
    const uint8_t versions[] = {LQ_WIRE_VERSION - 1, LQ_WIRE_VERSION};
    const uint8_t hello[] = {'L', 'Q', LQ_WIRE_VERSION - 1, LQ_MESSAGE_HELLO};
    void *dealer = connect_as("older");
    uint8_t answer[256];

    send_parts(dealer, hello, sizeof hello, 1);
    ck_assert_uint_ne(say(dealer, LQ_MESSAGE_HELLO), 0);
    for (int index = 0; index < 2; index++) {
        int bytes = zmq_recv(dealer, answer, sizeof answer, 0);
        ck_assert_int_gt(bytes, LQ_FRAMING_BYTES);
        ck_assert_uint_eq(answer[LQ_FRAMING_VERSION_AT], versions[index]);
        ck_assert_uint_eq(answer[3], LQ_MESSAGE_WELCOME);
        ck_assert_ptr_nonnull(memmem(answer, (size_t)bytes, "wire version 1 ", 15));
    }
    zmq_close(dealer);
}
END_TEST

/* However many they are, so many answers a second. */
START_TEST(test_answers_to_other_versions_are_bounded)
{
    struct lq_version_answer answers = {0};
    uint32_t count = 0;

    for (uint64_t ms = 1; ms <= 2000; ms++) {
        count += lq_version_answer_allows(&answers, ms * LQ_NS_PER_MS);
    }
    ck_assert_uint_eq(count, 2 * LQ_VERSION_ANSWERS_PER_S);
}
END_TEST

/* Messages that wait may all be rubbish: each costs one of what the turn has left. */
START_TEST(test_rubbish_is_bounded_by_the_turn)
{
    struct lq_router_message received;
    void *dealer = connect_as("stranger");
    uint64_t dropped = 0;

    for (int count = 0; count < 40; count++) {
        send_parts(dealer, "LX", 2, 1);
    }
    for (int tries = 0; dropped < 40; tries++) {
        zmq_pollitem_t item = {lq_router_socket_handle(test.router), 0, ZMQ_POLLIN, 0};
        uint32_t left = 3;
        ck_assert_int_lt(tries, 1000);
        ck_assert_int_eq(zmq_poll(&item, 1, WAIT_MS), 1);
        ck_assert(!lq_router_socket_receive(test.router, 1, &left, &received));
        ck_assert_uint_le(lq_router_socket_dropped(test.router) - dropped, 3);
        dropped = lq_router_socket_dropped(test.router);
    }
    zmq_close(dealer);
}
END_TEST

/* One message of very many parts is dropped in portions, and what comes behind it is heard. */
START_TEST(test_many_parts_are_dropped_in_portions)
{
    struct lq_router_message received;
    void *dealer = connect_as("stranger");
    zmq_pollitem_t item = {lq_router_socket_handle(test.router), 0, ZMQ_POLLIN, 0};
    uint32_t calls = 0;
    uint32_t left;

    send_parts(dealer, "LQ\2\x20", 4, 10000);
    send_parts(dealer, "LQ\2\x20", 4, 1);
    do {
        ck_assert_int_eq(zmq_poll(&item, 1, WAIT_MS), 1);
        left = 1;
        calls++;
    } while (!lq_router_socket_receive(test.router, 1, &left, &received));
    ck_assert_uint_ge(calls, 9);
    ck_assert_uint_eq(lq_router_socket_dropped(test.router), 1);
    lq_router_message_close(&received);
    zmq_close(dealer);
}
END_TEST

/* Far less waits for who does not read than so many messages of this size; who reads is served. */
START_TEST(test_a_peer_that_does_not_read)
{
    static uint8_t bytes[8192] = {'L', 'Q', LQ_WIRE_VERSION, LQ_MESSAGE_RECEIPT};
    struct lq_view header = lq_view_of(bytes, sizeof bytes);
    void *slow = connect_as("slow");
    void *good = connect_as("good");
    uint32_t slow_peer = say(slow, LQ_MESSAGE_HELLO);
    uint32_t good_peer = say(good, LQ_MESSAGE_HELLO);
    enum lq_result sent = LQ_OK;
    uint32_t count = 0;

    while (sent == LQ_OK && count < 3000) {
        sent = lq_router_socket_send(test.router, slow_peer, header, NULL);
        count += sent == LQ_OK;
        (void)poll(NULL, 0, count % 64 == 0 ? 1 : 0);
    }
    ck_assert_int_eq(sent, LQ_ERR_FULL);
    ck_assert_uint_le(lq_router_socket_waiting(test.router), WAITING_BYTES_MAX);
    for (int index = 0; index < 20; index++) {
        ck_assert_int_eq(lq_router_socket_send(test.router, good_peer, header, NULL), LQ_OK);
        zmq_pollitem_t item = {good, 0, ZMQ_POLLIN, 0};
        ck_assert_int_eq(zmq_poll(&item, 1, WAIT_MS), 1);
        ck_assert_int_eq(zmq_recv(good, bytes, sizeof bytes, 0), (int)sizeof bytes);
    }
    zmq_close(slow);
    zmq_close(good);
}
END_TEST

TCase *lq_test_router_socket(void)
{
    TCase *tc = tcase_create("router_socket");

    tcase_add_checked_fixture(tc, open_router, close_router);
    tcase_add_test(tc, test_a_peer_that_comes_again_takes_over);
    tcase_add_test(tc, test_rubbish_is_counted_and_dropped);
    tcase_add_test(tc, test_another_version_is_answered);
    tcase_add_test(tc, test_answers_to_other_versions_are_bounded);
    tcase_add_test(tc, test_rubbish_is_bounded_by_the_turn);
    tcase_add_test(tc, test_many_parts_are_dropped_in_portions);
    tcase_add_test(tc, test_a_peer_that_does_not_read);
    return tc;
}
