// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "cli/broker_probe.h"

#include "base/clock.h"
#include "base/error_message.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { AGAIN_MS = 50 };

static bool connects(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (descriptor < 0) {
        return false;
    }
    memcpy(address.sun_path, path, strnlen(path, sizeof address.sun_path - 1));
    bool connected = connect(descriptor, (const struct sockaddr *)&address, sizeof address) == 0;
    (void)close(descriptor);
    return connected;
}

bool lq_broker_probe_listens(const struct lq_cluster_config *cluster, uint32_t patience_ms)
{
    static const char scheme[] = "ipc://";
    char endpoint[LQ_OPTION_TEXT_BYTES_MAX + 32];
    struct lq_error_message message;
    uint64_t until_ns = lq_clock_monotonic_ns() + patience_ms * LQ_NS_PER_MS;

    if (lq_cluster_endpoint(cluster, LQ_ENDPOINT_CLIENTS, endpoint, sizeof endpoint, &message) !=
            LQ_OK ||
        strncmp(endpoint, scheme, sizeof scheme - 1) != 0) {
        return true; /* whoever connects next says what is wrong with it */
    }
    while (!connects(endpoint + sizeof scheme - 1)) {
        if (lq_clock_monotonic_ns() >= until_ns) {
            return false;
        }
        (void)poll(NULL, 0, AGAIN_MS);
    }
    return true;
}
