// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "config/config_file.h"

#include "tests/unit/config/config_cases.h"

#include <string.h>

START_TEST(test_endpoint_fits_a_socket_address)
{
    struct lq_cluster_config config = {.runtime_dir = "/run/lq"};
    char endpoint[128];
    struct lq_error_message message = {""};

    ck_assert_int_eq(
        lq_cluster_endpoint(&config, LQ_ENDPOINT_ACTORS, endpoint, sizeof endpoint, &message),
        LQ_OK);
    ck_assert_str_eq(endpoint, "ipc:///run/lq/actors.sock");
    memset(config.runtime_dir, 'r', 95);
    config.runtime_dir[95] = '\0';
    ck_assert_int_eq(
        lq_cluster_endpoint(&config, LQ_ENDPOINT_ACTORS, endpoint, sizeof endpoint, &message),
        LQ_OK);
    ck_assert_int_eq(
        lq_cluster_endpoint(&config, LQ_ENDPOINT_CLIENTS, endpoint, sizeof endpoint, &message),
        LQ_ERR_LIMIT);
    ck_assert_ptr_nonnull(strstr(message.text, "108 bytes"));
    ck_assert_ptr_nonnull(strstr(message.text, "cluster/runtime_dir: "));
}
END_TEST

/* The broker's own folder is held to the same bound, and the message names its key. */
START_TEST(test_endpoint_in_another_folder)
{
    char folder[97];
    char endpoint[128];
    struct lq_error_message message = {""};

    ck_assert_int_eq(lq_cluster_endpoint_in("/run/behind", "broker/bind_dir", LQ_ENDPOINT_FRAMES,
                                            endpoint, sizeof endpoint, &message),
                     LQ_OK);
    ck_assert_str_eq(endpoint, "ipc:///run/behind/frames.sock");
    memset(folder, 'b', 96);
    folder[96] = '\0';
    ck_assert_int_eq(lq_cluster_endpoint_in(folder, "broker/bind_dir", LQ_ENDPOINT_ACTORS, endpoint,
                                            sizeof endpoint, &message),
                     LQ_ERR_LIMIT);
    ck_assert_ptr_nonnull(strstr(message.text, "broker/bind_dir: "));
    ck_assert_ptr_nonnull(strstr(message.text, "108 bytes"));
}
END_TEST

START_TEST(test_partition_lies_in_the_data_folder)
{
    const struct lq_cluster_config config = {.data_dir = "/var/lib/game"};
    struct lq_partition_paths paths = lq_cluster_partition(&config, 17);

    ck_assert_str_eq(paths.folder, "/var/lib/game/ledger/17");
    ck_assert_str_eq(paths.made_file, "/var/lib/game/ledger-17.made");
}
END_TEST

TCase *lq_test_cluster_config(void)
{
    TCase *tc = tcase_create("cluster_config");

    tcase_add_test(tc, test_endpoint_fits_a_socket_address);
    tcase_add_test(tc, test_endpoint_in_another_folder);
    tcase_add_test(tc, test_partition_lies_in_the_data_folder);
    return tc;
}
