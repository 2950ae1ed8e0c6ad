// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* durability_text.h - how a tenant's records are kept, as text and as JSON. */
#ifndef LQ_DURABILITY_TEXT_H
#define LQ_DURABILITY_TEXT_H

#include "proto/durability.h"

#include <jansson.h>
#include <stddef.h>

/* "mirrored, for this tenant; flush 500 ms; history 30 days" */
#define LQ_DURABILITY_TEXT_BYTES_MAX 96u
const char *lq_durability_text(const struct lq_durability *durability,
                               char to[LQ_DURABILITY_TEXT_BYTES_MAX]);

json_t *lq_durability_text_json(const struct lq_durability *durability);

#endif
