// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "mirror/handler/mirror_streams.h"

#include "base/alloc.h"
#include "mirror/handler/ledger_source.h"
#include "store/seal/digest.h"
#include "store/seal/random_bytes.h"

#include <stdlib.h>

static struct lq_stream_log *log_at(const struct lq_mirror_streams *streams, uint32_t place)
{
    return &streams->set.streams[place];
}

/* One more at the end. */
static enum lq_result add(struct lq_mirror_streams *streams, struct lq_view tenant,
                          uint64_t tenant_number)
{
    uint32_t place = streams->set.stream_count;

    if (place == streams->set.stream_max) {
        return LQ_ERR_FULL;
    }
    struct lq_mirror_stream *stream = &streams->streams[place];
    lq_stream_log_init(log_at(streams, place), lq_digest, streams->partition, tenant_number,
                       streams->writer);
    memcpy(stream->tenant, tenant.data, tenant.bytes);
    lq_segment_key_stream(tenant, streams->partition, &stream->key);
    enum lq_result result = lq_stream_set_add(&streams->set);
    if (result == LQ_OK) {
        lq_mirror_streams_activate(streams, place);
    }
    return result;
}

/* Memory for as many as may wait; a stream may have an eighth of the bodies. */
static void make_full_segments(struct lq_mirror_streams *streams, uint32_t bodies_max)
{
    streams->full_max = bodies_max / 8 + 1;
    streams->full_made = lq_alloc(bodies_max, sizeof *streams->full_made);
    for (uint32_t index = 0; index < bodies_max; index++) {
        streams->full_made[index].next = streams->full_free;
        streams->full_free = &streams->full_made[index];
    }
}

void lq_mirror_streams_init(struct lq_mirror_streams *streams,
                            const struct lq_mirror_streams_options *options)
{
    uint32_t stream_max = (uint32_t)options->tenants_max + 1;

    *streams = (struct lq_mirror_streams){
        .streams = lq_alloc(stream_max, sizeof *streams->streams),
        .of_tenant = lq_alloc(stream_max, sizeof *streams->of_tenant),
        .active = lq_alloc(stream_max, sizeof *streams->active),
        .tenants_max = options->tenants_max,
        .flush_ns = options->flush_ns,
        .partition = options->partition,
    };
    lq_body_pool_init(&streams->bodies, options->bodies_max, options->body_bytes);
    make_full_segments(streams, options->bodies_max);
    lq_random_bytes(streams->writer, sizeof streams->writer);
    lq_stream_set_init(&streams->set, lq_alloc(stream_max, sizeof *streams->set.streams),
                       stream_max);
    enum lq_result added = add(streams, lq_view_of("", 0), 0);
    LQ_ASSERT(added == LQ_OK);
}

void lq_mirror_streams_destroy(struct lq_mirror_streams *streams)
{
    for (uint32_t place = 0; place < streams->set.stream_count; place++) {
        lq_body_pool_give(&streams->bodies, &streams->streams[place].body);
        lq_body_pool_give(&streams->bodies, &streams->streams[place].put_body);
        for (struct lq_full_segment *full = streams->streams[place].full; full != NULL;
             full = full->next) {
            lq_body_pool_give(&streams->bodies, &full->body);
        }
    }
    lq_body_pool_destroy(&streams->bodies);
    free(streams->set.streams);
    free(streams->streams);
    free(streams->of_tenant);
    free(streams->active);
    free(streams->full_made);
    *streams = (struct lq_mirror_streams){.streams = NULL};
}

enum lq_result lq_mirror_streams_add(struct lq_mirror_streams *streams, struct lq_view tenant,
                                     uint64_t tenant_number)
{
    if (tenant_number == 0 || tenant_number > streams->tenants_max) {
        return LQ_ERR_FULL;
    }
    if (streams->of_tenant[tenant_number] != 0) {
        return LQ_OK;
    }
    uint32_t place = streams->set.stream_count;
    enum lq_result result = add(streams, tenant, tenant_number);
    if (result == LQ_OK) {
        streams->of_tenant[tenant_number] = place;
    }
    return result;
}

/* ---- entries ---- */

uint32_t lq_mirror_streams_place(const struct lq_mirror_streams *streams, uint64_t tenant_number)
{
    return tenant_number <= streams->tenants_max ? streams->of_tenant[tenant_number]
                                                 : LQ_STREAM_SET_CONTROL;
}

static enum lq_result place_of(const struct lq_mirror_streams *streams, uint64_t tenant_number,
                               uint32_t *place)
{
    *place = lq_mirror_streams_place(streams, tenant_number);
    return *place != 0 ? LQ_OK : LQ_ERR_CORRUPT;
}

/* A note belongs to the control stream, all else to its tenant's. */
static enum lq_result describe(const struct lq_mirror_streams *streams,
                               const struct lq_feed_entry *from, struct lq_segment_entry *entry,
                               uint32_t *place)
{
    struct lq_record_header record;
    struct lq_outbox_entry outbox;

    *entry = (struct lq_segment_entry){.sequence = from->sequence, .bytes = from->value};
    *place = LQ_STREAM_SET_CONTROL;
    if (from->is_record) {
        entry->kind = LQ_SEGMENT_RECORD;
        return lq_record_decode_header(from->value, &record) == LQ_OK &&
                       lq_segment_record_identity(from->value, entry->identity)
                   ? place_of(streams, record.tenant_number, place)
                   : LQ_ERR_CORRUPT;
    }
    entry->kind = LQ_SEGMENT_OUTBOX;
    if (lq_outbox_entry_decode(from->value, &outbox) != LQ_OK ||
        !lq_ledger_source_outbox_identity(from->value, entry->identity)) {
        return LQ_ERR_CORRUPT;
    }
    return outbox.kind == LQ_OUTBOX_EVENT ? place_of(streams, outbox.tenant_number, place) : LQ_OK;
}

/* The segment that is being filled, begun if there is none. */
static enum lq_result open_body(struct lq_mirror_streams *streams, uint32_t place, uint64_t now_ns)
{
    struct lq_mirror_stream *stream = &streams->streams[place];

    if (stream->body != NULL) {
        return LQ_OK;
    }
    stream->body = lq_body_pool_take(&streams->bodies);
    if (stream->body == NULL) {
        return LQ_ERR_FULL;
    }
    stream->first_ns = now_ns;
    lq_segment_packer_begin(&stream->packer, stream->body);
    lq_mirror_streams_activate(streams, place);
    return LQ_OK;
}

/* The segment at hand is full: it waits, and the next one is begun, if the stream may have another
 * and there is one. */
static bool keep_full(struct lq_mirror_streams *streams, uint32_t place, uint64_t now_ns)
{
    struct lq_mirror_stream *stream = &streams->streams[place];
    struct lq_full_segment *full = streams->full_free;
    uint8_t *next =
        stream->full_count < streams->full_max ? lq_body_pool_take(&streams->bodies) : NULL;

    if (next == NULL) {
        return false;
    }
    LQ_ASSERT(full != NULL); /* there are as many as bodies */
    streams->full_free = full->next;
    *full = (struct lq_full_segment){
        .body = stream->body, .first_ns = stream->first_ns, .names = stream->names};
    lq_segment_packer_close(&stream->packer, &full->closed);
    if (stream->full == NULL) {
        stream->full = full;
    } else {
        stream->full_last->next = full;
    }
    stream->full_last = full;
    stream->full_count++;
    stream->full_pieces += full->closed.piece_count;
    stream->body = next;
    stream->first_ns = now_ns;
    lq_segment_packer_begin(&stream->packer, next);
    return true;
}

/* Into the segment that is being filled, unless the stream has it already. */
static enum lq_result pack(struct lq_mirror_streams *streams, uint32_t place,
                           const struct lq_segment_entry *entry, uint64_t now_ns)
{
    struct lq_mirror_stream *stream = &streams->streams[place];
    const struct lq_segment_packer *packer = &stream->packer;

    if (!stream->is_started || stream->is_full) {
        return LQ_ERR_FULL;
    }
    if (entry->sequence <= packer->at.sequence[entry->kind - 1]) {
        return LQ_OK;
    }
    /* The control stream has entries of two sources; one that is in part there goes on first. */
    if (packer->unfinished &&
        (packer->kind != entry->kind || packer->sequence != entry->sequence)) {
        return LQ_ERR_FULL;
    }
    enum lq_result result = open_body(streams, place, now_ns);
    if (result == LQ_OK) {
        do {
            result = lq_segment_packer_add(&stream->packer, entry);
        } while (result == LQ_ERR_FULL && keep_full(streams, place, now_ns));
        stream->is_full = result == LQ_ERR_FULL;
    }
    streams->entries += result == LQ_OK;
    return result;
}

enum lq_result lq_mirror_streams_take(struct lq_mirror_streams *streams,
                                      const struct lq_feed_entry *from, uint64_t now_ns)
{
    struct lq_segment_entry entry;
    uint32_t place;
    enum lq_result result = describe(streams, from, &entry, &place);

    if (result == LQ_OK) {
        result = pack(streams, place, &entry, now_ns);
    }
    if (result != LQ_OK) {
        return result;
    }
    /* What was read ahead is passed over, and names no less than it did. */
    if (place == LQ_STREAM_SET_CONTROL && from->sequence > streams->names) {
        streams->names = from->sequence;
    }
    streams->streams[place].names = streams->names;
    return LQ_OK;
}

enum lq_result lq_mirror_streams_take_broker(struct lq_mirror_streams *streams, uint64_t sequence,
                                             struct lq_view sealed, uint64_t now_ns)
{
    struct lq_segment_entry entry = {
        .kind = LQ_SEGMENT_BROKER, .sequence = sequence, .bytes = sealed};

    lq_segment_broker_identity(lq_digest, sealed, entry.identity);
    return pack(streams, LQ_STREAM_SET_CONTROL, &entry, now_ns);
}

void lq_mirror_streams_start(struct lq_mirror_streams *streams, uint32_t place)
{
    struct lq_mirror_stream *stream = &streams->streams[place];

    LQ_ASSERT(!stream->is_started);
    stream->is_started = true;
    streams->progress++;
    lq_segment_packer_start(&stream->packer, lq_digest, streams->bodies.bytes,
                            &log_at(streams, place)->table.after);
}

/* ---- segments ---- */

/* When the segment that is being filled goes, however little it has. */
static uint64_t flush_at_ns(const struct lq_mirror_streams *streams,
                            const struct lq_mirror_stream *stream)
{
    return stream->first_ns + (stream->flush_ns > 0 ? stream->flush_ns : streams->flush_ns);
}

/* Whether it could go now: else an answer comes first, which wakes whoever waits. */
static bool may_go(const struct lq_mirror_streams *streams, uint32_t place)
{
    const struct lq_mirror_stream *stream = &streams->streams[place];
    const uint64_t names[LQ_SEGMENT_SOURCES] = {
        [LQ_SEGMENT_OUTBOX - 1] = stream->full != NULL ? stream->full->names : stream->names};

    return stream->body != NULL && stream->put_body == NULL && stream->is_started &&
           lq_stream_set_turn(&streams->set, place) == LQ_STREAM_SET_PUT &&
           lq_stream_set_may_put(&streams->set, place, names);
}

bool lq_mirror_streams_is_due(const struct lq_mirror_streams *streams, uint32_t place,
                              uint64_t now_ns, bool ends)
{
    const struct lq_mirror_stream *stream = &streams->streams[place];

    return may_go(streams, place) && streams->held_until_ns == 0 &&
           (ends || stream->full != NULL || stream->is_full ||
            lq_body_pool_is_short(&streams->bodies) || now_ns >= flush_at_ns(streams, stream));
}

/* The oldest that waits; with that there is room for more. */
static void seal_full(struct lq_mirror_streams *streams, struct lq_mirror_stream *stream)
{
    struct lq_full_segment *full = stream->full;

    lq_segment_packer_complete(&full->closed, lq_digest, full->body, &stream->put,
                               stream->put_header);
    stream->put_first_ns = full->first_ns;
    stream->put_body = full->body;
    stream->full = full->next;
    stream->full_count--;
    stream->full_pieces -= full->closed.piece_count;
    full->next = streams->full_free;
    streams->full_free = full;
    stream->is_full = false;
}

void lq_mirror_streams_seal(struct lq_mirror_streams *streams, uint32_t place, uint64_t wall_ns)
{
    struct lq_mirror_stream *stream = &streams->streams[place];

    LQ_ASSERT(stream->put_body == NULL);
    lq_stream_log_stamp(log_at(streams, place), wall_ns, &stream->put);
    if (stream->full != NULL) {
        seal_full(streams, stream);
        return;
    }
    lq_segment_packer_finish(&stream->packer, &stream->put, stream->put_header);
    stream->put_first_ns = stream->first_ns;
    stream->put_body = stream->body;
    stream->body = NULL;
    stream->is_full = false;
}

void lq_mirror_streams_durable(struct lq_mirror_streams *streams, uint32_t place)
{
    struct lq_mirror_stream *stream = &streams->streams[place];

    streams->segments++;
    streams->progress++;
    streams->bytes += LQ_SEGMENT_HEADER_BYTES + stream->put.body_bytes;
    lq_body_pool_give(&streams->bodies, &stream->put_body);
    if (stream->owed > 0 && --stream->owed == 0) {
        streams->checkpoint.owed--;
    }
}

void lq_mirror_streams_open_checkpoint(struct lq_mirror_streams *streams,
                                       struct lq_feed_position position, uint64_t broker)
{
    struct lq_mirror_checkpoint *checkpoint = &streams->checkpoint;

    LQ_ASSERT(!checkpoint->is_open);
    *checkpoint =
        (struct lq_mirror_checkpoint){.is_open = true, .position = position, .broker = broker};
    for (uint32_t index = 0; index < streams->active_count; index++) {
        struct lq_mirror_stream *stream = &streams->streams[streams->active[index]];
        stream->owed = (stream->body != NULL) + (stream->put_body != NULL) + stream->full_count;
        checkpoint->owed += stream->owed > 0;
    }
}

/* When the segment that is being filled is due by time. While write units are lacking it goes when
 * there are some. */
static uint64_t due_ns(const struct lq_mirror_streams *streams,
                       const struct lq_mirror_stream *stream)
{
    uint64_t flush_ns = flush_at_ns(streams, stream);
    bool is_full = stream->is_full || stream->full != NULL;
    bool waits = streams->held_until_ns != 0 && (is_full || streams->held_until_ns > flush_ns);

    if (stream->full != NULL && !waits) {
        return 0;
    }
    return waits ? streams->held_until_ns : flush_ns;
}

uint64_t lq_mirror_streams_next_ns(const struct lq_mirror_streams *streams)
{
    uint64_t next_ns = UINT64_MAX;

    for (uint32_t index = 0; index < streams->active_count; index++) {
        const struct lq_mirror_stream *stream = &streams->streams[streams->active[index]];
        if (stream->retry_token != 0 && stream->retry_ns < next_ns) {
            next_ns = stream->retry_ns;
        }
        if (may_go(streams, streams->active[index]) && due_ns(streams, stream) < next_ns) {
            next_ns = due_ns(streams, stream);
        }
    }
    return next_ns;
}

bool lq_mirror_streams_are_idle(const struct lq_mirror_streams *streams)
{
    for (uint32_t index = 0; index < streams->active_count; index++) {
        const struct lq_mirror_stream *stream = &streams->streams[streams->active[index]];
        if (stream->body != NULL || stream->put_body != NULL) {
            return false;
        }
    }
    return true;
}

void lq_mirror_streams_activate(struct lq_mirror_streams *streams, uint32_t place)
{
    if (!streams->streams[place].is_active) {
        streams->streams[place].is_active = true;
        streams->active[streams->active_count++] = place;
    }
}

void lq_mirror_streams_rest(struct lq_mirror_streams *streams)
{
    uint32_t kept = 0;

    for (uint32_t index = 0; index < streams->active_count; index++) {
        struct lq_mirror_stream *stream = &streams->streams[streams->active[index]];
        stream->is_active = !stream->is_started || stream->body != NULL || stream->put_body != NULL;
        if (stream->is_active) {
            streams->active[kept++] = streams->active[index];
        }
    }
    streams->active_count = kept;
}
