// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "broker/io/welcome_message.h"

#include "proto/actor_codec.h"
#include "proto/client_codec.h"

static void encode(const struct lq_welcome *message, struct lq_welcome_message *to)
{
    enum lq_result encoded =
        lq_welcome_encode(message, to->bytes, sizeof to->bytes, &to->byte_count);

    LQ_ASSERT(encoded == LQ_OK);
}

void lq_welcome_message_make(struct lq_welcome_message *welcome, uint64_t epoch,
                             struct lq_view history, uint32_t mailbox_commands_max)
{
    const struct lq_welcome message = {
        .epoch = epoch,
        .commands_per_message_max = LQ_SUBMIT_COMMANDS_MAX,
        .message_bytes_max = LQ_BODY_BYTES_MAX,
        .mailbox_commands_max = mailbox_commands_max,
        .history = history,
    };

    encode(&message, welcome);
}

void lq_welcome_message_refuse(struct lq_welcome_message *refusal, const char *reason)
{
    const struct lq_welcome message = {.refused = lq_view_text(reason)};

    LQ_ASSERT(message.refused.bytes > 0);
    encode(&message, refusal);
}

void lq_welcome_message_send(const struct lq_welcome_message *welcome, lq_router_socket_t *router,
                             uint32_t peer)
{
    (void)lq_router_socket_send(router, peer, lq_view_of(welcome->bytes, welcome->byte_count),
                                NULL);
}
