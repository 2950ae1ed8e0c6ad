// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* number_text.h - numbers as decimal text, by JSON's grammar, without a NUL at the end.
 *
 * A double and a float are written with the fewest digits that read back to the same bits, at most
 * 17 and 9 of them. Where 16 digits do not settle a double it has 17, which always do. A float is
 * meant to be read as a double first and then rounded, as programs do that have only doubles.
 * A negative zero is "-0", which JSON allows.
 *
 * Pure; what is in the usual range of a world takes no library's help.
 */
#ifndef LQ_NUMBER_TEXT_H
#define LQ_NUMBER_TEXT_H

#include <stddef.h>
#include <stdint.h>

#define LQ_NUMBER_TEXT_BYTES_MAX 32

/* Each writes at most LQ_NUMBER_TEXT_BYTES_MAX bytes and returns how many. */
size_t lq_number_text_unsigned(char *to, uint64_t value);
size_t lq_number_text_signed(char *to, int64_t value);
size_t lq_number_text_double(char *to, double value); /* finite */
size_t lq_number_text_float(char *to, float value);   /* finite */

#endif
