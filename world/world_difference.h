// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* world_difference.h - where two worlds are not the same, by row and column of columns.def. For
 * people: which body, and what of it. Pure; depends on base/. */
#ifndef LQ_WORLD_DIFFERENCE_H
#define LQ_WORLD_DIFFERENCE_H

#include "world/world.h"

struct lq_world_difference {
    const char *field; /* a column's name, "body_count" and the like, or "next_body_id"; static */
    uint32_t body_id;  /* the body it is about; 0: about none */
};

/* The first row of the first table that differs, and of it the first column, bit by bit. A row that
 * only one of them has differs in the count. False: they are the same. */
bool lq_world_difference_find(const struct lq_world *a, const struct lq_world *b,
                              struct lq_world_difference *first);

#endif
