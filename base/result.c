// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "base/result.h"

const char *lq_result_text(enum lq_result result)
{
    static const char *const texts[] = {
#define X(name, text) text,
        LQ_RESULTS(X)
#undef X
    };

    LQ_ASSERT((unsigned)result < sizeof texts / sizeof texts[0]);
    return texts[result];
}
