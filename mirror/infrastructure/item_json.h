// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* item_json.h - items as DynamoDB's JSON, {"pk": {"S": "..."}, "n": {"N": "12"}, "b": {"B": ""}},
 * bytes in base64. */
#ifndef LQ_ITEM_JSON_H
#define LQ_ITEM_JSON_H

#include "base/error_message.h"
#include "base/result.h"
#include "mirror/infrastructure/table_item.h"

#include <jansson.h>

/* One value, and the keys alone. New references. Texts are UTF-8. */
json_t *lq_item_json_text(struct lq_view text);
json_t *lq_item_json_number(uint64_t number);
json_t *lq_item_json_attribute(const struct lq_table_attribute *attribute);
json_t *lq_item_json_key(struct lq_view pk, struct lq_view sk);

/* All of an item as a text, freed with free(); *bytes without its zero. Past jansson, which looks
 * at each character of what is base64: for a segment that took most of a put's time. */
char *lq_item_json_dump(const struct lq_table_item *item, size_t *bytes);

/* Memory that decoded bytes of some items need. Whatever the JSON is. */
size_t lq_item_json_room(const json_t *item);

/* An item of an answer. Texts and names are borrowed from `json`, bytes lie in *room, which moves
 * on and *room_bytes shrinks. LQ_ERR_MALFORMED: not an item of ours (a key is missing, another
 * type, a number beyond 64 bits, no base64, too many attributes); `message` names the attribute. */
LQ_MUST_CHECK enum lq_result lq_item_json_decode(const json_t *json, struct lq_table_item *item,
                                                 uint8_t **room, size_t *room_bytes,
                                                 struct lq_error_message *message);

#endif
