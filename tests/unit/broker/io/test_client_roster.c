// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "base/clock.h"
#include "broker/io/client_roster.h"
#include "tests/unit/broker/io/broker_io_cases.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PEERS_MAX = 16, MOST = LQ_CLIENT_ROSTER_CONNECTIONS_MAX };

static lq_client_roster_t *roster;
static const struct lq_client_id one = {{1}};
static const struct lq_client_id two = {{2}};
static int descriptors[PEERS_MAX + 1];

static void open_roster(void)
{
    roster = lq_client_roster_new(PEERS_MAX);
    for (int peer = 0; peer <= PEERS_MAX; peer++) {
        descriptors[peer] = -1;
    }
}

static void close_roster(void)
{
    for (int peer = 0; peer <= PEERS_MAX; peer++) {
        if (descriptors[peer] >= 0) {
            close(descriptors[peer]);
        }
    }
    lq_client_roster_destroy(&roster);
    lq_client_roster_destroy(&roster);
}

/* By the slot of its number. */
static void cut(uint32_t peer)
{
    ck_assert_int_eq(close(descriptors[peer & 0xffff]), 0);
    descriptors[peer & 0xffff] = -1;
}

/* The end of a pipe has an inode of its own, as a socket has. */
static struct lq_connection_mark connect_peer(uint32_t peer)
{
    int ends[2];
    struct stat found;

    ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
    close(ends[1]);
    if (descriptors[peer & 0xffff] >= 0) {
        cut(peer);
    }
    descriptors[peer & 0xffff] = ends[0];
    ck_assert_int_eq(fstat(ends[0], &found), 0);
    return (struct lq_connection_mark){ends[0], found.st_ino};
}

static bool enter(uint32_t peer, const struct lq_client_id *client, uint64_t now_ns)
{
    const struct lq_connection_mark mark = connect_peer(peer);

    return lq_client_roster_enter(roster, peer, client, &mark, now_ns);
}

static void fill(void)
{
    for (uint32_t peer = 1; peer <= MOST; peer++) {
        ck_assert(enter(peer, &one, 1));
        ck_assert(lq_client_roster_serves(roster, peer, &one));
    }
}

START_TEST(test_one_too_many_is_not_served)
{
    fill();
    ck_assert(!enter(MOST + 1, &one, 1));
    ck_assert(!lq_client_roster_serves(roster, MOST + 1, &one));
    ck_assert(lq_client_roster_refuses(roster, MOST + 1, 1));
    /* The others are, and so is another client. */
    ck_assert(lq_client_roster_serves(roster, 1, &one));
    ck_assert(!lq_client_roster_refuses(roster, 1, 1));
    ck_assert(enter(MOST + 2, &two, 1));
    ck_assert(!lq_client_roster_serves(roster, 1, &two));
    /* Asking again is worth it after a while. */
    ck_assert(!lq_client_roster_refuses(roster, MOST + 1, LQ_NS_PER_S));
}
END_TEST

/* All of a client's connections end at once, and it comes again at once, with as many. */
START_TEST(test_who_was_cut_comes_again_at_once)
{
    fill();
    for (uint32_t peer = 1; peer <= MOST; peer++) {
        cut(peer);
    }
    for (uint32_t peer = MOST + 1; peer <= 2 * MOST; peer++) {
        ck_assert_msg(enter(peer, &one, 1), "peer %u", peer);
    }
    ck_assert(!lq_client_roster_serves(roster, 1, &one));
}
END_TEST

/* A descriptor is used again by another connection: it is not taken for the one that ended. */
START_TEST(test_a_descriptor_used_again)
{
    fill();
    cut(1);
    const struct lq_connection_mark next = connect_peer(MOST + 1);
    ck_assert(lq_client_roster_enter(roster, MOST + 1, &one, &next, 1));
    ck_assert(!lq_client_roster_serves(roster, 1, &one));
}
END_TEST

/* The number of a slot that another peer had, and a connection that becomes another client. */
START_TEST(test_a_slot_used_again)
{
    fill();
    ck_assert(enter(1 << 16 | 1, &two, 1));
    ck_assert(!lq_client_roster_serves(roster, 1, &one));
    ck_assert(enter(MOST + 1, &one, 1)); /* there is room now */
    ck_assert(enter(MOST + 1, &two, 1));
    ck_assert(!lq_client_roster_serves(roster, MOST + 1, &one));
    ck_assert(enter(MOST + 2, &one, 1));
}
END_TEST

/* Whose it is was said; commands of anybody come over it. */
START_TEST(test_a_connection_is_known)
{
    ck_assert(!lq_client_roster_knows(roster, 3));
    ck_assert(enter(3, &one, 1));
    ck_assert(lq_client_roster_knows(roster, 3));
    ck_assert(!lq_client_roster_knows(roster, 4));
    ck_assert(!lq_client_roster_knows(roster, 1 << 16 | 3)); /* another's in the same slot */
    close_roster();
    open_roster();
    fill();
    ck_assert(!enter(MOST + 1, &one, 1));
    ck_assert(!lq_client_roster_knows(roster, MOST + 1));
}
END_TEST

TCase *lq_test_client_roster(void)
{
    TCase *tcase = tcase_create("client_roster");

    tcase_add_checked_fixture(tcase, open_roster, close_roster);
    tcase_add_test(tcase, test_one_too_many_is_not_served);
    tcase_add_test(tcase, test_who_was_cut_comes_again_at_once);
    tcase_add_test(tcase, test_a_descriptor_used_again);
    tcase_add_test(tcase, test_a_slot_used_again);
    tcase_add_test(tcase, test_a_connection_is_known);
    return tcase;
}
