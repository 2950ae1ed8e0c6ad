// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "broker/io/live_sessions.h"

#include "base/little_endian.h"
#include "broker/io/session_entry_key.h"

#define RATE_BYTES 8u  /* numerator, denominator */
#define VALUE_BYTES 9u /* and flags, of a session that has some */
#define ATTENDED 1u

enum lq_result lq_live_sessions_put(lq_broker_store_t *store, const struct lq_storage_job *job,
                                    struct lq_storage_news_list *news)
{
    uint8_t key[LQ_SESSION_ENTRY_KEY_BYTES_MAX];
    uint8_t value[VALUE_BYTES];

    lq_put_u32(value, job->rate_numerator);
    lq_put_u32(value + 4, job->rate_denominator);
    value[RATE_BYTES] = ATTENDED;
    enum lq_result result = lq_broker_store_put(
        store, LQ_BROKER_TABLE_LIVE, lq_session_entry_key_make(key, lq_storage_job_names(job)),
        lq_view_of(value, job->attended ? VALUE_BYTES : RATE_BYTES));
    if (result != LQ_OK) {
        return result;
    }
    struct lq_storage_news *live = lq_storage_news_add(news, LQ_STORAGE_NEWS_LIVE);
    memcpy(live->tenant, job->tenant, sizeof live->tenant);
    memcpy(live->session, job->session, sizeof live->session);
    live->rate_numerator = job->rate_numerator;
    live->rate_denominator = job->rate_denominator;
    live->attended = job->attended;
    live->peer = job->peer;
    lq_storage_news_copy(live, lq_view_of(job->bytes, job->byte_count));
    return LQ_OK;
}

enum lq_result lq_live_sessions_forget(lq_broker_store_t *store, struct lq_session_names names)
{
    uint8_t key[LQ_SESSION_ENTRY_KEY_BYTES_MAX];
    enum lq_result result =
        lq_broker_store_delete(store, LQ_BROKER_TABLE_LIVE, lq_session_entry_key_make(key, names));

    return result == LQ_ERR_NOT_FOUND ? LQ_OK : result;
}

bool lq_live_sessions_read(struct lq_view key, struct lq_view value,
                           struct lq_live_session *session)
{
    session->attended = value.bytes == VALUE_BYTES;
    if (!lq_session_entry_key_split(key, &session->names) ||
        (value.bytes != RATE_BYTES && value.bytes != VALUE_BYTES) ||
        (session->attended && value.data[RATE_BYTES] != ATTENDED)) {
        return false;
    }
    session->rate_numerator = lq_get_u32(value.data);
    session->rate_denominator = lq_get_u32(value.data + 4);
    return true;
}
