// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "cli/command_help.h"

#include "base/contract.h"

enum { TEXT_COLUMNS = 78, NAME_COLUMNS = 18 };

/* The number of single-character edits between two words, both at most 31 bytes. */
static size_t edit_distance(const char *a, const char *b)
{
    size_t row[32];
    size_t a_bytes = strlen(a);
    size_t b_bytes = strlen(b);

    if (a_bytes > 31 || b_bytes > 31) {
        return SIZE_MAX;
    }
    for (size_t column = 0; column <= b_bytes; column++) {
        row[column] = column;
    }
    for (size_t line = 1; line <= a_bytes; line++) {
        size_t diagonal = row[0];
        row[0] = line;
        for (size_t column = 1; column <= b_bytes; column++) {
            size_t above = row[column];
            size_t best = diagonal + (a[line - 1] != b[column - 1]);
            best = above + 1 < best ? above + 1 : best;
            best = row[column - 1] + 1 < best ? row[column - 1] + 1 : best;
            row[column] = best;
            diagonal = above;
        }
    }
    return row[b_bytes];
}

static bool is_noun(const char *noun)
{
    size_t count = 0;
    const struct lq_command_entry *entries = lq_command_table(&count);

    for (size_t index = 0; index < count; index++) {
        if (strcmp(entries[index].noun, noun) == 0) {
            return true;
        }
    }
    return false;
}

void lq_command_help_unknown(const char *noun, const char *verb, struct lq_error_message *message)
{
    size_t count = 0;
    const struct lq_command_entry *entries = lq_command_table(&count);
    bool noun_known = is_noun(noun);
    size_t nearest = SIZE_MAX;
    size_t nearest_distance = 3; /* farther is no misspelling */

    if (noun_known && verb == NULL) {
        lq_error_message_set(message, "%s what? See: lqctl help %s", noun, noun);
        return;
    }
    for (size_t index = 0; index < count; index++) {
        bool same_noun = strcmp(entries[index].noun, noun) == 0;
        size_t distance = SIZE_MAX;
        if (noun_known && same_noun && entries[index].verb != NULL) {
            distance = edit_distance(entries[index].verb, verb);
        } else if (!noun_known) {
            distance = edit_distance(entries[index].noun, noun);
        }
        if (distance < nearest_distance) {
            nearest_distance = distance;
            nearest = index;
        }
    }
    if (nearest == SIZE_MAX) {
        lq_error_message_set(message, "unknown command %s%s%s; see: lqctl help", noun,
                             noun_known ? " " : "", noun_known ? verb : "");
    } else if (noun_known) {
        lq_error_message_set(message, "unknown command %s %s; did you mean %s %s?", noun, verb,
                             noun, entries[nearest].verb);
    } else {
        lq_error_message_set(message, "unknown command %s; did you mean %s?", noun,
                             entries[nearest].noun);
    }
}

/* Print `text` broken into lines, each after `indent` blanks. */
static void print_wrapped(const char *text, int indent, FILE *to)
{
    int column = 0;

    while (*text != '\0') {
        int bytes = (int)strcspn(text, " ");
        if (column > 0 && indent + column + 1 + bytes > TEXT_COLUMNS) {
            fputc('\n', to);
            column = 0;
        }
        if (column == 0) {
            fprintf(to, "%*s", indent, "");
        } else {
            fputc(' ', to);
            column++;
        }
        fprintf(to, "%.*s", bytes, text);
        column += bytes;
        text += bytes;
        text += *text == ' ';
    }
    fputc('\n', to);
}

static void print_entry_line(const struct lq_command_entry *entry, FILE *to)
{
    char name[64];

    snprintf(name, sizeof name, "%s%s%s", entry->noun, entry->verb != NULL ? " " : "",
             entry->verb != NULL ? entry->verb : "");
    fprintf(to, "  %-*s %s\n", NAME_COLUMNS, name, entry->summary);
}

static void print_options(const struct lq_command_option *options, size_t count, FILE *to)
{
    for (size_t index = 0; index < count; index++) {
        const struct lq_command_option *option = &options[index];
        char name[96];
        char letter[8] = "";
        if (option->letter != '\0') {
            snprintf(letter, sizeof letter, "-%c, ", option->letter);
        }
        snprintf(name, sizeof name, "%s--%s%s%s", letter, option->name,
                 option->argument != NULL ? " " : "",
                 option->argument != NULL ? option->argument : "");
        fprintf(to, "  %s\n", name);
        print_wrapped(option->help, 10, to);
    }
}

void lq_command_help_overview(FILE *to)
{
    size_t count = 0;
    size_t global_count = 0;
    const struct lq_command_entry *entries = lq_command_table(&count);
    const struct lq_command_option *options = lq_command_table_globals(&global_count);

    fputs("usage: lqctl [OPTION ...] COMMAND [ARGUMENT ...]\n\n", to);
    fputs("  lqctl status                                    is the cluster well?\n", to);
    fputs("  lqctl tenant create demo                        a customer of its own\n", to);
    fputs("  lqctl session create demo/s1 --rate 10          a world at 10 ticks a second\n", to);
    fputs("  lqctl submit demo/s1 Join x=5 y=5 radius=0.5    send a command\n\n", to);
    fputs("commands:\n", to);
    for (size_t index = 0; index < count; index++) {
        print_entry_line(&entries[index], to);
    }
    fputs("\noptions of every command:\n", to);
    print_options(options, global_count, to);
    fputs("\nexit codes: 0 done, 1 refused or failed, 2 usage, 3 not found, 5 partly done,\n"
          "7 verification failed, 69 no broker, 75 try again, 99 timed out\n",
          to);
}

void lq_command_help_command(const struct lq_command_entry *command, FILE *to)
{
    size_t global_count = 0;
    const struct lq_command_option *options = lq_command_table_globals(&global_count);

    fprintf(to, "usage: lqctl %s%s%s%s%s%s\n\n", command->noun, command->verb != NULL ? " " : "",
            command->verb != NULL ? command->verb : "",
            command->option_count > 0 ? " [OPTION ...]" : "",
            command->arguments[0] != '\0' ? " " : "", command->arguments);
    print_wrapped(command->summary, 0, to);
    fprintf(to, "\nexample:\n  %s\n", command->example);
    if (command->details != NULL) {
        fputc('\n', to);
        print_wrapped(command->details, 0, to);
    }
    if (command->option_count > 0) {
        fputs("\noptions:\n", to);
        print_options(command->options, command->option_count, to);
    }
    fputs("\noptions of every command:\n", to);
    print_options(options, global_count, to);
}

bool lq_command_help_noun(const char *noun, FILE *to)
{
    size_t count = 0;
    const struct lq_command_entry *entries = lq_command_table(&count);

    if (!is_noun(noun)) {
        return false;
    }
    for (size_t index = 0; index < count; index++) {
        if (strcmp(entries[index].noun, noun) == 0) {
            print_entry_line(&entries[index], to);
        }
    }
    return true;
}
