// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* The framing of a part, and the walk of its limits against the descriptor of every message. */
#include "proto/wire_limits.h"
#include "tests/fuzz/fuzz_family.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    enum lq_message_kind kind;
    struct lq_view message = lq_view_of(data, bytes);
    const char *where = NULL;

    enum lq_result result = lq_framing_get(message, &kind, &message);
    if (result == LQ_OK) {
        LQ_ASSERT(message.bytes + LQ_FRAMING_BYTES == bytes);
    }
    for (size_t index = 0; index < lq_wire_sample_count; index++) {
        result = lq_wire_limits_check(lq_wire_samples[index].descriptor, message, &where);
        LQ_ASSERT(result == LQ_OK || where != NULL);
    }
    return 0;
}
