// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* random_bytes.h - bytes that nobody can guess, for identities that are no keys. */
#ifndef LQ_RANDOM_BYTES_H
#define LQ_RANDOM_BYTES_H

#include <stddef.h>
#include <stdint.h>

void lq_random_bytes(uint8_t *to, size_t bytes);

#endif
