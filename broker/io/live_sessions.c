// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "broker/io/live_sessions.h"

#include "base/little_endian.h"
#include "base/log.h"
#include "broker/io/session_entry_key.h"

enum {
    RATE_BYTES = 8, /* numerator, denominator */
    VALUE_BYTES,    /* and flags, of a session that has some */
    ATTENDED = 1,
    STOPPED = 2,
    CHANGES = 4,
    FLAGS = ATTENDED | STOPPED | CHANGES
};

static bool read_value(struct lq_view value, struct lq_live_session *session)
{
    uint8_t flags = value.bytes == VALUE_BYTES ? value.data[RATE_BYTES] : 0;

    if ((value.bytes != RATE_BYTES && value.bytes != VALUE_BYTES) || (flags & ~FLAGS) != 0 ||
        (value.bytes == VALUE_BYTES && flags == 0)) {
        return false;
    }
    *session = (struct lq_live_session){
        .rate = {lq_get_u32(value.data), lq_get_u32(value.data + 4)},
        .attended = (flags & ATTENDED) != 0,
        .stopped = (flags & STOPPED) != 0,
        .changes = (flags & CHANGES) != 0,
    };
    return session->rate.denominator > 0;
}

/* As it is on disk; one without an entry, or whose entry does not open, runs without a rate. */
static enum lq_result read_entry(lq_broker_store_t *store, struct lq_view key,
                                 struct lq_live_session *session)
{
    uint8_t buffer[VALUE_BYTES];
    struct lq_view value;
    enum lq_result result =
        lq_broker_store_get(store, LQ_BROKER_TABLE_LIVE, key, buffer, sizeof buffer, &value);

    *session = (struct lq_live_session){.rate = {0, 1}};
    if (result == LQ_ERR_NOT_FOUND) {
        return LQ_OK;
    }
    if (result == LQ_ERR_CORRUPT || result == LQ_ERR_KEY || result == LQ_ERR_LIMIT ||
        (result == LQ_OK && !read_value(value, session))) {
        lq_log_error("an entry of the live sessions does not open; a new one takes its place");
        *session = (struct lq_live_session){.rate = {0, 1}};
        return LQ_OK;
    }
    return result;
}

static enum lq_result write_entry(lq_broker_store_t *store, struct lq_view key,
                                  const struct lq_live_session *session)
{
    uint8_t value[VALUE_BYTES];

    if (session->rate.numerator == 0 && !session->stopped && !session->changes) {
        enum lq_result result = lq_broker_store_delete(store, LQ_BROKER_TABLE_LIVE, key);
        return result == LQ_ERR_NOT_FOUND ? LQ_OK : result;
    }
    lq_put_u32(value, session->rate.numerator);
    lq_put_u32(value + 4, session->rate.denominator);
    value[RATE_BYTES] =
        (uint8_t)((session->attended ? ATTENDED : 0) | (session->stopped ? STOPPED : 0) |
                  (session->changes ? CHANGES : 0));
    return lq_broker_store_put(
        store, LQ_BROKER_TABLE_LIVE, key,
        lq_view_of(value, value[RATE_BYTES] != 0 ? VALUE_BYTES : RATE_BYTES));
}

static struct lq_storage_news *tell(struct lq_storage_news_list *news,
                                    enum lq_storage_news_kind kind,
                                    const struct lq_storage_job *job,
                                    const struct lq_live_session *session)
{
    struct lq_storage_news *live = lq_storage_news_add(news, kind);

    memcpy(live->tenant, job->tenant, sizeof live->tenant);
    memcpy(live->session, job->session, sizeof live->session);
    live->live = *session;
    live->peer = job->peer;
    live->tag = job->tag;
    return live;
}

enum lq_result lq_live_sessions_put(lq_broker_store_t *store, const struct lq_storage_job *job,
                                    struct lq_storage_news_list *news)
{
    uint8_t bytes[LQ_SESSION_ENTRY_KEY_BYTES_MAX];
    struct lq_view key = lq_session_entry_key_make(bytes, lq_storage_job_names(job));
    struct lq_live_session session;
    enum lq_result result = read_entry(store, key, &session);

    /* A rate that is kept is as new as the creation's, or newer. */
    if (result == LQ_OK && !session.changes && session.rate.numerator == 0) {
        session.rate = job->rate;
        session.attended = job->attended;
    }
    if (result == LQ_OK) {
        result = write_entry(store, key, &session);
    }
    if (result == LQ_OK) {
        lq_storage_news_copy(tell(news, LQ_STORAGE_NEWS_LIVE, job, &session),
                             lq_view_of(job->bytes, job->byte_count));
    }
    return result;
}

enum lq_result lq_live_sessions_change(lq_broker_store_t *store, const struct lq_storage_job *job,
                                       struct lq_storage_news_list *news)
{
    uint8_t bytes[LQ_SESSION_ENTRY_KEY_BYTES_MAX];
    struct lq_view key = lq_session_entry_key_make(bytes, lq_storage_job_names(job));
    struct lq_live_session session;
    enum lq_result result = read_entry(store, key, &session);

    if (job->change.sets_stopped) {
        session.stopped = job->change.stopped;
    }
    if (job->change.sets_rate) {
        session.rate = job->change.rate; /* load knows whether the record has it already */
        session.changes = true;
    }
    if (result == LQ_OK) {
        result = write_entry(store, key, &session);
    }
    if (result == LQ_OK) {
        (void)tell(news, LQ_STORAGE_NEWS_CHANGED, job, &session);
    }
    return result;
}

enum lq_result lq_live_sessions_settle(lq_broker_store_t *store, const struct lq_storage_job *job)
{
    uint8_t bytes[LQ_SESSION_ENTRY_KEY_BYTES_MAX];
    struct lq_view key = lq_session_entry_key_make(bytes, lq_storage_job_names(job));
    struct lq_live_session session;
    enum lq_result result = read_entry(store, key, &session);

    if (result != LQ_OK || !session.changes || !lq_session_rate_equal(session.rate, job->rate)) {
        return result;
    }
    session.changes = false;
    session.attended = session.attended && session.rate.numerator > 0;
    return write_entry(store, key, &session);
}

enum lq_result lq_live_sessions_forget(lq_broker_store_t *store, struct lq_session_names names)
{
    uint8_t key[LQ_SESSION_ENTRY_KEY_BYTES_MAX];
    enum lq_result result =
        lq_broker_store_delete(store, LQ_BROKER_TABLE_LIVE, lq_session_entry_key_make(key, names));

    return result == LQ_ERR_NOT_FOUND ? LQ_OK : result;
}

bool lq_live_sessions_read(struct lq_view key, struct lq_view value, struct lq_session_names *names,
                           struct lq_live_session *session)
{
    return lq_session_entry_key_split(key, names) && read_value(value, session);
}
