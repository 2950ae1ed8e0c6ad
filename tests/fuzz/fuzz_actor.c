// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "tests/fuzz/fuzz_family.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    lq_fuzz_family_try(LQ_WIRE_ACTOR, data, bytes);
    return 0;
}
