// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "base/alloc.h"

#include "base/contract.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

LQ_NORETURN static void die_out_of_memory(size_t count, size_t bytes)
{
    fprintf(stderr, "out of memory: %zu times %zu bytes\n", count, bytes);
    abort();
}

void *lq_alloc(size_t count, size_t bytes)
{
    void *memory = calloc(count, bytes);

    if (memory == NULL && count > 0 && bytes > 0) {
        die_out_of_memory(count, bytes);
    }
    return memory;
}

void *lq_realloc(void *memory, size_t count, size_t bytes)
{
    void *grown = reallocarray(memory, count, bytes);

    if (grown == NULL && count > 0 && bytes > 0) {
        die_out_of_memory(count, bytes);
    }
    return grown;
}

char *lq_text_copy(const char *text)
{
    size_t bytes = strlen(text) + 1;
    char *copy = lq_alloc(bytes, 1);

    memcpy(copy, text, bytes);
    return copy;
}
