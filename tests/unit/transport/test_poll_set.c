// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "transport/poll_set.h"

#include "base/clock.h"
#include "tests/unit/transport/transport_cases.h"

#include <signal.h>
#include <sys/time.h>
#include <unistd.h>
#include <zmq.h>

#define LONG_NS (60 * LQ_NS_PER_S)

static struct {
    void *context, *near, *far;
    int pipe[2];
} test;

static void start(void)
{
    test.context = zmq_ctx_new();
    test.near = zmq_socket(test.context, ZMQ_PAIR);
    test.far = zmq_socket(test.context, ZMQ_PAIR);
    ck_assert_int_eq(zmq_bind(test.near, "inproc://poll"), 0);
    ck_assert_int_eq(zmq_connect(test.far, "inproc://poll"), 0);
    ck_assert_int_eq(pipe(test.pipe), 0);
}

static void stop(void)
{
    zmq_close(test.near);
    zmq_close(test.far);
    zmq_ctx_term(test.context);
    close(test.pipe[0]);
    close(test.pipe[1]);
}

static void send_some(int count)
{
    for (int message = 0; message < count; message++) {
        ck_assert_int_eq(zmq_send(test.far, "x", 1, ZMQ_DONTWAIT), 1);
    }
}

static void receive_one(void)
{
    char byte;

    ck_assert_int_eq(zmq_recv(test.near, &byte, 1, ZMQ_DONTWAIT), 1);
}

/* Its descriptor tells of a change once; the second message is no change. */
START_TEST(test_poll_set_tells_of_a_socket_until_it_is_empty)
{
    struct lq_poll_entry entry = {.socket = test.near};

    ck_assert_int_eq(lq_poll_set_wait(&entry, 1, 0), 0);
    ck_assert(!entry.readable);
    send_some(2);
    for (int message = 0; message < 2; message++) {
        ck_assert_int_eq(lq_poll_set_wait(&entry, 1, LONG_NS), 1);
        ck_assert(entry.readable);
        ck_assert(!entry.has_room);
        receive_one();
    }
    ck_assert_int_eq(lq_poll_set_wait(&entry, 1, 0), 0);
    ck_assert(!entry.readable);
}
END_TEST

START_TEST(test_poll_set_tells_of_all_at_once)
{
    struct lq_poll_entry entries[] = {
        {.socket = test.near}, {.descriptor = test.pipe[0]}, {.socket = test.far}};

    send_some(1);
    ck_assert_int_eq(write(test.pipe[1], "x", 1), 1);
    ck_assert_int_eq(lq_poll_set_wait(entries, 3, LONG_NS), 2);
    ck_assert(entries[0].readable);
    ck_assert(entries[1].readable);
    ck_assert(!entries[2].readable);
}
END_TEST

START_TEST(test_poll_set_tells_of_room_only_to_who_wants_it)
{
    struct lq_poll_entry entries[] = {{.socket = test.near}, {.socket = test.far}};

    entries[0].wants_room = true;
    ck_assert_int_eq(lq_poll_set_wait(entries, 2, LONG_NS), 1);
    ck_assert(entries[0].has_room);
    ck_assert(!entries[0].readable);
    ck_assert(!entries[1].has_room);
}
END_TEST

/* The shortest of many: any of them may have waited for a processor besides. */
START_TEST(test_poll_set_waits_less_than_a_millisecond)
{
    struct lq_poll_entry entries[] = {{.socket = test.near}, {.descriptor = test.pipe[0]}};
    uint64_t shortest_ns = UINT64_MAX;

    for (int wait = 0; wait < 200; wait++) {
        uint64_t begun_ns = lq_clock_monotonic_ns();
        ck_assert_int_eq(lq_poll_set_wait(entries, 2, 300000), 0);
        uint64_t took_ns = lq_clock_monotonic_ns() - begun_ns;
        ck_assert_uint_ge(took_ns, 300000);
        shortest_ns = took_ns < shortest_ns ? took_ns : shortest_ns;
    }
    ck_assert_uint_lt(shortest_ns, LQ_NS_PER_MS);
}
END_TEST

static void take_note(int number)
{
    (void)number;
}

/* Again and again, lest the only one comes before the wait. */
START_TEST(test_poll_set_wait_is_ended_by_a_signal)
{
    const struct sigaction action = {.sa_handler = take_note};
    const struct itimerval often = {{0, 20000}, {0, 20000}};
    const struct itimerval never = {{0, 0}, {0, 0}};
    struct lq_poll_entry entry = {.socket = test.near};

    ck_assert_int_eq(sigaction(SIGALRM, &action, NULL), 0);
    ck_assert_int_eq(setitimer(ITIMER_REAL, &often, NULL), 0);
    ck_assert_int_eq(lq_poll_set_wait(&entry, 1, LONG_NS), -1);
    ck_assert_int_eq(setitimer(ITIMER_REAL, &never, NULL), 0);
    signal(SIGALRM, SIG_DFL);
}
END_TEST

TCase *lq_test_poll_set(void)
{
    TCase *tcase = tcase_create("poll_set");

    tcase_add_checked_fixture(tcase, start, stop);
    tcase_add_test(tcase, test_poll_set_tells_of_a_socket_until_it_is_empty);
    tcase_add_test(tcase, test_poll_set_tells_of_all_at_once);
    tcase_add_test(tcase, test_poll_set_tells_of_room_only_to_who_wants_it);
    tcase_add_test(tcase, test_poll_set_waits_less_than_a_millisecond);
    tcase_add_test(tcase, test_poll_set_wait_is_ended_by_a_signal);
    return tcase;
}
