// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "base/option_table.h"

#include "base/log.h"

#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

static const struct lq_option *find_option(const struct lq_option *table, size_t count,
                                           const char *key)
{
    for (size_t index = 0; index < count; index++) {
        if (strcmp(table[index].key, key) == 0) {
            return &table[index];
        }
    }
    return NULL;
}

/* Powers of 1024; 0 for a letter that is no suffix. */
static uint64_t suffix_factor(char letter)
{
    switch (letter) {
    case 'K':
        return UINT64_C(1) << 10;
    case 'M':
        return UINT64_C(1) << 20;
    case 'G':
        return UINT64_C(1) << 30;
    case 'T':
        return UINT64_C(1) << 40;
    default:
        return 0;
    }
}

/* Digits, then at most one suffix: no sign, no blanks, no overflow. */
static bool parse_number(const char *text, uint64_t *number)
{
    uint64_t value = 0;
    const char *at = text;

    for (; *at >= '0' && *at <= '9'; at++) {
        if (__builtin_mul_overflow(value, UINT64_C(10), &value) ||
            __builtin_add_overflow(value, (uint64_t)(*at - '0'), &value)) {
            return false;
        }
    }
    if (at == text) {
        return false;
    }
    if (*at != '\0') {
        uint64_t factor = suffix_factor(*at);
        if (factor == 0 || at[1] != '\0' || __builtin_mul_overflow(value, factor, &value)) {
            return false;
        }
    }
    *number = value;
    return true;
}

static enum lq_result set_text(const struct lq_option *option, void *fields, const char *value,
                               struct lq_error_message *message)
{
    size_t bytes = strlen(value);

    if (bytes >= LQ_OPTION_TEXT_BYTES_MAX) {
        lq_error_message_set(message, "%s: %zu bytes are too many, at most %d are allowed",
                             option->key, bytes, LQ_OPTION_TEXT_BYTES_MAX - 1);
        return LQ_ERR_INVALID;
    }
    memcpy((char *)fields + option->offset, value, bytes + 1);
    return LQ_OK;
}

static enum lq_result set_number(const struct lq_option *option, void *fields, const char *value,
                                 struct lq_error_message *message)
{
    const char *gap = option->unit[0] != '\0' ? " " : "";
    uint64_t number = 0;

    if (!parse_number(value, &number)) {
        lq_error_message_set(
            message, "%s: \"%.64s\" is not a number (digits, then at most one of K, M, G, T)",
            option->key, value);
        return LQ_ERR_INVALID;
    }
    if (number < option->least || number > option->most) {
        lq_error_message_set(
            message, "%s: %.64s is out of range, allowed are %" PRIu64 " to %" PRIu64 "%s%s",
            option->key, value, option->least, option->most, gap, option->unit);
        return LQ_ERR_INVALID;
    }
    memcpy((char *)fields + option->offset, &number, sizeof number);
    return LQ_OK;
}

static enum lq_result set_level(const struct lq_option *option, void *fields, const char *value,
                                struct lq_error_message *message)
{
    for (uint64_t level = LQ_LOG_DEBUG; level <= LQ_LOG_ERROR; level++) {
        const char number[] = {(char)('0' + level), '\0'};
        if (strcmp(value, lq_log_level_name((enum lq_log_level)level)) == 0 ||
            strcmp(value, number) == 0) {
            memcpy((char *)fields + option->offset, &level, sizeof level);
            return LQ_OK;
        }
    }
    lq_error_message_set(message, "%s: \"%.64s\" is none of debug, info, warning, error",
                         option->key, value);
    return LQ_ERR_INVALID;
}

static enum lq_result set_option(const struct lq_option *option, void *fields, const char *value,
                                 struct lq_error_message *message)
{
    switch (option->type) {
    case LQ_OPTION_TEXT:
        return set_text(option, fields, value, message);
    case LQ_OPTION_LEVEL:
        return set_level(option, fields, value, message);
    default:
        return set_number(option, fields, value, message);
    }
}

void lq_option_table_defaults(const struct lq_option *table, size_t count, void *fields)
{
    struct lq_error_message message;

    for (size_t index = 0; index < count; index++) {
        enum lq_result result = set_option(&table[index], fields, table[index].usual, &message);
        LQ_ASSERT(result == LQ_OK);
    }
}

enum lq_result lq_option_table_set(const struct lq_option *table, size_t count, void *fields,
                                   const char *key, const char *value,
                                   struct lq_error_message *message)
{
    const struct lq_option *option = find_option(table, count, key);

    if (option == NULL) {
        lq_error_message_set(message, "%.64s: no such key", key);
        return LQ_ERR_NOT_FOUND;
    }
    return set_option(option, fields, value, message);
}

void lq_option_table_help(const struct lq_option *table, size_t count, FILE *to)
{
    for (size_t index = 0; index < count; index++) {
        const struct lq_option *option = &table[index];

        fprintf(to, "  %-28s %s\n", option->key, option->help);
        fprintf(to, "  %-28s default \"%s\"", "", option->usual);
        if (option->type == LQ_OPTION_NUMBER) {
            fprintf(to, ", %" PRIu64 " to %" PRIu64, option->least, option->most);
        }
        if (option->unit[0] != '\0') {
            fprintf(to, ", in %s", option->unit);
        }
        fputc('\n', to);
    }
}

void lq_option_table_effective(const struct lq_option *table, size_t count, const void *fields,
                               char *to, size_t bytes_max)
{
    size_t used = 0;

    LQ_ASSERT(bytes_max > 0);
    to[0] = '\0';
    for (size_t index = 0; index < count && used < bytes_max; index++) {
        const struct lq_option *option = &table[index];
        const char *field = (const char *)fields + option->offset;
        const char *gap = index > 0 ? " " : "";
        int bytes;

        uint64_t number;
        memcpy(&number, field, sizeof number); /* a text has more bytes */
        if (option->type != LQ_OPTION_NUMBER) {
            const char *text = option->type == LQ_OPTION_TEXT
                                   ? field
                                   : lq_log_level_name((enum lq_log_level)number);
            bytes = snprintf(to + used, bytes_max - used, "%s%s=%s", gap, option->key, text);
        } else {
            bytes =
                snprintf(to + used, bytes_max - used, "%s%s=%" PRIu64, gap, option->key, number);
        }
        LQ_ASSERT(bytes >= 0);
        used += (size_t)bytes;
    }
}
