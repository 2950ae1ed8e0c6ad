// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "broker/io/message_memory.h"

#include "base/alloc.h"
#include "proto/framing.h"

#include <stdlib.h>

#define ARENA_BYTES (2u * 1024u * 1024u)

void lq_message_memory_open(struct lq_message_memory *memory)
{
    memory->arena = (struct lq_arena){lq_alloc(1, ARENA_BYTES), ARENA_BYTES, 0};
    memory->scratch = lq_alloc(1, LQ_HEADER_BYTES_MAX);
}

void lq_message_memory_close(struct lq_message_memory *memory)
{
    free(memory->arena.memory);
    free(memory->scratch);
    memory->arena.memory = NULL;
    memory->scratch = NULL;
}
