// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "tests/fuzz/fuzz_family.h"

#include <stdlib.h>

static uint8_t first[LQ_WIRE_SAMPLE_BYTES_MAX];
static uint8_t second[LQ_WIRE_SAMPLE_BYTES_MAX];

/* Not static: a block of the heap has guards around it. */
static struct lq_arena open_arena(void)
{
    static uint8_t *memory;

    if (memory == NULL) {
        memory = malloc(LQ_WIRE_SAMPLE_ARENA_BYTES);
        LQ_ASSERT(memory != NULL);
    }
    return (struct lq_arena){memory, LQ_WIRE_SAMPLE_ARENA_BYTES, 0};
}

static void try_sample(const struct lq_wire_sample *sample, struct lq_view message)
{
    struct lq_arena arena = open_arena();
    const char *where = NULL;
    size_t bytes = 0;
    size_t bytes_again = 0;

    enum lq_result result = sample->again(message, &arena, first, sizeof first, &bytes, &where);
    if (result != LQ_OK) {
        LQ_ASSERT(where != NULL || result == LQ_ERR_LIMIT);
        return;
    }
    arena = open_arena();
    result = sample->again(lq_wire_sample_message(sample, lq_view_of(first, bytes)), &arena, second,
                           sizeof second, &bytes_again, &where);
    LQ_ASSERT(result == LQ_OK);
    LQ_ASSERT(bytes_again == bytes);
    LQ_ASSERT(memcmp(first, second, bytes) == 0);
}

static const struct lq_wire_sample *framed_sample(enum lq_wire_family family,
                                                  enum lq_message_kind kind)
{
    for (size_t index = 0; index < lq_wire_sample_count; index++) {
        if (lq_wire_samples[index].family == family && lq_wire_samples[index].kind == kind) {
            return &lq_wire_samples[index];
        }
    }
    return NULL;
}

/* The one of number `place`, counted round, among those of the family without framing. */
static const struct lq_wire_sample *payload_sample(enum lq_wire_family family, uint8_t place)
{
    const struct lq_wire_sample *payloads[8];
    size_t count = 0;

    for (size_t index = 0; index < lq_wire_sample_count && count < 8; index++) {
        if (lq_wire_samples[index].family == family && lq_wire_samples[index].kind == 0) {
            payloads[count++] = &lq_wire_samples[index];
        }
    }
    return count == 0 ? NULL : payloads[place % count];
}

void lq_fuzz_family_try(enum lq_wire_family family, const uint8_t *data, size_t bytes)
{
    enum lq_message_kind kind;
    struct lq_view message = lq_view_of(data, bytes);
    const struct lq_wire_sample *sample = NULL;

    if (lq_framing_get(message, &kind, &message) == LQ_OK) {
        sample = framed_sample(family, kind);
    } else if (bytes > 0) {
        sample = payload_sample(family, data[0]);
        message = lq_view_of(data + 1, bytes - 1);
    }
    if (sample != NULL) {
        try_sample(sample, message);
    }
}
