// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* fuzz_family.h - what the fuzz targets of the codecs share.
 *
 * An input that begins with framing is a header part. Any other is a payload: its first byte
 * chooses among those of the family that have no framing. */
#ifndef LQ_FUZZ_FAMILY_H
#define LQ_FUZZ_FAMILY_H

#include "tests/unit/proto/wire_samples.h"

/* The entry point of libFuzzer; every target defines it. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

/* Decode the input; if it is taken, what it encodes to must decode and encode to the same. */
void lq_fuzz_family_try(enum lq_wire_family family, const uint8_t *data, size_t bytes);

#endif
