// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "gateway/infrastructure/listening_socket.h"
#include "gateway/infrastructure/port_claim.h"
#include "tests/support/suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

TCase *lq_test_port_claim(void);

static char folder[] = "/tmp/lq-port-claim-XXXXXX";
static char file[64];
static struct lq_error_message message;

static void make_folder(void)
{
    memcpy(folder + sizeof folder - 7, "XXXXXX", 6); /* again, where tests share a process */
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(file, sizeof file, "%s/ports", folder);
}

static void remove_folder(void)
{
    unlink(file);
    rmdir(folder);
}

static bool claim(uint16_t port, struct lq_port_claim *to)
{
    enum lq_result result = lq_port_claim_begin(file, port, to, &message);

    ck_assert_msg(result == LQ_OK, "%s", message.text);
    return to->is_first;
}

/* Of a port one is the first until all have ended, whichever ends first. */
START_TEST(test_first_of_a_port)
{
    struct lq_port_claim one, two, other, next;

    ck_assert(claim(8080, &one));
    lq_port_claim_keep(&one);
    ck_assert(!claim(8080, &two));
    lq_port_claim_keep(&two);
    ck_assert(claim(8443, &other));
    lq_port_claim_end(&other); /* it could not be bound */
    ck_assert(claim(8443, &other));
    lq_port_claim_end(&one);
    ck_assert(!claim(8080, &next));
    lq_port_claim_end(&next);
    lq_port_claim_end(&two);
    lq_port_claim_end(&two);
    ck_assert(claim(8080, &next));
    lq_port_claim_end(&next);
    lq_port_claim_end(&other);
}
END_TEST

START_TEST(test_file_that_cannot_be_made)
{
    struct lq_port_claim one;

    snprintf(file, sizeof file, "%s/none/ports", folder);
    ck_assert_int_eq(lq_port_claim_begin(file, 8080, &one, &message), LQ_ERR_IO);
    ck_assert_ptr_nonnull(strstr(message.text, file));
    lq_port_claim_end(&one);
}
END_TEST

static enum lq_result listen_at(uint16_t *port, bool is_first, int *fd)
{
    return lq_listening_socket_open("127.0.0.1", port, is_first, fd, &message);
}

/* Whoever is the first is alone when it comes, and names who is there; then others come in. */
START_TEST(test_first_listens_alone)
{
    uint16_t port = 0;
    int fds[2] = {-1, -1};
    int none = -1;
    char pid[32];

    ck_assert_int_eq(listen_at(&port, true, &fds[0]), LQ_OK);
    ck_assert_int_eq(listen_at(&port, true, &none), LQ_ERR_BUSY);
    snprintf(pid, sizeof pid, "by pid %d (", (int)getpid());
    ck_assert_msg(strstr(message.text, pid) != NULL, "%s", message.text);
    ck_assert_int_eq(listen_at(&port, false, &fds[1]), LQ_OK);
    close(fds[0]);
    ck_assert_int_eq(listen_at(&port, true, &none), LQ_ERR_BUSY);
    close(fds[1]);
    ck_assert_int_eq(listen_at(&port, true, &fds[0]), LQ_OK);
    close(fds[0]);
}
END_TEST

TCase *lq_test_port_claim(void)
{
    TCase *tcase = tcase_create("port_claim");

    tcase_add_checked_fixture(tcase, make_folder, remove_folder);
    tcase_add_test(tcase, test_first_of_a_port);
    tcase_add_test(tcase, test_file_that_cannot_be_made);
    tcase_add_test(tcase, test_first_listens_alone);
    return tcase;
}
