// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* line_reader.h - lines of a file, a pipe or a terminal, without blocking the work that goes on
 * beside. A line is at most LQ_LINE_READER_BYTES_MAX long. */
#ifndef LQ_LINE_READER_H
#define LQ_LINE_READER_H

#include "base/result.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LQ_LINE_READER_BYTES_MAX (64u * 1024u)

struct lq_line_reader {
    int fd;
    bool ended;           /* no more will come from fd */
    size_t begin, end;    /* the part of `bytes` not handed out yet */
    uint64_t line_number; /* of the latest line handed out */
    char bytes[LQ_LINE_READER_BYTES_MAX * 2];
};

void lq_line_reader_init(struct lq_line_reader *reader, int fd);

/* Read what is there, waiting up to wait_ms. LQ_ERR_IO; LQ_ERR_LIMIT: a line is too long. */
LQ_MUST_CHECK enum lq_result lq_line_reader_fill(struct lq_line_reader *reader, uint32_t wait_ms);

/* The next whole line without its end, NUL-terminated, valid until the next fill; NULL: none is
 * there yet. The last line may lack its newline, the first begin with a byte order mark of UTF-8,
 * which is passed by. A NUL inside a line becomes byte 0x01, which no JSON may hold: so that what
 * stands behind it is not lost in silence. */
char *lq_line_reader_next(struct lq_line_reader *reader);

/* All was handed out, and no more will come. */
bool lq_line_reader_done(const struct lq_line_reader *reader);

#endif
