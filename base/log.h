// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* log.h - one JSON object a line on stderr: time, level, program, instance, message. */
#ifndef LQ_LOG_H
#define LQ_LOG_H

#include "base/contract.h"

enum lq_log_level { LQ_LOG_DEBUG = 1, LQ_LOG_INFO, LQ_LOG_WARNING, LQ_LOG_ERROR };

/* Name this process in every line; both texts are borrowed for the life of the process.
 * `least` is the lowest level that is written. */
void lq_log_open(const char *program, const char *instance, enum lq_log_level least);

/* One line, at most 1,023 bytes of message; longer ones are cut. Thread-safe. */
void lq_log_write(enum lq_log_level level, const char *format, ...) LQ_PRINTF(2, 3);

#define lq_log_debug(...) lq_log_write(LQ_LOG_DEBUG, __VA_ARGS__)
#define lq_log_info(...) lq_log_write(LQ_LOG_INFO, __VA_ARGS__)
#define lq_log_warning(...) lq_log_write(LQ_LOG_WARNING, __VA_ARGS__)
#define lq_log_error(...) lq_log_write(LQ_LOG_ERROR, __VA_ARGS__)

#endif
