// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* json_object.h - whether bytes are one JSON object (RFC 8259) in UTF-8, and nothing else.
 *
 * Pure: looks, keeps nothing. Names that stand twice in an object are allowed.
 */
#ifndef LQ_JSON_OBJECT_H
#define LQ_JSON_OBJECT_H

#include <stdbool.h>
#include <stddef.h>

enum { LQ_JSON_OBJECT_DEPTH_MAX = 64 };

/* False as well for what is nested deeper than LQ_JSON_OBJECT_DEPTH_MAX. */
bool lq_json_object_is(const char *text, size_t bytes);

/* Bytes of the UTF-8 character that `text` begins with, 1 to 4; 0 when it is not one. */
size_t lq_json_object_character(const char *text, size_t bytes);

#endif
