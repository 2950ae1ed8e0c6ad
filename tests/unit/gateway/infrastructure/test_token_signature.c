// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "gateway/domain/base64url.h"
#include "gateway/domain/compact_jws.h"
#include "gateway/infrastructure/token_signature.h"
#include "tests/support/suite.h"

#include <string.h>

TCase *lq_test_token_signature(void);

/* A key out of base64url texts: of RFC 7515 A.1 and RFC 8037 A.1. */
static struct lq_token_key key_of(enum lq_token_algorithm algorithm, const char *secret)
{
    struct lq_token_key key = {.algorithm = algorithm};
    enum lq_result result =
        lq_base64url_decode(lq_view_text(secret), key.secret, sizeof key.secret, &key.secret_bytes);

    ck_assert_int_eq(result, LQ_OK);
    if (algorithm == LQ_TOKEN_EDDSA) {
        lq_token_signature_derive(&key);
    }
    return key;
}

static const struct {
    enum lq_token_algorithm algorithm;
    const char *secret, *token;
} vectors[] = {
    {LQ_TOKEN_HS256,
     "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow",
     "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9."
     "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVl"
     "fQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"},
    {LQ_TOKEN_EDDSA, "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",
     "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc."
     "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"},
};

START_TEST(test_vector)
{
    struct lq_token_key key = key_of(vectors[_i].algorithm, vectors[_i].secret);
    struct lq_compact_jws jws;
    uint8_t signature[LQ_TOKEN_SIGNATURE_BYTES_MAX];

    ck_assert_int_eq(lq_compact_jws_read(lq_view_text(vectors[_i].token), &jws), LQ_OK);
    ck_assert(lq_token_signature_verify(&key, jws.signed_text,
                                        lq_view_of(jws.signature, jws.signature_bytes)));
    ck_assert_uint_eq(lq_token_signature_sign(&key, jws.signed_text, signature),
                      jws.signature_bytes);
    ck_assert_mem_eq(signature, jws.signature, jws.signature_bytes);

    /* Each bit of the signature counts, and its length, and each of the text. */
    for (size_t bit = 0; bit < 8 * jws.signature_bytes; bit++) {
        jws.signature[bit / 8] ^= (uint8_t)(1u << bit % 8);
        ck_assert(!lq_token_signature_verify(&key, jws.signed_text,
                                             lq_view_of(jws.signature, jws.signature_bytes)));
        jws.signature[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    ck_assert(!lq_token_signature_verify(&key, jws.signed_text,
                                         lq_view_of(jws.signature, jws.signature_bytes - 1)));
    ck_assert(!lq_token_signature_verify(
        &key, lq_view_of(jws.signed_text.data, jws.signed_text.bytes - 1),
        lq_view_of(jws.signature, jws.signature_bytes)));
}
END_TEST

/* The public key of RFC 8037, A.2. */
START_TEST(test_public_key)
{
    struct lq_token_key key = key_of(LQ_TOKEN_EDDSA, vectors[1].secret);
    char text[64];

    lq_base64url_encode(lq_view_of(key.public_key, sizeof key.public_key), text);
    ck_assert_str_eq(text, "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo");
}
END_TEST

START_TEST(test_made)
{
    struct lq_token_key first;
    struct lq_token_key second;
    uint8_t signature[LQ_TOKEN_SIGNATURE_BYTES_MAX];
    enum lq_token_algorithm algorithm = _i == 0 ? LQ_TOKEN_EDDSA : LQ_TOKEN_HS256;

    lq_token_signature_make_key(algorithm, 7, &first);
    lq_token_signature_make_key(algorithm, 7, &second);
    ck_assert_str_ne(first.id, second.id);
    ck_assert_uint_eq(strlen(first.id), 16);
    size_t bytes = lq_token_signature_sign(&first, lq_view_text("text"), signature);
    ck_assert(
        lq_token_signature_verify(&first, lq_view_text("text"), lq_view_of(signature, bytes)));
    ck_assert(
        !lq_token_signature_verify(&second, lq_view_text("text"), lq_view_of(signature, bytes)));
}
END_TEST

START_TEST(test_names)
{
    ck_assert_int_eq(lq_token_signature_algorithm(lq_view_text("EdDSA")), LQ_TOKEN_EDDSA);
    ck_assert_int_eq(lq_token_signature_algorithm(lq_view_text("HS256")), LQ_TOKEN_HS256);
    static const char *const others[] = {"none", "None", "", "hs256", "HS384", "RS256", "HS256 "};
    for (size_t index = 0; index < sizeof others / sizeof others[0]; index++) {
        ck_assert_int_eq(lq_token_signature_algorithm(lq_view_text(others[index])), 0);
    }
}
END_TEST

TCase *lq_test_token_signature(void)
{
    TCase *tcase = tcase_create("token_signature");

    tcase_add_loop_test(tcase, test_vector, 0, 2);
    tcase_add_test(tcase, test_public_key);
    tcase_add_loop_test(tcase, test_made, 0, 2);
    tcase_add_test(tcase, test_names);
    return tcase;
}
