// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "cli/line_reader.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

void lq_line_reader_init(struct lq_line_reader *reader, int fd)
{
    reader->fd = fd;
    reader->ended = false;
    reader->begin = 0;
    reader->end = 0;
    reader->line_number = 0;
}

enum lq_result lq_line_reader_fill(struct lq_line_reader *reader, uint32_t wait_ms)
{
    struct pollfd ready = {.fd = reader->fd, .events = POLLIN};

    memmove(reader->bytes, reader->bytes + reader->begin, reader->end - reader->begin);
    reader->end -= reader->begin;
    reader->begin = 0;
    if (reader->ended || poll(&ready, 1, (int)wait_ms) <= 0) {
        return LQ_OK;
    }
    /* one byte stays free for the NUL of a last line without newline */
    size_t room = sizeof reader->bytes - 1 - reader->end;
    if (room == 0) {
        return LQ_ERR_LIMIT;
    }
    ssize_t bytes = read(reader->fd, reader->bytes + reader->end, room);
    if (bytes < 0) {
        return errno == EINTR || errno == EAGAIN ? LQ_OK : LQ_ERR_IO;
    }
    reader->ended = bytes == 0;
    reader->end += (size_t)bytes;
    return LQ_OK;
}

char *lq_line_reader_next(struct lq_line_reader *reader)
{
    char *line = reader->bytes + reader->begin;
    size_t bytes = reader->end - reader->begin;
    char *end = line + bytes;
    char *newline = bytes == 0 ? NULL : memchr(line, '\n', bytes);

    if (newline != NULL) {
        *newline = '\0';
        end = newline;
        reader->begin += (size_t)(newline - line) + 1;
    } else if (reader->ended && bytes > 0) {
        *end = '\0';
        reader->begin = reader->end;
    } else {
        return NULL;
    }
    reader->line_number++;
    for (char *nul = line; (nul = memchr(nul, '\0', (size_t)(end - nul))) != NULL;) {
        *nul = 1;
    }
    bool marked = reader->line_number == 1 && strncmp(line, "\xEF\xBB\xBF", 3) == 0;
    return marked ? line + 3 : line;
}

bool lq_line_reader_done(const struct lq_line_reader *reader)
{
    return reader->ended && reader->begin == reader->end;
}
