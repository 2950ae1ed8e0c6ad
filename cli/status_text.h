// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* status_text.h - a broker's status as text and as JSON; shared by status and top. */
#ifndef LQ_STATUS_TEXT_H
#define LQ_STATUS_TEXT_H

#include "proto/admin_codec.h"

#include <jansson.h>
#include <stdio.h>

/* Each stage of the pipeline has an actor that takes work, and no actor is silent. */
bool lq_status_text_healthy(const struct lq_status *status);

/* `before`: an earlier status of the same broker, for rates; NULL: none. */
void lq_status_text_print(const char *cluster, const struct lq_status *status,
                          const struct lq_status *before, FILE *to);

json_t *lq_status_text_json(const char *cluster, const struct lq_status *status);

#endif
