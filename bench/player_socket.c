// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "bench/player_socket.h"

#include "base/alloc.h"
#include "base/contract.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { TEXT = 1, CLOSE = 8, PING = 9, PONG = 10 };
enum {
    ROOM_BYTES = 16384, /* at first */
    ROOM_BYTES_MAX = 1 << 24,
    SENT_BYTES_MAX = 4096, /* of a message */
    HEAD_BYTES_MAX = 8
};

static bool send_whole(const struct lq_player_socket *to, const void *bytes, size_t count,
                       struct lq_error_message *message)
{
    ssize_t sent = send(to->fd, bytes, count, MSG_NOSIGNAL);

    if (sent == (ssize_t)count) {
        return true;
    }
    lq_error_message_set(message, "the gateway takes no more: %s",
                         sent < 0 ? strerror(errno) : "its socket is full");
    return false;
}

static bool ask_upgrade(const struct lq_player_socket *opened, const char *address, uint16_t port,
                        const char *token, struct lq_error_message *message)
{
    char request[SENT_BYTES_MAX];
    int bytes = snprintf(request, sizeof request,
                         "GET /v1/connect HTTP/1.1\r\nHost: %s:%u\r\nUpgrade: websocket\r\n"
                         "Connection: Upgrade\r\nSec-WebSocket-Key: bGVkZ2VycXVlc3QgcGxheQ==\r\n"
                         "Sec-WebSocket-Version: 13\r\n"
                         "Sec-WebSocket-Protocol: v1.json.ledgerquest, bearer.%s\r\n\r\n",
                         address, port, token);

    if (bytes < 0 || (size_t)bytes >= sizeof request) {
        lq_error_message_set(message, "a token is too long");
        return false;
    }
    return send_whole(opened, request, (size_t)bytes, message);
}

enum lq_result lq_player_socket_open(struct lq_player_socket *opened, const char *address,
                                     uint16_t port, const char *token,
                                     struct lq_error_message *message)
{
    int on = 1;
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(port)};

    *opened = (struct lq_player_socket){.fd = -1};
    if (inet_pton(AF_INET, address, &at.sin_addr) != 1) {
        lq_error_message_set(message, "%s is no IPv4 address", address);
        return LQ_ERR_UNREACHABLE;
    }
    opened->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (opened->fd < 0 || connect(opened->fd, (struct sockaddr *)&at, sizeof at) != 0 ||
        setsockopt(opened->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) != 0 ||
        fcntl(opened->fd, F_SETFL, O_NONBLOCK) != 0) {
        lq_error_message_set(message, "%s port %u: %s", address, port, strerror(errno));
        lq_player_socket_close(opened);
        return LQ_ERR_UNREACHABLE;
    }
    opened->room = ROOM_BYTES;
    opened->buffer = lq_alloc(opened->room, 1);
    if (!ask_upgrade(opened, address, port, token, message)) {
        lq_player_socket_close(opened);
        return LQ_ERR_UNREACHABLE;
    }
    return LQ_OK;
}

void lq_player_socket_close(struct lq_player_socket *closed)
{
    if (closed->fd >= 0) {
        close(closed->fd);
    }
    free(closed->buffer);
    *closed = (struct lq_player_socket){.fd = -1};
}

/* The key of a mask shall be unforeseeable for whoever sits between browser and server; here it has
 * only to be another one each time. */
static enum lq_result send_frame(struct lq_player_socket *to, uint8_t opcode, struct lq_view text,
                                 struct lq_error_message *message)
{
    uint8_t frame[HEAD_BYTES_MAX + SENT_BYTES_MAX];
    uint8_t key[4];
    size_t at = 0;

    LQ_ASSERT(text.bytes <= SENT_BYTES_MAX);
    to->mask = to->mask * 1664525U + 1013904223U;
    memcpy(key, &to->mask, sizeof key);
    frame[at++] = (uint8_t)(0x80 | opcode);
    if (text.bytes < 126) {
        frame[at++] = (uint8_t)(0x80 | text.bytes);
    } else {
        frame[at++] = 0x80 | 126;
        frame[at++] = (uint8_t)(text.bytes >> 8);
        frame[at++] = (uint8_t)text.bytes;
    }
    memcpy(frame + at, key, sizeof key);
    at += sizeof key;
    for (size_t index = 0; index < text.bytes; index++) {
        frame[at++] = text.data[index] ^ key[index & 3];
    }
    return send_whole(to, frame, at, message) ? LQ_OK : LQ_ERR_IO;
}

enum lq_result lq_player_socket_send(struct lq_player_socket *to, struct lq_view text,
                                     struct lq_error_message *message)
{
    return send_frame(to, TEXT, text, message);
}

static void make_room(struct lq_player_socket *from)
{
    memmove(from->buffer, from->buffer + from->taken, from->bytes - from->taken);
    from->bytes -= from->taken;
    from->taken = 0;
    if (from->bytes == from->room) {
        from->room *= 2;
        from->buffer = lq_realloc(from->buffer, from->room, 1);
    }
}

enum lq_result lq_player_socket_read(struct lq_player_socket *from,
                                     struct lq_error_message *message)
{
    for (;;) {
        make_room(from);
        size_t free_bytes = from->room - from->bytes;
        ssize_t count = recv(from->fd, from->buffer + from->bytes, free_bytes, 0);
        if (count > 0) {
            from->bytes += (size_t)count;
            if ((size_t)count < free_bytes || from->room >= ROOM_BYTES_MAX) {
                return LQ_OK;
            }
        } else if (count < 0 && (errno == EAGAIN || errno == EINTR)) {
            return LQ_OK;
        } else {
            lq_error_message_set(message, "the connection has ended: %s",
                                 count == 0 ? "by the gateway" : strerror(errno));
            return LQ_ERR_IO;
        }
    }
}

/* The answer to the request. */
static enum lq_result take_head(struct lq_player_socket *from, struct lq_error_message *message)
{
    static const char upgraded[] = "HTTP/1.1 101 ";
    const char *head = (const char *)from->buffer + from->taken;
    size_t bytes = from->bytes - from->taken;
    const char *end = memmem(head, bytes, "\r\n\r\n", 4);

    if (end == NULL) {
        return LQ_ERR_NOT_FOUND;
    }
    if (memcmp(head, upgraded, sizeof upgraded - 1) != 0) {
        const char *line = memchr(head, '\r', bytes);
        lq_error_message_set(message, "the gateway answers %.*s", (int)(line - head), head);
        return LQ_ERR_UNREACHABLE;
    }
    from->is_upgraded = true;
    from->taken += (size_t)(end + 4 - head);
    return LQ_OK;
}

/* The frame that comes next, if it is whole; a gateway's is never masked, and never in pieces. */
static bool take_frame(struct lq_player_socket *from, uint8_t *opcode, struct lq_view *payload)
{
    const uint8_t *at = from->buffer + from->taken;
    size_t bytes = from->bytes - from->taken;
    size_t head = 2;

    if (bytes < head) {
        return false;
    }
    size_t length = at[1];
    LQ_ASSERT((at[1] & 0x80) == 0);
    if (length >= 126) {
        size_t digits = length == 126 ? 2 : 8;
        head += digits;
        if (bytes < head) {
            return false;
        }
        length = 0;
        for (size_t index = 2; index < head; index++) {
            length = length << 8 | at[index];
        }
    }
    if (bytes - head < length) {
        return false;
    }
    *opcode = at[0] & 15;
    *payload = lq_view_of(at + head, length);
    from->taken += head + length;
    return true;
}

enum lq_result lq_player_socket_next(struct lq_player_socket *from, struct lq_view *text,
                                     struct lq_error_message *message)
{
    uint8_t opcode = 0;

    if (!from->is_upgraded) {
        enum lq_result result = take_head(from, message);
        if (result != LQ_OK) {
            return result;
        }
    }
    while (take_frame(from, &opcode, text)) {
        if (opcode == TEXT) {
            return LQ_OK;
        }
        if (opcode == CLOSE) {
            uint32_t code = text->bytes < 2 ? 1005 : (uint32_t)text->data[0] << 8 | text->data[1];
            lq_error_message_set(message, "closed with %u %.*s", code,
                                 text->bytes < 2 ? 0 : (int)(text->bytes - 2),
                                 (const char *)text->data + 2);
            return LQ_ERR_UNREACHABLE;
        }
        if (opcode == PING && send_frame(from, PONG, *text, message) != LQ_OK) {
            return LQ_ERR_UNREACHABLE;
        }
    }
    return LQ_ERR_NOT_FOUND;
}
