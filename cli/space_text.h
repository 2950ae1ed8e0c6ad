// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* space_text.h - what partitions take, as text and as JSON. */
#ifndef LQ_SPACE_TEXT_H
#define LQ_SPACE_TEXT_H

#include "cli/partition_space.h"

#include <jansson.h>
#include <stdio.h>

/* A line for each partition that is short of space: of what, when, and what to do. */
void lq_space_text_print_short(const struct lq_partition_spaces *spaces, FILE *to);

void lq_space_text_print(const struct lq_partition_spaces *spaces, FILE *to);
json_t *lq_space_text_json(const struct lq_partition_spaces *spaces);

/* "1.4 GB", powers of 1000, in `to` (32 bytes). */
const char *lq_space_text_bytes(uint64_t bytes, char *to);

#endif
