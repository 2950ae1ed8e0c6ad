// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* letter_text.h - a dead letter as text and as JSON. */
#ifndef LQ_LETTER_TEXT_H
#define LQ_LETTER_TEXT_H

#include "proto/admin_codec.h"

#include <jansson.h>

void lq_letter_text_print(const struct lq_letter *letter);

/* `whole`: with decoded commands, the deaths of earlier rounds, and what the stage was given,
 * decoded and in base 16. */
json_t *lq_letter_text_json(const struct lq_letter *letter, bool whole);

#endif
