// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* message_memory.h - memory for the one message that the loop reads or writes at a time. */
#ifndef LQ_MESSAGE_MEMORY_H
#define LQ_MESSAGE_MEMORY_H

#include "base/arena.h"

struct lq_message_memory {
    struct lq_arena arena; /* of the message at hand */
    uint8_t *scratch;      /* LQ_HEADER_BYTES_MAX, for a message to send */
};

void lq_message_memory_open(struct lq_message_memory *memory);
void lq_message_memory_close(struct lq_message_memory *memory);

#endif
