// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "world/column_table.h"

#include <stddef.h>

#define IS_BODY_ROWS_STEPS false
#define IS_BODY_ROWS_SHORT false
#define IS_BODY_ROWS_WHOLE false
#define IS_BODY_ROWS_BYTES false
#define IS_BODY_ROWS_BODY_ROWS true

static const struct lq_column_row rows[LQ_COLUMN_INDEX_COUNT] = {
#define LQ_COLUMN(group, name, type, form, rule, limit, initial, predictor, rate, ...)             \
    {#name,                                                                                        \
     offsetof(struct lq_world, name),                                                              \
     sizeof(LQ_COLUMN_##type),                                                                     \
     LQ_COLUMN_PREDICTOR_##predictor,                                                              \
     LQ_COLUMN_INDEX_##rate,                                                                       \
     limit,                                                                                        \
     IS_BODY_ROWS_##form},
#include "world/columns.def"
};

/* Whoever codes columns from the last to the first has a column's rate before the column. */
#define LQ_COLUMN(group, name, type, form, rule, limit, initial, predictor, rate, ...)             \
    _Static_assert(LQ_COLUMN_INDEX_##rate >= LQ_COLUMN_INDEX_##name, "rates come behind");         \
    _Static_assert(LQ_COLUMN_PREDICTOR_##predictor == LQ_COLUMN_PREDICTOR_SAME ||                  \
                       sizeof(((struct lq_world *)0)->rate[0]) == sizeof(float),                   \
                   "rates are f32");
#include "world/columns.def"

const struct lq_column_row *lq_column_table(void)
{
    return rows;
}
