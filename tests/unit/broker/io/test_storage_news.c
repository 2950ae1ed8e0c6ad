// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "broker/io/storage_news.h"

#include "tests/unit/broker/io/broker_io_cases.h"

START_TEST(test_news_stay_in_order)
{
    struct lq_storage_news_list older = {NULL, NULL};
    struct lq_storage_news_list newer = {NULL, NULL};

    lq_storage_news_append(&older, &newer); /* nothing to nothing */
    ck_assert_ptr_null(lq_storage_news_take(&older));
    lq_storage_news_add(&newer, LQ_STORAGE_NEWS_LIVE)->peer = 1;
    lq_storage_news_add(&newer, LQ_STORAGE_NEWS_LIVE)->peer = 2;
    lq_storage_news_append(&older, &newer);
    ck_assert_ptr_null(newer.first);
    lq_storage_news_append(&older, &newer); /* nothing to something */
    lq_storage_news_add(&newer, LQ_STORAGE_NEWS_GONE)->peer = 3;
    lq_storage_news_append(&older, &newer);
    for (uint32_t peer = 1; peer <= 3; peer++) {
        struct lq_storage_news *news = lq_storage_news_take(&older);
        ck_assert_uint_eq(news->peer, peer);
        ck_assert_ptr_null(news->next);
        lq_storage_news_destroy(&news);
        ck_assert_ptr_null(news);
    }
    ck_assert_ptr_null(lq_storage_news_take(&older));
    lq_storage_news_add(&older, LQ_STORAGE_NEWS_GONE)->peer = 4; /* the end was reset, too */
    struct lq_storage_news *news = lq_storage_news_take(&older);
    ck_assert_uint_eq(news->peer, 4);
    lq_storage_news_destroy(&news);
}
END_TEST

TCase *lq_test_storage_news(void)
{
    TCase *tcase = tcase_create("storage_news");

    tcase_add_test(tcase, test_news_stay_in_order);
    return tcase;
}
