// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "broker/io/storage_port.h"

#include "base/error_name.h"
#include "proto/admin_codec.h"

static void feed_stored(struct lq_storage_port *port, const struct lq_storage_news *news)
{
    struct lq_broker_event event = {
        .kind = LQ_ON_LETTER_STORED,
        .letter = {.id = news->letter_id,
                   .execution = news->execution,
                   .broker_sequence = news->broker_sequence},
    };

    lq_core_feed_step(port->feed, &event);
}

static void step_live(struct lq_storage_port *port, const struct lq_storage_news *news)
{
    const struct lq_live_session *live = &news->live;
    struct lq_broker_event event = {
        .kind = LQ_ON_LIVE,
        .names = {lq_view_text(news->tenant), lq_view_text(news->session)},
        .live = {live->rate, live->attended, live->stopped, live->changes},
    };

    lq_core_feed_step(port->feed, &event);
}

static void feed_live(struct lq_storage_port *port, const struct lq_storage_news *news)
{
    step_live(port, news);
    (void)lq_router_socket_send(port->clients, news->peer,
                                lq_view_of(news->bytes, news->byte_count), NULL);
}

static void feed_deleted(struct lq_storage_port *port, const struct lq_storage_news *news)
{
    struct lq_broker_event event = {
        .kind = LQ_ON_DELETED,
        .names = {lq_view_text(news->tenant), lq_view_text(news->session)},
    };

    lq_core_feed_step(port->feed, &event);
    (void)lq_router_socket_send(port->clients, news->peer,
                                lq_view_of(news->bytes, news->byte_count), NULL);
}

static void send_reply(struct lq_storage_port *port, uint32_t peer,
                       const struct lq_admin_reply *reply)
{
    uint8_t encoded[512];
    size_t bytes = 0;

    if (lq_admin_reply_encode(reply, encoded, sizeof encoded, &bytes) == LQ_OK) {
        (void)lq_router_socket_send(port->clients, peer, lq_view_of(encoded, bytes), NULL);
    }
}

/* Who asked hears how the session is from now on. */
static void feed_changed(struct lq_storage_port *port, const struct lq_storage_news *news)
{
    struct lq_admin_reply reply = {.tag = news->tag, .has_life = true};

    step_live(port, news);
    lq_broker_core_life(port->feed->core, lq_session_names_of(news->tenant, news->session),
                        &reply.life);
    if (reply.life.stopped != news->live.stopped) {
        reply.result = LQ_ERR_FULL;
        reply.message = lq_view_text(LQ_REASON_BROKER_FULL
                                     ": it is kept, and not in force: too many sessions are at "
                                     "work; say it again when there are fewer");
    }
    send_reply(port, news->peer, &reply);
}

/* Who asked hears of the quotas as they are from now on. */
static void feed_quota(struct lq_storage_port *port, const struct lq_storage_news *news)
{
    struct lq_view tenant = lq_view_text(news->tenant);
    struct lq_admin_reply reply = {.tag = news->tag, .has_quota = true};
    struct lq_broker_event event = {
        .kind = LQ_ON_QUOTA,
        .names = {.tenant = tenant},
        .quota = &news->quota,
    };

    lq_core_feed_step(port->feed, &event);
    lq_broker_core_quota(port->feed->core, tenant, &reply.quota);
    send_reply(port, news->peer, &reply);
}

static void feed_durability(struct lq_storage_port *port, const struct lq_storage_news *news)
{
    struct lq_view tenant = lq_view_text(news->tenant);
    struct lq_admin_reply reply = {.tag = news->tag, .has_durability = true};
    struct lq_broker_event event = {
        .kind = LQ_ON_DURABILITY,
        .names = {.tenant = tenant},
        .durability = &news->durability,
    };

    lq_core_feed_step(port->feed, &event);
    lq_broker_core_durability(port->feed->core, tenant, &reply.durability);
    send_reply(port, news->peer, &reply);
}

static void feed_letter(struct lq_storage_port *port, enum lq_broker_event_kind kind,
                        const struct lq_storage_news *news)
{
    struct lq_broker_event event = {
        .kind = kind,
        .names = {lq_view_text(news->tenant), lq_view_text(news->session)},
        .client = news->client,
        .sequence = news->sequence,
        .letter = {.id = news->letter_id, .has_command = news->has_command},
    };

    if (kind == LQ_ON_REDRIVE && news->byte_count > 0) {
        uint32_t buffer =
            lq_payload_buffers_copy(port->buffers, lq_view_of(news->bytes, news->byte_count));
        event.payload = (struct lq_payload){buffer, 0, (uint32_t)news->byte_count};
    }
    lq_core_feed_step(port->feed, &event);
}

void lq_storage_port_read(struct lq_storage_port *port)
{
    struct lq_storage_news *news;

    while ((news = lq_storage_thread_take(port->thread)) != NULL) {
        switch (news->kind) {
        case LQ_STORAGE_NEWS_STORED:
            feed_stored(port, news);
            break;
        case LQ_STORAGE_NEWS_LIVE:
            feed_live(port, news);
            break;
        case LQ_STORAGE_NEWS_CHANGED:
            feed_changed(port, news);
            break;
        case LQ_STORAGE_NEWS_DELETED:
            feed_deleted(port, news);
            break;
        case LQ_STORAGE_NEWS_QUOTA:
            feed_quota(port, news);
            break;
        case LQ_STORAGE_NEWS_DURABILITY:
            feed_durability(port, news);
            break;
        case LQ_STORAGE_NEWS_REDRIVE:
            feed_letter(port, LQ_ON_REDRIVE, news);
            break;
        case LQ_STORAGE_NEWS_GONE:
            feed_letter(port, LQ_ON_LETTER_GONE, news);
            break;
        case LQ_STORAGE_NEWS_REPLY:
            (void)lq_router_socket_send(port->clients, news->peer,
                                        lq_view_of(news->bytes, news->byte_count), NULL);
            break;
        }
        lq_storage_news_destroy(&news);
    }
}

/* ---- effects ---- */

void lq_storage_port_store_letter(struct lq_storage_port *port,
                                  const struct lq_broker_effect *effect)
{
    lq_storage_thread_post(
        port->thread,
        lq_letter_writer_write(&port->letters, effect->store_letter.execution, port->feed->now_ns));
}

void lq_storage_port_change_letter(struct lq_storage_port *port,
                                   const struct lq_broker_effect *effect)
{
    struct lq_storage_job *job =
        lq_storage_job_new(effect->kind == LQ_EFFECT_STORE_LETTER_DONE ? LQ_STORAGE_LETTER_DONE
                                                                       : LQ_STORAGE_LETTER_OPEN);

    job->letter_id = effect->letter.id;
    job->frame = effect->letter.frame;
    lq_storage_thread_post(port->thread, job);
}

void lq_storage_port_forget_session(struct lq_storage_port *port,
                                    const struct lq_broker_effect *effect)
{
    struct lq_storage_job *job =
        lq_storage_job_new(effect->kind == LQ_EFFECT_STORE_NOT_LIVE ? LQ_STORAGE_FORGET_LIVE
                                                                    : LQ_STORAGE_FORGET_PARKED);

    lq_storage_job_name(job, lq_broker_core_session_names(port->feed->core, effect->session.index));
    lq_storage_thread_post(port->thread, job);
}

void lq_storage_port_settle_rate(struct lq_storage_port *port,
                                 const struct lq_broker_effect *effect)
{
    struct lq_storage_job *job = lq_storage_job_new(LQ_STORAGE_SETTLE_RATE);

    lq_storage_job_name(job, lq_broker_core_session_names(port->feed->core, effect->session.index));
    job->rate = effect->session.rate;
    lq_storage_thread_post(port->thread, job);
}

void lq_storage_port_tell_quota(struct lq_storage_port *port, const struct lq_broker_effect *effect)
{
    struct lq_storage_job *job = lq_storage_job_new(LQ_STORAGE_QUOTA_EXCEEDED);

    memcpy(job->tenant, effect->quota_exceeded.tenant, sizeof job->tenant);
    job->exceeded = effect->quota_exceeded.quota;
    job->limit = effect->quota_exceeded.limit;
    job->refused = effect->quota_exceeded.refused;
    lq_storage_thread_post(port->thread, job);
}
