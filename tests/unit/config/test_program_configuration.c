// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "base/log.h"
#include "config/program_configuration.h"

#include "tests/unit/config/config_cases.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct own {
    uint64_t count;
    uint64_t log_level;
};

static const struct lq_option options[] = {
    {"here/count", LQ_OPTION_NUMBER, offsetof(struct own, count), "", 1, 9, "3", "how many"},
    {"here/log_level", LQ_OPTION_LEVEL, offsetof(struct own, log_level), "", LQ_LOG_DEBUG,
     LQ_LOG_ERROR, "info", "debug, info, warning or error"},
};

static const struct lq_program program = {
    .name = "lq-here", .version = "1", .options = options, .option_count = 2};
static struct lq_cluster_config cluster;
static struct own own;

/* A file without a name: nothing is left of it however this ends. */
static void read_text(const char *text)
{
    char path[64] = "/tmp/lq-configuration.XXXXXX";
    int file = mkstemp(path);

    ck_assert_int_ge(file, 0);
    unlink(path);
    ck_assert_int_eq(write(file, text, strlen(text)), (ssize_t)strlen(text));
    snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    lq_program_configuration_read(&program, path, "here-1", &cluster, &own);
    close(file);
}

#define CLUSTER "cluster\n    runtime_dir = /run/lq\n    data_dir = /data\n"

START_TEST(test_both_tables)
{
    read_text(CLUSTER "here\n    count = 5\n    log_level = error\n");
    ck_assert_str_eq(cluster.data_dir, "/data");
    ck_assert_uint_eq(own.count, 5);
    ck_assert_uint_eq(own.log_level, LQ_LOG_ERROR);
    read_text(CLUSTER "here\n    log_level = warning\n");
    ck_assert_uint_eq(own.count, 3);
    lq_log_open("test", "", LQ_LOG_INFO);
}
END_TEST

static const char *const bad[] = {CLUSTER "here\n    count = 0\n",
                                  CLUSTER "here\n    log_level = loud\n", "here\n    count = 1\n"};

START_TEST(test_mistakes_end_it)
{
    read_text(bad[_i]);
}
END_TEST

TCase *lq_test_program_configuration(void)
{
    TCase *tc = tcase_create("program_configuration");

    tcase_add_test(tc, test_both_tables);
    if (lq_suite_forks()) {
        tcase_add_loop_exit_test(tc, test_mistakes_end_it, LQ_PROGRAM_EXIT_CONFIG, 0,
                                 sizeof bad / sizeof bad[0]);
    }
    return tc;
}
