// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "base/log.h"

#include "base/clock.h"

#include <pthread.h>
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

const char *lq_log_level_name(enum lq_log_level level)
{
    static const char *const names[] = {"", "debug", "info", "warning", "error"};

    LQ_ASSERT(level >= LQ_LOG_DEBUG);
    LQ_ASSERT(level <= LQ_LOG_ERROR);
    return names[level];
}

static void write_line(enum lq_log_level level, const char *message)
{
    char escaped[LINE_BYTES_MAX];
    char line[LINE_BYTES_MAX + 256];
    struct timespec now;
    struct tm utc;

    escape_text(escaped, message);
    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &utc);
    int bytes = snprintf(line, sizeof line,
                         "{\"time\":\"%04d-%02d-%02dT%02d:%02d:%02d.%06ldZ\",\"level\":\"%s\","
                         "\"program\":\"%s\",\"instance\":\"%s\",\"pid\":%d,\"message\":\"%s\"}\n",
                         utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday, utc.tm_hour, utc.tm_min,
                         utc.tm_sec, now.tv_nsec / 1000, lq_log_level_name(level), log_program,
                         log_instance, (int)getpid(), escaped);
    /* One write a line, so that lines of several threads do not mix. A log that cannot be written
     * must not stop the work. */
    if (bytes > 0 && write(STDERR_FILENO, line, (size_t)bytes) < 0) {
        return;
    }
}

void lq_log_write(enum lq_log_level level, const char *format, ...)
{
    char message[MESSAGE_BYTES_MAX];
    va_list arguments;

    if (level < log_least) {
        return;
    }
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    write_line(level, message);
}

/* ---- throttles ---- */

static pthread_mutex_t throttles_lock = PTHREAD_MUTEX_INITIALIZER;
static struct lq_log_throttle *throttles; /* those that have left a line out */

bool lq_log_throttle_take(struct lq_log_throttle *throttle, uint64_t now_ns, uint64_t *left_out)
{
    uint64_t passed_ns = now_ns - throttle->seen_ns;

    LQ_ASSERT(throttle->burst > 0);
    throttle->spent_ns -= passed_ns < throttle->spent_ns ? passed_ns : throttle->spent_ns;
    throttle->seen_ns = now_ns;
    *left_out = throttle->left_out;
    if (throttle->spent_ns > (throttle->burst - 1) * LQ_NS_PER_S) {
        throttle->left_out++;
        return false;
    }
    throttle->spent_ns += LQ_NS_PER_S;
    throttle->left_out = 0;
    return true;
}

/* Under the lock. */
static bool take_or_note(struct lq_log_throttle *throttle, const char *message, uint64_t *left_out)
{
    if (lq_log_throttle_take(throttle, lq_clock_monotonic_ns(), left_out)) {
        return true;
    }
    snprintf(throttle->sample, sizeof throttle->sample, "%.*s", (int)sizeof throttle->sample - 1,
             message);
    if (!throttle->listed) {
        throttle->listed = true;
        throttle->next = throttles;
        throttles = throttle;
    }
    return false;
}

void lq_log_throttled(struct lq_log_throttle *throttle, enum lq_log_level level, const char *format,
                      ...)
{
    char message[MESSAGE_BYTES_MAX];
    uint64_t left_out = 0;
    va_list arguments;

    if (level < log_least) {
        return;
    }
    va_start(arguments, format);
    int bytes = vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    pthread_mutex_lock(&throttles_lock);
    bool taken = take_or_note(throttle, message, &left_out);
    pthread_mutex_unlock(&throttles_lock);
    if (taken && left_out > 0 && bytes >= 0 && (size_t)bytes < sizeof message) {
        snprintf(message + bytes, sizeof message - (size_t)bytes,
                 " (and %llu like it were left out)", (unsigned long long)left_out);
    }
    if (taken) {
        write_line(level, message);
    }
}

void lq_log_settle(void)
{
    uint64_t now_ns = lq_clock_monotonic_ns();

    pthread_mutex_lock(&throttles_lock);
    for (struct lq_log_throttle *throttle = throttles; throttle != NULL;
         throttle = throttle->next) {
        if (throttle->left_out > 0 && now_ns - throttle->seen_ns >= LQ_NS_PER_S) {
            char message[MESSAGE_BYTES_MAX];
            snprintf(message, sizeof message, "%llu lines like this one were left out: %s",
                     (unsigned long long)throttle->left_out, throttle->sample);
            throttle->left_out = 0;
            write_line(LQ_LOG_INFO, message);
        }
    }
    pthread_mutex_unlock(&throttles_lock);
}
