// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "broker/io/storage_news.h"

#include "base/alloc.h"

#include <stdlib.h>

struct lq_storage_news *lq_storage_news_add(struct lq_storage_news_list *list,
                                            enum lq_storage_news_kind kind)
{
    struct lq_storage_news *news = lq_alloc(1, sizeof *news);
    struct lq_storage_news_list one = {news, news};

    news->kind = kind;
    lq_storage_news_append(list, &one);
    return news;
}

void lq_storage_news_append(struct lq_storage_news_list *list, struct lq_storage_news_list *from)
{
    if (from->first == NULL) {
        return;
    }
    if (list->last != NULL) {
        list->last->next = from->first;
    } else {
        list->first = from->first;
    }
    list->last = from->last;
    *from = (struct lq_storage_news_list){NULL, NULL};
}

struct lq_storage_news *lq_storage_news_take(struct lq_storage_news_list *list)
{
    struct lq_storage_news *first = list->first;

    if (first != NULL) {
        list->first = first->next;
        first->next = NULL;
        if (list->first == NULL) {
            list->last = NULL;
        }
    }
    return first;
}

void lq_storage_news_copy(struct lq_storage_news *news, struct lq_view bytes)
{
    news->bytes = lq_alloc(1, bytes.bytes + 1);
    news->byte_count = bytes.bytes;
    if (bytes.bytes > 0) {
        memcpy(news->bytes, bytes.data, bytes.bytes);
    }
}

void lq_storage_news_destroy(struct lq_storage_news **news)
{
    if (*news != NULL) {
        free((*news)->bytes);
        free(*news);
        *news = NULL;
    }
}
