// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "mirror/domain/stream_log.h"

#include <assert.h>

static_assert(LQ_STREAM_LOG_SURE_S + LQ_STREAM_LOG_PUT_S + LQ_STREAM_LOG_SIGNED_S <
                  LQ_STREAM_LOG_EXPIRY_MIN_S,
              "what a put may meet has not expired");

void lq_stream_log_init(struct lq_stream_log *log, lq_digest_fn digest, uint32_t partition,
                        uint64_t tenant_number, const uint8_t writer[LQ_SEGMENT_WRITER_BYTES])
{
    LQ_ASSERT(digest != NULL);
    *log = (struct lq_stream_log){
        .state = LQ_STREAM_LOG_NEW,
        .digest = digest,
        .partition = partition,
        .tenant_number = tenant_number,
    };
    memcpy(log->writer, writer, sizeof log->writer);
}

static struct lq_stream_log_effect *add(struct lq_stream_log_effects *out,
                                        enum lq_stream_log_effect_kind kind)
{
    LQ_ASSERT(out->count < LQ_STREAM_LOG_EFFECTS_MAX);
    struct lq_stream_log_effect *effect = &out->list[out->count++];
    *effect = (struct lq_stream_log_effect){.kind = kind};
    return effect;
}

static struct lq_stream_log_effect *request(struct lq_stream_log *log,
                                            struct lq_stream_log_effects *out,
                                            enum lq_stream_log_effect_kind kind)
{
    struct lq_stream_log_effect *effect = add(out, kind);

    effect->token = ++log->token;
    return effect;
}

static void finish(struct lq_stream_log *log, enum lq_stream_log_state state, const char *why,
                   struct lq_stream_log_effects *out)
{
    log->state = state;
    log->why = why;
    add(out, state == LQ_STREAM_LOG_ENDED ? LQ_STREAM_LOG_TELL_ENDED : LQ_STREAM_LOG_TELL_REFUSED);
}

static void read_newest(struct lq_stream_log *log, enum lq_stream_log_state state, uint64_t now_s,
                        struct lq_stream_log_effects *out)
{
    log->state = state;
    log->asked_s = now_s;
    request(log, out, LQ_STREAM_LOG_READ_NEWEST);
}

static bool is_mine(const struct lq_stream_log *log, const struct lq_segment_header *segment)
{
    return memcmp(segment->writer, log->writer, sizeof log->writer) == 0;
}

/* What was known then is not known any more; nor is it if the clock went back. */
static bool long_ago(uint64_t then_s, uint64_t now_s)
{
    return now_s < then_s || now_s - then_s > LQ_STREAM_LOG_SURE_S;
}

static void put_again(struct lq_stream_log *log, struct lq_stream_log_effects *out)
{
    bool claims = log->state == LQ_STREAM_LOG_CLAIMING;
    struct lq_stream_log_effect *effect =
        request(log, out, claims ? LQ_STREAM_LOG_PUT_CLAIM : LQ_STREAM_LOG_PUT_SEGMENT);

    effect->number = log->put.number;
    effect->not_after_s = log->put_s + LQ_STREAM_LOG_PUT_S;
}

/* An empty segment with a higher claim, behind the newest one. */
static void put_claim(struct lq_stream_log *log, uint64_t now_s, struct lq_stream_log_effects *out)
{
    uint64_t newest = log->found ? log->table.claim : 0;

    if (long_ago(log->asked_s, now_s)) {
        read_newest(log, LQ_STREAM_LOG_FINDING, now_s, out);
        return;
    }
    log->put = (struct lq_segment_header){
        .kind = LQ_SEGMENT_CLAIM,
        .partition = log->partition,
        .tenant_number = log->tenant_number,
        .number = log->found ? log->table.number + 1 : 1,
        .claim = log->claim > 0 ? log->claim : newest + 1,
        .wall_ns = now_s * 1000000000u,
    };
    memcpy(log->put.writer, log->writer, sizeof log->writer);
    if (log->found) {
        log->put.after = log->table.after;
        memcpy(log->put.before, log->table.after.sequence, sizeof log->put.before);
        memcpy(log->put.previous, log->table.digest, LQ_HASH_BYTES);
    }
    lq_segment_encode(&log->put, log->digest, lq_view_of(log->put_header, 0), log->put_header);
    log->state = LQ_STREAM_LOG_CLAIMING;
    log->put_s = now_s;
    put_again(log, out);
}

/* The put under way is in the table, as `segment` there says. */
static void put_is_there(struct lq_stream_log *log, const struct lq_segment_header *segment,
                         struct lq_stream_log_effects *out)
{
    bool claimed = log->state != LQ_STREAM_LOG_PUTTING && log->state != LQ_STREAM_LOG_CHECKING;

    log->table = *segment;
    log->found = true;
    log->claim = segment->claim;
    log->sure_s = log->put_s;
    log->state = LQ_STREAM_LOG_OPEN;
    add(out, claimed ? LQ_STREAM_LOG_TELL_OPEN : LQ_STREAM_LOG_TELL_DURABLE);
}

/* The newest segment, before a claim: may this writer stand behind it? */
static void find(struct lq_stream_log *log, const struct lq_stream_log_event *event,
                 struct lq_stream_log_effects *out)
{
    bool looks = log->state == LQ_STREAM_LOG_LOOKING;

    if (event->found == LQ_STREAM_LOG_UNREADABLE) {
        finish(log, LQ_STREAM_LOG_REFUSED, "the newest segment cannot be read", out);
        return;
    }
    if (event->found == LQ_STREAM_LOG_NOTHING) {
        if (log->found) {
            finish(log, LQ_STREAM_LOG_REFUSED, "segments have vanished from the table", out);
        } else if (looks) {
            log->state = LQ_STREAM_LOG_LOOKED;
            add(out, LQ_STREAM_LOG_TELL_LOOKED);
        } else {
            put_claim(log, event->now_s, out);
        }
        return;
    }
    const struct lq_segment_header *newest = event->segment;
    if (newest->partition != log->partition || newest->tenant_number != log->tenant_number) {
        finish(log, LQ_STREAM_LOG_REFUSED, "the newest segment is of another stream", out);
        return;
    }
    if (is_mine(log, newest)) { /* a claim whose answer was lost */
        bool same = !looks && lq_segment_same_step(newest, &log->put);
        if (same) {
            put_is_there(log, newest, out);
        } else {
            finish(log, LQ_STREAM_LOG_ENDED, "another process has this writer's id", out);
        }
        return;
    }
    if (!looks && log->claim > 0 && newest->claim >= log->claim) {
        finish(log, LQ_STREAM_LOG_ENDED, "a later writer has claimed the stream", out);
        return;
    }
    log->table = *newest;
    log->found = true;
    log->state = looks ? LQ_STREAM_LOG_COMPARING : LQ_STREAM_LOG_MATCHING;
    request(log, out, LQ_STREAM_LOG_COMPARE);
}

static void compared(struct lq_stream_log *log, const struct lq_stream_log_event *event,
                     struct lq_stream_log_effects *out)
{
    if (event->verdict != LQ_STREAM_LOG_SAME) {
        finish(log, LQ_STREAM_LOG_REFUSED,
               event->verdict == LQ_STREAM_LOG_BEHIND
                   ? "the store is behind the table: an old copy, or another writer was here"
                   : "the store is different from the table: another writer was here",
               out);
        return;
    }
    if (log->state == LQ_STREAM_LOG_COMPARING) {
        log->state = LQ_STREAM_LOG_LOOKED;
        add(out, LQ_STREAM_LOG_TELL_LOOKED);
        return;
    }
    put_claim(log, event->now_s, out);
}

/* An item is where the claim should go. */
static void claim_met(struct lq_stream_log *log, const struct lq_stream_log_event *event,
                      struct lq_stream_log_effects *out)
{
    if (event->found == LQ_STREAM_LOG_A_SEGMENT &&
        lq_segment_same_step(event->segment, &log->put)) {
        put_is_there(log, event->segment, out);
        return;
    }
    if (++log->lost_claims >= LQ_STREAM_LOG_CLAIMS_MAX) {
        finish(log, LQ_STREAM_LOG_ENDED, "other writers were faster, again and again", out);
        return;
    }
    read_newest(log, LQ_STREAM_LOG_FINDING, event->now_s, out);
}

/* An item is where the segment should go. */
static void segment_met(struct lq_stream_log *log, const struct lq_stream_log_event *event,
                        struct lq_stream_log_effects *out)
{
    switch (event->found) {
    case LQ_STREAM_LOG_A_SEGMENT:
        if (lq_segment_same_step(event->segment, &log->put)) {
            put_is_there(log, event->segment, out);
        } else {
            finish(log, LQ_STREAM_LOG_ENDED,
                   is_mine(log, event->segment) ? "another process has this writer's id"
                                                : "another writer has claimed the stream",
                   out);
        }
        return;
    case LQ_STREAM_LOG_NOT_SHOWN:
        request(log, out, LQ_STREAM_LOG_READ_ITEM)->number = log->put.number;
        return;
    case LQ_STREAM_LOG_NOTHING:
        finish(log, LQ_STREAM_LOG_ENDED, "a segment was there and has vanished", out);
        return;
    case LQ_STREAM_LOG_UNREADABLE:
        finish(log, LQ_STREAM_LOG_ENDED, "what is there cannot be read", out);
        return;
    }
}

/* CHECKING: the newest segment, after a long silence. */
static void checked(struct lq_stream_log *log, const struct lq_stream_log_event *event,
                    struct lq_stream_log_effects *out)
{
    const struct lq_segment_header *newest = event->segment;

    if (event->found != LQ_STREAM_LOG_A_SEGMENT) {
        finish(log, LQ_STREAM_LOG_ENDED, "segments have vanished from the table", out);
    } else if (lq_segment_same_step(newest, &log->put)) {
        put_is_there(log, newest, out);
    } else if (memcmp(newest->digest, log->table.digest, LQ_HASH_BYTES) != 0) {
        finish(log, LQ_STREAM_LOG_ENDED, "another writer has claimed the stream", out);
    } else if (long_ago(log->asked_s, event->now_s)) {
        read_newest(log, LQ_STREAM_LOG_CHECKING, event->now_s, out);
    } else {
        log->state = LQ_STREAM_LOG_PUTTING;
        log->put_s = event->now_s;
        put_again(log, out);
    }
}

static void on_read(struct lq_stream_log *log, const struct lq_stream_log_event *event,
                    struct lq_stream_log_effects *out)
{
    switch (log->state) {
    case LQ_STREAM_LOG_PUTTING: /* the item that its put met */
        segment_met(log, event, out);
        return;
    case LQ_STREAM_LOG_CHECKING:
        checked(log, event, out);
        return;
    default:
        find(log, event, out);
    }
}

/* Reads are made again as they were; so are puts, as long as it is known what they may meet. */
static void on_no_answer(struct lq_stream_log *log, uint64_t now_s,
                         struct lq_stream_log_effects *out)
{
    switch (log->state) {
    case LQ_STREAM_LOG_LOOKING:
    case LQ_STREAM_LOG_FINDING:
    case LQ_STREAM_LOG_CHECKING:
        read_newest(log, log->state, now_s, out);
        return;
    case LQ_STREAM_LOG_CLAIMING:
        read_newest(log, LQ_STREAM_LOG_FINDING, now_s, out);
        return;
    case LQ_STREAM_LOG_PUTTING:
        if (long_ago(log->put_s, now_s)) {
            read_newest(log, LQ_STREAM_LOG_CHECKING, now_s, out);
        } else {
            put_again(log, out);
        }
        return;
    default: /* a comparison is the shell's own: it has an answer */
        request(log, out, LQ_STREAM_LOG_COMPARE);
    }
}

static void on_segment(struct lq_stream_log *log, const struct lq_stream_log_event *event,
                       struct lq_stream_log_effects *out)
{
    log->put = *event->segment;
    if (long_ago(log->sure_s, event->now_s)) {
        read_newest(log, LQ_STREAM_LOG_CHECKING, event->now_s, out);
        return;
    }
    log->state = LQ_STREAM_LOG_PUTTING;
    log->put_s = event->now_s;
    put_again(log, out);
}

static bool waits_for_read(const struct lq_stream_log *log)
{
    return log->state == LQ_STREAM_LOG_LOOKING || log->state == LQ_STREAM_LOG_FINDING ||
           log->state == LQ_STREAM_LOG_CHECKING;
}

static bool waits_for_put(const struct lq_stream_log *log)
{
    return log->state == LQ_STREAM_LOG_CLAIMING || log->state == LQ_STREAM_LOG_PUTTING;
}

static bool waits_for_compare(const struct lq_stream_log *log)
{
    return log->state == LQ_STREAM_LOG_COMPARING || log->state == LQ_STREAM_LOG_MATCHING;
}

/* Whether an event may come now. */
static enum lq_result admit(const struct lq_stream_log *log,
                            const struct lq_stream_log_event *event)
{
    bool legal = false;

    switch (event->kind) {
    case LQ_STREAM_LOG_ON_LOOK:
        return log->state == LQ_STREAM_LOG_NEW ? LQ_OK : LQ_ERR_STATE;
    case LQ_STREAM_LOG_ON_CLAIM:
        return log->state == LQ_STREAM_LOG_LOOKED ? LQ_OK : LQ_ERR_STATE;
    case LQ_STREAM_LOG_ON_SEGMENT:
        return log->state == LQ_STREAM_LOG_OPEN ? LQ_OK : LQ_ERR_STATE;
    case LQ_STREAM_LOG_ON_COMPARED:
        legal = waits_for_compare(log);
        break;
    case LQ_STREAM_LOG_ON_READ: /* also of the item that a put met */
        legal = waits_for_read(log) || log->state == LQ_STREAM_LOG_PUTTING;
        break;
    case LQ_STREAM_LOG_ON_PUT:
    case LQ_STREAM_LOG_ON_CONDITION:
        legal = waits_for_put(log);
        break;
    case LQ_STREAM_LOG_ON_NO_ANSWER:
        legal = waits_for_read(log) || waits_for_put(log) || waits_for_compare(log);
        break;
    }
    if (event->token != log->token) {
        return LQ_ERR_STALE;
    }
    return legal ? LQ_OK : LQ_ERR_STATE;
}

enum lq_result lq_stream_log_step(struct lq_stream_log *log,
                                  const struct lq_stream_log_event *event,
                                  struct lq_stream_log_effects *out)
{
    out->count = 0;
    enum lq_result result = admit(log, event);
    if (result != LQ_OK) {
        return result;
    }
    switch (event->kind) {
    case LQ_STREAM_LOG_ON_LOOK:
        read_newest(log, LQ_STREAM_LOG_LOOKING, event->now_s, out);
        break;
    case LQ_STREAM_LOG_ON_CLAIM:
        log->claim = event->claim;
        read_newest(log, LQ_STREAM_LOG_FINDING, event->now_s, out);
        break;
    case LQ_STREAM_LOG_ON_COMPARED:
        compared(log, event, out);
        break;
    case LQ_STREAM_LOG_ON_READ:
        on_read(log, event, out);
        break;
    case LQ_STREAM_LOG_ON_PUT:
        put_is_there(log, &log->put, out);
        break;
    case LQ_STREAM_LOG_ON_CONDITION:
        if (log->state == LQ_STREAM_LOG_CLAIMING) {
            claim_met(log, event, out);
        } else {
            segment_met(log, event, out);
        }
        break;
    case LQ_STREAM_LOG_ON_NO_ANSWER:
        on_no_answer(log, event->now_s, out);
        break;
    case LQ_STREAM_LOG_ON_SEGMENT:
        on_segment(log, event, out);
        break;
    }
    return LQ_OK;
}

void lq_stream_log_stamp(const struct lq_stream_log *log, uint64_t wall_ns,
                         struct lq_segment_header *header)
{
    LQ_ASSERT(log->state == LQ_STREAM_LOG_OPEN);
    *header = (struct lq_segment_header){
        .kind = LQ_SEGMENT_DATA,
        .partition = log->partition,
        .tenant_number = log->tenant_number,
        .number = log->table.number + 1,
        .claim = log->claim,
        .wall_ns = wall_ns,
    };
    memcpy(header->writer, log->writer, sizeof header->writer);
    memcpy(header->previous, log->table.digest, LQ_HASH_BYTES);
}

enum lq_stream_log_verdict lq_stream_log_compare(const struct lq_segment_position *table,
                                                 const struct lq_stream_log_store *store)
{
    bool different = false;

    for (int source = 0; source < LQ_SEGMENT_SOURCES; source++) {
        uint64_t sequence = table->sequence[source];
        if (sequence == 0) {
            continue;
        }
        if (sequence >= store->next[source]) {
            return LQ_STREAM_LOG_BEHIND;
        }
        bool is_record = source == LQ_SEGMENT_RECORD - 1;
        if (!store->known[source]) {
            different = different || is_record;
        } else if (memcmp(store->identity[source], table->identity[source], LQ_HASH_BYTES) != 0) {
            different = true;
        }
    }
    return different ? LQ_STREAM_LOG_DIFFERENT : LQ_STREAM_LOG_SAME;
}
