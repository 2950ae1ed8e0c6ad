// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* port_holder.h - who listens on a TCP port of this machine, for a message. */
#ifndef LQ_PORT_HOLDER_H
#define LQ_PORT_HOLDER_H

#include <stdint.h>

#define LQ_PORT_HOLDER_BYTES 256

/* "pid 123 (lq-gateway --config /srv/cluster.cfg)"; of another user's, whose processes cannot be
 * looked at, "a program of user 1001". "": nobody is found. */
void lq_port_holder_find(uint16_t port, char text[LQ_PORT_HOLDER_BYTES]);

#endif
