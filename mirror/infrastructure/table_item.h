// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* table_item.h - one item of the table: its two keys and a few named attributes.
 *
 * Texts and bytes are borrowed by whoever reads the struct: from the caller on the way out, from
 * the answer on the way in.
 */
#ifndef LQ_TABLE_ITEM_H
#define LQ_TABLE_ITEM_H

#include "base/view.h"

#define LQ_TABLE_ITEM_BYTES_MAX ((size_t)400 * 1024) /* the service's, names included */
#define LQ_TABLE_ITEM_ATTRIBUTES_MAX 16u
#define LQ_TABLE_ITEM_NAME_BYTES_MAX 64u
#define LQ_TABLE_ITEM_PK_BYTES_MAX 2048u /* the service's */
#define LQ_TABLE_ITEM_SK_BYTES_MAX 1024u

/* Names of the key attributes. */
#define LQ_TABLE_ITEM_PK "pk"
#define LQ_TABLE_ITEM_SK "sk"

enum lq_table_type {
    LQ_TABLE_TEXT = 1, /* S: UTF-8 without a zero byte */
    LQ_TABLE_NUMBER,   /* N: a whole number of 64 bits */
    LQ_TABLE_BYTES     /* B */
};

struct lq_table_attribute {
    const char *name;
    enum lq_table_type type;
    uint64_t number;     /* NUMBER */
    struct lq_view view; /* TEXT, BYTES */
};

struct lq_table_item {
    struct lq_view pk, sk;
    uint32_t attribute_count;
    struct lq_table_attribute attributes[LQ_TABLE_ITEM_ATTRIBUTES_MAX];
};

/* Add an attribute; asserts that there is room and that the name is short. */
void lq_table_item_add_text(struct lq_table_item *item, const char *name, struct lq_view text);
void lq_table_item_add_number(struct lq_table_item *item, const char *name, uint64_t number);
void lq_table_item_add_bytes(struct lq_table_item *item, const char *name, struct lq_view bytes);

/* NULL: there is none of that name and type. */
const struct lq_table_attribute *lq_table_item_find(const struct lq_table_item *item,
                                                    const char *name, enum lq_table_type type);

/* Bytes by the service's rule: names, texts and bytes as they are, a number one byte and half a
 * byte a significant digit. */
size_t lq_table_item_bytes(const struct lq_table_item *item);

#endif
