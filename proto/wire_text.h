// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* wire_text.h - what a text on the wire must be. */
#ifndef LQ_WIRE_TEXT_H
#define LQ_WIRE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Whether `text` is UTF-8 (no surrogates, nothing overlong, at most U+10FFFF) without a NUL. */
bool lq_wire_text_valid(const uint8_t *text, size_t bytes);

#endif
