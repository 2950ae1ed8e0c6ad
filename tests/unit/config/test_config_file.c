// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "base/error_message.h"
#include "config/config_file.h"

#include "tests/unit/config/config_cases.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define GOOD "cluster\n    runtime_dir = /run/lq\n    data_dir = /data\n"

/* Written to a file and loaded with the cluster's table. */
static const struct {
    const char *name;
    const char *text;
    enum lq_result result;
    const char *says; /* the message behind the file's name */
} rows[] = {
    {"the least", GOOD, LQ_OK, NULL},
    {"no newline at the end", "cluster\n    runtime_dir = /run/lq\n    data_dir = /data", LQ_OK,
     NULL},
    {"quotes, comments, blank lines",
     "# a\n\ncluster # b\n    runtime_dir = \"/run/lq\"\n    # c\n\n    data_dir = '/data' # d\n",
     LQ_OK, NULL},
    {"a byte order mark", "\xEF\xBB\xBF" GOOD, LQ_OK, NULL},
    {"a byte order mark before a comment", "\xEF\xBB\xBF# a\n" GOOD, LQ_OK, NULL},
    {"a bad line behind a byte order mark", "\xEF\xBB\xBF" GOOD "  name = a\n", LQ_ERR_INVALID,
     ":4: not well formed"},
    {"a byte order mark within", GOOD "    \xEF\xBB\xBFname = a\n", LQ_ERR_INVALID,
     ":4: not well formed"},
    {"lines that end as on other systems",
     "cluster\r\n    runtime_dir = /run/lq\r\n    data_dir = \"/data\"\r\n", LQ_OK, NULL},
    {"a section of another program", "broker\n    x = 1\n        y = 2\n" GOOD, LQ_OK, NULL},
    {"an unknown key", "# first\n\nbroker\n    x = 1\n        y = 2\n\n" GOOD "    nmae = a\n",
     LQ_ERR_INVALID, ":10: cluster/nmae: no such key"},
    {"an unknown key behind lines of white space",
     "\t\n\t # first\n\f\r\n" GOOD "\v\n    nmae = a\n", LQ_ERR_INVALID,
     ":8: cluster/nmae: no such key"},
    {"a key twice", GOOD "    data_dir = /other\n", LQ_ERR_INVALID,
     ":4: cluster/data_dir: set twice, first on line 3"},
    {"a key twice in two sections", GOOD "store\n    map_bytes = 1G\ncluster\n    data_dir = /b\n",
     LQ_ERR_INVALID, ":7: cluster/data_dir: set twice, first on line 3"},
    {"a bad number", GOOD "store\n    map_bytes = many\n", LQ_ERR_INVALID,
     ":5: store/map_bytes: \"many\" is not a number"},
    {"out of range", GOOD "store\n    partitions = 2\n", LQ_ERR_INVALID,
     ":5: store/partitions: 2 is out of range, allowed are 1 to 1"},
    {"below a key", GOOD "        deeper = 1\n", LQ_ERR_INVALID, ":4: a key has nothing below it"},
    {"a section with a value", "cluster = 1\n", LQ_ERR_INVALID,
     ":1: a section has no value of its own"},
    {"another section with a value", GOOD "wind = 1\n", LQ_ERR_INVALID,
     ":4: a section has no value of its own"},
    {"a section of a stage of one's own", GOOD "wind\n    strength = 1\n", LQ_OK, NULL},
    {"an unknown section with nothing in it", "wind\n" GOOD, LQ_ERR_INVALID,
     ":1: an unknown section, and nothing is in it"},
    {"the same at the end", GOOD "nmae # a\n\n", LQ_ERR_INVALID,
     ":4: an unknown section, and nothing is in it"},
    {"known sections with nothing in them", GOOD "store\nactor\n    # credit = 4\nkeys", LQ_OK,
     NULL},
    {"the beginning of a section's name", GOOD "stor\n    partitions = 2\n", LQ_OK, NULL},
    {"a section and a key in one line", "cluster/data_dir = /data\n", LQ_ERR_INVALID,
     ":1: a section has no value of its own"},
    {"no value", GOOD "    name =\n", LQ_ERR_INVALID, ":4: not well formed: no value"},
    {"no = and no value", GOOD "    name\n", LQ_ERR_INVALID,
     ":4: cluster/name: no = VALUE behind the name"},
    {"an empty value", GOOD "keys\n    master_key_file = \"\"\n", LQ_OK, NULL},
    {"an open quote", GOOD "    name = \"a\n", LQ_ERR_INVALID,
     ":4: not well formed: the quote before the value is not closed"},
    {"not well formed behind what is wrong otherwise", GOOD "    nmae = a\n\tname = a\n",
     LQ_ERR_INVALID, ":5: not well formed"},
    {"bad indentation", GOOD "  name = a\n", LQ_ERR_INVALID, ":4: not well formed"},
    {"a tab", GOOD "\tname = a\n", LQ_ERR_INVALID, ":4: not well formed"},
    {"no data folder", "cluster\n    runtime_dir = /run\n", LQ_ERR_INVALID,
     ": cluster/data_dir is not set"},
    {"empty", "", LQ_ERR_INVALID, ": cluster/runtime_dir is not set"},
};

static enum lq_result load_text(const char *text, struct lq_cluster_config *config,
                                struct lq_error_message *message, char *path)
{
    size_t count;
    const struct lq_option *options = lq_cluster_options(&count);

    strcpy(path, "/tmp/test_config_file.XXXXXX");
    int descriptor = mkstemp(path);
    ck_assert_int_ge(descriptor, 0);
    ck_assert_int_eq(write(descriptor, text, strlen(text)), (ssize_t)strlen(text));
    close(descriptor);
    enum lq_result result = lq_config_file_load(path, options, count, config, message);
    unlink(path);
    return result;
}

START_TEST(test_load)
{
    struct lq_cluster_config config;
    struct lq_error_message message = {""};
    char path[64];
    char expected[600];

    enum lq_result result = load_text(rows[_i].text, &config, &message, path);
    ck_assert_msg(result == rows[_i].result, "%s: %s", rows[_i].name, message.text);
    if (rows[_i].says != NULL) {
        snprintf(expected, sizeof expected, "%s%s", path, rows[_i].says);
        ck_assert_msg(strncmp(message.text, expected, strlen(expected)) == 0, "%s: %s",
                      rows[_i].name, message.text);
    } else {
        ck_assert_str_eq(config.runtime_dir, "/run/lq");
        ck_assert_str_eq(config.data_dir, "/data");
        ck_assert_str_eq(config.master_key_file, "/data/keys/master.key");
        ck_assert_uint_eq(config.map_bytes, UINT64_C(64) << 30);
        ck_assert_uint_eq(config.map_bytes_max, UINT64_C(4) << 40);
        ck_assert_uint_eq(config.reserve_hours, 24);
        ck_assert_uint_eq(config.growth_window_s, 3600);
        ck_assert_uint_eq(config.keyframe_every, 64);
        ck_assert_uint_eq(config.cache_bytes, UINT64_C(64) << 20);
        ck_assert_uint_eq(config.frames_hours, 168);
    }
}
END_TEST

/* To say which line is bad must not take the square of the time that reading takes. */
START_TEST(test_a_bad_line_at_the_end_of_many)
{
    struct lq_cluster_config config;
    struct lq_error_message message = {""};
    char path[64];
    char expected[128];
    char text[60000] = GOOD;
    size_t at = strlen(text);

    for (unsigned line = 0; line < 10000; line++) {
        at += (size_t)snprintf(text + at, sizeof text - at, "x%u\n", line % 10);
    }
    snprintf(text + at, sizeof text - at, "  odd\nfine\n");
    ck_assert_int_eq(load_text(text, &config, &message, path), LQ_ERR_INVALID);
    snprintf(expected, sizeof expected, "%s:10004: not well formed", path);
    ck_assert_msg(strncmp(message.text, expected, strlen(expected)) == 0, "%s", message.text);
}
END_TEST

START_TEST(test_what_is_no_file)
{
    struct lq_cluster_config config;
    struct lq_error_message message = {""};
    size_t count;
    const struct lq_option *options = lq_cluster_options(&count);

    ck_assert_int_eq(lq_config_file_load("/nowhere/a.cfg", options, count, &config, &message),
                     LQ_ERR_NOT_FOUND);
    ck_assert_ptr_nonnull(strstr(message.text, "/nowhere/a.cfg"));
    ck_assert_int_eq(lq_config_file_load("/dev/zero", options, count, &config, &message),
                     LQ_ERR_LIMIT);
    ck_assert_int_eq(lq_config_file_load("/", options, count, &config, &message), LQ_ERR_IO);
}
END_TEST

TCase *lq_test_config_file(void)
{
    TCase *tc = tcase_create("config_file");

    tcase_add_loop_test(tc, test_load, 0, (int)(sizeof rows / sizeof rows[0]));
    tcase_add_test(tc, test_a_bad_line_at_the_end_of_many);
    tcase_add_test(tc, test_what_is_no_file);
    return tc;
}
