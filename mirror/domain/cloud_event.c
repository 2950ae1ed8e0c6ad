// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "mirror/domain/cloud_event.h"

#include "base/json_writer.h"
#include "base/little_endian.h"
#include "mirror/domain/segment_packer.h"

#include <inttypes.h>
#include <stdio.h>

enum { HISTORY_BYTES_MAX = 64 };

void lq_cloud_event_set_id(struct lq_cloud_event *event, lq_digest_fn digest,
                           const uint8_t root[LQ_HASH_BYTES], uint32_t index)
{
    uint8_t message[LQ_HASH_BYTES + 4];
    uint8_t id[LQ_HASH_BYTES];

    memcpy(message, root, LQ_HASH_BYTES);
    lq_put_u32(message + LQ_HASH_BYTES, index);
    digest(id, lq_view_of(message, sizeof message));
    for (size_t at = 0; at < sizeof id; at++) {
        snprintf(event->id + 2 * at, 3, "%02x", id[at]);
    }
}

void lq_cloud_event_root(lq_digest_fn digest, struct lq_view history,
                         const struct lq_segment_entry *entry, uint8_t root[LQ_HASH_BYTES])
{
    uint8_t message[HISTORY_BYTES_MAX + 1 + 8 + LQ_HASH_BYTES];
    uint8_t *at = message;

    LQ_ASSERT(history.bytes > 0);
    LQ_ASSERT(history.bytes <= HISTORY_BYTES_MAX);
    memcpy(at, history.data, history.bytes);
    at += history.bytes;
    *at++ = (uint8_t)entry->kind;
    lq_put_u64(at, entry->sequence);
    memcpy(at + 8, entry->identity, LQ_HASH_BYTES);
    at += 8 + LQ_HASH_BYTES;
    digest(root, lq_view_of(message, (size_t)(at - message)));
}

void lq_cloud_event_source(const struct lq_cloud_event *event,
                           char to[LQ_CLOUD_EVENT_SOURCE_BYTES_MAX + 1])
{
    snprintf(to, LQ_CLOUD_EVENT_SOURCE_BYTES_MAX + 1, "ledgerquest%s%.*s",
             event->tenant.bytes > 0 ? "." : "", (int)event->tenant.bytes,
             (const char *)event->tenant.data);
}

/* What needs no quoting in a URI, nor anywhere else. */
static bool is_plain(char byte)
{
    return (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= 'a' && byte <= 'z') || (byte != '\0' && strchr("-._~", byte) != NULL);
}

void lq_cloud_event_type_text(const struct lq_cloud_event *event,
                              char to[LQ_CLOUD_EVENT_TYPE_BYTES_MAX + 1])
{
    static const char *const texts[] = {
#define X(name, text) [LQ_CLOUD_EVENT_##name] = text,
        LQ_CLOUD_EVENT_TYPES(X)
#undef X
    };

    LQ_ASSERT(event->type != LQ_CLOUD_EVENT_NONE);
    if (event->type == LQ_CLOUD_EVENT_TICK) {
        lq_event_subscription_tick_type(event->data.tick.name, to);
    } else {
        snprintf(to, LQ_CLOUD_EVENT_TYPE_BYTES_MAX + 1, "%s", texts[event->type]);
    }
}

/* Days since 1970 to a date of the Gregorian calendar. Years begin in March here, so that the leap
 * day is the last of its year, and 400 of them always have 146,097 days. */
static void date_of(uint64_t days, unsigned int *year, unsigned int *month, unsigned int *day)
{
    uint64_t since = days + 719468; /* from 0000-03-01 */
    uint64_t era = since / 146097;
    uint64_t in_era = since % 146097;
    uint64_t year_of_era = (in_era - in_era / 1460 + in_era / 36524 - in_era / 146096) / 365;
    uint64_t in_year = in_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    uint64_t march_month = (5 * in_year + 2) / 153;

    *day = (unsigned int)(in_year - (153 * march_month + 2) / 5 + 1);
    *month = (unsigned int)(march_month < 10 ? march_month + 3 : march_month - 9);
    *year = (unsigned int)(year_of_era + era * 400 + (*month <= 2));
}

void lq_cloud_event_time(uint64_t wall_ns, char to[LQ_CLOUD_EVENT_TIME_BYTES + 1])
{
    unsigned int milliseconds = (unsigned int)(wall_ns / 1000000u % 1000u);
    uint64_t seconds = wall_ns / 1000000000u;
    unsigned int in_day = (unsigned int)(seconds % 86400u);
    unsigned int year = 0;
    unsigned int month = 0;
    unsigned int day = 0;

    date_of(seconds / 86400u, &year, &month, &day);
    snprintf(to, LQ_CLOUD_EVENT_TIME_BYTES + 1, "%04u-%02u-%02uT%02u:%02u:%02u.%03uZ", year % 10000,
             month % 100, day % 100, in_day / 3600 % 100, in_day / 60 % 60, in_day % 60,
             milliseconds);
}

/* Append `text` with what a URI does not take in a query as %XX. */
static size_t put_quoted(char *to, size_t at, const char *text)
{
    for (; *text != '\0'; text++) {
        size_t room = LQ_CLOUD_EVENT_REFERENCE_BYTES_MAX + 1 - at;
        unsigned char byte = (unsigned char)*text;
        at += (size_t)(is_plain(*text) ? snprintf(to + at, room, "%c", byte)
                                       : snprintf(to + at, room, "%%%02X", byte));
    }
    return at;
}

void lq_cloud_event_reference(const char *table, const struct lq_segment_key *key,
                              char to[LQ_CLOUD_EVENT_REFERENCE_BYTES_MAX + 1])
{
    LQ_ASSERT(strlen(table) <= LQ_CLOUD_EVENT_TABLE_BYTES_MAX); /* [A-Za-z0-9_.-], by the service */
    size_t at =
        (size_t)snprintf(to, LQ_CLOUD_EVENT_REFERENCE_BYTES_MAX + 1, "dynamodb://%s?pk=", table);
    at = put_quoted(to, at, key->pk);
    at += (size_t)snprintf(to + at, LQ_CLOUD_EVENT_REFERENCE_BYTES_MAX + 1 - at, "&sk=");
    put_quoted(to, at, key->sk);
}

size_t lq_cloud_event_put_bytes(const struct lq_cloud_event *event, size_t detail_bytes)
{
    char source[LQ_CLOUD_EVENT_SOURCE_BYTES_MAX + 1];
    char type[LQ_CLOUD_EVENT_TYPE_BYTES_MAX + 1];

    lq_cloud_event_source(event, source);
    lq_cloud_event_type_text(event, type);
    return LQ_CLOUD_EVENT_PUT_TIME_BYTES + strlen(source) + strlen(type) + detail_bytes;
}

static void key_hex(struct lq_json_writer *writer, const char *name, const uint8_t *bytes,
                    size_t count)
{
    lq_json_writer_key(writer, name);
    lq_json_writer_hex(writer, lq_view_of(bytes, count));
}

static void key_text_if(struct lq_json_writer *writer, const char *name, struct lq_view text)
{
    if (text.bytes > 0) {
        lq_json_writer_key_text(writer, name, text);
    }
}

/* What an event says beside its place in the frame, body and client. */
static void write_numbers(struct lq_json_writer *writer, const struct lq_cloud_event *event)
{
    if (event->data.tick.other > 0) {
        lq_json_writer_key_number(writer, "other", event->data.tick.other);
    }
    if (event->data.tick.other > 0 || event->data.tick.x != 0.0 || event->data.tick.y != 0.0) {
        lq_json_writer_key(writer, "x");
        lq_json_writer_double(writer, event->data.tick.x);
        lq_json_writer_key(writer, "y");
        lq_json_writer_double(writer, event->data.tick.y);
    }
    if (event->data.tick.impulse != 0.0f) {
        lq_json_writer_key(writer, "impulse");
        lq_json_writer_float(writer, event->data.tick.impulse);
    }
    if (event->data.tick.count > 0) {
        lq_json_writer_key_number(writer, "count", event->data.tick.count);
    }
}

static void write_tick(struct lq_json_writer *writer, const struct lq_cloud_event *event)
{
    lq_json_writer_key_text(writer, "name", event->data.tick.name);
    lq_json_writer_key_number(writer, "frame", event->data.tick.frame);
    lq_json_writer_key_number(writer, "index", event->data.tick.index);
    key_hex(writer, "hash", event->data.tick.hash, LQ_HASH_BYTES);
    if (event->data.tick.body > 0) {
        lq_json_writer_key_number(writer, "body", event->data.tick.body);
    }
    if (event->data.tick.client != NULL) {
        key_hex(writer, "client", event->data.tick.client, LQ_CLIENT_ID_BYTES);
    }
    write_numbers(writer, event);
}

static void write_audit(struct lq_json_writer *writer, const struct lq_cloud_event *event)
{
    lq_json_writer_key_number(writer, "segment", event->data.audit.segment);
    lq_json_writer_key_number(writer, "claim", event->data.audit.claim);
    lq_json_writer_key(writer, "sessions");
    lq_json_writer_begin_array(writer);
    for (uint32_t index = 0; index < event->data.audit.session_count; index++) {
        const struct lq_cloud_event_frames *frames = &event->data.audit.sessions[index];
        lq_json_writer_begin_object(writer);
        lq_json_writer_key_number(writer, "session", frames->session_number);
        lq_json_writer_key_number(writer, "first_frame", frames->first_frame);
        lq_json_writer_key_number(writer, "last_frame", frames->last_frame);
        key_hex(writer, "hash", frames->hash, LQ_HASH_BYTES);
        lq_json_writer_end_object(writer);
    }
    lq_json_writer_end_array(writer);
}

static void write_letter(struct lq_json_writer *writer, const struct lq_cloud_event *event)
{
    lq_json_writer_key_number(writer, "letter", event->data.letter.letter);
    if (event->data.letter.frame > 0) {
        lq_json_writer_key_number(writer, "frame", event->data.letter.frame);
    }
    key_text_if(writer, "error", event->data.letter.error);
    key_text_if(writer, "cause", event->data.letter.cause);
}

static void write_data(struct lq_json_writer *writer, const struct lq_cloud_event *event)
{
    switch (event->type) {
    case LQ_CLOUD_EVENT_SESSION_CREATED:
    case LQ_CLOUD_EVENT_SESSION_ENDED:
        lq_json_writer_key_number(writer, "frame", event->data.session.frame);
        key_hex(writer, "hash", event->data.session.hash, LQ_HASH_BYTES);
        return;
    case LQ_CLOUD_EVENT_SESSION_PARKED:
    case LQ_CLOUD_EVENT_SESSION_RESUMED:
        if (event->data.parked.letter > 0) {
            lq_json_writer_key_number(writer, "letter", event->data.parked.letter);
        }
        key_text_if(writer, "reason", event->data.parked.reason);
        return;
    case LQ_CLOUD_EVENT_TICK:
        write_tick(writer, event);
        return;
    case LQ_CLOUD_EVENT_LETTER_STORED:
    case LQ_CLOUD_EVENT_LETTER_REDRIVEN:
    case LQ_CLOUD_EVENT_LETTER_PURGED:
        write_letter(writer, event);
        return;
    case LQ_CLOUD_EVENT_OPERATOR_ACTION:
        lq_json_writer_key_text(writer, "action", event->data.action.action);
        key_text_if(writer, "operator", event->data.action.operator_name);
        key_text_if(writer, "detail", event->data.action.detail);
        key_text_if(writer, "reason", event->data.action.reason);
        return;
    case LQ_CLOUD_EVENT_QUOTA_EXCEEDED:
        lq_json_writer_key_text(writer, "quota", event->data.quota.quota);
        lq_json_writer_key_number(writer, "limit", event->data.quota.limit);
        lq_json_writer_key_number(writer, "refused", event->data.quota.refused);
        return;
    case LQ_CLOUD_EVENT_FRAMES_AUDITED:
        write_audit(writer, event);
        return;
    case LQ_CLOUD_EVENT_NONE:
        return;
    }
}

/* reference  NULL: the data is written out. */
static size_t write(const struct lq_cloud_event *event, const char *reference,
                    struct lq_cloud_event_text *to)
{
    char source[LQ_CLOUD_EVENT_SOURCE_BYTES_MAX + 1];
    char type[LQ_CLOUD_EVENT_TYPE_BYTES_MAX + 1];
    char time[LQ_CLOUD_EVENT_TIME_BYTES + 1];
    char order[24];
    struct lq_json_writer writer;

    lq_cloud_event_source(event, source);
    lq_cloud_event_type_text(event, type);
    lq_cloud_event_time(event->wall_ns, time);
    snprintf(order, sizeof order, "%020" PRIu64, event->order);
    lq_json_writer_start(&writer, to->text, to->bytes_max);
    lq_json_writer_begin_object(&writer);
    lq_json_writer_key_text(&writer, "specversion", lq_view_text("1.0"));
    lq_json_writer_key_text(&writer, "id", lq_view_text(event->id));
    lq_json_writer_key_text(&writer, "source", lq_view_text(source));
    lq_json_writer_key_text(&writer, "type", lq_view_text(type));
    key_text_if(&writer, "subject", event->session);
    lq_json_writer_key_text(&writer, "time", lq_view_text(time));
    lq_json_writer_key_text(&writer, "sequence", lq_view_text(order));
    if (reference != NULL) {
        lq_json_writer_key_text(&writer, "dataref", lq_view_text(reference));
    } else {
        lq_json_writer_key_text(&writer, "datacontenttype", lq_view_text("application/json"));
        lq_json_writer_key(&writer, "data");
        lq_json_writer_begin_object(&writer);
        write_data(&writer, event);
        lq_json_writer_end_object(&writer);
    }
    lq_json_writer_end_object(&writer);
    return writer.bytes;
}

enum lq_result lq_cloud_event_write(const struct lq_cloud_event *event, size_t put_bytes_max,
                                    const char *reference, struct lq_cloud_event_text *to)
{
    LQ_ASSERT(reference != NULL);
    to->by_reference = false;
    to->bytes = write(event, NULL, to);
    if (lq_cloud_event_put_bytes(event, to->bytes) > put_bytes_max) {
        to->by_reference = true;
        to->bytes = write(event, reference, to);
    }
    bool fits =
        to->bytes <= to->bytes_max && lq_cloud_event_put_bytes(event, to->bytes) <= put_bytes_max;
    return fits ? LQ_OK : LQ_ERR_LIMIT;
}
