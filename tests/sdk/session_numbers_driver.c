// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* client/session_numbers.c, driven by lines: "take" prints the number taken, or 0; "answer N R"
 * answers it, R 1: reusable. tests/sdk/numbers.test.mjs asks the SDK's numbers the same. */
#include "client/session_numbers.h"

#include <inttypes.h>
#include <stdio.h>

int main(void)
{
    struct lq_session_numbers numbers = {.next = 1};
    char line[64];

    while (fgets(line, sizeof line, stdin) != NULL) {
        uint64_t sequence = 0;
        int reusable = 0;

        if (sscanf(line, "answer %" SCNu64 " %d", &sequence, &reusable) == 2) {
            lq_session_numbers_answer(&numbers, sequence, reusable == 1);
        } else {
            if (lq_session_numbers_take(&numbers, &sequence) != LQ_OK) {
                sequence = 0;
            }
            printf("%" PRIu64 "\n", sequence);
        }
    }
    return 0;
}
