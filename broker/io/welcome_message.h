// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* welcome_message.h - WELCOME, which says the same to every peer of this broker; and its refusal,
 * likewise. */
#ifndef LQ_WELCOME_MESSAGE_H
#define LQ_WELCOME_MESSAGE_H

#include "transport/router_socket.h"

struct lq_welcome_message {
    uint8_t bytes[160];
    size_t byte_count;
};

void lq_welcome_message_make(struct lq_welcome_message *welcome, uint64_t epoch,
                             struct lq_view history, uint32_t mailbox_commands_max);

/* The answer to a HELLO over a connection that is not served; it names no epoch. */
void lq_welcome_message_refuse(struct lq_welcome_message *refusal, const char *reason);
void lq_welcome_message_send(const struct lq_welcome_message *welcome, lq_router_socket_t *router,
                             uint32_t peer);

#endif
