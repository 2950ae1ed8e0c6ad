// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* letter_input.h - what the stage was given that a tick died in: the world, readable. */
#ifndef LQ_LETTER_INPUT_H
#define LQ_LETTER_INPUT_H

#include "proto/admin_codec.h"

#include <jansson.h>

/* {"form":"tick", "frame", "steps", "config", "stages", "world"}; at load, which has no world yet,
 * {"form":"tick_request", "steps", "missed"}; of bytes that are neither {"form":"unreadable",
 * "where"}; null when the letter has none: it is done, or its input is too long for an answer. */
json_t *lq_letter_input_json(const struct lq_letter *letter);

/* Lines for people, on stdout. */
void lq_letter_input_print(const struct lq_letter *letter);

#endif
