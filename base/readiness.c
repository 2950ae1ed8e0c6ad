// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "base/readiness.h"

#include <stdlib.h>
#include <unistd.h>

void lq_readiness_notify(void)
{
    const char *text = getenv("LQ_NOTIFY_FD");
    char *end = NULL;

    if (text == NULL) {
        return;
    }
    long descriptor = strtol(text, &end, 10);
    if (end == text || *end != '\0' || descriptor < 3 || descriptor > 1023) {
        return;
    }
    /* A supervisor that is gone is no reason to fail: it will see us or not. */
    if (write((int)descriptor, "\n", 1) == 1) {
        close((int)descriptor);
    }
    unsetenv("LQ_NOTIFY_FD");
}
