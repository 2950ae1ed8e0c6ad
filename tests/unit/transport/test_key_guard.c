// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* Real sockets over tcp: who has a key that is known gets in. */
#include "base/clock.h"
#include "tests/unit/transport/transport_cases.h"
#include "transport/dealer_socket.h"
#include "transport/key_guard.h"
#include "transport/poll_set.h"
#include "transport/router_socket.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define SILENCE_MS 300 /* the guard looks at its folder after 200 */

static struct {
    char folder[64], endpoint[64];
    lq_curve_keys_t *of_router, *known, *unknown;
    lq_key_guard_t *guard;
    lq_router_socket_t *router;
} test;

static const char *in_folder(const char *name)
{
    static char path[128];

    snprintf(path, sizeof path, "%s/%s", test.folder, name);
    return path;
}

static void choose_port(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t bytes = sizeof address;
    int descriptor = socket(AF_INET, SOCK_STREAM, 0);

    ck_assert_int_eq(bind(descriptor, (struct sockaddr *)&address, sizeof address), 0);
    ck_assert_int_eq(getsockname(descriptor, (struct sockaddr *)&address, &bytes), 0);
    close(descriptor);
    snprintf(test.endpoint, sizeof test.endpoint, "tcp://127.0.0.1:%d", ntohs(address.sin_port));
}

static enum lq_result open_router(const lq_curve_keys_t *keys, struct lq_error_message *message)
{
    const struct lq_router_options options = {.endpoint = test.endpoint,
                                              .peers_max = 16,
                                              .part_bytes_max = 4096,
                                              .received_messages_max = 64,
                                              .keys = keys};

    return lq_router_socket_open(&options, &test.router, message);
}

static lq_dealer_socket_t *connect_with(const lq_curve_keys_t *keys, const char *router_key)
{
    struct lq_error_message message = {""};
    lq_dealer_socket_t *dealer = NULL;
    const struct lq_dealer_options options = {.endpoint = test.endpoint,
                                              .part_bytes_max = 4096,
                                              .reconnect_ms = 10,
                                              .reconnect_ms_max = 20,
                                              .keys = keys,
                                              .router_key = router_key};

    ck_assert_msg(lq_dealer_socket_open(&options, &dealer, &message) == LQ_OK, "%s", message.text);
    return dealer;
}

static void start(void)
{
    struct lq_error_message message = {""};
    char from[128];

    snprintf(test.folder, sizeof test.folder, "/tmp/lq-guard-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(test.folder));
    ck_assert_int_eq(mkdir(in_folder("let-in"), 0700), 0);
    test.of_router = lq_curve_keys_new();
    test.known = lq_curve_keys_new();
    test.unknown = lq_curve_keys_new();
    ck_assert_int_eq(lq_curve_keys_save(test.known, in_folder("known"), &message), LQ_OK);
    snprintf(from, sizeof from, "%s", in_folder("known"));
    ck_assert_int_eq(rename(from, in_folder("let-in/known")), 0);
    ck_assert_int_eq(lq_key_guard_open(in_folder("let-in"), &test.guard, &message), LQ_OK);
    choose_port();
}

static void remove_folder(void)
{
    unlink(in_folder("let-in/known"));
    unlink(in_folder("known_secret"));
    rmdir(in_folder("let-in"));
    rmdir(test.folder);
}

static void stop(void)
{
    lq_router_socket_close(&test.router);
    lq_key_guard_close(&test.guard);
    lq_curve_keys_destroy(&test.of_router);
    lq_curve_keys_destroy(&test.known);
    lq_curve_keys_destroy(&test.unknown);
    remove_folder();
}

static void send_hello(lq_dealer_socket_t *dealer)
{
    struct lq_poll_entry entry = {.socket = lq_dealer_socket_handle(dealer), .wants_room = true};

    while (!entry.has_room) {
        ck_assert_int_ge(lq_poll_set_wait(&entry, 1, 60 * LQ_NS_PER_S), 0);
    }
    ck_assert(lq_dealer_socket_send(dealer, lq_view_of("LQ\2\x20hello", 9), NULL));
}

/* From whom a message came; NULL: none within timeout_ms. */
static const char *heard_from(uint64_t timeout_ms)
{
    static char key[LQ_CURVE_KEY_TEXT_BYTES + 1];
    struct lq_poll_entry entry = {.socket = lq_router_socket_handle(test.router)};
    struct lq_router_message received;
    uint32_t left = 1;

    if (lq_poll_set_wait(&entry, 1, timeout_ms * LQ_NS_PER_MS) <= 0) {
        return NULL;
    }
    ck_assert(lq_router_socket_receive(test.router, 1, &left, &received));
    ck_assert_ptr_nonnull(lq_message_part_key(&received.header));
    snprintf(key, sizeof key, "%s", lq_message_part_key(&received.header));
    lq_router_message_close(&received);
    return key;
}

START_TEST(test_a_known_key_is_let_in)
{
    struct lq_error_message message = {""};

    ck_assert_msg(open_router(test.of_router, &message) == LQ_OK, "%s", message.text);
    lq_dealer_socket_t *dealer = connect_with(test.known, lq_curve_keys_public(test.of_router));
    send_hello(dealer);
    ck_assert_str_eq(heard_from(60000), lq_curve_keys_public(test.known));
    ck_assert(!lq_dealer_socket_refused(dealer));
    lq_dealer_socket_close(&dealer, 0);
}
END_TEST

START_TEST(test_an_unknown_key_is_not)
{
    struct lq_error_message message = {""};

    ck_assert_int_eq(open_router(test.of_router, &message), LQ_OK);
    lq_dealer_socket_t *stranger = connect_with(test.unknown, lq_curve_keys_public(test.of_router));
    while (!lq_dealer_socket_refused(stranger)) { /* suite.c guards against hanging */
        (void)poll(NULL, 0, 5);
    }
    ck_assert(!lq_dealer_socket_has_room(stranger));
    ck_assert(!lq_dealer_socket_send(stranger, lq_view_of("LQ\2\x20hello", 9), NULL));
    ck_assert_ptr_null(heard_from(SILENCE_MS));
    lq_dealer_socket_close(&stranger, 0);
}
END_TEST

START_TEST(test_a_text_that_is_no_key)
{
    static const char *const texts[] = {"", "short", "0123456789012345678901234567890123456\\89",
                                        "#####01234567890123456789012345678901234"};

    for (size_t index = 0; index < sizeof texts / sizeof texts[0]; index++) {
        struct lq_error_message message = {""};
        lq_dealer_socket_t *dealer = NULL;
        const struct lq_dealer_options options = {.endpoint = test.endpoint,
                                                  .part_bytes_max = 1,
                                                  .keys = test.known,
                                                  .router_key = texts[index]};
        ck_assert_int_eq(lq_dealer_socket_open(&options, &dealer, &message), LQ_ERR_KEY);
        ck_assert_ptr_null(dealer);
    }
}
END_TEST

/* Who takes another for the router sends it nothing. */
START_TEST(test_a_router_of_another_key)
{
    struct lq_error_message message = {""};

    ck_assert_int_eq(open_router(test.of_router, &message), LQ_OK);
    lq_dealer_socket_t *dealer = connect_with(test.known, lq_curve_keys_public(test.unknown));
    ck_assert_ptr_null(heard_from(SILENCE_MS));
    ck_assert(!lq_dealer_socket_has_room(dealer));
    lq_dealer_socket_close(&dealer, 0);
}
END_TEST

START_TEST(test_tcp_without_keys_or_guard)
{
    struct lq_error_message message = {""};

    ck_assert_int_eq(open_router(NULL, &message), LQ_ERR_KEY);
    ck_assert_ptr_nonnull(strstr(message.text, "with keys only"));
    lq_key_guard_close(&test.guard);
    ck_assert_int_eq(open_router(test.of_router, &message), LQ_ERR_KEY);
    ck_assert_ptr_nonnull(strstr(message.text, "nobody says"));
    ck_assert_ptr_null(test.router);
    ck_assert_int_eq(lq_key_guard_open(in_folder("not-there"), &test.guard, &message),
                     LQ_ERR_NOT_FOUND);
}
END_TEST

START_TEST(test_the_guard_stays_while_one_listens)
{
    struct lq_error_message message = {""};

    ck_assert_int_eq(open_router(test.of_router, &message), LQ_OK);
    remove_folder(); /* while there is time */
    lq_key_guard_close(&test.guard);
}
END_TEST

START_TEST(test_keys_are_saved_and_loaded)
{
    struct lq_error_message message = {""};
    lq_curve_keys_t *loaded = NULL;
    struct stat found;

    ck_assert_int_eq(lq_curve_keys_load(in_folder("known"), &loaded, &message), LQ_OK);
    ck_assert_str_eq(lq_curve_keys_public(loaded), lq_curve_keys_public(test.known));
    ck_assert_uint_eq(strlen(lq_curve_keys_public(loaded)), LQ_CURVE_KEY_TEXT_BYTES);
    lq_curve_keys_destroy(&loaded);
    ck_assert_int_eq(stat(in_folder("known_secret"), &found), 0);
    ck_assert_uint_eq(found.st_mode & 0777, 0600);
    /* A public key is no pair, and what is not there is none. */
    ck_assert_int_eq(lq_curve_keys_load(in_folder("let-in/known"), &loaded, &message), LQ_ERR_KEY);
    ck_assert_int_eq(lq_curve_keys_load(in_folder("nobody"), &loaded, &message), LQ_ERR_KEY);
    ck_assert_ptr_null(loaded);
    ck_assert_int_eq(lq_curve_keys_save(test.known, in_folder("no/where"), &message), LQ_ERR_IO);
}
END_TEST

TCase *lq_test_key_guard(void)
{
    TCase *tc = tcase_create("key_guard");

    tcase_add_checked_fixture(tc, start, stop);
    tcase_add_test(tc, test_a_known_key_is_let_in);
    tcase_add_test(tc, test_an_unknown_key_is_not);
    tcase_add_test(tc, test_a_text_that_is_no_key);
    tcase_add_test(tc, test_a_router_of_another_key);
    tcase_add_test(tc, test_tcp_without_keys_or_guard);
    if (lq_suite_forks()) {
        tcase_add_test_raise_signal(tc, test_the_guard_stays_while_one_listens, SIGABRT);
    }
    tcase_add_test(tc, test_keys_are_saved_and_loaded);
    return tc;
}
