// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* cloud_event.h - an event as the JSON text of a CloudEvent 1.0.2, which is the detail of an entry
 * on the bus.
 *
 *     specversion      1.0
 *     id               64 hexadecimal digits: of one thing that happened always the same
 *     source           ledgerquest.TENANT; what concerns no tenant: ledgerquest
 *     type             session.created ...; what a stage emitted: tick.NAME, with '_' in place of
 *                      what is not a letter, a digit or one of - . _ ~
 *     subject          the session's name; left out where there is none
 *     time             RFC 3339, UTC, milliseconds
 *     sequence         the order number as 20 digits, so that text order is their order: outbox
 *                      sequence, or that of the broker's outbox
 *     datacontenttype  application/json
 *     data             by type: lq_cloud_event_data; or, above the bus's limit,
 *     dataref          where its entry lies in the table (CloudEvents extension "claim check")
 *
 * The bus's Source and DetailType are source and type. docs/cloud.md has each type's data.
 *
 * Pure. Depends on base/, world/ and segment_key.h.
 */
#ifndef LQ_CLOUD_EVENT_H
#define LQ_CLOUD_EVENT_H

#include "mirror/domain/segment.h"
#include "mirror/domain/segment_key.h"
#include "world/event_subscription.h"

enum {
    LQ_CLOUD_EVENT_ID_BYTES = 2 * LQ_HASH_BYTES,
    LQ_CLOUD_EVENT_SOURCE_BYTES_MAX = 12 + LQ_TENANT_NAME_BYTES_MAX,
    LQ_CLOUD_EVENT_TYPE_BYTES_MAX = LQ_EVENT_TYPE_BYTES_MAX,
    LQ_CLOUD_EVENT_TIME_BYTES = 24,
    LQ_CLOUD_EVENT_TABLE_BYTES_MAX = 255, /* of a table's name, by the service */
    LQ_CLOUD_EVENT_REFERENCE_BYTES_MAX =
        11 + LQ_CLOUD_EVENT_TABLE_BYTES_MAX + 4 + 4 +
        3 * (LQ_SEGMENT_KEY_PK_BYTES_MAX + LQ_SEGMENT_KEY_SK_BYTES_MAX),
    LQ_CLOUD_EVENT_PUT_BYTES_MAX = 256 * 1024, /* what every bus takes; some take more */
    LQ_CLOUD_EVENT_PUT_TIME_BYTES = 14         /* what the bus counts for an entry's time */
};

/* type, text */
#define LQ_CLOUD_EVENT_TYPES(X)                                                                    \
    X(SESSION_CREATED, LQ_EVENT_SESSION_CREATED)                                                   \
    X(SESSION_ENDED, LQ_EVENT_SESSION_ENDED)                                                       \
    X(SESSION_PARKED, LQ_EVENT_SESSION_PARKED)                                                     \
    X(SESSION_RESUMED, LQ_EVENT_SESSION_RESUMED)                                                   \
    X(TICK, LQ_EVENT_TICK)                                                                         \
    X(LETTER_STORED, LQ_EVENT_LETTER_STORED)                                                       \
    X(LETTER_REDRIVEN, LQ_EVENT_LETTER_REDRIVEN)                                                   \
    X(LETTER_PURGED, LQ_EVENT_LETTER_PURGED)                                                       \
    X(OPERATOR_ACTION, "operator.action")                                                          \
    X(QUOTA_EXCEEDED, LQ_EVENT_QUOTA_EXCEEDED)                                                     \
    X(FRAMES_AUDITED, "frames.audited")

enum lq_cloud_event_type {
    LQ_CLOUD_EVENT_NONE,
#define X(name, text) LQ_CLOUD_EVENT_##name,
    LQ_CLOUD_EVENT_TYPES(X)
#undef X
};

/* Frames of one session in a segment. */
struct lq_cloud_event_frames {
    uint64_t session_number;
    uint64_t first_frame, last_frame;
    uint8_t hash[LQ_HASH_BYTES]; /* H of the last one */
};

struct lq_cloud_event {
    enum lq_cloud_event_type type;
    struct lq_view tenant, session; /* names, or empty */
    char id[LQ_CLOUD_EVENT_ID_BYTES + 1];
    uint64_t order;
    uint64_t wall_ns; /* since 1970 */
    union {
        struct {
            uint64_t frame;
            uint8_t hash[LQ_HASH_BYTES];
        } session; /* CREATED, ENDED: its first or last frame */
        struct {
            uint64_t letter; /* 0: none */
            struct lq_view reason;
        } parked; /* PARKED, RESUMED */
        struct {
            struct lq_view name; /* the type that the stage gave it */
            uint64_t frame;
            uint32_t index;        /* of the event in its frame */
            uint32_t body;         /* 0: none */
            uint32_t other, count; /* likewise */
            double x, y;           /* told with another body, or where one of them is not 0 */
            float impulse;         /* 0: none */
            uint8_t hash[LQ_HASH_BYTES];
            const uint8_t *client; /* LQ_CLIENT_ID_BYTES, or NULL */
        } tick;
        struct {
            uint64_t letter, frame; /* REDRIVEN: the frame that decided it; else 0, none */
            struct lq_view error, cause;
        } letter;
        struct {
            struct lq_view action, operator_name, detail, reason;
        } action;
        struct {
            struct lq_view quota;
            uint64_t limit;
            uint64_t refused; /* so often since the event before */
        } quota;
        struct {
            uint64_t segment, claim;
            const struct lq_cloud_event_frames *sessions;
            uint32_t session_count;
        } audit;
    } data;
};

/* The id of what happened: hex of digest(root || u32 index). Root is the H of the frame and index
 * the event's place in it; of an audit the segment's digest and 0; else lq_cloud_event_root. */
void lq_cloud_event_set_id(struct lq_cloud_event *event, lq_digest_fn digest,
                           const uint8_t root[LQ_HASH_BYTES], uint32_t index);

/* Of an entry that no frame stands behind: the digest of the store's history id, kind, sequence and
 * identity (segment.h). Another history of the same installation has other ids. */
struct lq_segment_entry;
void lq_cloud_event_root(lq_digest_fn digest, struct lq_view history,
                         const struct lq_segment_entry *entry, uint8_t root[LQ_HASH_BYTES]);

/* Texts with a NUL behind them. `source` is the bus's Source, `type` its DetailType. */
void lq_cloud_event_source(const struct lq_cloud_event *event,
                           char to[LQ_CLOUD_EVENT_SOURCE_BYTES_MAX + 1]);
void lq_cloud_event_type_text(const struct lq_cloud_event *event,
                              char to[LQ_CLOUD_EVENT_TYPE_BYTES_MAX + 1]);
void lq_cloud_event_time(uint64_t wall_ns, char to[LQ_CLOUD_EVENT_TIME_BYTES + 1]);

/* A dataref: dynamodb://TABLE?pk=T%23demo%23P%230&sk=L%2300000000000000000017 */
void lq_cloud_event_reference(const char *table, const struct lq_segment_key *key,
                              char to[LQ_CLOUD_EVENT_REFERENCE_BYTES_MAX + 1]);

/* What the bus counts for an entry without resources: 14 for its time, and the bytes of source,
 * type and detail as UTF-8. */
size_t lq_cloud_event_put_bytes(const struct lq_cloud_event *event, size_t detail_bytes);

struct lq_cloud_event_text {
    char *text; /* the caller's, bytes_max of them; no NUL at its end */
    size_t bytes_max;
    size_t bytes;
    bool by_reference;
};

/* The detail: whole, if the bus takes it within put_bytes_max, else with `reference` instead of its
 * data. LQ_ERR_LIMIT: not even that fits, or to->bytes_max is too small (to->bytes says what it
 * would take). */
LQ_MUST_CHECK enum lq_result lq_cloud_event_write(const struct lq_cloud_event *event,
                                                  size_t put_bytes_max, const char *reference,
                                                  struct lq_cloud_event_text *to);

#endif
