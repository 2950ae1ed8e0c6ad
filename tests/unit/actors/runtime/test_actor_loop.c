// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "actors/runtime/actor_loop.h"

#include "proto/actor_codec.h"

#include "proto/instance_cell.h"
#include "tests/support/suite.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <unistd.h>
#include <zmq.h>

/* An actor in a thread of its own; the test is its broker. */
#define EPOCH 5u
#define MESSAGE_BYTES 65536

static struct {
    char folder[64], endpoint[96];
    void *context, *socket;
    uint8_t identity[64];
    int identity_bytes;
    uint8_t header[MESSAGE_BYTES];
    struct lq_view message; /* behind the framing of the header received last */
    int signal_pipe[2];
    pthread_t thread;
    int exit_code;
    _Atomic int items;  /* worked on */
    _Atomic bool hangs; /* the item does not end */
    bool joined;
    uint64_t cell_words[LQ_CELL_WORDS];
    uint8_t arena_memory[MESSAGE_BYTES];
} test;

static void count_item(void *state, const struct lq_stage_item *item, struct lq_answer *answer,
                       struct lq_out_buffer *out)
{
    (void)state;
    (void)item;
    (void)out;
    answer->verdict = LQ_ITEM_DONE;
    test.items++;
    while (test.hangs) {
        sched_yield();
    }
}

static enum lq_result resolve_item(void *state, const struct lq_resolve_item *item, bool *committed,
                                   struct lq_answer *answer, struct lq_out_buffer *out)
{
    (void)state;
    (void)item;
    (void)answer;
    (void)out;
    *committed = false;
    return LQ_OK;
}

static void *run_actor(void *argument)
{
    static const struct lq_batch_stage stage = {
        .name = "fake", .version = 1, .item = count_item, .resolve = resolve_item};
    struct lq_actor_options options = {.instance = "fake-1",
                                       .settings = {.credit = 2, .items_max = 16, .bytes_max = 1}};
    struct lq_progress_cell cell = {-1, test.cell_words};

    const struct lq_actor_start start = {&options, &stage,        &cell,
                                         {0, 0},   test.endpoint, test.signal_pipe[0]};

    test.exit_code = lq_actor_loop_run(&start, &test.joined);
    return argument;
}

/* The next message of this kind; others, heartbeats among them, are passed over. */
static void receive(enum lq_message_kind wanted)
{
    enum lq_message_kind kind = 0;
    int more = 1;
    size_t more_bytes = sizeof more;

    while (kind != wanted) {
        test.identity_bytes = zmq_recv(test.socket, test.identity, sizeof test.identity, 0);
        ck_assert_int_gt(test.identity_bytes, 0);
        int bytes = zmq_recv(test.socket, test.header, sizeof test.header, 0);
        ck_assert_int_gt(bytes, 0);
        ck_assert_int_eq(
            lq_framing_get(lq_view_of(test.header, (size_t)bytes), &kind, &test.message), LQ_OK);
        ck_assert_int_eq(zmq_getsockopt(test.socket, ZMQ_RCVMORE, &more, &more_bytes), 0);
        ck_assert_int_eq(more, 0);
    }
}

static void send_header(const uint8_t *header, size_t bytes)
{
    ck_assert_int_gt(zmq_send(test.socket, test.identity, (size_t)test.identity_bytes, ZMQ_SNDMORE),
                     0);
    ck_assert_int_eq(zmq_send(test.socket, header, bytes, 0), (int)bytes);
}

static void welcome(uint64_t epoch)
{
    uint8_t header[256];
    size_t bytes;
    const struct lq_welcome message = {epoch, 256, 1 << 20, 256, {NULL, 0}, {NULL, 0}};

    ck_assert_int_eq(lq_welcome_encode(&message, header, sizeof header, &bytes), LQ_OK);
    send_header(header, bytes);
}

static void dispatch(uint64_t epoch, uint64_t batch)
{
    uint8_t header[512];
    size_t bytes;
    struct lq_dispatch_item item = {.execution = batch,
                                    .lease = 1,
                                    .kind = LQ_EXECUTION_TICK,
                                    .names = lq_session_names_of("acme", "one")};
    const struct lq_dispatch message = {epoch, batch, 900, 1, &item};

    ck_assert_int_eq(lq_dispatch_encode(&message, header, sizeof header, &bytes), LQ_OK);
    send_header(header, bytes);
}

static struct lq_result_batch receive_batch(enum lq_message_kind kind)
{
    struct lq_arena arena = {test.arena_memory, sizeof test.arena_memory, 0};
    struct lq_result_batch result;
    const char *where = "";

    receive(kind);
    ck_assert_int_eq(lq_result_batch_decode(test.message, &arena, &result, &where), LQ_OK);
    ck_assert_uint_eq(result.epoch, EPOCH);
    ck_assert_uint_eq(result.item_count, 1);
    return result;
}

static uint64_t receive_result(void)
{
    struct lq_result_batch result = receive_batch(LQ_MESSAGE_RESULT);

    ck_assert_uint_eq(result.items[0].verdict, LQ_ITEM_DONE);
    return result.batch;
}

static void start(void)
{
    memset(&test, 0, sizeof test);
    snprintf(test.folder, sizeof test.folder, "/tmp/lq-loop-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(test.folder));
    snprintf(test.endpoint, sizeof test.endpoint, "ipc://%s/s", test.folder);
    test.context = zmq_ctx_new();
    test.socket = zmq_socket(test.context, ZMQ_ROUTER);
    ck_assert_int_eq(zmq_bind(test.socket, test.endpoint), 0);
    ck_assert_int_eq(pipe(test.signal_pipe), 0);
    ck_assert_int_eq(pthread_create(&test.thread, NULL, run_actor, NULL), 0);
    receive(LQ_MESSAGE_HEARTBEAT);
    welcome(EPOCH);
    receive(LQ_MESSAGE_READY);
    welcome(EPOCH);
}

static void stop(void)
{
    const struct signalfd_siginfo signal = {.ssi_signo = 15};

    ck_assert_int_eq(write(test.signal_pipe[1], &signal, sizeof signal), (ssize_t)sizeof signal);
    receive(LQ_MESSAGE_GOODBYE);
    ck_assert_int_eq(pthread_join(test.thread, NULL), 0);
    ck_assert_int_eq(test.exit_code, LQ_ACTOR_EXIT_OK);
    ck_assert(test.joined);
    close(test.signal_pipe[0]);
    close(test.signal_pipe[1]);
    zmq_close(test.socket);
    zmq_ctx_term(test.context);
    unlink(test.endpoint + strlen("ipc://"));
    ck_assert_int_eq(rmdir(test.folder), 0);
}

START_TEST(test_work_of_another_epoch_is_dropped)
{
    dispatch(EPOCH - 1, 1);
    dispatch(EPOCH + 1, 2);
    dispatch(EPOCH, 3);
    ck_assert_uint_eq(receive_result(), 3);
    ck_assert_int_eq(test.items, 1);
}
END_TEST

START_TEST(test_a_new_epoch_makes_it_register_again)
{
    uint8_t header[64];
    size_t bytes;

    dispatch(EPOCH, 1);
    ck_assert_uint_eq(receive_result(), 1);
    struct lq_heartbeat beat = {.epoch = EPOCH + 1};
    ck_assert_int_eq(
        lq_heartbeat_encode(LQ_MESSAGE_HEARTBEAT, &beat, header, sizeof header, &bytes), LQ_OK);
    send_header(header, bytes);
    dispatch(EPOCH, 2);
    receive(LQ_MESSAGE_READY);
    struct lq_arena arena = {test.arena_memory, sizeof test.arena_memory, 0};
    struct lq_ready ready;
    const char *where = "";
    ck_assert_int_eq(lq_ready_decode(test.message, &arena, &ready, &where), LQ_OK);
    ck_assert_uint_eq(ready.epoch, EPOCH + 1);
}
END_TEST

static void resolve(uint64_t fence)
{
    uint8_t header[256];
    size_t bytes;
    struct lq_resolve_item item = {.execution = {EPOCH, 7},
                                   .frame = 3,
                                   .kind = LQ_EXECUTION_TICK,
                                   .names = lq_session_names_of("acme", "one"),
                                   .lease = 4};
    const struct lq_resolve message = {EPOCH, fence, 1, &item};

    ck_assert_int_eq(lq_resolve_encode(&message, header, sizeof header, &bytes), LQ_OK);
    send_header(header, bytes);
}

/* An answer to RESOLVE is final: work that it overtook must not be done any more. */
START_TEST(test_work_older_than_a_resolve_is_returned)
{
    dispatch(EPOCH, 1);
    ck_assert_uint_eq(receive_result(), 1);
    resolve(2);
    struct lq_result_batch result = receive_batch(LQ_MESSAGE_RESOLVED);
    ck_assert_uint_eq(result.items[0].verdict, LQ_ITEM_RETURNED);
    ck_assert_uint_eq(result.items[0].lease, 4);
    dispatch(EPOCH, 2);
    result = receive_batch(LQ_MESSAGE_RESULT);
    ck_assert_uint_eq(result.batch, 2);
    ck_assert_uint_eq(result.items[0].verdict, LQ_ITEM_RETURNED);
    dispatch(EPOCH, 3);
    ck_assert_uint_eq(receive_result(), 3);
    ck_assert_int_eq(test.items, 2);
}
END_TEST

/* What a doubt is about may still be on its way to the disk: work that waits is returned, a RESOLVE
 * that waits is not answered. */
START_TEST(test_a_resolve_behind_what_hangs_is_not_answered)
{
    bool returned = false;

    test.hangs = true;
    dispatch(EPOCH, 1);
    dispatch(EPOCH, 2);
    resolve(0);
    ck_assert_int_eq(pthread_join(test.thread, NULL), 0);
    ck_assert_int_eq(test.exit_code, LQ_ACTOR_EXIT_ITEM_TIMEOUT);
    ck_assert(!test.joined);
    for (;;) {
        enum lq_message_kind kind = 0;
        int wait_ms = returned ? 0 : -1; /* it may still be on its way when the thread has ended */

        ck_assert_int_eq(zmq_setsockopt(test.socket, ZMQ_RCVTIMEO, &wait_ms, sizeof wait_ms), 0);
        if (zmq_recv(test.socket, test.identity, sizeof test.identity, 0) < 0) {
            break;
        }
        int bytes = zmq_recv(test.socket, test.header, sizeof test.header, 0);
        struct lq_view header = lq_view_of(test.header, (size_t)bytes);
        ck_assert_int_eq(lq_framing_get(header, &kind, &test.message), LQ_OK);
        ck_assert_int_ne(kind, LQ_MESSAGE_RESOLVED);
        returned = returned || kind == LQ_MESSAGE_RESULT;
    }
    ck_assert(returned);
}
END_TEST

START_TEST(test_heartbeats_tell_what_is_held)
{
    struct lq_arena arena = {test.arena_memory, sizeof test.arena_memory, 0};
    struct lq_heartbeat beat;
    const char *where = "";

    dispatch(EPOCH, 6);
    ck_assert_uint_eq(receive_result(), 6);
    receive(LQ_MESSAGE_HEARTBEAT);
    ck_assert_int_eq(lq_heartbeat_decode(test.message, &arena, &beat, &where), LQ_OK);
    ck_assert(beat.tells);
    ck_assert(!beat.paused);
    ck_assert_uint_eq(beat.newest_batch, 6);
    ck_assert_uint_eq(beat.batch_count, 0);
}
END_TEST

TCase *lq_test_actor_loop(void);
TCase *lq_test_actor_loop_hanging(void);
TCase *lq_test_actor_loop(void)
{
    TCase *tcase = tcase_create("actor_loop");

    tcase_add_checked_fixture(tcase, start, stop);
    tcase_add_test(tcase, test_work_of_another_epoch_is_dropped);
    tcase_add_test(tcase, test_a_new_epoch_makes_it_register_again);
    tcase_add_test(tcase, test_work_older_than_a_resolve_is_returned);
    tcase_add_test(tcase, test_heartbeats_tell_what_is_held);
    return tcase;
}

/* In a process of its own: the stage thread that hangs never ends. */
TCase *lq_test_actor_loop_hanging(void)
{
    TCase *tcase = tcase_create("actor_loop_hanging");

    tcase_add_checked_fixture(tcase, start, NULL);
    if (lq_suite_forks()) {
        tcase_add_test(tcase, test_a_resolve_behind_what_hangs_is_not_answered);
    }
    return tcase;
}
