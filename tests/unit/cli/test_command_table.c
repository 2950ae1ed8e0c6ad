// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "base/error_message.h"
#include "cli/command_help.h"
#include "cli/command_table.h"
#include "tests/unit/cli/cli_cases.h"

#include <stdlib.h>
#include <string.h>

START_TEST(entries_are_whole)
{
    size_t count = 0;
    const struct lq_command_entry *entries = lq_command_table(&count);

    for (size_t index = 0; index < count; index++) {
        const struct lq_command_entry *entry = &entries[index];
        ck_assert_ptr_nonnull(entry->run);
        ck_assert_ptr_nonnull(entry->arguments);
        ck_assert_uint_le(entry->option_count, LQ_INVOCATION_OPTIONS_MAX);
        ck_assert_msg(strncmp(entry->example, "lqctl ", 6) == 0, "%s", entry->example);
        ck_assert_ptr_eq(lq_command_table_find(entry->noun, entry->verb), entry);
    }
}
END_TEST

/* The examples of the help are lines that the parser takes, for the command they stand at. */
START_TEST(examples_parse)
{
    size_t count = 0;
    const struct lq_command_entry *entries = lq_command_table(&count);
    struct lq_error_message message;

    for (size_t index = 0; index < count; index++) {
        struct lq_invocation invocation;
        char *words[16];
        int word_count = 0;
        char *line = strdup(entries[index].example);
        char *rest = line;
        while (rest != NULL && word_count < 16) {
            words[word_count++] = strsep(&rest, " ");
        }
        ck_assert_msg(lq_invocation_parse(&invocation, word_count, words, &message) == LQ_EXIT_OK,
                      "%s: %s", entries[index].example, message.text);
        ck_assert_ptr_eq(invocation.command, &entries[index]);
        free(line);
    }
}
END_TEST

/* A letter may hide a global option's letter, never another one of its own command. */
START_TEST(options_are_unique)
{
    size_t count = 0;
    const struct lq_command_entry *entries = lq_command_table(&count);

    for (size_t index = 0; index < count; index++) {
        for (size_t a = 0; a < entries[index].option_count; a++) {
            for (size_t b = a + 1; b < entries[index].option_count; b++) {
                const struct lq_command_option *options = entries[index].options;
                ck_assert_str_ne(options[a].name, options[b].name);
                ck_assert(options[a].letter == '\0' || options[a].letter != options[b].letter);
            }
        }
    }
}
END_TEST

START_TEST(help_names_every_option)
{
    size_t count = 0;
    const struct lq_command_entry *entries = lq_command_table(&count);

    for (size_t index = 0; index < count; index++) {
        char *text = NULL;
        size_t bytes = 0;
        FILE *to = open_memstream(&text, &bytes);
        lq_command_help_command(&entries[index], to);
        fclose(to);
        for (size_t option = 0; option < entries[index].option_count; option++) {
            ck_assert_ptr_nonnull(strstr(text, entries[index].options[option].name));
        }
        ck_assert_ptr_nonnull(strstr(text, "--config"));
        free(text);
    }
}
END_TEST

START_TEST(help_of_a_noun)
{
    FILE *to = fopen("/dev/null", "w");

    ck_assert(lq_command_help_noun("dlq", to));
    ck_assert(!lq_command_help_noun("dlqs", to));
    fclose(to);
}
END_TEST

TCase *lq_test_command_table(void)
{
    TCase *tests = tcase_create("command_table");

    tcase_add_test(tests, entries_are_whole);
    tcase_add_test(tests, examples_parse);
    tcase_add_test(tests, options_are_unique);
    tcase_add_test(tests, help_names_every_option);
    tcase_add_test(tests, help_of_a_noun);
    return tests;
}
