// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* id_randomness.h - randomness from the kernel, for ids. Not part of the library's interface. */
#ifndef LQ_ID_RANDOMNESS_H
#define LQ_ID_RANDOMNESS_H

#include "base/result.h"

#include <stddef.h>

/* LQ_ERR_IO: there is none. */
LQ_MUST_CHECK enum lq_result lq_id_randomness_take(void *to, size_t bytes);

#endif
