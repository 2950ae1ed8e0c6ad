// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "bench/command_line.h"

#include "base/error_message.h"
#include "base/standard_output.h"
#include "config.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { EXIT_USAGE = 2 };

static bool is_flag(const struct lq_option *table, size_t count, const char *key)
{
    for (size_t index = 0; index < count; index++) {
        if (strcmp(table[index].key, key) == 0) {
            return strcmp(table[index].unit, "flag") == 0;
        }
    }
    return false;
}

static LQ_NORETURN void print_help(const char *program, const char *what,
                                   const struct lq_option *table, size_t count)
{
    printf("usage: %s [--option value] ...\n%s\n\n", program, what);
    lq_option_table_help(table, count, stdout);
    exit(EXIT_SUCCESS);
}

void lq_command_line_read(int argc, char **argv, const char *what, const struct lq_option *table,
                          size_t count, void *fields)
{
    const char *slash = strrchr(argv[0], '/');
    const char *program = slash != NULL ? slash + 1 : argv[0];
    struct lq_error_message message;

    lq_standard_output_open(program);
    lq_option_table_defaults(table, count, fields);
    for (int index = 1; index < argc; index++) {
        const char *name = argv[index];
        const char *key = strncmp(name, "--", 2) == 0 ? name + 2 : "";
        const char *value = "1";
        if (strcmp(key, "help") == 0) {
            print_help(program, what, table, count);
        }
        if (strcmp(key, "version") == 0) {
            printf("%s %s\n", program, PACKAGE_VERSION);
            exit(EXIT_SUCCESS);
        }
        if (key[0] == '\0') {
            fprintf(stderr, "%s: %s: options begin with --; see --help\n", program, name);
            exit(EXIT_USAGE);
        }
        if (!is_flag(table, count, key)) {
            value = index + 1 < argc ? argv[++index] : "";
        }
        if (lq_option_table_set(table, count, fields, key, value, &message) != LQ_OK) {
            fprintf(stderr, "%s: %s: %s; see --help\n", program, name, message.text);
            exit(EXIT_USAGE);
        }
    }
}
