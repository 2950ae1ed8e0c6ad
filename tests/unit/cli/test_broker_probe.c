// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "cli/broker_probe.h"
#include "tests/unit/cli/cli_cases.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static struct lq_cluster_config cluster;

static int listen_there(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    ck_assert_int_ge(descriptor, 0);
    snprintf(address.sun_path, sizeof address.sun_path, "%s/clients.sock", lq_cli_folder);
    ck_assert_int_eq(bind(descriptor, (const struct sockaddr *)&address, sizeof address), 0);
    ck_assert_int_eq(listen(descriptor, 4), 0);
    return descriptor;
}

static void begin(void)
{
    lq_cli_folder_make();
    memset(&cluster, 0, sizeof cluster);
    snprintf(cluster.runtime_dir, sizeof cluster.runtime_dir, "%s", lq_cli_folder);
}

START_TEST(nothing_is_there)
{
    ck_assert(!lq_broker_probe_listens(&cluster, 0));
    snprintf(cluster.runtime_dir, sizeof cluster.runtime_dir, "%s/missing", lq_cli_folder);
    ck_assert(!lq_broker_probe_listens(&cluster, 0));
}
END_TEST

START_TEST(a_dead_broker_left_its_socket)
{
    close(listen_there());
    ck_assert(!lq_broker_probe_listens(&cluster, 0));
}
END_TEST

/* Nobody accepts: a frozen broker looks like that. */
START_TEST(a_broker_listens)
{
    int descriptor = listen_there();

    ck_assert(lq_broker_probe_listens(&cluster, 0));
    close(descriptor);
}
END_TEST

TCase *lq_test_broker_probe(void)
{
    TCase *tcase = tcase_create("broker_probe");

    tcase_add_checked_fixture(tcase, begin, lq_cli_folder_remove);
    tcase_add_test(tcase, nothing_is_there);
    tcase_add_test(tcase, a_dead_broker_left_its_socket);
    tcase_add_test(tcase, a_broker_listens);
    return tcase;
}
