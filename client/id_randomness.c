// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "client/id_randomness.h"

#include <errno.h>
#include <sys/random.h>

enum lq_result lq_id_randomness_take(void *to, size_t bytes)
{
    while (getrandom(to, bytes, 0) != (ssize_t)bytes) {
        if (errno != EINTR) {
            return LQ_ERR_IO;
        }
    }
    return LQ_OK;
}
