// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* welcome_message.h - WELCOME, which says the same to every peer of this broker. */
#ifndef LQ_WELCOME_MESSAGE_H
#define LQ_WELCOME_MESSAGE_H

#include "transport/router_socket.h"

struct lq_welcome_message {
    uint8_t bytes[64];
    size_t byte_count;
};

void lq_welcome_message_make(struct lq_welcome_message *welcome, uint64_t epoch,
                             uint32_t mailbox_commands_max);
void lq_welcome_message_send(const struct lq_welcome_message *welcome, lq_router_socket_t *router,
                             uint32_t peer);

#endif
