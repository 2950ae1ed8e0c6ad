// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "broker/io/router_socket.h"
#include "tests/unit/broker_io/broker_io_cases.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define WAIT_MS (-1) /* suite.c guards against hanging */

static struct {
    char folder[64], endpoint[96];
    void *context;
    lq_router_socket_t *router;
} test;

static void open_router(void)
{
    char message[256] = "";

    snprintf(test.folder, sizeof test.folder, "/tmp/lq-router-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(test.folder));
    snprintf(test.endpoint, sizeof test.endpoint, "ipc://%s/s", test.folder);
    test.context = zmq_ctx_new();
    ck_assert_msg(lq_router_socket_open(test.context, test.endpoint, 16, &test.router, message) ==
                      LQ_OK,
                  "%s", message);
}

static void close_router(void)
{
    lq_router_socket_close(&test.router);
    zmq_ctx_term(test.context);
    unlink(test.endpoint + strlen("ipc://"));
    rmdir(test.folder);
}

static void *connect_as(const char *routing_id)
{
    void *dealer = zmq_socket(test.context, ZMQ_DEALER);
    int linger = 0;

    ck_assert_int_eq(zmq_setsockopt(dealer, ZMQ_ROUTING_ID, routing_id, strlen(routing_id)), 0);
    ck_assert_int_eq(zmq_setsockopt(dealer, ZMQ_LINGER, &linger, sizeof linger), 0);
    ck_assert_int_eq(zmq_connect(dealer, test.endpoint), 0);
    return dealer;
}

/* A framed message of this kind from the dealer; the number of the peer it is seen as. */
static uint32_t say(void *dealer, uint8_t kind)
{
    const uint8_t header[] = {'L', 'Q', 1, kind};
    struct lq_router_message received;
    zmq_pollitem_t item = {lq_router_socket_handle(test.router), 0, ZMQ_POLLIN, 0};

    ck_assert_int_eq(zmq_send(dealer, header, sizeof header, 0), (int)sizeof header);
    while (!lq_router_socket_receive(test.router, 1, &received)) {
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
    const struct lq_view header = lq_view_of((const uint8_t *)"LQ\1\5", 4);
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
        {"", 0, 1},         {"LQ", 2, 1},        {"LQ\1", 3, 1},           {"XQ\1\x20", 4, 1},
        {"LQ\2\x20", 4, 1}, {"LQ\1", 4, 1},      {"LQ\1\7", 4, 1},         {"LQ\1\xff", 4, 1},
        {"LQ\1\x20", 4, 3}, {"LQ\1\x20", 4, 50}, {large, sizeof large, 1}, {large, sizeof large, 2},
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

TCase *lq_test_router_socket(void)
{
    TCase *tc = tcase_create("router_socket");

    tcase_add_checked_fixture(tc, open_router, close_router);
    tcase_add_test(tc, test_a_peer_that_comes_again_takes_over);
    tcase_add_test(tc, test_rubbish_is_counted_and_dropped);
    return tc;
}
