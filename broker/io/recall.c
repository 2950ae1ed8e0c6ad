// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "broker/io/recall.h"

#include "base/log.h"
#include "broker/io/live_sessions.h"
#include "broker/io/parked_sessions.h"
#include "broker/io/stored_durability.h"
#include "broker/io/stored_quotas.h"
#include "proto/admin_codec.h"

/* False: it has none, and is told of. */
static bool has_room(const struct lq_recall *recall, const char *what, struct lq_view tenant)
{
    if (lq_broker_core_has_room_for_quota(recall->feed->core, tenant)) {
        return true;
    }
    lq_log_rarely(LQ_LOG_ERROR,
                  "the %s of %.*s: not in force, more tenants have some than broker/tenants_max",
                  what, (int)tenant.bytes, (const char *)tenant.data);
    return false;
}

static bool recall_durability(struct lq_recall *recall, struct lq_view key, struct lq_view value)
{
    struct lq_durability durability;
    struct lq_view tenant;

    if (!lq_stored_durability_read(key, value, &tenant, &durability)) {
        lq_log_rarely(LQ_LOG_ERROR, "a tenant's durability does not open; it is left alone");
        return true;
    }
    if (has_room(recall, "durability", tenant)) {
        struct lq_broker_event event = {
            .kind = LQ_ON_DURABILITY, .names = {.tenant = tenant}, .durability = &durability};
        lq_core_feed_step(recall->feed, &event);
    }
    return true;
}

static bool recall_quota(void *context, struct lq_view key, struct lq_view value)
{
    struct lq_recall *recall = context;
    struct lq_quota quota;
    struct lq_view tenant;

    if (lq_stored_durability_is_key(key)) {
        return recall_durability(recall, key, value);
    }
    if (!lq_stored_quotas_read(key, value, &tenant, &quota)) {
        lq_log_rarely(LQ_LOG_ERROR, "an entry of the quotas does not open; it is left alone");
        return true;
    }
    if (!has_room(recall, "quotas", tenant)) {
        return true;
    }
    struct lq_broker_event event = {
        .kind = LQ_ON_QUOTA, .names = {.tenant = tenant}, .quota = &quota};
    lq_core_feed_step(recall->feed, &event);
    return true;
}

static bool recall_live(void *context, struct lq_view key, struct lq_view value)
{
    struct lq_recall *recall = context;
    struct lq_session_names names;
    struct lq_live_session live;

    if (!lq_live_sessions_read(key, value, &names, &live)) {
        lq_log_rarely(LQ_LOG_ERROR,
                      "an entry of the live sessions does not open; it is left alone");
        return true;
    }
    struct lq_broker_event event = {
        .kind = LQ_ON_LIVE,
        .names = names,
        .live = {live.rate, live.attended, live.stopped, live.changes},
    };
    lq_core_feed_step(recall->feed, &event);
    return true;
}

static bool recall_parked(void *context, struct lq_view key, struct lq_view value)
{
    struct lq_recall *recall = context;
    struct lq_session_names names;

    if (!lq_parked_sessions_read(key, &names)) {
        lq_log_rarely(LQ_LOG_ERROR,
                      "an entry of the parked sessions does not open; it is left alone");
        return true;
    }
    struct lq_broker_event event = {
        .kind = LQ_ON_PARKED_KNOWN,
        .names = names,
        .parking = {value},
    };
    lq_core_feed_step(recall->feed, &event);
    return true;
}

static bool recall_letter(void *context, struct lq_view key, struct lq_view value)
{
    static struct lq_letter letter; /* one thread, before the loop */
    struct lq_recall *recall = context;
    const char *where;

    (void)key;
    lq_arena_reset(&recall->memory->arena);
    if (lq_letter_decode(value, &recall->memory->arena, &letter, &where) != LQ_OK) {
        lq_log_rarely(LQ_LOG_ERROR, "a dead letter does not open; it is left alone");
        return true;
    }
    if (letter.state == LQ_LETTER_DONE) {
        return true;
    }
    struct lq_broker_event event = {
        .kind = LQ_ON_LETTER_KNOWN,
        .names = {letter.tenant, letter.session},
        .letter = {.id = letter.id,
                   .has_command = letter.command_count > 0,
                   .broker_sequence = recall->broker_sequence},
    };
    if (letter.command_count > 0) {
        event.client = letter.commands[0].client;
        event.sequence = letter.commands[0].sequence;
    }
    lq_core_feed_step(recall->feed, &event);
    if (letter.state == LQ_LETTER_REDRIVING) {
        event.kind = LQ_ON_REDRIVE;
        if (letter.command_count > 0 && letter.commands[0].body.bytes > 0) {
            event.payload.buffer =
                lq_payload_buffers_copy(recall->buffers, letter.commands[0].body);
            event.payload.bytes = (uint32_t)letter.commands[0].body.bytes;
        }
        lq_core_feed_step(recall->feed, &event);
    }
    return true;
}

enum lq_result lq_recall_run(struct lq_recall *recall, lq_broker_store_t *store)
{
    struct lq_view from = {(const uint8_t *)"", 0};
    /* Quotas first: what comes back after them is already theirs. */
    enum lq_result result =
        lq_broker_store_each(store, LQ_BROKER_TABLE_QUOTAS, from, recall_quota, recall);

    recall->broker_sequence = lq_broker_store_newest(store);
    if (result == LQ_OK) {
        result = lq_broker_store_each(store, LQ_BROKER_TABLE_LIVE, from, recall_live, recall);
    }
    if (result == LQ_OK) {
        result = lq_broker_store_each(store, LQ_BROKER_TABLE_PARKED, from, recall_parked, recall);
    }
    if (result == LQ_OK) {
        result = lq_broker_store_each(store, LQ_BROKER_TABLE_LETTERS, from, recall_letter, recall);
    }
    return result;
}
