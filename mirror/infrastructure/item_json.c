// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "mirror/infrastructure/item_json.h"

#include "base/alloc.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#define BASE64 sodium_base64_VARIANT_ORIGINAL

/* ---- out ---- */

/* {type: value}; takes the value. */
static json_t *tag(const char *type, json_t *value)
{
    json_t *object = json_object();

    LQ_ASSERT(object != NULL && value != NULL);
    LQ_ASSERT(json_object_set_new_nocheck(object, type, value) == 0);
    return object;
}

static void put(json_t *object, const char *name, json_t *value)
{
    LQ_ASSERT(json_object_set_new_nocheck(object, name, value) == 0);
}

json_t *lq_item_json_text(struct lq_view text)
{
    return tag("S", text.bytes > 0 ? json_stringn((const char *)text.data, text.bytes)
                                   : json_string_nocheck(""));
}

json_t *lq_item_json_number(uint64_t number)
{
    char text[24];

    (void)snprintf(text, sizeof text, "%" PRIu64, number);
    return tag("N", json_string_nocheck(text));
}

static json_t *encode_bytes(struct lq_view bytes)
{
    size_t room = sodium_base64_encoded_len(bytes.bytes, BASE64);
    char *text = lq_alloc(room, 1);

    (void)sodium_bin2base64(text, room, bytes.data, bytes.bytes, BASE64);
    json_t *value = json_stringn_nocheck(text, room - 1);
    free(text);
    return tag("B", value);
}

json_t *lq_item_json_attribute(const struct lq_table_attribute *attribute)
{
    switch (attribute->type) {
    case LQ_TABLE_TEXT:
        return lq_item_json_text(attribute->view);
    case LQ_TABLE_NUMBER:
        return lq_item_json_number(attribute->number);
    case LQ_TABLE_BYTES:
        return encode_bytes(attribute->view);
    }
    LQ_ASSERT(!"a type that is none");
    return NULL;
}

json_t *lq_item_json_key(struct lq_view pk, struct lq_view sk)
{
    json_t *key = json_object();

    LQ_ASSERT(key != NULL);
    put(key, LQ_TABLE_ITEM_PK, lq_item_json_text(pk));
    put(key, LQ_TABLE_ITEM_SK, lq_item_json_text(sk));
    return key;
}

static char *append(char *to, const char *text)
{
    size_t bytes = strlen(text);

    memcpy(to, text, bytes);
    return to + bytes;
}

static char *append_json(char *to, json_t *value)
{
    char *text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);

    LQ_ASSERT(text != NULL);
    json_decref(value);
    to = append(to, text);
    free(text);
    return to;
}

static char *append_attribute(char *to, const struct lq_table_attribute *attribute)
{
    to = append(to, ",");
    to = append_json(to, json_string(attribute->name));
    to = append(to, ":");
    if (attribute->type != LQ_TABLE_BYTES) {
        return append_json(to, lq_item_json_attribute(attribute));
    }
    size_t room = sodium_base64_encoded_len(attribute->view.bytes, BASE64);
    to = append(to, "{\"B\":\"");
    (void)sodium_bin2base64(to, room, attribute->view.data, attribute->view.bytes, BASE64);
    return append(to + room - 1, "\"}");
}

/* No less than its JSON has: a character of a text becomes at most six. */
static size_t room_of(const struct lq_table_attribute *attribute)
{
    size_t content = attribute->type == LQ_TABLE_BYTES
                         ? sodium_base64_encoded_len(attribute->view.bytes, BASE64)
                         : 6 * attribute->view.bytes;

    return content + 6 * strlen(attribute->name) + 48;
}

char *lq_item_json_dump(const struct lq_table_item *item, size_t *bytes)
{
    size_t room = 6 * (item->pk.bytes + item->sk.bytes) + 64;

    for (uint32_t index = 0; index < item->attribute_count; index++) {
        room += room_of(&item->attributes[index]);
    }
    char *text = lq_alloc(room, 1);
    char *end = append_json(text, lq_item_json_key(item->pk, item->sk)) - 1; /* its brace */
    for (uint32_t index = 0; index < item->attribute_count; index++) {
        end = append_attribute(end, &item->attributes[index]);
    }
    end = append(end, "}");
    *end = '\0';
    *bytes = (size_t)(end - text);
    LQ_ASSERT(*bytes < room);
    return text;
}

/* ---- in ---- */

size_t lq_item_json_room(const json_t *item)
{
    const char *name;
    json_t *value;
    size_t bytes = 0;

    json_object_foreach((json_t *)item, name, value)
    {
        const json_t *text = json_object_get(value, "B");
        bytes += json_string_length(text) / 4 * 3;
    }
    return bytes;
}

static bool read_number(const char *text, uint64_t *number)
{
    *number = 0;
    for (; *text >= '0' && *text <= '9'; text++) {
        uint64_t digit = (uint64_t)(*text - '0');
        if (*number > (UINT64_MAX - digit) / 10) {
            return false;
        }
        *number = *number * 10 + digit;
    }
    return *text == '\0';
}

static bool read_bytes(const json_t *text, struct lq_table_attribute *attribute, uint8_t **room,
                       size_t *room_bytes)
{
    size_t bytes = 0;

    if (sodium_base642bin(*room, *room_bytes, json_string_value(text), json_string_length(text),
                          NULL, &bytes, NULL, BASE64) != 0) {
        return false;
    }
    attribute->view = lq_view_of(*room, bytes);
    *room += bytes;
    *room_bytes -= bytes;
    return true;
}

/* {"S": "..."} and the like: an object of one member, which is a text. */
static bool read_value(json_t *value, struct lq_table_attribute *attribute, uint8_t **room,
                       size_t *room_bytes)
{
    void *member = json_object_iter(value);
    const char *type = member != NULL ? json_object_iter_key(member) : "";
    const json_t *text = member != NULL ? json_object_iter_value(member) : NULL;

    if (json_object_size(value) != 1 || !json_is_string(text)) {
        return false;
    }
    if (strcmp(type, "S") == 0) {
        attribute->type = LQ_TABLE_TEXT;
        attribute->view = lq_view_of(json_string_value(text), json_string_length(text));
        return true;
    }
    if (strcmp(type, "N") == 0) {
        attribute->type = LQ_TABLE_NUMBER;
        return json_string_length(text) > 0 &&
               strlen(json_string_value(text)) == json_string_length(text) &&
               read_number(json_string_value(text), &attribute->number);
    }
    attribute->type = LQ_TABLE_BYTES;
    return strcmp(type, "B") == 0 && read_bytes(text, attribute, room, room_bytes);
}

/* Of a type, or a number of a range, that no attribute of this engine has: somebody else's, as
 * those that replication between regions adds. It is passed over; who needs one of that name has
 * none. */
static bool is_foreign(json_t *value)
{
    static const char *const types[] = {"BOOL", "NULL", "L", "M", "SS", "NS", "BS"};
    void *member = json_object_iter(value);
    const char *type = member != NULL ? json_object_iter_key(member) : "";
    const char *text = member != NULL ? json_string_value(json_object_iter_value(member)) : NULL;
    uint64_t number;

    if (json_object_size(value) != 1) {
        return false;
    }
    for (size_t index = 0; index < sizeof types / sizeof types[0]; index++) {
        if (strcmp(type, types[index]) == 0) {
            return true;
        }
    }
    return strcmp(type, "N") == 0 && text != NULL && text[0] != '\0' &&
           text[strspn(text, "0123456789+-.eE")] == '\0' && !read_number(text, &number);
}

static enum lq_result refuse(struct lq_error_message *message, const char *name, const char *what)
{
    lq_error_message_set(message, "an item that is not one of this engine's: %.64s: %s", name,
                         what);
    return LQ_ERR_MALFORMED;
}

enum lq_result lq_item_json_decode(const json_t *json, struct lq_table_item *item, uint8_t **room,
                                   size_t *room_bytes, struct lq_error_message *message)
{
    const char *name;
    json_t *value;

    memset(item, 0, sizeof *item);
    if (!json_is_object(json)) {
        return refuse(message, "item", "not an object");
    }
    json_object_foreach((json_t *)json, name, value)
    {
        struct lq_table_attribute attribute = {.name = name};
        struct lq_view *key = strcmp(name, LQ_TABLE_ITEM_PK) == 0   ? &item->pk
                              : strcmp(name, LQ_TABLE_ITEM_SK) == 0 ? &item->sk
                                                                    : NULL;
        if (key == NULL && is_foreign(value)) {
            continue;
        }
        if (!read_value(value, &attribute, room, room_bytes)) {
            return refuse(message, name, "no text, number of 64 bits, or bytes");
        }
        if (key != NULL && attribute.type != LQ_TABLE_TEXT) {
            return refuse(message, name, "not a text");
        }
        if (key != NULL) {
            *key = attribute.view;
        } else if (item->attribute_count < LQ_TABLE_ITEM_ATTRIBUTES_MAX) {
            item->attributes[item->attribute_count++] = attribute;
        } else {
            return refuse(message, name, "one attribute too many");
        }
    }
    if (item->pk.bytes == 0 || item->sk.bytes == 0) {
        return refuse(message, item->pk.bytes == 0 ? LQ_TABLE_ITEM_PK : LQ_TABLE_ITEM_SK,
                      "missing or empty");
    }
    return LQ_OK;
}
