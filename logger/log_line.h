// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* log_line.h - what a process wrote on stderr, as one JSON object a line.
 *
 * An object of ours (it begins with its time) passes as it is; another object gets the time of its
 * arrival in front; everything else (libraries, sanitizers, assertions, a stage that prints text)
 * becomes the message of an object. Pure: no clock, no heap.
 */
#ifndef LQ_LOG_LINE_H
#define LQ_LOG_LINE_H

#include <stddef.h>

enum {
    LQ_LOG_LINE_RAW_BYTES_MAX = 8192,
    /* Two objects at most, each byte of the text as a JSON escape of six. */
    LQ_LOG_LINE_BYTES_MAX = 6 * LQ_LOG_LINE_RAW_BYTES_MAX + 1024,
    LQ_LOG_LINE_NAME_BYTES_MAX = 64, /* of each text of an origin */
};

/* Of what is not an object of its own. */
struct lq_log_origin {
    const char *program;
    const char *instance;
    const char *level;
};

/* Write what `raw` (without its newline, at most LQ_LOG_LINE_RAW_BYTES_MAX) stands for to `to`
 * (LQ_LOG_LINE_BYTES_MAX), each object with a newline. `time` is that of its arrival, as in
 * "2026-11-28T12:00:00.000000Z". Returns the bytes; 0 for an empty line. Where a process died
 * within a line, the next one's first object may stand behind the fragment: they become two lines.
 */
size_t lq_log_line_form(const struct lq_log_origin *origin, const char *time, const char *raw,
                        size_t bytes, char *to);

#endif
