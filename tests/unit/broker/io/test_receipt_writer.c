// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* Over a real socket: what a client reads. */
#include "broker/io/receipt_writer.h"

#include "proto/client_codec.h"
#include "tests/unit/broker/io/broker_io_cases.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <zmq.h>

enum { CLIENTS = 3, ANSWERS_MAX = 16 };

static struct {
    char folder[64], endpoint[96];
    void *context;
    lq_router_socket_t *router;
    void *dealers[CLIENTS];
    uint32_t peers[CLIENTS];
    lq_receipt_writer_t *writer;
    struct lq_arena arena;
    uint8_t memory[1024 * 1024];
} test;

/* A HELLO makes the router know the peer. */
static void connect_client(uint32_t index)
{
    const uint8_t hello[] = {'L', 'Q', LQ_WIRE_VERSION, LQ_MESSAGE_HELLO};
    zmq_pollitem_t item = {lq_router_socket_handle(test.router), 0, ZMQ_POLLIN, 0};
    struct lq_router_message received;
    uint32_t left = 1000;
    int linger = 0;

    test.dealers[index] = zmq_socket(test.context, ZMQ_DEALER);
    ck_assert_int_eq(zmq_setsockopt(test.dealers[index], ZMQ_LINGER, &linger, sizeof linger), 0);
    ck_assert_int_eq(zmq_connect(test.dealers[index], test.endpoint), 0);
    ck_assert_int_eq(zmq_send(test.dealers[index], hello, sizeof hello, 0), (int)sizeof hello);
    while (!lq_router_socket_receive(test.router, 1, &left, &received)) {
        ck_assert_int_eq(zmq_poll(&item, 1, -1), 1);
    }
    test.peers[index] = received.peer;
    lq_router_message_close(&received);
}

static void open_all(void)
{
    struct lq_error_message message = {""};

    snprintf(test.folder, sizeof test.folder, "/tmp/lq-receipts-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(test.folder));
    snprintf(test.endpoint, sizeof test.endpoint, "ipc://%s/s", test.folder);
    const struct lq_router_options options = {.endpoint = test.endpoint,
                                              .peers_max = 16,
                                              .part_bytes_max = LQ_BODY_BYTES_MAX,
                                              .received_messages_max = 64};
    ck_assert_msg(lq_router_socket_open(&options, &test.router, &message) == LQ_OK, "%s",
                  message.text);
    test.context = zmq_ctx_new();
    test.writer = lq_receipt_writer_new(5);
    test.arena = (struct lq_arena){test.memory, sizeof test.memory, 0};
    for (uint32_t index = 0; index < CLIENTS; index++) {
        connect_client(index);
    }
}

static void close_all(void)
{
    for (uint32_t index = 0; index < CLIENTS; index++) {
        zmq_close(test.dealers[index]);
    }
    lq_receipt_writer_destroy(&test.writer);
    lq_router_socket_close(&test.router);
    zmq_ctx_term(test.context);
    unlink(test.endpoint + strlen("ipc://"));
    rmdir(test.folder);
}

static void add(uint32_t client, uint64_t tag, uint8_t outcome, const char *reason, uint32_t again)
{
    struct lq_broker_effect effect = {.kind = LQ_EFFECT_ANSWER};

    effect.answer.peer = test.peers[client];
    effect.answer.tag = tag;
    effect.answer.outcome = outcome;
    effect.answer.reason = lq_view_text(reason);
    effect.answer.again_ms = again;
    lq_receipt_writer_add(test.writer, &effect, test.router);
}

/* The next RECEIPT of a client; it lives until the next one. */
static struct lq_receipt read_receipt(uint32_t client)
{
    static uint8_t bytes[LQ_HEADER_BYTES_MAX];
    struct lq_receipt receipt;
    enum lq_message_kind kind;
    struct lq_view message;
    const char *where = "";
    int count = zmq_recv(test.dealers[client], bytes, sizeof bytes, 0);

    ck_assert_int_gt(count, 0);
    lq_arena_reset(&test.arena);
    ck_assert_int_eq(lq_framing_get(lq_view_of(bytes, (size_t)count), &kind, &message), LQ_OK);
    ck_assert_int_eq(kind, LQ_MESSAGE_RECEIPT);
    ck_assert_msg(lq_receipt_decode(message, &test.arena, &receipt, &where) == LQ_OK, "%s", where);
    ck_assert_uint_eq(receipt.epoch, 5);
    return receipt;
}

/* Commands with tags 1, 2, ... a letter each: q, r refused by two reasons; w refused by the first
 * with another time; u not answered; a applied; | another SUBMIT; > another SUBMIT, of client 1. */
static const struct {
    const char *script;
    const char *expected; /* answers to client 0: tag, or tag-last_tag of a run */
} rows[] = {
    {"q", "1"},           {"qq", "1-2"},           {"qqqqqqqq", "1-8"},  {"uqqu", "2-3"},
    {"qquqq", "1-2 4-5"}, {"qqrrq", "1-2 3-4 5"},  {"qqww", "1-2 3-4"},  {"qaq", "1 2 3"},
    {"aqqa", "1 2-3 4"},  {"aa", "1 2"},           {"qq|qq", "1-2 3-4"}, {"q|q", "1 2"},
    {"|||qq", "1-2"},     {"qq>rr|qq", "1-2 5-6"},
};

static void play(const char *script)
{
    uint64_t tag = 0;
    uint32_t client = 0;

    lq_receipt_writer_begin(test.writer);
    for (const char *at = script; *at != '\0'; at++) {
        if (*at == '|' || *at == '>') {
            client = *at == '>' ? 1 : 0;
            lq_receipt_writer_end(test.writer);
            lq_receipt_writer_begin(test.writer);
            continue;
        }
        lq_receipt_writer_next(test.writer, ++tag);
        if (*at == 'a') {
            add(client, tag, LQ_OUTCOME_APPLIED, "", 0);
        } else if (*at != 'u') {
            add(client, tag, LQ_OUTCOME_UNUSED, *at == 'r' ? "MAILBOX_FULL" : "TENANT_QUOTA: ticks",
                *at == 'w' ? 9 : 7);
        }
    }
    lq_receipt_writer_end(test.writer);
}

START_TEST(test_runs)
{
    char found[128] = "";

    play(rows[_i].script);
    lq_receipt_writer_flush(test.writer, test.router);
    struct lq_receipt receipt = read_receipt(0);
    for (uint32_t index = 0; index < receipt.answer_count; index++) {
        const struct lq_receipt_answer *answer = &receipt.answers[index];
        size_t used = strlen(found);
        snprintf(found + used, sizeof found - used, answer->last_tag != 0 ? "%s%u-%u" : "%s%u",
                 index > 0 ? " " : "", (unsigned)answer->tag, (unsigned)answer->last_tag);
    }
    ck_assert_str_eq(found, rows[_i].expected);
}
END_TEST

/* Answers that come of themselves are no command's of a SUBMIT, though their tags are those of one;
 * and a tag of 0 ends no run. */
START_TEST(test_answers_outside_a_submit_are_no_run)
{
    play("qq");
    add(0, 2, LQ_OUTCOME_UNUSED, "TENANT_QUOTA: ticks", 7);
    add(0, 3, LQ_OUTCOME_UNUSED, "TENANT_QUOTA: ticks", 7);
    lq_receipt_writer_begin(test.writer);
    for (uint32_t count = 0; count < 2; count++) {
        lq_receipt_writer_next(test.writer, 0);
        add(0, 0, LQ_OUTCOME_UNUSED, "TENANT_QUOTA: ticks", 7);
    }
    lq_receipt_writer_flush(test.writer, test.router);
    struct lq_receipt receipt = read_receipt(0);
    ck_assert_uint_eq(receipt.answer_count, 5);
    ck_assert_uint_eq(receipt.answers[0].last_tag, 2);
    for (uint32_t index = 1; index < 5; index++) {
        ck_assert_uint_eq(receipt.answers[index].last_tag, 0);
    }
}
END_TEST

START_TEST(test_each_client_gets_its_own_in_order)
{
    for (uint64_t tag = 1; tag <= 9; tag++) {
        add((uint32_t)(tag % CLIENTS), tag, LQ_OUTCOME_APPLIED, "", 0);
    }
    add(0, 10, LQ_OUTCOME_UNUSED, "TENANT_QUOTA: commands/s", 3);
    add(0, 11, LQ_OUTCOME_UNUSED, "MAILBOX_FULL: many", 3);
    ck_assert_uint_eq(lq_receipt_writer_quota_refusals(test.writer), 1);
    lq_receipt_writer_flush(test.writer, test.router);
    for (uint32_t client = 0; client < CLIENTS; client++) {
        struct lq_receipt receipt = read_receipt(client);
        ck_assert_uint_eq(receipt.answer_count, client == 0 ? 5 : 3);
        for (uint32_t index = 0; index < 3; index++) {
            ck_assert_uint_eq(receipt.answers[index].tag, client + 3 * (index + (client == 0)));
        }
    }
}
END_TEST

/* More than are gathered, and more than a message holds: nothing is lost, the order is kept. */
START_TEST(test_more_than_fits)
{
    uint64_t next = 1;

    for (uint64_t tag = 1; tag <= LQ_RECEIPT_ANSWERS_MAX * 6; tag++) {
        add(0, tag, LQ_OUTCOME_APPLIED, "", 0);
    }
    lq_receipt_writer_flush(test.writer, test.router);
    while (next <= LQ_RECEIPT_ANSWERS_MAX * 6) {
        struct lq_receipt receipt = read_receipt(0);
        for (uint32_t index = 0; index < receipt.answer_count; index++) {
            ck_assert_uint_eq(receipt.answers[index].tag, next++);
        }
    }
}
END_TEST

TCase *lq_test_receipt_writer(void)
{
    TCase *tcase = tcase_create("receipt_writer");

    tcase_add_checked_fixture(tcase, open_all, close_all);
    tcase_add_loop_test(tcase, test_runs, 0, (int)(sizeof rows / sizeof rows[0]));
    tcase_add_test(tcase, test_answers_outside_a_submit_are_no_run);
    tcase_add_test(tcase, test_each_client_gets_its_own_in_order);
    tcase_add_test(tcase, test_more_than_fits);
    return tcase;
}
