// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "gateway/infrastructure/gateway_listener.h"

#include "base/clock.h"
#include "base/contract.h"
#include "base/log.h"
#include "gateway/infrastructure/listening_socket.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

enum { ACCEPTS_A_TURN = 64, PAUSE_MS = 100 };

void lq_gateway_listener_address(struct lq_address address, char text[LQ_LISTENER_ADDRESS_BYTES])
{
    static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
    bool is_v4 = memcmp(address.bytes, mapped, sizeof mapped) == 0;
    const char *written =
        is_v4 ? inet_ntop(AF_INET, address.bytes + sizeof mapped, text, LQ_LISTENER_ADDRESS_BYTES)
              : inet_ntop(AF_INET6, address.bytes, text, LQ_LISTENER_ADDRESS_BYTES);

    LQ_ASSERT(written != NULL);
}

static struct lq_address address_of(const struct sockaddr_storage *from)
{
    struct lq_address address = {{[10] = 0xff, [11] = 0xff}};

    if (from->ss_family == AF_INET6) {
        struct sockaddr_in6 v6;
        memcpy(&v6, from, sizeof v6);
        memcpy(address.bytes, &v6.sin6_addr, LQ_ADDRESS_BYTES);
    } else {
        struct sockaddr_in v4;
        memcpy(&v4, from, sizeof v4);
        memcpy(address.bytes + 12, &v4.sin_addr, 4);
    }
    return address;
}

static void unlist(struct lq_gateway_connection *connection)
{
    lq_gateway_server_t *server = connection->server;
    uint32_t older = connection->older;
    uint32_t newer = connection->newer;

    if (older == LQ_CONNECTION_NONE) {
        server->oldest_pending = newer;
    } else {
        server->connections[older].newer = newer;
    }
    if (newer == LQ_CONNECTION_NONE) {
        server->newest_pending = older;
    } else {
        server->connections[newer].older = older;
    }
    connection->is_pending = false;
    server->counts.pending--;
}

static void list_newest(struct lq_gateway_connection *connection)
{
    lq_gateway_server_t *server = connection->server;

    connection->is_pending = true;
    connection->newer = LQ_CONNECTION_NONE;
    connection->older = server->newest_pending;
    if (server->newest_pending == LQ_CONNECTION_NONE) {
        server->oldest_pending = connection->index;
    } else {
        server->connections[server->newest_pending].newer = connection->index;
    }
    server->newest_pending = connection->index;
    server->counts.pending++;
}

void lq_gateway_listener_upgraded(struct lq_gateway_connection *connection)
{
    unlist(connection);
    lq_address_count_settle(&connection->server->addresses,
                            lq_address_count_key(connection->address));
}

void lq_gateway_listener_release(struct lq_gateway_connection *connection)
{
    lq_gateway_server_t *server = connection->server;

    lq_address_count_remove(&server->addresses, lq_address_count_key(connection->address),
                            connection->is_pending);
    if (connection->is_pending) {
        unlist(connection);
    }
    server->free_indexes[server->free_count] = connection->index;
    server->free_count++;
}

/* End the oldest pending one, of `address` if that is not NULL. False: there is none. */
static bool evict(lq_gateway_server_t *server, const struct lq_address *address)
{
    uint32_t index = server->oldest_pending;

    while (index != LQ_CONNECTION_NONE) {
        struct lq_gateway_connection *connection = &server->connections[index];
        struct lq_address key = lq_address_count_key(connection->address);
        if (address == NULL || memcmp(&key, address, sizeof key) == 0) {
            server->counts.evicted++;
            lq_gateway_connection_die(connection, LQ_WEBSOCKET_NO_CLOSE, false, "evicted");
            lq_gateway_connection_settle(connection);
            return true;
        }
        index = connection->newer;
    }
    return false;
}

/* Whether one more of this address may come in; pending ones may have ended for it. */
static bool make_room(lq_gateway_server_t *server, const struct lq_address *address)
{
    const struct lq_gateway_options *options = &server->options;
    struct lq_address_entry entry = lq_address_count_find(&server->addresses, *address);
    uint64_t per_address = options->connections_per_address_max;
    uint64_t pending_per_address = options->pending_per_address_max;
    bool crowded = (per_address != 0 && entry.connections >= per_address) ||
                   (pending_per_address != 0 && entry.pending >= pending_per_address);

    if (crowded && (entry.pending == 0 || !evict(server, address))) {
        server->counts.refused_address++;
        return false;
    }
    bool full = server->counts.pending >= options->pending_max || server->free_count == 0;
    if (full && !evict(server, NULL)) {
        server->counts.refused_full++;
        lq_log_rarely(LQ_LOG_WARNING, "a connection was refused: connections_max (%llu) is reached",
                      (unsigned long long)options->connections_max);
        return false;
    }
    return true;
}

static void take(struct lq_listener *listener, int fd, const struct sockaddr_storage *from)
{
    lq_gateway_server_t *server = listener->server;
    struct lq_address address = address_of(from);
    struct lq_address key = lq_address_count_key(address);

    server->counts.accepted++;
    if (!make_room(server, &key)) {
        close(fd);
        return;
    }
    LQ_ASSERT(server->free_count > 0);
    server->free_count--;
    struct lq_gateway_connection *connection =
        &server->connections[server->free_indexes[server->free_count]];
    lq_address_count_add(&server->addresses, key);
    lq_gateway_connection_begin(connection, fd, listener->is_tls, address);
    list_newest(connection);
}

static void pause_accepting(lq_gateway_server_t *server)
{
    for (size_t index = 0; index < 2; index++) {
        if (server->listeners[index].is_open) {
            lq_event_loop_change(server->loop, &server->listeners[index].source, 0);
        }
    }
    lq_event_loop_set_timer(server->loop, &server->accept_timer,
                            lq_event_loop_now_ns(server->loop) + PAUSE_MS * LQ_NS_PER_MS);
}

void lq_gateway_listener_resume(lq_gateway_server_t *server)
{
    for (size_t index = 0; index < 2; index++) {
        if (server->listeners[index].is_open) {
            lq_event_loop_change(server->loop, &server->listeners[index].source, LQ_EVENT_READ);
        }
    }
}

static void ready(void *context, uint32_t events)
{
    struct lq_listener *listener = context;
    (void)events;

    for (int count = 0; count < ACCEPTS_A_TURN; count++) {
        struct sockaddr_storage from;
        socklen_t bytes = sizeof from;
        int fd = accept4(listener->source.fd, (struct sockaddr *)&from, &bytes,
                         SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0) {
            take(listener, fd, &from);
        } else if (errno == EAGAIN) {
            return;
        } else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
            lq_log_rarely(LQ_LOG_WARNING, "accept: %s; again in %d ms", strerror(errno), PAUSE_MS);
            pause_accepting(listener->server);
            return;
        }
        /* Else that connection had ended before it was taken. */
    }
}

enum lq_result lq_gateway_listener_open(lq_gateway_server_t *server, bool is_tls,
                                        struct lq_error_message *message)
{
    struct lq_listener *listener = &server->listeners[is_tls ? 1 : 0];
    uint64_t port = is_tls ? server->options.tls_port : server->options.port;
    int fd = -1;

    listener->port = port == LQ_GATEWAY_PORT_ANY ? 0 : (uint16_t)port;
    listener->claim = (struct lq_port_claim){.fd = -1};
    enum lq_result result = LQ_OK;
    if (server->options.ports_file != NULL && listener->port != 0) {
        result = lq_port_claim_begin(server->options.ports_file, listener->port, &listener->claim,
                                     message);
    }
    if (result == LQ_OK) {
        result = lq_listening_socket_open(server->options.address, &listener->port,
                                          listener->claim.is_first, &fd, message);
    }
    if (result != LQ_OK) {
        lq_port_claim_end(&listener->claim);
        return result;
    }
    if (listener->claim.fd >= 0) {
        lq_port_claim_keep(&listener->claim);
    }
    listener->server = server;
    listener->is_tls = is_tls;
    listener->is_open = true;
    listener->source = (struct lq_event_source){.fd = fd, .ready = ready, .context = listener};
    lq_event_loop_add(server->loop, &listener->source, LQ_EVENT_READ);
    return LQ_OK;
}

void lq_gateway_listener_close(struct lq_listener *listener)
{
    if (listener->is_open) {
        lq_event_loop_remove(listener->server->loop, &listener->source);
        close(listener->source.fd);
        lq_port_claim_end(&listener->claim);
        listener->is_open = false;
    }
}
