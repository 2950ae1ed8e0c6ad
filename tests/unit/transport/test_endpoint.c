// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "tests/unit/transport/transport_cases.h"
#include "transport/endpoint.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static const struct {
    const char *endpoint;
    enum lq_result result;
    enum lq_endpoint_transport transport;
    const char *path;
} rows[] = {
    {"ipc:///run/lq/clients.sock", LQ_OK, LQ_ENDPOINT_OVER_IPC, "/run/lq/clients.sock"},
    {"tcp://127.0.0.1:7000", LQ_OK, LQ_ENDPOINT_OVER_TCP, NULL},
    {"ws://127.0.0.1:7000", LQ_ERR_INVALID, 0, NULL},
    {"inproc://here", LQ_ERR_INVALID, 0, NULL},
    {"/run/lq/clients.sock", LQ_ERR_INVALID, 0, NULL},
    {"", LQ_ERR_INVALID, 0, NULL},
    {"ipc:///"
     "a-path-of-a-hundred-and-eight-bytes-is-longer-than-a-local-socket-may-have-because-its-"
     "end-takes-a-byte-123",
     LQ_ERR_INVALID, 0, NULL},
};

START_TEST(test_endpoints)
{
    struct lq_error_message message = {""};
    enum lq_endpoint_transport transport = 0;

    ck_assert_int_eq(lq_endpoint_read(rows[_i].endpoint, &transport, &message), rows[_i].result);
    ck_assert_int_eq(transport, rows[_i].transport);
    if (rows[_i].result != LQ_OK) {
        ck_assert_ptr_nonnull(strstr(message.text, rows[_i].endpoint));
    } else if (rows[_i].path != NULL) {
        ck_assert_str_eq(lq_endpoint_path(rows[_i].endpoint), rows[_i].path);
    } else {
        ck_assert_ptr_null(lq_endpoint_path(rows[_i].endpoint));
    }
}
END_TEST

START_TEST(test_whether_anybody_listens)
{
    char folder[] = "/tmp/lq-endpoint-XXXXXX";
    char endpoint[64];
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(endpoint, sizeof endpoint, "ipc://%s/s", folder);
    ck_assert(!lq_endpoint_answers(endpoint));
    int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    snprintf(address.sun_path, sizeof address.sun_path, "%s/s", folder);
    ck_assert_int_eq(bind(listener, (struct sockaddr *)&address, sizeof address), 0);
    ck_assert(!lq_endpoint_answers(endpoint));
    ck_assert_int_eq(listen(listener, 1), 0);
    ck_assert(lq_endpoint_answers(endpoint));
    close(listener);
    ck_assert(!lq_endpoint_answers(endpoint));
    ck_assert(!lq_endpoint_answers("tcp://127.0.0.1:9"));
    unlink(address.sun_path);
    rmdir(folder);
}
END_TEST

TCase *lq_test_endpoint(void)
{
    TCase *tc = tcase_create("endpoint");

    tcase_add_loop_test(tc, test_endpoints, 0, sizeof rows / sizeof rows[0]);
    tcase_add_test(tc, test_whether_anybody_listens);
    return tc;
}
