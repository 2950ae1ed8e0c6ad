// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "broker/io/storage_desk.h"

#include "base/alloc.h"
#include "broker/io/feed_inquiry.h"
#include "broker/io/letter_inquiry.h"
#include "broker/io/live_sessions.h"
#include "broker/io/operator_record.h"
#include "broker/io/parked_sessions.h"
#include "broker/io/stored_durability.h"
#include "broker/io/stored_quotas.h"

#include <stdlib.h>

struct lq_storage_desk {
    lq_broker_store_t *store;
    struct lq_storage_news_list news;
    struct lq_letter_shelf shelf;
    struct lq_letter_desk letters;
    struct lq_letter_inquiry inquiry;
};

lq_storage_desk_t *lq_storage_desk_new(lq_broker_store_t *store)
{
    lq_storage_desk_t *desk = lq_alloc(1, sizeof *desk);

    desk->store = store;
    lq_letter_shelf_open(&desk->shelf, store);
    lq_letter_desk_open(&desk->letters, &desk->shelf, &desk->news);
    lq_letter_inquiry_open(&desk->inquiry, &desk->letters);
    return desk;
}

void lq_storage_desk_destroy(lq_storage_desk_t **desk)
{
    if (*desk != NULL) {
        lq_letter_inquiry_close(&(*desk)->inquiry);
        lq_letter_desk_close(&(*desk)->letters);
        lq_letter_shelf_close(&(*desk)->shelf);
        free(*desk);
        *desk = NULL;
    }
}

struct lq_storage_news_list lq_storage_desk_take_news(lq_storage_desk_t *desk)
{
    struct lq_storage_news_list news = desk->news;

    desk->news = (struct lq_storage_news_list){NULL, NULL};
    return news;
}

static enum lq_result put_letter(lq_storage_desk_t *desk, const struct lq_storage_job *job)
{
    enum lq_result result = lq_letter_desk_put(&desk->letters, job);

    if (result == LQ_OK && job->parks) {
        result = lq_parked_sessions_put(desk->store, lq_storage_job_names(job),
                                        lq_view_text(job->stage));
    }
    return result;
}

static enum lq_result put_quota(lq_storage_desk_t *desk, const struct lq_storage_job *job)
{
    enum lq_result result = lq_stored_quotas_put(desk->store, job, &desk->news);

    return result == LQ_OK ? lq_operator_record_quota(desk->store, job) : result;
}

static enum lq_result forget_deleted(lq_storage_desk_t *desk, const struct lq_storage_job *job)
{
    struct lq_session_names names = lq_storage_job_names(job);
    enum lq_result result = lq_live_sessions_forget(desk->store, names);

    if (result == LQ_OK) {
        result = lq_parked_sessions_forget(desk->store, names);
    }
    if (result == LQ_OK) {
        struct lq_storage_news *news = lq_storage_news_add(&desk->news, LQ_STORAGE_NEWS_DELETED);
        memcpy(news->tenant, job->tenant, sizeof news->tenant);
        memcpy(news->session, job->session, sizeof news->session);
        news->peer = job->peer;
        lq_storage_news_copy(news, lq_view_of(job->bytes, job->byte_count));
    }
    return result;
}

static enum lq_result change_session(lq_storage_desk_t *desk, const struct lq_storage_job *job)
{
    enum lq_result result = lq_live_sessions_change(desk->store, job, &desk->news);

    return result == LQ_OK ? lq_operator_record_change(desk->store, job) : result;
}

enum lq_result lq_storage_desk_work(lq_storage_desk_t *desk, const struct lq_storage_job *job)
{
    switch (job->kind) {
    case LQ_STORAGE_PUT_LETTER:
        return put_letter(desk, job);
    case LQ_STORAGE_LETTER_DONE:
    case LQ_STORAGE_LETTER_OPEN:
        return lq_letter_desk_end_redrive(&desk->letters, job);
    case LQ_STORAGE_PUT_LIVE:
        return lq_live_sessions_put(desk->store, job, &desk->news);
    case LQ_STORAGE_CHANGE_SESSION:
        return change_session(desk, job);
    case LQ_STORAGE_SETTLE_RATE:
        return lq_live_sessions_settle(desk->store, job);
    case LQ_STORAGE_FORGET_LIVE:
        return lq_live_sessions_forget(desk->store, lq_storage_job_names(job));
    case LQ_STORAGE_FORGET_DELETED:
        return forget_deleted(desk, job);
    case LQ_STORAGE_FORGET_PARKED:
        return lq_parked_sessions_forget(desk->store, lq_storage_job_names(job));
    case LQ_STORAGE_PUT_QUOTA:
        return put_quota(desk, job);
    case LQ_STORAGE_QUOTA_EXCEEDED:
        return lq_stored_quotas_tell_exceeded(desk->store, job);
    case LQ_STORAGE_PUT_DURABILITY:
        return lq_stored_durability_put(desk->store, job, &desk->news);
    case LQ_STORAGE_DELETION:
        return lq_operator_record_deletion(desk->store, job);
    case LQ_STORAGE_RESUMED:
        return lq_operator_record_resume(desk->store, job);
    case LQ_STORAGE_ADMIN:
        return lq_letter_inquiry_answer(&desk->inquiry, job);
    case LQ_STORAGE_FEED:
        return lq_feed_inquiry_answer(desk->store, job, &desk->inquiry.request, &desk->news);
    }
    LQ_ASSERT(false);
    return LQ_ERR_STATE;
}
