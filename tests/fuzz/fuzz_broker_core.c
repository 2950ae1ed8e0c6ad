// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* Bytes are the choices of a history; what must never happen aborts. */
#include "tests/property/core_chaos.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

struct choices {
    const uint8_t *data;
    size_t bytes, at;
    uint32_t after; /* past the end: a plain walk, so that the recovery serves everything */
};

static uint32_t choose_from_bytes(void *context, uint32_t bound)
{
    struct choices *choices = context;

    return choices->at < choices->bytes ? choices->data[choices->at++] % bound
                                        : choices->after++ % bound;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    struct choices choices = {data, bytes, 0, 0};
    struct lq_core_chaos *chaos = lq_core_chaos_new(choose_from_bytes, &choices);

    while (choices.at < bytes) {
        lq_core_chaos_step(chaos);
    }
    lq_core_chaos_recover(chaos);
    lq_core_chaos_destroy(&chaos);
    return 0;
}
