// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "gateway/infrastructure/byte_stream.h"

#include <errno.h>
#include <limits.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

static int judge(struct lq_byte_stream *stream, int returned, bool *other, int expected)
{
    int error = SSL_get_error(stream->ssl, returned);

    *other = false;
    ERR_clear_error();
    if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) {
        *other = error != expected;
        return LQ_BYTE_STREAM_AGAIN;
    }
    return error == SSL_ERROR_ZERO_RETURN ? LQ_BYTE_STREAM_ENDED : LQ_BYTE_STREAM_BROKEN;
}

int lq_byte_stream_handshake(struct lq_byte_stream *stream)
{
    ERR_clear_error();
    int returned = SSL_do_handshake(stream->ssl);

    if (returned == 1) {
        stream->read_wants_write = false;
        return 1;
    }
    int result = judge(stream, returned, &stream->read_wants_write, SSL_ERROR_WANT_READ);
    return result == LQ_BYTE_STREAM_AGAIN ? result : LQ_BYTE_STREAM_BROKEN;
}

long lq_byte_stream_read(struct lq_byte_stream *stream, uint8_t *to, size_t bytes_max)
{
    if (stream->ssl == NULL) {
        ssize_t bytes = recv(stream->fd, to, bytes_max, 0);
        if (bytes < 0) {
            return errno == EAGAIN || errno == EINTR ? LQ_BYTE_STREAM_AGAIN : LQ_BYTE_STREAM_BROKEN;
        }
        return bytes == 0 ? LQ_BYTE_STREAM_ENDED : bytes;
    }
    ERR_clear_error();
    int bytes = SSL_read(stream->ssl, to, bytes_max > INT_MAX ? INT_MAX : (int)bytes_max);
    if (bytes > 0) {
        stream->read_wants_write = false;
        return bytes;
    }
    return judge(stream, bytes, &stream->read_wants_write, SSL_ERROR_WANT_READ);
}

long lq_byte_stream_write(struct lq_byte_stream *stream, const uint8_t *from, size_t bytes)
{
    if (stream->ssl == NULL) {
        ssize_t done = send(stream->fd, from, bytes, MSG_NOSIGNAL);
        if (done < 0) {
            return errno == EAGAIN || errno == EINTR ? LQ_BYTE_STREAM_AGAIN : LQ_BYTE_STREAM_BROKEN;
        }
        return done;
    }
    ERR_clear_error();
    int done = SSL_write(stream->ssl, from, bytes > INT_MAX ? INT_MAX : (int)bytes);
    if (done > 0) {
        stream->write_wants_read = false;
        return done;
    }
    return judge(stream, done, &stream->write_wants_read, SSL_ERROR_WANT_WRITE);
}

bool lq_byte_stream_has_pending(const struct lq_byte_stream *stream)
{
    return stream->ssl != NULL && SSL_pending(stream->ssl) > 0;
}

void lq_byte_stream_shut(struct lq_byte_stream *stream)
{
    if (stream->ssl != NULL) {
        ERR_clear_error();
        (void)SSL_shutdown(stream->ssl);
        ERR_clear_error();
    }
    (void)shutdown(stream->fd, SHUT_WR);
}

void lq_byte_stream_close(struct lq_byte_stream *stream)
{
    SSL_free(stream->ssl);
    stream->ssl = NULL;
    close(stream->fd);
    stream->fd = -1;
}
