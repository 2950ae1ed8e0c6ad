// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* The content of a record: exactly one byte string stands for a tick, so what a reader takes it
 * writes again byte by byte. */
#include "world/canonical.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    static struct lq_tick tick;
    static uint8_t again[LQ_TICK_BYTES_MAX];
    const char *where = NULL;
    size_t again_bytes = 0;

    enum lq_result result = lq_canonical_decode(lq_view_of(data, bytes), &tick, &where);
    LQ_ASSERT(result == LQ_OK || result == LQ_ERR_VERSION || where != NULL);
    if (result == LQ_OK) {
        LQ_ASSERT(lq_canonical_encode(&tick, again, sizeof again, &again_bytes) == LQ_OK);
        LQ_ASSERT(again_bytes == bytes);
        LQ_ASSERT(memcmp(again, data, bytes) == 0);
    }
    return 0;
}
