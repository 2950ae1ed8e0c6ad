// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* log.h - one JSON object a line on stderr: time, level, program, instance, message.
 *
 * A line that a peer can cause goes through a throttle of its kind, so that nobody pushes
 * everything else out of the log: a few at once, then one a second, and the next one says how many
 * like it were left out.
 */
#ifndef LQ_LOG_H
#define LQ_LOG_H

#include "base/contract.h"

#include <stdbool.h>
#include <stdint.h>

enum lq_log_level { LQ_LOG_DEBUG = 1, LQ_LOG_INFO, LQ_LOG_WARNING, LQ_LOG_ERROR };

const char *lq_log_level_name(enum lq_log_level level); /* "debug", ... */

/* Name this process in every line; both texts are borrowed for the life of the process.
 * `least` is the lowest level that is written. */
void lq_log_open(const char *program, const char *instance, enum lq_log_level least);

/* One line, at most 1,023 bytes of message; longer ones are cut. Thread-safe. */
void lq_log_write(enum lq_log_level level, const char *format, ...) LQ_PRINTF(2, 3);

/* What may still be written of one kind of line; a static beside the call, made by
 * LQ_LOG_THROTTLE(). */
struct lq_log_throttle {
    uint64_t burst;    /* lines at once */
    uint64_t spent_ns; /* a line costs a second, and each second gives one back */
    uint64_t seen_ns;
    uint64_t left_out; /* since the last line that was written */
    bool listed;
    char sample[96]; /* the start of the last line left out */
    struct lq_log_throttle *next;
};
#define LQ_LOG_THROTTLE(lines)                                                                     \
    {                                                                                              \
        .burst = (lines)                                                                           \
    }

/* Whether a line may be written now; *left_out is how many were not since the last that was. Pure:
 * the lock and the clock are the caller's. */
bool lq_log_throttle_take(struct lq_log_throttle *throttle, uint64_t now_ns, uint64_t *left_out);

/* As lq_log_write(), if its kind still may. Thread-safe. */
void lq_log_throttled(struct lq_log_throttle *throttle, enum lq_log_level level, const char *format,
                      ...) LQ_PRINTF(3, 4);

/* The same with a throttle of its own for this line of the source. */
#define lq_log_rarely(level, ...)                                                                  \
    do {                                                                                           \
        static struct lq_log_throttle rarely_throttle = LQ_LOG_THROTTLE(10);                       \
        lq_log_throttled(&rarely_throttle, (level), __VA_ARGS__);                                  \
    } while (0)

/* Say of each kind how many lines were left out, once it has been still for a second: a flood that
 * has ended is not forgotten. For a loop's heartbeat, and before the end of the process. */
void lq_log_settle(void);

#define lq_log_debug(...) lq_log_write(LQ_LOG_DEBUG, __VA_ARGS__)
#define lq_log_info(...) lq_log_write(LQ_LOG_INFO, __VA_ARGS__)
#define lq_log_warning(...) lq_log_write(LQ_LOG_WARNING, __VA_ARGS__)
#define lq_log_error(...) lq_log_write(LQ_LOG_ERROR, __VA_ARGS__)

#endif
