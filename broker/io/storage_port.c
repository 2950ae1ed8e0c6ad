// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* What the storage thread has done, and what an earlier broker left, become events. */
#include "broker/io/broker_shell.h"

#include "base/log.h"
#include "broker/io/live_sessions.h"
#include "broker/io/parking_desk.h"

static void feed_stored(struct lq_broker_shell *shell, const struct lq_storage_news *news)
{
    struct lq_broker_event event = {
        .kind = LQ_ON_LETTER_STORED,
        .letter = {.id = news->letter_id, .execution = news->execution},
    };

    lq_broker_shell_step(shell, &event);
}

static void feed_live(struct lq_broker_shell *shell, const struct lq_storage_news *news)
{
    struct lq_broker_event event = {
        .kind = LQ_ON_LIVE,
        .tenant = lq_view_text(news->tenant),
        .session = lq_view_text(news->session),
        .live = {news->rate_numerator, news->rate_denominator},
    };

    lq_broker_shell_step(shell, &event);
    (void)lq_router_socket_send(shell->clients, news->peer,
                                lq_view_of(news->bytes, news->byte_count), NULL);
}

static void feed_letter(struct lq_broker_shell *shell, enum lq_broker_event_kind kind,
                        const struct lq_storage_news *news)
{
    struct lq_broker_event event = {
        .kind = kind,
        .tenant = lq_view_text(news->tenant),
        .session = lq_view_text(news->session),
        .client = news->client,
        .sequence = news->sequence,
        .letter = {.id = news->letter_id, .has_command = news->has_command},
    };

    if (kind == LQ_ON_REDRIVE && news->byte_count > 0) {
        uint32_t buffer =
            lq_payload_buffers_copy(shell->buffers, lq_view_of(news->bytes, news->byte_count));
        event.payload = (struct lq_payload){buffer, 0, (uint32_t)news->byte_count};
    }
    lq_broker_shell_step(shell, &event);
}

void lq_storage_port_read(struct lq_broker_shell *shell)
{
    struct lq_storage_news *news;

    while ((news = lq_storage_thread_take(shell->storage)) != NULL) {
        switch (news->kind) {
        case LQ_STORAGE_NEWS_STORED:
            feed_stored(shell, news);
            break;
        case LQ_STORAGE_NEWS_LIVE:
            feed_live(shell, news);
            break;
        case LQ_STORAGE_NEWS_REDRIVE:
            feed_letter(shell, LQ_ON_REDRIVE, news);
            break;
        case LQ_STORAGE_NEWS_GONE:
            feed_letter(shell, LQ_ON_LETTER_GONE, news);
            break;
        case LQ_STORAGE_NEWS_REPLY:
            (void)lq_router_socket_send(shell->clients, news->peer,
                                        lq_view_of(news->bytes, news->byte_count), NULL);
            break;
        }
        lq_storage_news_destroy(&news);
    }
}

/* ---- at start ---- */

static bool recall_live(void *context, struct lq_view key, struct lq_view value)
{
    struct lq_broker_shell *shell = context;
    struct lq_live_session live;

    if (!lq_live_sessions_read(key, value, &live)) {
        lq_log_rarely(LQ_LOG_ERROR,
                      "an entry of the live sessions does not open; it is left alone");
        return true;
    }
    struct lq_broker_event event = {
        .kind = LQ_ON_LIVE,
        .tenant = live.names.tenant,
        .session = live.names.session,
        .live = {live.rate_numerator, live.rate_denominator},
    };
    lq_broker_shell_step(shell, &event);
    return true;
}

static bool recall_parked(void *context, struct lq_view key, struct lq_view value)
{
    struct lq_broker_shell *shell = context;
    struct lq_session_names names;

    if (!lq_parking_desk_read(key, &names)) {
        lq_log_rarely(LQ_LOG_ERROR,
                      "an entry of the parked sessions does not open; it is left alone");
        return true;
    }
    struct lq_broker_event event = {
        .kind = LQ_ON_PARKED_KNOWN,
        .tenant = names.tenant,
        .session = names.session,
        .parking = {value},
    };
    lq_broker_shell_step(shell, &event);
    return true;
}

static bool recall_letter(void *context, struct lq_view key, struct lq_view value)
{
    static struct lq_letter letter; /* one thread, before the loop */
    struct lq_broker_shell *shell = context;
    const char *where;

    (void)key;
    lq_arena_reset(&shell->arena);
    if (lq_letter_decode(value, &shell->arena, &letter, &where) != LQ_OK) {
        lq_log_rarely(LQ_LOG_ERROR, "a dead letter does not open; it is left alone");
        return true;
    }
    if (letter.state == LQ_LETTER_DONE) {
        return true;
    }
    struct lq_broker_event event = {
        .kind = LQ_ON_LETTER_KNOWN,
        .tenant = letter.tenant,
        .session = letter.session,
        .letter = {.id = letter.id, .has_command = letter.command_count > 0},
    };
    if (letter.command_count > 0) {
        event.client = letter.commands[0].client;
        event.sequence = letter.commands[0].sequence;
    }
    lq_broker_shell_step(shell, &event);
    if (letter.state == LQ_LETTER_REDRIVING) {
        event.kind = LQ_ON_REDRIVE;
        if (letter.command_count > 0 && letter.commands[0].body.bytes > 0) {
            event.payload.buffer = lq_payload_buffers_copy(shell->buffers, letter.commands[0].body);
            event.payload.bytes = (uint32_t)letter.commands[0].body.bytes;
        }
        lq_broker_shell_step(shell, &event);
    }
    return true;
}

enum lq_result lq_storage_port_recall(struct lq_broker_shell *shell, lq_broker_store_t *store)
{
    struct lq_view from = {(const uint8_t *)"", 0};
    enum lq_result result =
        lq_broker_store_each(store, LQ_BROKER_TABLE_LIVE, from, recall_live, shell);

    if (result == LQ_OK) {
        result = lq_broker_store_each(store, LQ_BROKER_TABLE_PARKED, from, recall_parked, shell);
    }
    if (result == LQ_OK) {
        result = lq_broker_store_each(store, LQ_BROKER_TABLE_LETTERS, from, recall_letter, shell);
    }
    return result;
}
