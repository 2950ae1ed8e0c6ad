// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "store/seal/random_bytes.h"

#include <sodium.h>

void lq_random_bytes(uint8_t *to, size_t bytes)
{
    randombytes_buf(to, bytes);
}
