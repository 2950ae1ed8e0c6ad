// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "gateway/infrastructure/token_document.h"
#include "tests/support/suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

TCase *lq_test_token_document(void);

#define AUDIENCE "cluster"
#define NAMES "\"iss\":\"demo\",\"tenant\":\"demo\",\"aud\":\"cluster\",\"sub\":\"a\","
#define SCOPE "\"sessions\":[\"s1\",\"arena-*\"],\"rights\":[\"play\"],"
#define TIMES "\"iat\":1000,\"nbf\":1000,\"exp\":2000"

static const struct {
    const char *json;
    bool taken;
} claims[] = {
    {"{" NAMES SCOPE TIMES "}", true},
    {" { \"x\" : {\"y\":[1,2.5,null]}, " NAMES SCOPE TIMES "}\n", true},
    {"{\"iss\":\"demo\",\"tenant\":\"demo\",\"aud\":[\"x\",\"cluster\"],\"sub\":\"a\"," SCOPE TIMES
     "}",
     true},

    {"", false},
    {"[]", false},
    {"null", false},
    {"{" NAMES SCOPE TIMES, false},
    {"{" NAMES SCOPE TIMES "}{}", false},
    {"{" NAMES SCOPE TIMES ",\"exp\":9000}", false},       /* twice */
    {"{" NAMES SCOPE TIMES ",\"e\\u0078p\":9000}", false}, /* twice, said in another way */
    {"{" NAMES SCOPE TIMES ",\"x\":[[[[[[[[[]]]]]]]]]}", false},
    {"{" NAMES SCOPE TIMES ",\"x\":\"\\u0000\"}", false},
    {"{" NAMES SCOPE TIMES ",\"x\":\"\xff\"}", false},
    {"{\"iss\":\"other\",\"tenant\":\"demo\",\"aud\":\"cluster\",\"sub\":\"a\"," SCOPE TIMES "}",
     false},
    {"{\"tenant\":\"demo\",\"aud\":\"cluster\",\"sub\":\"a\"," SCOPE TIMES "}", false},
    {"{\"iss\":\"demo\",\"aud\":\"cluster\",\"sub\":\"a\"," SCOPE TIMES "}", false},
    {"{\"iss\":\"demo\",\"tenant\":\"demo\",\"sub\":\"a\"," SCOPE TIMES "}", false},
    {"{\"iss\":\"demo\",\"tenant\":\"demo\",\"aud\":\"other\",\"sub\":\"a\"," SCOPE TIMES "}",
     false},
    {"{\"iss\":\"demo\",\"tenant\":\"demo\",\"aud\":[],\"sub\":\"a\"," SCOPE TIMES "}", false},
    {"{\"iss\":\"demo\",\"tenant\":\"demo\",\"aud\":[\"cluster\",1],\"sub\":\"a\"," SCOPE TIMES "}",
     false},
    {"{\"iss\":\"demo\",\"tenant\":\"demo\",\"aud\":\"cluster\"," SCOPE TIMES "}", false},
    {"{\"iss\":\"demo\",\"tenant\":\"demo\",\"aud\":\"cluster\",\"sub\":7," SCOPE TIMES "}", false},
    {"{\"iss\":\"..\",\"tenant\":\"..\",\"aud\":\"cluster\",\"sub\":\"a\"," SCOPE TIMES "}", false},
    {"{" NAMES "\"sessions\":[],\"rights\":[\"play\"]," TIMES "}", false},
    {"{" NAMES "\"sessions\":\"s1\",\"rights\":[\"play\"]," TIMES "}", false},
    {"{" NAMES "\"sessions\":[\"s*1\"],\"rights\":[\"play\"]," TIMES "}", false},
    {"{" NAMES "\"rights\":[\"play\"]," TIMES "}", false},
    {"{" NAMES "\"sessions\":[\"s1\"],\"rights\":[\"play\",\"play\"]," TIMES "}", false},
    {"{" NAMES "\"sessions\":[\"s1\"],\"rights\":[\"admin\"]," TIMES "}", false},
    {"{" NAMES "\"sessions\":[\"s1\"],\"rights\":[\"play\",\"admin\"]," TIMES "}", false},
    {"{" NAMES "\"sessions\":[\"s1\"],\"rights\":[]," TIMES "}", false},
    {"{" NAMES "\"sessions\":[\"s1\"]," TIMES "}", false},
    {"{" NAMES SCOPE "\"nbf\":1000,\"exp\":2000}", false},
    {"{" NAMES SCOPE "\"iat\":1000,\"exp\":2000}", false},
    {"{" NAMES SCOPE "\"iat\":1000,\"nbf\":1000}", false},
    {"{" NAMES SCOPE "\"iat\":1000,\"nbf\":1000,\"exp\":2000.5}", false},
    {"{" NAMES SCOPE "\"iat\":1000,\"nbf\":1000,\"exp\":\"2000\"}", false},
    {"{" NAMES SCOPE "\"iat\":1000,\"nbf\":1000,\"exp\":true}", false},
    {"{" NAMES SCOPE "\"iat\":1000,\"nbf\":1000,\"exp\":99999999999999999999}", false},
    {"{" NAMES SCOPE "\"iat\":1000,\"nbf\":1000,\"exp\":1000}", false},
};

START_TEST(test_claims)
{
    struct lq_token_claims read;
    struct lq_error_message message = {""};
    enum lq_result result =
        lq_token_document_claims(lq_view_text(claims[_i].json), AUDIENCE, &read, &message);

    ck_assert_msg((result == LQ_OK) == claims[_i].taken, "%s: %s", claims[_i].json, message.text);
    if (result == LQ_OK) {
        ck_assert_str_eq(read.tenant, "demo");
        ck_assert_str_eq(read.subject, "a");
        ck_assert_uint_eq(read.session_count, 2);
        ck_assert_str_eq(read.sessions[1], "arena-*");
        ck_assert_uint_eq(read.rights, LQ_RIGHT_PLAY);
        ck_assert_int_eq(read.expires_at_s, 2000);
    } else {
        ck_assert_str_ne(message.text, "");
    }
}
END_TEST

static const struct {
    const char *json;
    bool taken;
    enum lq_token_algorithm algorithm;
} headers[] = {
    {"{\"alg\":\"EdDSA\",\"kid\":\"k1\"}", true, LQ_TOKEN_EDDSA},
    {"{\"typ\":\"JWT\",\"kid\":\"k1\",\"alg\":\"HS256\"}", true, LQ_TOKEN_HS256},
    {"{\"alg\":\"none\",\"kid\":\"k1\"}", true, 0},
    {"{\"alg\":\"RS256\",\"kid\":\"k1\",\"jku\":\"https://evil\"}", true, 0},
    {"{\"alg\":\"HS256\",\"alg\":\"none\",\"kid\":\"k1\"}", false, 0},
    {"{\"kid\":\"k1\"}", false, 0},
    {"{\"alg\":\"HS256\"}", false, 0},
    {"{\"alg\":1,\"kid\":\"k1\"}", false, 0},
    {"{\"alg\":\"HS256\",\"kid\":7}", false, 0},
    {"{\"alg\":\"HS256\",\"kid\":\"../k\"}", false, 0},
    {"{\"alg\":\"HS256\",\"kid\":\"\"}", false, 0},
    {"{\"alg\":\"HS256\",\"kid\":\"k1\",\"typ\":\"JWE\"}", false, 0},
    {"{\"alg\":\"HS256\",\"kid\":\"k1\",\"crit\":[\"exp\"]}", false, 0},
    {"{\"alg\":\"HS256\",\"kid\":\"k1\",\"b64\":false}", false, 0},
    {"[\"HS256\"]", false, 0},
};

START_TEST(test_header)
{
    struct lq_token_header header;
    struct lq_error_message message = {""};
    enum lq_result result =
        lq_token_document_header(lq_view_text(headers[_i].json), &header, &message);

    ck_assert_msg((result == LQ_OK) == headers[_i].taken, "%s", headers[_i].json);
    if (result == LQ_OK) {
        ck_assert_int_eq(header.algorithm, headers[_i].algorithm);
        ck_assert_str_eq(header.key_id, "k1");
    }
}
END_TEST

START_TEST(test_ticket_comes_back)
{
    struct lq_ticket_document ticket = {.claims = {.tenant = "demo",
                                                   .subject = "J\xc3\xbcrgen \"x\"",
                                                   .sessions = {"*"},
                                                   .session_count = 1,
                                                   .rights = LQ_RIGHT_PLAY | LQ_RIGHT_WATCH,
                                                   .issued_at_s = 1,
                                                   .not_before_s = 2,
                                                   .expires_at_s = 3},
                                        .key_id = "k1",
                                        .expires_at_s = 9};
    struct lq_ticket_document read = {.expires_at_s = 0};
    struct lq_error_message message = {""};
    char *text = lq_token_document_write_ticket(&ticket, AUDIENCE);

    ck_assert_int_eq(lq_token_document_read_ticket(lq_view_text(text), AUDIENCE, &read, &message),
                     LQ_OK);
    ck_assert_mem_eq(&read.claims, &ticket.claims, sizeof read.claims);
    ck_assert_str_eq(read.key_id, "k1");
    ck_assert_int_eq(read.expires_at_s, 9);
    ck_assert_int_eq(lq_token_document_read_ticket(lq_view_text(text), "other", &read, &message),
                     LQ_ERR_MALFORMED);
    free(text);
}
END_TEST

START_TEST(test_keys_come_back)
{
    struct lq_token_keys keys = {.count = 2};
    struct lq_token_keys read = {.count = 0};
    struct lq_error_message message = {""};

    lq_token_signature_make_key(LQ_TOKEN_EDDSA, 7, &keys.keys[0]);
    lq_token_signature_make_key(LQ_TOKEN_HS256, 8, &keys.keys[1]);
    char *text = lq_token_document_write_keys(&keys);
    ck_assert_int_eq(lq_token_document_read_keys(lq_view_text(text), &read, &message), LQ_OK);
    ck_assert_uint_eq(read.count, 2);
    for (uint32_t index = 0; index < 2; index++) {
        ck_assert_str_eq(read.keys[index].id, keys.keys[index].id);
        ck_assert_int_eq(read.keys[index].algorithm, keys.keys[index].algorithm);
        ck_assert_int_eq(read.keys[index].created_s, keys.keys[index].created_s);
        ck_assert_mem_eq(read.keys[index].public_key, keys.keys[index].public_key, 32);
        ck_assert_mem_eq(read.keys[index].secret, keys.keys[index].secret, 64);
    }
    free(text);
}
END_TEST

#define PUBLIC "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
#define KEY(members) "{\"version\":1,\"keys\":[{\"kid\":\"k\",\"created\":1," members "}]}"
static const struct {
    const char *json, *wrong; /* NULL: taken */
} key_files[] = {
    {"{\"version\":1,\"keys\":[]}", NULL},
    {KEY("\"alg\":\"EdDSA\",\"public\":\"" PUBLIC "\""), NULL},
    {KEY("\"alg\":\"HS256\",\"secret\":\"" PUBLIC "\""), NULL},
    {"{\"version\":2,\"keys\":[]}", "a file of keys of another version"},
    {"{\"keys\":[]}", "a file of keys of another version"},
    {"{\"version\":1}", "no keys"},
    {KEY("\"alg\":\"EdDSA\""), "keys[0].public"},
    {KEY("\"alg\":\"EdDSA\",\"public\":\"AAAA\""), "keys[0].public"},
    {KEY("\"alg\":\"EdDSA\",\"public\":\"" PUBLIC "\",\"secret\":\"AAAA\""), "keys[0].secret"},
    {KEY("\"alg\":\"HS256\",\"secret\":\"AAAA\""), "keys[0].secret"}, /* can be guessed */
    {KEY("\"alg\":\"HS256\",\"public\":\"" PUBLIC "\",\"secret\":\"" PUBLIC "\""),
     "keys[0].public"},
    {KEY("\"alg\":\"HS256\""), "keys[0].secret"},
    {KEY("\"alg\":\"none\""), "keys[0].alg"},
    {KEY("\"alg\":\"RS256\",\"public\":\"" PUBLIC "\""), "keys[0].alg"},
    {"{\"version\":1,\"keys\":[1]}", "keys[0].kid"},
    {KEY("\"alg\":\"HS256\",\"secret\":\"" PUBLIC "\"},{\"kid\":\"k\",\"created\":1,"
         "\"alg\":\"HS256\",\"secret\":\"" PUBLIC "\""),
     "keys[1].kid (twice)"},
    {KEY("\"alg\":\"HS256\",\"secret\":\"" PUBLIC
         "\"},{\"kid\":\"l\",\"alg\":\"HS256\",\"secret\":\"" PUBLIC "\""),
     "keys[1].created"},
    {"", "no JSON object: line 1"},
    {"[]", "no JSON object: too large, too deep, or another value"},
    {"{\"version\":1,\n\"keys\":[}", "no JSON object: line 2"},
};

START_TEST(test_key_file)
{
    struct lq_token_keys keys;
    struct lq_error_message message = {""};
    const char *wrong = key_files[_i].wrong;
    enum lq_result result =
        lq_token_document_read_keys(lq_view_text(key_files[_i].json), &keys, &message);

    ck_assert_msg((result == LQ_OK) == (wrong == NULL), "%s", key_files[_i].json);
    ck_assert_msg(wrong == NULL || strncmp(message.text, wrong, strlen(wrong)) == 0, "%s: %s",
                  key_files[_i].json, message.text);
}
END_TEST

TCase *lq_test_token_document(void)
{
    TCase *tcase = tcase_create("token_document");

    tcase_add_loop_test(tcase, test_claims, 0, sizeof claims / sizeof claims[0]);
    tcase_add_loop_test(tcase, test_header, 0, sizeof headers / sizeof headers[0]);
    tcase_add_test(tcase, test_ticket_comes_back);
    tcase_add_test(tcase, test_keys_come_back);
    tcase_add_loop_test(tcase, test_key_file, 0, sizeof key_files / sizeof key_files[0]);
    return tcase;
}
