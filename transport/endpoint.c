// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "transport/endpoint.h"

#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define IPC "ipc://"
#define TCP "tcp://"

static bool begins_with(const char *endpoint, const char *scheme)
{
    return strncmp(endpoint, scheme, strlen(scheme)) == 0;
}

const char *lq_endpoint_path(const char *endpoint)
{
    return begins_with(endpoint, IPC) ? endpoint + strlen(IPC) : NULL;
}

enum lq_result lq_endpoint_read(const char *endpoint, enum lq_endpoint_transport *transport,
                                struct lq_error_message *message)
{
    const char *path = lq_endpoint_path(endpoint);

    if (begins_with(endpoint, TCP)) {
        *transport = LQ_ENDPOINT_OVER_TCP;
        return LQ_OK;
    }
    if (path == NULL) {
        lq_error_message_set(message, "%s: only ipc and tcp endpoints are known", endpoint);
        return LQ_ERR_INVALID;
    }
    if (strlen(path) >= sizeof((struct sockaddr_un *)0)->sun_path) {
        lq_error_message_set(message, "%s: longer than a local socket's path may be", endpoint);
        return LQ_ERR_INVALID;
    }
    *transport = LQ_ENDPOINT_OVER_IPC;
    return LQ_OK;
}

bool lq_endpoint_answers(const char *endpoint)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const char *path = lq_endpoint_path(endpoint);

    if (path == NULL || strlen(path) >= sizeof address.sun_path) {
        return false;
    }
    int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (descriptor < 0) {
        return false;
    }
    memcpy(address.sun_path, path, strlen(path));
    bool connected = connect(descriptor, (const struct sockaddr *)&address, sizeof address) == 0;
    (void)close(descriptor);
    return connected;
}
