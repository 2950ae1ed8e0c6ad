// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "gateway/infrastructure/port_claim.h"

#include "base/contract.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum { OPENING = 65536 /* where the bytes of those begin who are about to listen */ };

static bool lock(const struct lq_port_claim *claim, int command, short type, long at)
{
    struct flock wanted = {.l_type = type, .l_whence = SEEK_SET, .l_start = at, .l_len = 1};

    while (fcntl(claim->fd, command, &wanted) != 0) {
        if (errno != EINTR) {
            return false;
        }
    }
    return true;
}

enum lq_result lq_port_claim_begin(const char *file, uint16_t port, struct lq_port_claim *claim,
                                   struct lq_error_message *message)
{
    *claim =
        (struct lq_port_claim){.fd = open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0600), .port = port};
    if (claim->fd < 0 || !lock(claim, F_OFD_SETLKW, F_WRLCK, OPENING + port)) {
        lq_error_message_set(message, "%.400s: %s", file, strerror(errno));
        lq_port_claim_end(claim);
        return LQ_ERR_IO;
    }
    claim->is_first = lock(claim, F_OFD_SETLK, F_WRLCK, port);
    return LQ_OK;
}

void lq_port_claim_keep(const struct lq_port_claim *claim)
{
    /* Nobody else asks for the byte before the other one is let go. */
    bool is_held = lock(claim, F_OFD_SETLK, F_RDLCK, claim->port) &&
                   lock(claim, F_OFD_SETLK, F_UNLCK, OPENING + claim->port);

    LQ_ASSERT(is_held);
}

void lq_port_claim_end(struct lq_port_claim *claim)
{
    if (claim->fd >= 0) {
        close(claim->fd);
    }
    claim->fd = -1;
}
