// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* column_table.h - columns.def as data, for what looks at one column after the other. Pure. */
#ifndef LQ_COLUMN_TABLE_H
#define LQ_COLUMN_TABLE_H

#include "world/world.h"

enum lq_column_predictor {
    LQ_COLUMN_PREDICTOR_SAME = 1,
    LQ_COLUMN_PREDICTOR_DRIFT,
    LQ_COLUMN_PREDICTOR_TURN
};

/* The place of a column in columns.def. */
enum lq_column_index {
#define LQ_COLUMN(group, name, ...) LQ_COLUMN_INDEX_##name,
#include "world/columns.def"
    LQ_COLUMN_INDEX_COUNT
};

struct lq_column_row {
    const char *name;
    size_t offset; /* in struct lq_world */
    size_t width;  /* bytes of an entry */
    enum lq_column_predictor predictor;
    enum lq_column_index rate; /* whose predictor is not SAME; else the column itself */
    double limit;
    bool is_body_rows; /* in a content a row of the bodies */
};

/* LQ_COLUMN_INDEX_COUNT rows, static. */
const struct lq_column_row *lq_column_table(void);

static inline const uint8_t *lq_column_table_at(const struct lq_column_row *column,
                                                const struct lq_world *world)
{
    return (const uint8_t *)world + column->offset;
}

#endif
