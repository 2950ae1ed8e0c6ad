// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define MESSAGE_BYTES_MAX 1024
#define LINE_BYTES_MAX 6600 /* every byte of a message may need six as a JSON escape */

static const char *log_program = "ledgerquest";
static const char *log_instance = "";
static enum lq_log_level log_least = LQ_LOG_INFO;

void lq_log_open(const char *program, const char *instance, enum lq_log_level least)
{
    log_program = program;
    log_instance = instance;
    log_least = least;
}

static size_t escape_text(char *to, const char *text)
{
    size_t used = 0;

    for (const unsigned char *at = (const unsigned char *)text; *at != '\0'; at++) {
        if (*at == '"' || *at == '\\') {
            to[used++] = '\\';
            to[used++] = (char)*at;
        } else if (*at < 0x20) {
            used += (size_t)snprintf(to + used, 7, "\\u%04x", *at);
        } else {
            to[used++] = (char)*at;
        }
    }
    to[used] = '\0';
    return used;
}

void lq_log_write(enum lq_log_level level, const char *format, ...)
{
    static const char *const names[] = {"", "debug", "info", "warning", "error"};
    char message[MESSAGE_BYTES_MAX];
    char escaped[LINE_BYTES_MAX];
    char line[LINE_BYTES_MAX + 256];
    struct timespec now;
    struct tm utc;
    va_list arguments;

    if (level < log_least) {
        return;
    }
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    escape_text(escaped, message);
    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &utc);
    int bytes = snprintf(line, sizeof line,
                         "{\"time\":\"%04d-%02d-%02dT%02d:%02d:%02d.%06ldZ\",\"level\":\"%s\","
                         "\"program\":\"%s\",\"instance\":\"%s\",\"pid\":%d,\"message\":\"%s\"}\n",
                         utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday, utc.tm_hour, utc.tm_min,
                         utc.tm_sec, now.tv_nsec / 1000, names[level], log_program, log_instance,
                         (int)getpid(), escaped);
    /* One write a line, so that lines of several threads do not mix. A log that cannot be written
     * must not stop the work. */
    if (bytes > 0 && write(STDERR_FILENO, line, (size_t)bytes) < 0) {
        return;
    }
}
