// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "gateway/domain/http_answer.h"
#include "tests/support/suite.h"

#include <string.h>

TCase *lq_test_http_answer(void);

START_TEST(test_head)
{
    char head[LQ_HTTP_ANSWER_HEAD_BYTES_MAX];
    struct lq_http_answer answer = {.status = 404,
                                    .content_type = "text/plain",
                                    .headers = "Retry-After: 1\r\n",
                                    .body = lq_view_text("gone")};
    size_t bytes = lq_http_answer_head(&answer, head);

    ck_assert_uint_eq(bytes, strlen(head));
    ck_assert_ptr_eq(strstr(head, "HTTP/1.1 404 Not Found\r\nContent-Type: text/plain\r\n"), head);
    ck_assert_ptr_nonnull(strstr(head, "\r\nContent-Length: 4\r\nConnection: close\r\n"));
    ck_assert_str_eq(head + bytes - 19, "\nRetry-After: 1\r\n\r\n");
}
END_TEST

START_TEST(test_upgrade)
{
    char head[LQ_HTTP_ANSWER_HEAD_BYTES_MAX];

    lq_http_answer_upgrade("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", "chat", head);
    ck_assert_str_eq(head, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                           "Connection: Upgrade\r\n"
                           "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"
                           "Sec-WebSocket-Protocol: chat\r\n\r\n");
    lq_http_answer_upgrade("x", NULL, head);
    ck_assert_ptr_null(strstr(head, "Protocol:"));
}
END_TEST

/* Every status that the reader refuses by has words. */
START_TEST(test_words)
{
    static const uint16_t statuses[] = {400, 405, 411, 413, 414, 417, 421, 426, 431, 501, 505};

    for (size_t index = 0; index < sizeof statuses / sizeof statuses[0]; index++) {
        ck_assert_str_ne(lq_http_answer_status_text(statuses[index]), "Unknown");
    }
    ck_assert_str_eq(lq_http_answer_status_text(299), "Unknown");
}
END_TEST

TCase *lq_test_http_answer(void)
{
    TCase *tcase = tcase_create("http_answer");

    tcase_add_test(tcase, test_head);
    tcase_add_test(tcase, test_upgrade);
    tcase_add_test(tcase, test_words);
    return tcase;
}
