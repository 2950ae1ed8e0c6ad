// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* difference_text.h - what differs in two worlds, as text and as JSON. */
#ifndef LQ_DIFFERENCE_TEXT_H
#define LQ_DIFFERENCE_TEXT_H

#include "replay/world_changes.h"

#include <jansson.h>

/* "body 3", "agent of body 3", "player 0123...", "world" in `to`. */
#define LQ_DIFFERENCE_TEXT_BYTES 80
const char *lq_difference_text_what(const struct lq_world_change *difference, char *to);

const char *lq_difference_text_kind(const struct lq_world_change *difference); /* "changed" */

/* A value in as few digits as tell it from its neighbours; of bytes, how many there are. */
const char *lq_difference_text_value(const struct lq_field_value *value, char *to);

/* of, body or client, kind, and of what changed: field, before, after. */
json_t *lq_difference_text_json(const struct lq_world_change *difference);

#endif
