// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* status_text.h - a broker's status as text and as JSON; shared by status and top. */
#ifndef LQ_STATUS_TEXT_H
#define LQ_STATUS_TEXT_H

#include "cli/partition_space.h"
#include "proto/admin_codec.h"

#include <jansson.h>
#include <stdio.h>

/* What a status is told of; all of it is borrowed. */
struct lq_status_picture {
    const char *cluster;
    const struct lq_status *status;
    const struct lq_status *before; /* an earlier one of the same broker, for rates; NULL */
    const struct lq_partition_spaces *spaces; /* NULL: nothing is said of them */
};

/* Each stage of the pipeline has an actor that takes work, no actor is silent, and no partition is
 * short of space. */
bool lq_status_text_healthy(const struct lq_status_picture *picture);

void lq_status_text_print(const struct lq_status_picture *picture, FILE *to);

json_t *lq_status_text_json(const struct lq_status_picture *picture);

#endif
