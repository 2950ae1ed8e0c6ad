// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "cli/text_output.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

void lq_text_output_error(const char *format, ...)
{
    va_list arguments;

    fputs("lqctl: ", stderr);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
}

void lq_text_output_note(const struct lq_invocation *invocation, const char *format, ...)
{
    va_list arguments;

    if (invocation->quiet) {
        return;
    }
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
}

bool lq_text_output_confirm(const struct lq_invocation *invocation, const char *format, ...)
{
    va_list arguments;
    char answer[16];

    if (invocation->yes) {
        return true;
    }
    if (invocation->no_input || !isatty(STDIN_FILENO)) {
        lq_text_output_error("not done without a confirmation: say --yes");
        return false;
    }
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputs(" [y/N] ", stderr);
    if (ferror(stderr) != 0 || fgets(answer, sizeof answer, stdin) == NULL) {
        return false;
    }
    answer[strcspn(answer, "\n")] = '\0';
    return strcmp(answer, "y") == 0 || strcmp(answer, "yes") == 0;
}

const char *lq_text_output_hash(const uint8_t *hash, uint32_t digits, char *to)
{
    static const char hex[] = "0123456789abcdef";

    LQ_ASSERT(digits < LQ_TEXT_HASH_BYTES);
    for (uint32_t digit = 0; digit < digits; digit++) {
        to[digit] = hex[hash[digit / 2] >> (digit % 2 == 0 ? 4 : 0) & 15];
    }
    to[digits] = '\0';
    return to;
}

const char *lq_text_output_count(uint64_t count, char *to)
{
    char digits[24];
    int length = snprintf(digits, sizeof digits, "%" PRIu64, count);
    int written = 0;

    for (int digit = 0; digit < length; digit++) {
        if (digit > 0 && (length - digit) % 3 == 0) {
            to[written++] = ',';
        }
        to[written++] = digits[digit];
    }
    to[written] = '\0';
    return to;
}

const char *lq_text_output_span(uint64_t ms, char *to)
{
    uint64_t seconds = ms / 1000;

    if (seconds == 0) {
        snprintf(to, 32, "%" PRIu64 "ms", ms);
    } else if (seconds < 60) {
        snprintf(to, 32, "%" PRIu64 ".%" PRIu64 "s", seconds, ms % 1000 / 100);
    } else if (seconds < 3600) {
        snprintf(to, 32, "%" PRIu64 "m%02" PRIu64 "s", seconds / 60, seconds % 60);
    } else {
        snprintf(to, 32, "%" PRIu64 "h%02" PRIu64 "m", seconds / 3600, seconds % 3600 / 60);
    }
    return to;
}

const char *lq_text_output_time(uint64_t wall_ns, char *to)
{
    time_t seconds = (time_t)(wall_ns / UINT64_C(1000000000));
    struct tm parts;

    if (localtime_r(&seconds, &parts) == NULL ||
        strftime(to, 32, "%Y-%m-%d %H:%M:%S", &parts) == 0) {
        snprintf(to, 32, "-");
    }
    return to;
}
