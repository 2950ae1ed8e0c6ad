// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "gateway/domain/http_request.h"
#include "tests/support/suite.h"

TCase *lq_test_http_request(void);

static const struct {
    const char *host, *hosts;
    bool allowed;
} host_rows[] = {
    {"localhost", "localhost 127.0.0.1 [::1]", true},
    {"LOCALHOST:8080", "localhost 127.0.0.1 [::1]", true},
    {"127.0.0.1:1", "localhost 127.0.0.1 [::1]", true},
    {"[::1]:8080", "localhost 127.0.0.1 [::1]", true},
    {"[::1]", "  localhost   [::1] ", true},
    {"::1", "localhost [::1]", false},
    {"evil.example", "localhost", false},
    {"localhost.evil.example", "localhost", false},
    {"evil.example:localhost", "localhost", false},
    {"localhost:80x", "localhost", false},
    {"localhost:80:80", "localhost", false},
    {"local", "localhost", false},
    {":80", "localhost", false},
    {"", "*", false},
    {"anything:1", "*", true},
    {"localhost", "", false},
};

START_TEST(test_host)
{
    ck_assert_msg(lq_http_request_host_allowed(lq_view_text(host_rows[_i].host),
                                               host_rows[_i].hosts) == host_rows[_i].allowed,
                  "%s of %s", host_rows[_i].host, host_rows[_i].hosts);
}
END_TEST

static const struct {
    const char *origin, *origins;
    bool allowed;
} origin_rows[] = {
    {"http://play.example:8080", "self", true},
    {"https://play.example:8080", "self", true},
    {"https://play.example", "self", false}, /* another port is another origin */
    {"https://play.example:80801", "self", false},
    {"ftp://play.example:8080", "self", false},
    {"null", "self", false},
    {"", "self", false},
    {"https://game.example", "self https://game.example", true},
    {"https://game.example:444", "self https://game.example", false},
    {"http://game.example", "self https://game.example", false},
    {"https://game.example.evil.example", "https://game.example", false},
    {"https://evil.example", "", false},
    {"*", "self", false},
};

START_TEST(test_origin)
{
    struct lq_http_request request = {.host = lq_view_text("play.example:8080"),
                                      .origin = lq_view_text(origin_rows[_i].origin)};

    ck_assert_msg(lq_http_request_origin_allowed(&request, origin_rows[_i].origins) ==
                      origin_rows[_i].allowed,
                  "%s of %s", origin_rows[_i].origin, origin_rows[_i].origins);
}
END_TEST

static const struct {
    const char *list, *wrong; /* NULL: none */
} hosts_rows[] = {
    {"localhost 127.0.0.1 [::1]", NULL},
    {"*", NULL},
    {"  play.example  ", NULL},
    {"", NULL},
    {"localhost play.example:8080", "play.example:8080"},
    {"https://play.example", "https://play.example"},
    {"play.example, localhost", "play.example,"},
    {"localhost *.example", "*.example"},
    {"::1", "::1"},
    {"[::1]:8080", "[::1]:8080"},
    {"[]", "[]"},
    {"play.example\tlocalhost", "play.example\tlocalhost"},
    {"\xc3\xb3.example", "\xc3\xb3.example"}, /* a Host header says it in Punycode */
};

START_TEST(test_hosts_wrong)
{
    struct lq_view wrong = lq_http_request_hosts_wrong(hosts_rows[_i].list);

    ck_assert_msg(hosts_rows[_i].wrong == NULL
                      ? wrong.data == NULL
                      : lq_view_equal(wrong, lq_view_text(hosts_rows[_i].wrong)),
                  "%s: %.*s", hosts_rows[_i].list, (int)wrong.bytes, (const char *)wrong.data);
}
END_TEST

static const struct {
    const char *list, *wrong;
} origins_rows[] = {
    {"self", NULL},
    {"", NULL},
    {"self https://play.example http://play.example:8080 HTTPS://Play.Example", NULL},
    {"null capacitor://localhost", NULL},
    {"https://[::1]:8080", NULL},
    {"play.example", "play.example"},
    {"self play.example:8080", "play.example:8080"},
    {"https://play.example/", "https://play.example/"},
    {"https://play.example/game", "https://play.example/game"},
    {"https://a.example,https://b.example", "https://a.example,https://b.example"},
    {"*", "*"},
    {"https://*.example", "https://*.example"},
    {"https://", "https://"},
    {"https:/play.example", "https:/play.example"},
    {"://play.example", "://play.example"},
};

START_TEST(test_origins_wrong)
{
    struct lq_view wrong = lq_http_request_origins_wrong(origins_rows[_i].list);

    ck_assert_msg(origins_rows[_i].wrong == NULL
                      ? wrong.data == NULL
                      : lq_view_equal(wrong, lq_view_text(origins_rows[_i].wrong)),
                  "%s: %.*s", origins_rows[_i].list, (int)wrong.bytes, (const char *)wrong.data);
}
END_TEST

START_TEST(test_list)
{
    struct lq_view list = lq_view_text(" a ,b,\t Upgrade\t,,c");

    ck_assert(lq_view_equal(lq_http_request_item(list, 0), lq_view_text("a")));
    ck_assert(lq_view_equal(lq_http_request_item(list, 2), lq_view_text("Upgrade")));
    ck_assert_uint_eq(lq_http_request_item(list, 3).bytes, 0);
    ck_assert_ptr_nonnull(lq_http_request_item(list, 3).data);
    ck_assert_ptr_null(lq_http_request_item(list, 5).data);
    ck_assert_ptr_null(lq_http_request_item(lq_view_of(NULL, 0), 0).data);
    ck_assert(lq_http_request_has_item(list, "upgrade"));
    ck_assert(!lq_http_request_has_item(list, "grade"));
}
END_TEST

TCase *lq_test_http_request(void)
{
    TCase *tcase = tcase_create("http_request");

    tcase_add_loop_test(tcase, test_host, 0, sizeof host_rows / sizeof host_rows[0]);
    tcase_add_loop_test(tcase, test_origin, 0, sizeof origin_rows / sizeof origin_rows[0]);
    tcase_add_loop_test(tcase, test_hosts_wrong, 0, sizeof hosts_rows / sizeof hosts_rows[0]);
    tcase_add_loop_test(tcase, test_origins_wrong, 0, sizeof origins_rows / sizeof origins_rows[0]);
    tcase_add_test(tcase, test_list);
    return tcase;
}
