// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "base/error_message.h"
#include "cli/command_table.h"
#include "cli/invocation.h"
#include "tests/unit/cli/cli_cases.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WORDS_MAX = 16 };

static struct lq_error_message message;

/* Parse a line broken at blanks; the words live in `copy`. */
static enum lq_exit_code parse(const char *line, struct lq_invocation *invocation)
{
    static char copy[256];
    static char *words[WORDS_MAX];
    int count = 0;

    snprintf(copy, sizeof copy, "%s", line);
    char *rest = copy;
    while (rest != NULL && count < WORDS_MAX) {
        words[count++] = strsep(&rest, " ");
    }
    return lq_invocation_parse(invocation, count, words, &message);
}

static const struct {
    const char *line;
    enum lq_exit_code code;
    const char *noun, *verb; /* of the command found */
    const char *message;     /* a part of it */
} lines[] = {
    {"lqctl status", LQ_EXIT_OK, "status", NULL, ""},
    {"lqctl tenant create demo", LQ_EXIT_OK, "tenant", "create", ""},
    {"lqctl -o json dlq list --stage physics", LQ_EXIT_OK, "dlq", "list", ""},
    {"lqctl dlq --quiet list", LQ_EXIT_OK, "dlq", "list", ""},
    {"lqctl", LQ_EXIT_USAGE, NULL, NULL, ""},
    {"lqctl statsu", LQ_EXIT_USAGE, NULL, NULL, "did you mean status?"},
    {"lqctl dlq lits", LQ_EXIT_USAGE, NULL, NULL, "did you mean dlq list?"},
    {"lqctl dlq", LQ_EXIT_USAGE, NULL, NULL, "dlq what?"},
    {"lqctl frobnicate", LQ_EXIT_USAGE, NULL, NULL, "unknown command frobnicate; see: lqctl help"},
    {"lqctl status --nope", LQ_EXIT_USAGE, "status", NULL, "unknown option --nope"},
    {"lqctl status -o yaml", LQ_EXIT_USAGE, NULL, NULL, "text or json"},
    {"lqctl status --config", LQ_EXIT_USAGE, NULL, NULL, "needs a value"},
    {"lqctl status --yes=1", LQ_EXIT_USAGE, NULL, NULL, "takes no value"},
    {"lqctl status --timeout soon", LQ_EXIT_USAGE, NULL, NULL, "no duration"},
    {"lqctl --help", LQ_EXIT_OK, NULL, NULL, ""},
    {"lqctl --version", LQ_EXIT_OK, NULL, NULL, ""},
    {"lqctl dlq list --nope", LQ_EXIT_USAGE, "dlq", "list", "see: lqctl help dlq list"},
    {"lqctl --nope", LQ_EXIT_USAGE, NULL, NULL, "unknown option --nope; see: lqctl help"},
    {"lqctl status --config=", LQ_EXIT_USAGE, NULL, NULL, "needs the name of a file"},
    {"lqctl status now", LQ_EXIT_USAGE, "status", NULL, "status takes no argument, not now"},
    {"lqctl dlq list x", LQ_EXIT_USAGE, "dlq", "list", "dlq list takes no argument, not x"},
};

START_TEST(lines_are_parsed)
{
    struct lq_invocation invocation;
    enum lq_exit_code code = parse(lines[_i].line, &invocation);

    ck_assert_msg(code == lines[_i].code, "%s: code %d, %s", lines[_i].line, (int)code,
                  message.text);
    ck_assert_msg(strstr(message.text, lines[_i].message) != NULL, "%s: %s", lines[_i].line,
                  message.text);
    if (lines[_i].noun != NULL) {
        ck_assert_ptr_nonnull(invocation.command);
        ck_assert_str_eq(invocation.command->noun, lines[_i].noun);
        ck_assert_pstr_eq(invocation.command->verb, lines[_i].verb);
    }
}
END_TEST

static const struct {
    const char *named; /* LQ_CONFIG; NULL: not set */
    const char *line;
    const char *path, *origin;
} configs[] = {
    {NULL, "lqctl status", "./run/ledgerquest.cfg", ""},
    {"", "lqctl status", "./run/ledgerquest.cfg", ""},
    {"/a", "lqctl status", "/a", "LQ_CONFIG"},
    {"/a", "lqctl -c /b status", "/b", "-c"},
    {NULL, "lqctl status --config=/b", "/b", "-c"},
};

START_TEST(the_configuration_is_found)
{
    struct lq_invocation invocation;

    unsetenv("LQ_CONFIG");
    if (configs[_i].named != NULL) {
        setenv("LQ_CONFIG", configs[_i].named, 1);
    }
    ck_assert_int_eq(parse(configs[_i].line, &invocation), LQ_EXIT_OK);
    ck_assert_str_eq(invocation.config_path, configs[_i].path);
    ck_assert_str_eq(invocation.config_origin, configs[_i].origin);
    unsetenv("LQ_CONFIG");
}
END_TEST

START_TEST(options_stand_anywhere)
{
    struct lq_invocation invocation;

    ck_assert_int_eq(
        parse("lqctl submit -q demo/s1 --client=me Join x=1 -t 500ms -- -y=2", &invocation),
        LQ_EXIT_OK);
    ck_assert(invocation.quiet);
    ck_assert_uint_eq(invocation.timeout_ms, 500);
    ck_assert_str_eq(lq_invocation_value(&invocation, "client"), "me");
    ck_assert_ptr_null(lq_invocation_value(&invocation, "tenant"));
    ck_assert_int_eq(invocation.argument_count, 4);
    ck_assert_str_eq(invocation.arguments[0], "demo/s1");
    ck_assert_str_eq(invocation.arguments[1], "Join");
    ck_assert_str_eq(invocation.arguments[2], "x=1");
    ck_assert_str_eq(invocation.arguments[3], "-y=2");
}
END_TEST

START_TEST(a_dash_alone_is_an_argument)
{
    struct lq_invocation invocation;

    ck_assert_int_eq(parse("lqctl submit - --tenant demo", &invocation), LQ_EXIT_OK);
    ck_assert_int_eq(invocation.argument_count, 1);
    ck_assert_str_eq(invocation.arguments[0], "-");
}
END_TEST

static const struct {
    const char *text;
    bool valid;
    uint32_t ms;
} durations[] = {
    {"10", true, 10000},  {"10s", true, 10000}, {"500ms", true, 500}, {"2m", true, 120000},
    {"1.5s", true, 1500}, {"0", true, 0},       {"-1", false, 0},     {"x", false, 0},
    {"5 s", false, 0},    {"", false, 0},       {"25h", false, 0},    {"nan", false, 0},
};

START_TEST(durations_are_read)
{
    uint32_t ms = 0;

    ck_assert_msg(lq_invocation_duration(durations[_i].text, &ms) == durations[_i].valid, "%s",
                  durations[_i].text);
    ck_assert(!durations[_i].valid || ms == durations[_i].ms);
}
END_TEST

static const struct {
    const char *text;
    bool valid;
} paths[] = {
    {"demo/s1", true}, {"a/b", true},       {"demo", false},
    {"/s1", false},    {"demo/", false},    {"", false},
    {"a/b/c", false},  {"de mo/s1", false}, {"aaaaaaaaaabbbbbbbbbbccccccccccddd/s", false},
};

START_TEST(session_paths_are_read)
{
    struct lq_session_path path;

    ck_assert_msg(lq_invocation_session_path(paths[_i].text, &path) == paths[_i].valid, "%s",
                  paths[_i].text);
}
END_TEST

static const struct {
    const char *line;
    bool valid;
    uint64_t from, to;
    const char *message; /* a part of it */
} frames[] = {
    {"lqctl session diff a/b --frames 3..9", true, 3, 9, ""},
    {"lqctl session diff a/b --frames=0..0", true, 0, 0, ""},
    {"lqctl session diff a/b --frames 0..18446744073709551615", true, 0, UINT64_MAX, ""},
    {"lqctl session diff a/b", false, 0, 0, "say which frames"},
    {"lqctl session diff a/b --frames=", false, 0, 0, "not two frames"},
    {"lqctl session diff a/b --frames 3", false, 0, 0, "not two frames"},
    {"lqctl session diff a/b --frames ..", false, 0, 0, "not two frames"},
    {"lqctl session diff a/b --frames 3..", false, 0, 0, "not two frames"},
    {"lqctl session diff a/b --frames ..3", false, 0, 0, "not two frames"},
    {"lqctl session diff a/b --frames 1...3", false, 0, 0, "not two frames"},
    {"lqctl session diff a/b --frames -1..3", false, 0, 0, "not two frames"},
    {"lqctl session diff a/b --frames 1..+3", false, 0, 0, "not two frames"},
    {"lqctl session diff a/b --frames 0x1..3", false, 0, 0, "not two frames"},
    {"lqctl session diff a/b --frames 1..3x", false, 0, 0, "not two frames"},
    {"lqctl session diff a/b --frames 0..18446744073709551616", false, 0, 0, "not two frames"},
    {"lqctl session diff a/b --frames 9..3", false, 0, 0, "the first is behind the second"},
};

START_TEST(frames_are_read)
{
    struct lq_invocation invocation;
    struct lq_frame_range range = {0, 0};

    ck_assert_int_eq(parse(frames[_i].line, &invocation), LQ_EXIT_OK);
    ck_assert_msg(lq_invocation_frames(&invocation, &range, &message) == frames[_i].valid, "%s",
                  frames[_i].line);
    ck_assert_msg(strstr(message.text, frames[_i].message) != NULL, "%s", message.text);
    ck_assert(!frames[_i].valid || (range.from == frames[_i].from && range.to == frames[_i].to));
}
END_TEST

static const struct {
    const char *line;
    bool valid;
    uint64_t value;
} numbers[] = {
    {"lqctl watch a/b", true, 7},
    {"lqctl watch a/b -n 3", true, 3},
    {"lqctl watch a/b -n 0x10", true, 16},
    {"lqctl watch a/b -n 101", false, 0},
    {"lqctl watch a/b -n -1", false, 0},
    {"lqctl watch a/b --count=", false, 0},
    {"lqctl watch a/b -n 010", true, 10},
    {"lqctl watch a/b -n +1", false, 0},
    {"lqctl watch a/b -n 5x", false, 0},
    {"lqctl watch a/b -n 0x", false, 0},
    {"lqctl watch a/b --count=18446744073709551616", false, 0},
};

START_TEST(numbers_are_read)
{
    struct lq_invocation invocation;
    uint64_t value = 0;

    ck_assert_int_eq(parse(numbers[_i].line, &invocation), LQ_EXIT_OK);
    ck_assert_msg(lq_invocation_number(&invocation, "count", (struct lq_number_range){0, 100, 7},
                                       &value, &message) == numbers[_i].valid,
                  "%s", numbers[_i].line);
    ck_assert(!numbers[_i].valid || value == numbers[_i].value);
}
END_TEST

#define COUNT(table) ((int)(sizeof(table) / sizeof(table)[0]))

TCase *lq_test_invocation(void)
{
    TCase *tests = tcase_create("invocation");

    tcase_add_loop_test(tests, lines_are_parsed, 0, COUNT(lines));
    tcase_add_test(tests, options_stand_anywhere);
    tcase_add_loop_test(tests, the_configuration_is_found, 0, COUNT(configs));
    tcase_add_test(tests, a_dash_alone_is_an_argument);
    tcase_add_loop_test(tests, durations_are_read, 0, COUNT(durations));
    tcase_add_loop_test(tests, session_paths_are_read, 0, COUNT(paths));
    tcase_add_loop_test(tests, frames_are_read, 0, COUNT(frames));
    tcase_add_loop_test(tests, numbers_are_read, 0, COUNT(numbers));
    return tests;
}
