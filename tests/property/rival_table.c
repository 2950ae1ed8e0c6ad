// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "tests/property/rival_table.h"

#include "base/little_endian.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

struct lq_rival_state lq_rival_run;

static uint64_t lq_rival_draw(void)
{
    uint64_t mixed = lq_rival_run.random += 0x9e3779b97f4a7c15u;

    mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9u;
    mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111ebu;
    return mixed ^ (mixed >> 31);
}

uint32_t lq_rival_below(uint32_t count)
{
    return (uint32_t)(lq_rival_draw() % count);
}

bool lq_rival_one_in(uint32_t count)
{
    return lq_rival_below(count) == 0;
}

void lq_rival_digest(uint8_t digest[LQ_HASH_BYTES], struct lq_view message)
{
    uint64_t lanes[4] = {message.bytes + 1, 0x9e37, 0x79b9, 0x7f4a};
    uint64_t word = 0;
    size_t at = 0;

    for (; at + 8 <= message.bytes; at += 8) {
        memcpy(&word, message.data + at, 8);
        lanes[0] = (lanes[0] ^ word) * 0xff51afd7ed558ccdu;
        lanes[0] ^= lanes[0] >> 29;
    }
    for (word = 0; at < message.bytes; at++) {
        word = word << 8 | message.data[at];
    }
    lanes[0] = (lanes[0] ^ word) * 0xc4ceb9fe1a85ec53u;
    for (int lane = 1; lane < 4; lane++) {
        lanes[lane] = (lanes[lane - 1] ^ lanes[lane]) * 0x94d049bb133111ebu;
        lanes[lane] ^= lanes[lane] >> 31;
    }
    memcpy(digest, lanes, sizeof lanes);
}

void lq_rival_broken(const char *text, ...)
{
    va_list list;

    if (lq_rival_run.broken[0] == '\0') {
        int at = snprintf(lq_rival_run.broken, sizeof lq_rival_run.broken, "LQ_SEED=%" PRIu64 ": ",
                          lq_rival_run.seed);
        va_start(list, text);
        vsnprintf(lq_rival_run.broken + at, sizeof lq_rival_run.broken - (size_t)at, text, list);
        va_end(list);
    }
}

struct lq_view lq_rival_store_bytes(const struct lq_rival_entry *entry,
                                    uint8_t to[LQ_RIVAL_ENTRY_MAX])
{
    for (uint32_t at = 0; at < entry->bytes; at++) {
        to[at] = (uint8_t)(entry->unique * 31 + at);
    }
    if (entry->kind == LQ_SEGMENT_RECORD) {
        struct lq_record_header header = {
            .version = LQ_RECORD_VERSION,
            .seal_version = LQ_RECORD_SEAL_VERSION,
            .form = LQ_RECORD_WHOLE,
            .kind = LQ_RECORD_KEYFRAME,
            .content_bytes = entry->bytes - LQ_RECORD_EXTRA_BYTES,
            .ledger_sequence = entry->sequence,
            .tenant_number = entry->stream,
            .session_number = 1,
            .keyframe_sequence = entry->sequence,
        };
        lq_record_encode_header(&header, to);
        memcpy(to + LQ_RECORD_HASH_AT, entry->identity, LQ_HASH_BYTES);
    }
    return lq_view_of(to, entry->bytes);
}

void lq_rival_store_append(struct lq_rival_store *store, uint32_t stream)
{
    struct lq_rival_entry *entry = &store->entries[store->count];
    uint8_t message[LQ_HASH_BYTES + 8];
    uint8_t bytes[LQ_RIVAL_ENTRY_MAX];

    if (store->count >= (lq_rival_run.ending ? LQ_RIVAL_ENTRIES : LQ_RIVAL_ENTRIES - 5)) {
        return;
    }
    *entry = (struct lq_rival_entry){.stream = stream, .unique = ++lq_rival_run.unique};
    if (stream == LQ_STREAM_SET_CONTROL) {
        entry->kind = lq_rival_one_in(2) ? LQ_SEGMENT_OUTBOX : LQ_SEGMENT_BROKER;
    } else {
        entry->kind = lq_rival_one_in(4) ? LQ_SEGMENT_OUTBOX : LQ_SEGMENT_RECORD;
    }
    entry->sequence = store->next[entry->kind - 1]++;
    entry->bytes = entry->kind == LQ_SEGMENT_RECORD
                       ? LQ_RECORD_EXTRA_BYTES + lq_rival_below(LQ_RIVAL_RECORD_CONTENT_MAX)
                       : 1 + lq_rival_below(200);
    memcpy(entry->names, store->names, sizeof entry->names);
    if (entry->kind == LQ_SEGMENT_RECORD) { /* H: what was before, and what is new */
        memcpy(message, store->hash[stream], LQ_HASH_BYTES);
        lq_put_u64(message + LQ_HASH_BYTES, entry->unique);
        lq_rival_digest(entry->identity, lq_view_of(message, sizeof message));
        memcpy(store->hash[stream], entry->identity, LQ_HASH_BYTES);
    } else {
        lq_segment_plain_identity(lq_rival_digest, lq_rival_store_bytes(entry, bytes),
                                  entry->identity);
    }
    if (stream == LQ_STREAM_SET_CONTROL) {
        store->names[entry->kind - 1] = entry->sequence;
    }
    store->count++;
    LQ_ASSERT(entry->unique < LQ_RIVAL_MADE);
    lq_rival_run.made[entry->unique] = *entry;
}

const struct lq_rival_entry *lq_rival_store_find(const struct lq_rival_store *store,
                                                 uint32_t stream, enum lq_segment_entry_kind kind,
                                                 uint64_t sequence)
{
    for (uint32_t index = 0; index < store->count; index++) {
        const struct lq_rival_entry *entry = &store->entries[index];
        if (entry->stream == stream && entry->kind == kind && entry->sequence == sequence) {
            return entry;
        }
    }
    return NULL;
}

bool lq_rival_store_extends(const struct lq_rival_store *store, uint32_t stream,
                            const uint64_t upto[LQ_SEGMENT_SOURCES])
{
    for (uint32_t source = 0; source < LQ_SEGMENT_SOURCES; source++) {
        for (uint64_t sequence = 1; sequence <= upto[source]; sequence++) {
            uint64_t unique = lq_rival_run.logged[stream].unique[source][sequence];
            const struct lq_rival_entry *entry =
                lq_rival_store_find(store, stream, source + 1, sequence);
            if (unique != 0 && (entry == NULL || entry->unique != unique)) {
                return false;
            }
        }
    }
    return true;
}

void lq_rival_store_restore(struct lq_rival_store *store)
{
    *store = (struct lq_rival_store){.next = {1, 1, 1}};
    for (uint32_t source = 0; source < LQ_SEGMENT_SOURCES; source++) {
        for (uint64_t sequence = 1; sequence < LQ_RIVAL_SEQUENCES; sequence++) {
            for (uint32_t stream = 0; stream < LQ_RIVAL_STREAMS; stream++) {
                const struct lq_rival_entry *entry =
                    &lq_rival_run.logged[stream].entries[source][sequence];
                if (lq_rival_run.logged[stream].unique[source][sequence] == 0) {
                    continue;
                }
                LQ_ASSERT(store->count < LQ_RIVAL_ENTRIES);
                store->entries[store->count++] = *entry;
                store->next[source] = sequence + 1;
                if (entry->kind == LQ_SEGMENT_RECORD) {
                    memcpy(store->hash[stream], entry->identity, LQ_HASH_BYTES);
                }
                if (stream == LQ_STREAM_SET_CONTROL) {
                    store->names[source] = sequence;
                }
            }
        }
    }
    lq_rival_run.tally->restored++;
}

static void log_entry(uint32_t stream, const struct lq_segment_entry *read)
{
    struct lq_rival_logged *logged = &lq_rival_run.logged[stream];
    uint32_t source = read->kind - 1;
    uint8_t bytes[LQ_RIVAL_ENTRY_MAX];

    if (read->sequence <= logged->newest[source] || read->sequence >= LQ_RIVAL_SEQUENCES) {
        lq_rival_broken("stream %u has entry %u/%" PRIu64 " twice or out of order", stream,
                        read->kind, read->sequence);
        return;
    }
    for (uint64_t unique = 1; unique <= lq_rival_run.unique; unique++) {
        const struct lq_rival_entry *entry = &lq_rival_run.made[unique];
        if (entry->stream == stream && entry->kind == read->kind &&
            entry->sequence == read->sequence &&
            lq_view_equal(lq_rival_store_bytes(entry, bytes), read->bytes)) {
            logged->entries[source][read->sequence] = *entry;
            logged->unique[source][read->sequence] = unique;
        }
    }
    if (logged->unique[source][read->sequence] == 0) {
        lq_rival_broken("stream %u has an entry %u/%" PRIu64 " that nobody made", stream,
                        read->kind, read->sequence);
        return;
    }
    const struct lq_rival_entry *entry = &logged->entries[source][read->sequence];
    for (uint32_t name = 0; name < LQ_SEGMENT_SOURCES; name++) {
        if (stream != LQ_STREAM_SET_CONTROL &&
            entry->names[name] > lq_rival_run.logged[0].newest[name]) {
            lq_rival_broken("stream %u tells of what the control stream has not named", stream);
        }
    }
    logged->newest[source] = read->sequence;
    lq_rival_run.tally->entries++;
}

/* A put was written: everything that must hold of the log is looked at here. */
static void landed(const struct lq_rival_request *request)
{
    uint32_t stream = request->stream;
    uint64_t number = request->effect.number;
    struct lq_segment_reader *reader = &lq_rival_run.readers[stream];
    struct lq_segment_entry entry;

    lq_rival_run.tally->segments++;
    lq_rival_run.tally->late += request->given_up;
    if (number != lq_rival_run.table.newest[stream] + 1) {
        lq_rival_broken("a put landed at %" PRIu64 " of stream %u, whose newest is %" PRIu64,
                        number, stream, lq_rival_run.table.newest[stream]);
        return;
    }
    if (request->rank < lq_rival_run.logged[stream].top_rank) {
        lq_rival_broken("a put of an earlier writer landed in stream %u behind a later one",
                        stream);
        return;
    }
    struct lq_rival_item *item = &lq_rival_run.table.items[stream][number];
    *item = request->put;
    item->there = true;
    item->put_s = lq_rival_run.now_s;
    lq_rival_run.table.newest[stream] = number;
    if (lq_segment_reader_take(reader, lq_view_of(item->header, sizeof item->header),
                               lq_view_of(item->body, item->body_bytes)) != LQ_OK) {
        lq_rival_broken("segment %" PRIu64 " of stream %u: %s", number, stream, reader->why);
        return;
    }
    lq_rival_run.tally->claims += reader->header.kind == LQ_SEGMENT_CLAIM;
    enum lq_result result = LQ_OK;
    while ((result = lq_segment_reader_next(reader, &entry)) == LQ_OK) {
        log_entry(stream, &entry);
    }
    if (result != LQ_ERR_NOT_FOUND) {
        lq_rival_broken("segment %" PRIu64 " of stream %u: %s", number, stream, reader->why);
    }
}

static void show(struct lq_rival_request *request, uint64_t number)
{
    const struct lq_rival_item *item = &lq_rival_run.table.items[request->stream][number];

    request->found = LQ_STREAM_LOG_NOTHING;
    if (number > 0 && item->there) {
        request->found = LQ_STREAM_LOG_A_SEGMENT;
        if (lq_segment_decode_header(lq_view_of(item->header, sizeof item->header), lq_rival_digest,
                                     &request->segment) != LQ_OK) {
            lq_rival_broken("a segment cannot be read");
        }
    }
}

bool lq_rival_table_is_put(const struct lq_rival_request *request)
{
    return request->effect.kind == LQ_STREAM_LOG_PUT_CLAIM ||
           request->effect.kind == LQ_STREAM_LOG_PUT_SEGMENT;
}

/* The fault: one item says whose claim is newest, and segments are put as they come. */
static bool passes_head(struct lq_rival_request *request)
{
    uint64_t *head = &lq_rival_run.table.head_claim[request->stream];
    bool passes = request->effect.kind == LQ_STREAM_LOG_PUT_CLAIM ? request->claim > *head
                                                                  : request->claim == *head;

    if (passes) {
        *head = request->claim;
        request->phase = LQ_RIVAL_HEAD_PASSED;
    }
    return passes;
}

void lq_rival_table_apply(struct lq_rival_request *request)
{
    bool heads = lq_rival_run.fault == LQ_RIVAL_FENCE_ON_HEADS && lq_rival_table_is_put(request);
    const struct lq_rival_item *item =
        &lq_rival_run.table.items[request->stream][request->effect.number];

    if (!lq_rival_table_is_put(request)) {
        request->answer = LQ_STREAM_LOG_ON_READ;
        show(request, request->effect.kind == LQ_STREAM_LOG_READ_NEWEST
                          ? lq_rival_run.table.newest[request->stream]
                          : request->effect.number);
    } else if (heads && request->phase == LQ_RIVAL_SIGNED && passes_head(request)) {
        return; /* and now for the segment itself */
    } else if (request->phase != LQ_RIVAL_HEAD_PASSED && (heads || item->there)) {
        request->answer = LQ_STREAM_LOG_ON_CONDITION;
        show(request, request->effect.number);
        if (lq_rival_one_in(4)) {
            request->found = LQ_STREAM_LOG_NOT_SHOWN;
        }
    } else {
        request->answer = LQ_STREAM_LOG_ON_PUT;
        landed(request);
    }
    request->phase = LQ_RIVAL_ANSWERED;
}

void lq_rival_table_expire(void)
{
    for (uint32_t stream = 0; stream < LQ_RIVAL_STREAMS; stream++) {
        for (uint64_t number = 1; number < lq_rival_run.table.newest[stream] && !lq_rival_one_in(4);
             number++) {
            struct lq_rival_item *item = &lq_rival_run.table.items[stream][number];
            if (item->there && lq_rival_run.now_s - item->put_s >= LQ_STREAM_LOG_EXPIRY_MIN_S) {
                item->there = false;
                lq_rival_run.tally->expired++;
            }
        }
    }
}

void lq_rival_table_read(uint32_t stream)
{
    struct lq_segment_reader reader;
    struct lq_segment_entry entry;
    uint8_t buffer[LQ_RIVAL_ENTRY_MAX];
    uint64_t first = lq_rival_run.table.newest[stream];

    while (first > 1 && lq_rival_run.table.items[stream][first - 1].there) {
        first--;
    }
    lq_segment_reader_start(&reader, lq_rival_digest, 0, stream, buffer, sizeof buffer);
    for (uint64_t number = first; number > 0 && number <= lq_rival_run.table.newest[stream];
         number++) {
        const struct lq_rival_item *item = &lq_rival_run.table.items[stream][number];
        if (lq_segment_reader_take(&reader, lq_view_of(item->header, sizeof item->header),
                                   lq_view_of(item->body, item->body_bytes)) != LQ_OK) {
            lq_rival_broken("stream %u, read from %" PRIu64 " on: %s", stream, first, reader.why);
            return;
        }
        while (lq_segment_reader_next(&reader, &entry) == LQ_OK) {
            if (entry.sequence > lq_rival_run.logged[stream].newest[entry.kind - 1]) {
                lq_rival_broken("stream %u has an entry that nobody put", stream);
            }
        }
    }
}
