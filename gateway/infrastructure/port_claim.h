// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* port_claim.h - a port is of one cluster, and of all its gateways.
 *
 * With SO_REUSEPORT the kernel lets any process of a user share a port: also the gateway of another
 * cluster, and players would come to either by chance. So the first gateway of a cluster binds
 * without it, which fails where anybody listens, and lets others in when it listens itself. Whether
 * it is the first says a file of the cluster, by locks that end with their process:
 *
 *   byte P           held (shared) by each gateway that listens on port P
 *   byte 65536 + P   held by the one that is about to, for that time
 *
 * Blocks while another gateway of the cluster opens the same port.
 */
#ifndef LQ_PORT_CLAIM_H
#define LQ_PORT_CLAIM_H

#include "base/error_message.h"
#include "base/result.h"

#include <stdbool.h>
#include <stdint.h>

struct lq_port_claim {
    int fd;
    uint16_t port;
    bool is_first; /* nobody of the cluster listens: bind for oneself alone */
};

/* LQ_ERR_IO: the file cannot be made or locked. Else the port is to be bound now, and
 * lq_port_claim_keep() or lq_port_claim_end() called. */
LQ_MUST_CHECK enum lq_result lq_port_claim_begin(const char *file, uint16_t port,
                                                 struct lq_port_claim *claim,
                                                 struct lq_error_message *message);

/* The process listens, until lq_port_claim_end(). */
void lq_port_claim_keep(const struct lq_port_claim *claim);

/* May be called twice. */
void lq_port_claim_end(struct lq_port_claim *claim);

#endif
