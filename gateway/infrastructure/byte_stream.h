// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* byte_stream.h - the bytes of a connection, in clear or in TLS, never waiting. */
#ifndef LQ_BYTE_STREAM_H
#define LQ_BYTE_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ssl_st;

struct lq_byte_stream {
    int fd;
    struct ssl_st *ssl; /* NULL: in clear */
    /* TLS had to do the other thing first, and goes on when the socket can do that. */
    bool read_wants_write, write_wants_read;
};

/* A count of bytes, or one of these. ENDED: the peer has said all; BROKEN: an error. */
enum { LQ_BYTE_STREAM_AGAIN = 0, LQ_BYTE_STREAM_ENDED = -1, LQ_BYTE_STREAM_BROKEN = -2 };

/* Go on with the TLS handshake: 1 done, AGAIN or BROKEN. */
int lq_byte_stream_handshake(struct lq_byte_stream *stream);

long lq_byte_stream_read(struct lq_byte_stream *stream, uint8_t *to, size_t bytes_max);
long lq_byte_stream_write(struct lq_byte_stream *stream, const uint8_t *from, size_t bytes);

/* Whether bytes were decrypted that epoll does not know of. */
bool lq_byte_stream_has_pending(const struct lq_byte_stream *stream);

/* Say that nothing more is sent. */
void lq_byte_stream_shut(struct lq_byte_stream *stream);

void lq_byte_stream_close(struct lq_byte_stream *stream);

#endif
