// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "gateway/infrastructure/listening_socket.h"

#include "gateway/infrastructure/port_holder.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BACKLOG = 4096 /* the kernel's own bound, net.core.somaxconn, is lower or the same */ };

union socket_address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
};

static bool read_address(const char *text, uint16_t port, union socket_address *to,
                         socklen_t *bytes)
{
    memset(to, 0, sizeof *to);
    if (inet_pton(AF_INET, text, &to->v4.sin_addr) == 1) {
        to->v4.sin_family = AF_INET;
        to->v4.sin_port = htons(port);
        *bytes = sizeof to->v4;
        return true;
    }
    if (inet_pton(AF_INET6, text, &to->v6.sin6_addr) == 1) {
        to->v6.sin6_family = AF_INET6;
        to->v6.sin6_port = htons(port);
        *bytes = sizeof to->v6;
        return true;
    }
    return false;
}

static bool share_port(int fd)
{
    int on = 1;

    return setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) == 0;
}

static bool set_options(int fd)
{
    int on = 1;
    int unsent = LQ_LISTENING_SOCKET_UNSENT_BYTES;

    return setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
           setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) == 0 &&
           setsockopt(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &unsent, sizeof unsent) == 0;
}

static enum lq_result tell_error(const char *address, uint16_t port,
                                 struct lq_error_message *message)
{
    char holder[LQ_PORT_HOLDER_BYTES] = "";
    int error = errno;

    if (error == EADDRINUSE) {
        lq_port_holder_find(port, holder);
    }
    lq_error_message_set(message, "%s port %u: %s%s%s", address, port, strerror(error),
                         holder[0] == '\0' ? "" : " by ", holder);
    return error == EADDRINUSE ? LQ_ERR_BUSY : LQ_ERR_IO;
}

enum lq_result lq_listening_socket_open(const char *address, uint16_t *port, bool is_first, int *fd,
                                        struct lq_error_message *message)
{
    union socket_address at;
    socklen_t bytes = 0;

    if (!read_address(address, *port, &at, &bytes)) {
        lq_error_message_set(message, "gateway/address: %s is no IPv4 or IPv6 address", address);
        return LQ_ERR_INVALID;
    }
    int opened = socket(at.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    bool done = opened >= 0 && set_options(opened) && (is_first || share_port(opened)) &&
                bind(opened, &at.any, bytes) == 0 && listen(opened, BACKLOG) == 0 &&
                share_port(opened) && getsockname(opened, &at.any, &bytes) == 0;
    if (!done) {
        enum lq_result result = tell_error(address, *port, message);
        if (opened >= 0) {
            close(opened);
        }
        return result;
    }
    *port = ntohs(at.any.sa_family == AF_INET ? at.v4.sin_port : at.v6.sin6_port);
    *fd = opened;
    return LQ_OK;
}
