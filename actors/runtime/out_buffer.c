// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "actors/runtime/actor_runtime.h"

uint8_t *lq_out_buffer_reserve(struct lq_out_buffer *out, size_t bytes)
{
    LQ_ASSERT(out->used_bytes <= out->bytes_max);
    if (bytes > out->bytes_max - out->used_bytes) {
        return NULL;
    }
    return out->memory + out->used_bytes;
}

void lq_out_buffer_keep(struct lq_out_buffer *out, struct lq_answer *answer, size_t bytes)
{
    LQ_ASSERT(bytes <= out->bytes_max - out->used_bytes);
    LQ_ASSERT(answer->payload_bytes == 0);
    answer->payload_offset = out->used_bytes;
    answer->payload_bytes = bytes;
    out->used_bytes += bytes;
}

struct lq_view lq_out_buffer_text(struct lq_out_buffer *out, const char *text)
{
    size_t bytes = strlen(text);

    if (bytes > out->bytes_max - out->used_bytes) {
        return lq_view_of(NULL, 0);
    }
    out->bytes_max -= bytes;
    /* The wire wants UTF-8, and reasons come from stages: nothing beyond printable ASCII leaves. */
    for (size_t index = 0; index < bytes; index++) {
        bool plain = text[index] >= 0x20 && text[index] <= 0x7e;
        out->memory[out->bytes_max + index] = plain ? (uint8_t)text[index] : (uint8_t)'?';
    }
    return lq_view_of(out->memory + out->bytes_max, bytes);
}
