// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "tests/unit/transport/transport_cases.h"
#include "transport/accept_gate.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define DOOR_MAX 4
#define NEVER_MS (24u * 3600u * 1000u)
#define SOON_MS 50u

static struct {
    char folder[64];
    char path[96];
    int listener;
} test;

static int listen_at(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    ck_assert_int_ge(descriptor, 0);
    memcpy(address.sun_path, path, strlen(path) + 1);
    ck_assert_int_eq(bind(descriptor, (const struct sockaddr *)&address, sizeof address), 0);
    ck_assert_int_eq(listen(descriptor, 64), 0);
    return descriptor;
}

static int connect_to(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    memcpy(address.sun_path, path, strlen(path) + 1);
    ck_assert_int_eq(connect(descriptor, (const struct sockaddr *)&address, sizeof address), 0);
    return descriptor;
}

static void open_door(void)
{
    snprintf(test.folder, sizeof test.folder, "/tmp/lq-gate-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(test.folder));
    snprintf(test.path, sizeof test.path, "%s/door", test.folder);
    test.listener = listen_at(test.path);
}

/* Patience decides who goes, so each test has its own. */
static void set_patience(uint32_t mute_ms, uint32_t silence_ms)
{
    lq_accept_gate_add(test.path, DOOR_MAX, (struct lq_accept_patience){mute_ms, silence_ms});
}

static void close_door(void)
{
    lq_accept_gate_remove(test.path);
    close(test.listener);
    unlink(test.path);
    rmdir(test.folder);
}

static int knock(int *peer)
{
    *peer = connect_to(test.path);
    return accept4(test.listener, NULL, NULL, SOCK_CLOEXEC);
}

/* The kernel has closed the other end. */
static bool was_closed(int descriptor)
{
    char byte;

    return recv(descriptor, &byte, 1, MSG_DONTWAIT) == 0;
}

START_TEST(test_no_more_than_the_door_has)
{
    int peers[DOOR_MAX + 1];
    int accepted[DOOR_MAX];

    set_patience(NEVER_MS, NEVER_MS);
    for (int index = 0; index < DOOR_MAX; index++) {
        accepted[index] = knock(&peers[index]);
        ck_assert_int_ge(accepted[index], 0);
    }
    ck_assert_uint_eq(lq_accept_gate_connections(), DOOR_MAX);
    ck_assert_int_eq(knock(&peers[DOOR_MAX]), -1);
    ck_assert_int_eq(errno, ECONNABORTED);
    ck_assert(was_closed(peers[DOOR_MAX]));
    ck_assert_uint_ge(lq_accept_gate_refused(), 1);
    for (int index = 0; index < DOOR_MAX; index++) {
        ck_assert(!was_closed(peers[index])); /* none of them was silent for long */
        close(accepted[index]);
        close(peers[index]);
    }
}
END_TEST

/* One that ended is found out, at the latest when the door has been full for a while. */
START_TEST(test_who_ends_makes_room)
{
    int peers[DOOR_MAX + 1];
    int accepted[DOOR_MAX];
    int other;

    set_patience(NEVER_MS, NEVER_MS);
    for (int index = 0; index < DOOR_MAX; index++) {
        accepted[index] = knock(&peers[index]);
    }
    close(accepted[1]);
    other = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0); /* takes its descriptor */
    ck_assert_int_eq(other, accepted[1]);
    for (int tries = 0; (accepted[1] = knock(&peers[DOOR_MAX])) < 0; tries++) {
        ck_assert_int_lt(tries, 1000);
        close(peers[DOOR_MAX]);
        (void)poll(NULL, 0, 10);
    }
    ck_assert_uint_eq(lq_accept_gate_connections(), DOOR_MAX);
    close(other);
}
END_TEST

START_TEST(test_other_listeners_are_left_alone)
{
    char path[96];
    int peers[2 * DOOR_MAX];

    set_patience(NEVER_MS, NEVER_MS);
    snprintf(path, sizeof path, "%s/other", test.folder);
    int listener = listen_at(path);
    for (int index = 0; index < 2 * DOOR_MAX; index++) {
        peers[index] = connect_to(path);
        ck_assert_int_ge(accept(listener, NULL, NULL), 0);
    }
    ck_assert_uint_eq(lq_accept_gate_connections(), 0);
    ck_assert_int_eq(accept4(listener, NULL, NULL, 0), -1);
    ck_assert_int_eq(errno, EAGAIN);
    close(peers[0]);
    close(listener);
    unlink(path);
}
END_TEST

/* Who never spoke goes in favour of who knocks; who spoke stays. */
START_TEST(test_the_mute_make_room)
{
    int peers[DOOR_MAX + 1];

    set_patience(SOON_MS, NEVER_MS);
    for (int index = 0; index < DOOR_MAX; index++) {
        int accepted = knock(&peers[index]);
        ck_assert_int_ge(accepted, 0);
        if (index > 0) {
            lq_accept_gate_heard(accepted);
        }
    }
    lq_accept_gate_heard(-1);
    lq_accept_gate_heard(1 << 30);
    (void)poll(NULL, 0, SOON_MS + 10);
    ck_assert_int_ge(knock(&peers[DOOR_MAX]), 0);
    ck_assert(was_closed(peers[0]));
    for (int index = 1; index < DOOR_MAX; index++) {
        ck_assert(!was_closed(peers[index]));
    }
    ck_assert_uint_eq(lq_accept_gate_connections(), DOOR_MAX);
}
END_TEST

/* Who spoke, but not for long, goes as well: a quarter and one at a time, two of four. */
START_TEST(test_the_silent_make_room)
{
    int peers[DOOR_MAX + 1];
    int closed = 0;

    set_patience(NEVER_MS, SOON_MS);
    for (int index = 0; index < DOOR_MAX; index++) {
        lq_accept_gate_heard(knock(&peers[index]));
    }
    (void)poll(NULL, 0, SOON_MS + 10);
    ck_assert_int_ge(knock(&peers[DOOR_MAX]), 0);
    for (int index = 0; index < DOOR_MAX; index++) {
        closed += was_closed(peers[index]);
    }
    ck_assert_int_eq(closed, 2);
}
END_TEST

TCase *lq_test_accept_gate(void)
{
    TCase *tc = tcase_create("accept_gate");

    tcase_add_checked_fixture(tc, open_door, close_door);
    tcase_add_test(tc, test_no_more_than_the_door_has);
    tcase_add_test(tc, test_who_ends_makes_room);
    tcase_add_test(tc, test_other_listeners_are_left_alone);
    tcase_add_test(tc, test_the_mute_make_room);
    tcase_add_test(tc, test_the_silent_make_room);
    return tc;
}
