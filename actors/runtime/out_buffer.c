// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "actors/runtime/actor_runtime.h"

#include <stdarg.h>
#include <stdio.h>

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
    memcpy(out->memory + out->bytes_max, text, bytes);
    return lq_view_of(out->memory + out->bytes_max, bytes);
}

void lq_answer_fail(struct lq_answer *answer, const char *error, const char *format, ...)
{
    va_list arguments;

    answer->verdict = LQ_ITEM_FAILED;
    snprintf(answer->failure.error, sizeof answer->failure.error, "%s", error);
    va_start(arguments, format);
    vsnprintf(answer->failure.cause, sizeof answer->failure.cause, format, arguments);
    va_end(arguments);
}
