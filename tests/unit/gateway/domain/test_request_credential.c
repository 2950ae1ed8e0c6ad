// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "gateway/domain/request_credential.h"
#include "tests/support/suite.h"

TCase *lq_test_request_credential(void);

/* What is NULL is not in the request. */
static const struct {
    const char *authorization, *protocols, *query;
    enum lq_result result;
    enum lq_credential_kind kind;
    const char *text;
} rows[] = {
    {NULL, NULL, NULL, LQ_ERR_NOT_FOUND, 0, NULL},
    {NULL, "v1.json.ledgerquest", "room=1&a&b=", LQ_ERR_NOT_FOUND, 0, NULL},
    {"Bearer a.b.c", "v1.json.ledgerquest", "room=1", LQ_OK, LQ_CREDENTIAL_TOKEN, "a.b.c"},
    {"BEARER  a.b.c ", NULL, NULL, LQ_OK, LQ_CREDENTIAL_TOKEN, "a.b.c"},
    {NULL, "v1.json.ledgerquest, bearer.a.b.c", NULL, LQ_OK, LQ_CREDENTIAL_TOKEN, "a.b.c"},
    {NULL, "resume.R ,v1.json.ledgerquest", NULL, LQ_OK, LQ_CREDENTIAL_RESUME, "R"},
    {NULL, "v1.json.ledgerquest", "x=y&ticket=T&z=", LQ_OK, LQ_CREDENTIAL_TICKET, "T"},
    {NULL, NULL, "ticket=", LQ_OK, LQ_CREDENTIAL_TICKET, ""},
    {NULL, "resume.", NULL, LQ_OK, LQ_CREDENTIAL_RESUME, ""},
    /* two: none of them is believed */
    {"Bearer a.b.c", "bearer.a.b.c", NULL, LQ_ERR_INVALID, 0, NULL},
    {"Bearer a.b.c", "resume.R", NULL, LQ_ERR_INVALID, 0, NULL},
    {"Bearer a.b.c", NULL, "ticket=T", LQ_ERR_INVALID, 0, NULL},
    {NULL, "resume.R", "ticket=T", LQ_ERR_INVALID, 0, NULL},
    {NULL, "bearer.a.b.c, resume.R", NULL, LQ_ERR_INVALID, 0, NULL},
    {NULL, "resume.R, bearer.a.b.c", NULL, LQ_ERR_INVALID, 0, NULL},
    {NULL, "resume.R, resume.R", NULL, LQ_ERR_INVALID, 0, NULL},
    {NULL, "bearer.a.b.c, bearer.a.b.c", NULL, LQ_ERR_INVALID, 0, NULL},
    {NULL, NULL, "ticket=T&ticket=T", LQ_ERR_INVALID, 0, NULL},
    /* where none may be */
    {"Basic YTpi", NULL, NULL, LQ_ERR_INVALID, 0, NULL},
    {"a.b.c", NULL, NULL, LQ_ERR_INVALID, 0, NULL},
    {"", NULL, NULL, LQ_ERR_INVALID, 0, NULL},
    {NULL, NULL, "token=a.b.c", LQ_ERR_INVALID, 0, NULL},
    {NULL, NULL, "a=b&access_token=a.b.c", LQ_ERR_INVALID, 0, NULL},
    {"Bearer a.b.c", NULL, "resume=R", LQ_ERR_INVALID, 0, NULL},
    {"Bearer a.b.c", NULL, "jwt=a&jwt=b", LQ_ERR_INVALID, 0, NULL},
};

static struct lq_view view_of(const char *text)
{
    return text == NULL ? lq_view_of(NULL, 0) : lq_view_text(text);
}

START_TEST(test_find)
{
    const struct lq_http_request request = {.method = LQ_HTTP_GET,
                                            .authorization = view_of(rows[_i].authorization),
                                            .websocket_protocol = view_of(rows[_i].protocols),
                                            .query = view_of(rows[_i].query)};
    struct lq_request_credential found;

    ck_assert_int_eq(lq_request_credential_find(&request, &found), rows[_i].result);
    if (rows[_i].result == LQ_OK) {
        ck_assert_int_eq(found.kind, rows[_i].kind);
        ck_assert(lq_view_equal(found.text, lq_view_text(rows[_i].text)));
    }
}
END_TEST

TCase *lq_test_request_credential(void)
{
    TCase *tcase = tcase_create("request_credential");

    tcase_add_loop_test(tcase, test_find, 0, sizeof rows / sizeof rows[0]);
    return tcase;
}
