// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "mirror/domain/stream_set.h"

void lq_stream_set_init(struct lq_stream_set *set, struct lq_stream_log *streams,
                        uint32_t stream_max)
{
    LQ_ASSERT(streams != NULL);
    *set = (struct lq_stream_set){.streams = streams, .stream_max = stream_max};
}

enum lq_result lq_stream_set_add(struct lq_stream_set *set)
{
    if (set->stream_count == set->stream_max) {
        return LQ_ERR_FULL;
    }
    const struct lq_stream_log *log = &set->streams[set->stream_count];
    LQ_ASSERT(log->state == LQ_STREAM_LOG_NEW);
    LQ_ASSERT((log->tenant_number == 0) == (set->stream_count == LQ_STREAM_SET_CONTROL));
    set->stream_count++;
    return LQ_OK;
}

static bool may_claim(const struct lq_stream_set *set, uint32_t stream)
{
    return stream == LQ_STREAM_SET_CONTROL ? set->looked_count == set->stream_count
                                           : set->control_claimed;
}

enum lq_stream_set_turn lq_stream_set_turn(const struct lq_stream_set *set, uint32_t stream)
{
    LQ_ASSERT(stream < set->stream_count);
    if (set->over) {
        return LQ_STREAM_SET_OVER;
    }
    switch (set->streams[stream].state) {
    case LQ_STREAM_LOG_NEW:
        return LQ_STREAM_SET_LOOK;
    case LQ_STREAM_LOG_LOOKED:
        return may_claim(set, stream) ? LQ_STREAM_SET_CLAIM : LQ_STREAM_SET_WAIT;
    case LQ_STREAM_LOG_OPEN:
        return LQ_STREAM_SET_PUT;
    default:
        return LQ_STREAM_SET_WAIT;
    }
}

enum lq_result lq_stream_set_step(struct lq_stream_set *set, uint32_t stream,
                                  const struct lq_stream_log_event *event,
                                  struct lq_stream_log_effects *out)
{
    struct lq_stream_log_event filled = *event;

    LQ_ASSERT(stream < set->stream_count);
    struct lq_stream_log *log = &set->streams[stream];
    enum lq_stream_log_state before = log->state;
    out->count = 0;
    if (set->over) {
        return LQ_ERR_STATE;
    }
    if (event->kind == LQ_STREAM_LOG_ON_CLAIM) {
        if (!may_claim(set, stream)) {
            return LQ_ERR_STATE;
        }
        filled.claim =
            stream == LQ_STREAM_SET_CONTROL ? 0 : set->streams[LQ_STREAM_SET_CONTROL].claim;
    }
    enum lq_result result = lq_stream_log_step(log, &filled, out);
    if (result != LQ_OK) {
        return result;
    }
    if (log->state == LQ_STREAM_LOG_LOOKED && before != LQ_STREAM_LOG_LOOKED) {
        set->looked_count++;
    }
    if (stream == LQ_STREAM_SET_CONTROL && log->state == LQ_STREAM_LOG_OPEN) {
        set->control_claimed = true;
    }
    if (log->state == LQ_STREAM_LOG_REFUSED || log->state == LQ_STREAM_LOG_ENDED) {
        set->over = true;
        set->over_at = stream;
    }
    return LQ_OK;
}

static bool is_claimed(const struct lq_stream_log *log)
{
    return log->state == LQ_STREAM_LOG_OPEN || log->state == LQ_STREAM_LOG_CHECKING ||
           log->state == LQ_STREAM_LOG_PUTTING;
}

void lq_stream_set_durable(const struct lq_stream_set *set, uint32_t stream,
                           uint64_t sequence[LQ_SEGMENT_SOURCES])
{
    LQ_ASSERT(stream < set->stream_count);
    const struct lq_stream_log *log = &set->streams[stream];
    memset(sequence, 0, LQ_SEGMENT_SOURCES * sizeof *sequence);
    if (is_claimed(log)) {
        memcpy(sequence, log->table.after.sequence, LQ_SEGMENT_SOURCES * sizeof *sequence);
    }
}

bool lq_stream_set_covers(const struct lq_stream_set *set, uint32_t stream,
                          const uint64_t needed[LQ_SEGMENT_SOURCES])
{
    uint64_t durable[LQ_SEGMENT_SOURCES];

    lq_stream_set_durable(set, stream, durable);
    for (int source = 0; source < LQ_SEGMENT_SOURCES; source++) {
        if (durable[source] < needed[source]) {
            return false;
        }
    }
    return true;
}

bool lq_stream_set_may_put(const struct lq_stream_set *set, uint32_t stream,
                           const uint64_t names[LQ_SEGMENT_SOURCES])
{
    return lq_stream_set_turn(set, stream) == LQ_STREAM_SET_PUT &&
           (stream == LQ_STREAM_SET_CONTROL ||
            lq_stream_set_covers(set, LQ_STREAM_SET_CONTROL, names));
}

bool lq_stream_set_may_publish(const struct lq_stream_set *set,
                               const struct lq_stream_set_event *event)
{
    uint64_t entry[LQ_SEGMENT_SOURCES] = {0};
    uint64_t frame[LQ_SEGMENT_SOURCES] = {0};

    LQ_ASSERT(event->kind != LQ_SEGMENT_RECORD);
    entry[event->kind - 1] = event->sequence;
    frame[LQ_SEGMENT_RECORD - 1] = event->frame_ledger;
    return !set->over && lq_stream_set_covers(set, event->stream, entry) &&
           (event->frame_ledger == 0 || lq_stream_set_covers(set, event->frame_stream, frame));
}
