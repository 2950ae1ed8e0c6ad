// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "mirror/infrastructure/table_item.h"

#include "base/contract.h"

static struct lq_table_attribute *add(struct lq_table_item *item, const char *name,
                                      enum lq_table_type type)
{
    LQ_ASSERT(item->attribute_count < LQ_TABLE_ITEM_ATTRIBUTES_MAX);
    LQ_ASSERT(strlen(name) <= LQ_TABLE_ITEM_NAME_BYTES_MAX);
    struct lq_table_attribute *attribute = &item->attributes[item->attribute_count++];
    *attribute = (struct lq_table_attribute){.name = name, .type = type};
    return attribute;
}

void lq_table_item_add_text(struct lq_table_item *item, const char *name, struct lq_view text)
{
    add(item, name, LQ_TABLE_TEXT)->view = text;
}

void lq_table_item_add_number(struct lq_table_item *item, const char *name, uint64_t number)
{
    add(item, name, LQ_TABLE_NUMBER)->number = number;
}

void lq_table_item_add_bytes(struct lq_table_item *item, const char *name, struct lq_view bytes)
{
    add(item, name, LQ_TABLE_BYTES)->view = bytes;
}

const struct lq_table_attribute *lq_table_item_find(const struct lq_table_item *item,
                                                    const char *name, enum lq_table_type type)
{
    for (uint32_t index = 0; index < item->attribute_count; index++) {
        const struct lq_table_attribute *attribute = &item->attributes[index];
        if (attribute->type == type && strcmp(attribute->name, name) == 0) {
            return attribute;
        }
    }
    return NULL;
}

/* Zeros at either end are no significant digits. */
static size_t number_bytes(uint64_t number)
{
    size_t digits = 0;

    while (number != 0 && number % 10 == 0) {
        number /= 10;
    }
    for (; number != 0; number /= 10) {
        digits++;
    }
    return 1 + (digits + 1) / 2;
}

size_t lq_table_item_bytes(const struct lq_table_item *item)
{
    size_t bytes =
        strlen(LQ_TABLE_ITEM_PK) + item->pk.bytes + strlen(LQ_TABLE_ITEM_SK) + item->sk.bytes;

    for (uint32_t index = 0; index < item->attribute_count; index++) {
        const struct lq_table_attribute *attribute = &item->attributes[index];
        bytes += strlen(attribute->name) + (attribute->type == LQ_TABLE_NUMBER
                                                ? number_bytes(attribute->number)
                                                : attribute->view.bytes);
    }
    return bytes;
}
