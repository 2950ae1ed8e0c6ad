// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "mirror/infrastructure/item_json.h"
#include "tests/support/suite.h"

#include <stdlib.h>

TCase *lq_test_item_json(void);

START_TEST(test_round_trip)
{
    uint8_t every[256];
    struct lq_table_item item = {.pk = lq_view_text("T#\xC3\xA9\"\\#P#0"),
                                 .sk = lq_view_text("L#00000000000000000001")};
    struct lq_table_item back;
    struct lq_error_message message = {""};

    for (int byte = 0; byte < 256; byte++) {
        every[byte] = (uint8_t)byte;
    }
    for (size_t bytes = 0; bytes <= 4; bytes++) {
        char names[5][2] = {"a", "b", "c", "d", "e"};
        lq_table_item_add_bytes(&item, names[bytes], lq_view_of(every, bytes < 4 ? bytes : 256));
        lq_table_item_add_number(&item, "n", UINT64_MAX - bytes);
        lq_table_item_add_text(&item, "\"t\\\x01",
                               lq_view_text(bytes % 2 ? "" : "\x01\x02\x1f\"\\"));
        size_t text_bytes;
        char *text = lq_item_json_dump(&item, &text_bytes);
        ck_assert_uint_eq(strlen(text), text_bytes);
        json_t *json = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
        ck_assert_ptr_nonnull(json);
        free(text);
        size_t room_bytes = lq_item_json_room(json);
        uint8_t *memory = malloc(room_bytes + 1), *room = memory;
        ck_assert_int_eq(lq_item_json_decode(json, &back, &room, &room_bytes, &message), LQ_OK);
        ck_assert(lq_view_equal(back.pk, item.pk));
        ck_assert(lq_view_equal(back.sk, item.sk));
        ck_assert_uint_eq(back.attribute_count, 3);
        for (uint32_t index = 0; index < 3; index++) {
            const struct lq_table_attribute *one = &item.attributes[index];
            const struct lq_table_attribute *other =
                lq_table_item_find(&back, one->name, one->type);
            ck_assert_ptr_nonnull(other);
            ck_assert(lq_view_equal(one->view, other->view));
            ck_assert_uint_eq(one->number, other->number);
        }
        json_decref(json);
        free(memory);
        item.attribute_count = 0;
    }
}
END_TEST

#define KEYS "\"pk\":{\"S\":\"p\"},\"sk\":{\"S\":\"s\"}"

static const struct {
    const char *json;
    const char *word; /* in the message; NULL: taken */
} rows[] = {
    {"{" KEYS "}", NULL},
    {"{" KEYS ",\"n\":{\"N\":\"18446744073709551615\"}}", NULL},
    {"{" KEYS ",\"n\":{\"N\":\"007\"}}", NULL},
    {"{" KEYS ",\"n\":{\"N\":\"18446744073709551616\"}}", NULL},
    {"{" KEYS ",\"n\":{\"N\":\"-1\"}}", NULL},
    {"{" KEYS ",\"n\":{\"N\":\"1.5\"}}", NULL},
    {"{" KEYS ",\"n\":{\"N\":\"1E3\"}}", NULL},
    {"{" KEYS ",\"n\":{\"N\":\"\"}}", "n:"},
    {"{" KEYS ",\"n\":{\"N\":7}}", "n:"},
    {"{" KEYS ",\"b\":{\"B\":\"AAEC\"}}", NULL},
    {"{" KEYS ",\"b\":{\"B\":\"\"}}", NULL},
    {"{" KEYS ",\"b\":{\"B\":\"AAE\"}}", "b:"},
    {"{" KEYS ",\"b\":{\"B\":\"AAE=\"}}", NULL},
    {"{" KEYS ",\"b\":{\"B\":\"AAE=AAE=\"}}", "b:"},
    {"{" KEYS ",\"b\":{\"B\":\"A A E C\"}}", "b:"},
    {"{" KEYS ",\"b\":{\"B\":\"A*==\"}}", "b:"},
    {"{" KEYS ",\"b\":{\"B\":[]}}", "b:"},
    {"{" KEYS ",\"x\":{\"BOOL\":true}}", NULL},
    {"{" KEYS ",\"x\":{\"L\":[{\"S\":\"a\"}]}}", NULL},
    {"{" KEYS ",\"x\":{\"M\":{\"a\":{\"NULL\":true}}}}", NULL},
    {"{" KEYS ",\"aws:rep:deleting\":{\"BOOL\":false},"
     "\"aws:rep:updatetime\":{\"N\":\"1575151200.000001\"}}",
     NULL},
    {"{" KEYS ",\"x\":{\"ZZ\":\"a\"}}", "x:"},
    {"{" KEYS ",\"n\":{\"N\":\"seven\"}}", "n:"},
    {"{\"pk\":{\"BOOL\":true},\"sk\":{\"S\":\"s\"}}", "pk:"},
    {"{" KEYS ",\"x\":{}}", "x:"},
    {"{" KEYS ",\"x\":{\"S\":\"a\",\"N\":\"1\"}}", "x:"},
    {"{" KEYS ",\"x\":\"a\"}", "x:"},
    {"{" KEYS ",\"x\":null}", "x:"},
    {"{\"pk\":{\"S\":\"p\"}}", "sk: missing"},
    {"{\"sk\":{\"S\":\"s\"}}", "pk: missing"},
    {"{\"pk\":{\"S\":\"\"},\"sk\":{\"S\":\"s\"}}", "pk: missing or empty"},
    {"{\"pk\":{\"B\":\"AAEC\"},\"sk\":{\"S\":\"s\"}}", "pk: not a text"},
    {"{\"pk\":{\"N\":\"1\"},\"sk\":{\"S\":\"s\"}}", "pk: not a text"},
    {"{}", "missing"},
    {"[]", "not an object"},
    {"[{\"S\":\"p\"}]", "not an object"},
    {"{" KEYS ",\"a1\":{\"N\":\"1\"},\"a2\":{\"N\":\"1\"},\"a3\":{\"N\":\"1\"},"
     "\"a4\":{\"N\":\"1\"},\"a5\":{\"N\":\"1\"},\"a6\":{\"N\":\"1\"},\"a7\":{\"N\":\"1\"},"
     "\"a8\":{\"N\":\"1\"},\"a9\":{\"N\":\"1\"},\"b1\":{\"N\":\"1\"},\"b2\":{\"N\":\"1\"},"
     "\"b3\":{\"N\":\"1\"},\"b4\":{\"N\":\"1\"},\"b5\":{\"N\":\"1\"},\"b6\":{\"N\":\"1\"},"
     "\"b7\":{\"N\":\"1\"},\"b8\":{\"N\":\"1\"}}",
     "one attribute too many"},
};

/* What is somebody else's is passed over, and what is ours beside it is there. */
START_TEST(test_foreign)
{
    static const char text[] = "{" KEYS ",\"x\":{\"BOOL\":true},\"n\":{\"N\":\"-1\"},"
                               "\"l\":{\"N\":\"7\"}}";
    struct lq_table_item item;
    struct lq_error_message message = {""};
    json_t *json = json_loads(text, 0, NULL);
    uint8_t *room = NULL;
    size_t room_bytes = 0;

    ck_assert_int_eq(lq_item_json_decode(json, &item, &room, &room_bytes, &message), LQ_OK);
    ck_assert_uint_eq(item.attribute_count, 1);
    ck_assert_ptr_nonnull(lq_table_item_find(&item, "l", LQ_TABLE_NUMBER));
    ck_assert_ptr_null(lq_table_item_find(&item, "n", LQ_TABLE_NUMBER));
    json_decref(json);
}
END_TEST

START_TEST(test_hostile)
{
    struct lq_table_item item;
    struct lq_error_message message = {""};
    json_t *json = json_loads(rows[_i].json, 0, NULL);

    ck_assert_ptr_nonnull(json);
    size_t room_bytes = lq_item_json_room(json);
    uint8_t *memory = malloc(room_bytes + 1), *room = memory;
    enum lq_result result = lq_item_json_decode(json, &item, &room, &room_bytes, &message);
    if (rows[_i].word == NULL) {
        ck_assert_msg(result == LQ_OK, "%s: %s", rows[_i].json, message.text);
    } else {
        ck_assert_msg(result == LQ_ERR_MALFORMED, "%s was taken", rows[_i].json);
        ck_assert_msg(strstr(message.text, rows[_i].word) != NULL, "%s", message.text);
    }
    json_decref(json);
    free(memory);
}
END_TEST

TCase *lq_test_item_json(void)
{
    TCase *tcase = tcase_create("item_json");

    tcase_add_test(tcase, test_round_trip);
    tcase_add_test(tcase, test_foreign);
    tcase_add_loop_test(tcase, test_hostile, 0, (int)(sizeof rows / sizeof rows[0]));
    return tcase;
}
