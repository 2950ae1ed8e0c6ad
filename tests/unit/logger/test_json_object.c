// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "logger/json_object.h"

#include "tests/unit/logger/logger_cases.h"

#include <stdlib.h>
#include <string.h>

static const char *const objects[] = {
    "{}",
    " { } ",
    "{\"a\":1}",
    "{\"a\":-0.5e+3,\"b\":[true,false,null,\"\\u00e9\\n\"],\"c\":{\"d\":[]}}",
    "{\"a\":\"\xc3\xa9\"}",
};

static const char *const others[] = {
    "",
    "[]",
    "\"a\"",
    "{",
    "{\"a\"}",
    "{\"a\":}",
    "{\"a\":1,}",
    "{,}",
    "{\"a\":[1,]}",
    "{\"a\":[1 2]}",
    "{\"a\":[}",
    "{\"a\":1}}",
    "{\"a\":1}{",
    "{\"a\":1} {\"b\":2}",
    "{\"a\":01}",
    "{\"a\":1.}",
    "{\"a\":.5}",
    "{\"a\":+1}",
    "{\"a\":1e}",
    "{\"a\":nul}",
    "{\"a\":\"\t\"}",
    "{\"a\":\"\\x\"}",
    "{\"a\":\"\\u12g4\"}",
    "{\"a\":\"open",
    "{\"a\":\"\\",
    "{\"a\":\"\xff\"}",
    "{\"a\":\"\xc3\"}",
    "{\"a\":\"\xed\xa0\x80\"}",
    "{a:1}",
    "{1:1}",
};

START_TEST(test_json_object_is)
{
    ck_assert_msg(lq_json_object_is(objects[_i], strlen(objects[_i])), "%s", objects[_i]);
}
END_TEST

START_TEST(test_json_object_is_not)
{
    ck_assert_msg(!lq_json_object_is(others[_i], strlen(others[_i])), "%s", others[_i]);
}
END_TEST

START_TEST(test_json_object_depth)
{
    char text[4 * LQ_JSON_OBJECT_DEPTH_MAX + 16];

    for (size_t lists = LQ_JSON_OBJECT_DEPTH_MAX - 2; lists <= LQ_JSON_OBJECT_DEPTH_MAX; lists++) {
        size_t bytes = 5;
        memcpy(text, "{\"a\":", bytes);
        memset(text + bytes, '[', lists);
        memset(text + bytes + lists, ']', lists);
        bytes += 2 * lists;
        text[bytes++] = '}';
        ck_assert(lq_json_object_is(text, bytes) == (lists + 1 <= LQ_JSON_OBJECT_DEPTH_MAX));
    }
}
END_TEST

/* Every beginning of an object is none, and every one is refused without a look behind its end. */
START_TEST(test_json_object_cut)
{
    static const char whole[] = "{\"a\":[1,{\"b\":\"\\u00e9\xc3\xa9\"},true],\"c\":-1.5e3}";

    for (size_t bytes = 0; bytes < sizeof whole - 1; bytes++) {
        char *cut = malloc(bytes > 0 ? bytes : 1);
        memcpy(cut, whole, bytes);
        ck_assert_msg(!lq_json_object_is(cut, bytes), "%zu bytes", bytes);
        free(cut);
    }
    ck_assert(lq_json_object_is(whole, sizeof whole - 1));
}
END_TEST

TCase *lq_test_json_object(void)
{
    TCase *tc = tcase_create("json_object");

    tcase_add_loop_test(tc, test_json_object_is, 0, (int)(sizeof objects / sizeof objects[0]));
    tcase_add_loop_test(tc, test_json_object_is_not, 0, (int)(sizeof others / sizeof others[0]));
    tcase_add_test(tc, test_json_object_depth);
    tcase_add_test(tc, test_json_object_cut);
    return tc;
}
