// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "mirror/restore/table_walk.h"

#include "base/alloc.h"
#include "store/seal/digest.h"

#include <inttypes.h>
#include <stdlib.h>

/* Segments of 350 KB, so that a page fits into an answer (dynamodb_gateway.h). */
enum { PAGE_SEGMENTS = 16 };

/* A part of a stream on its way. */
struct part {
    struct lq_table_walk *walk;
    struct lq_table_stream *stream;
    uint64_t end; /* segment; 0: the last one there is */
    lq_table_walk_fn each;
    void *context;
    struct lq_error_message *message;
};

void lq_table_walk_open(struct lq_table_walk *walk, struct lq_table_asker *asker,
                        uint32_t partition)
{
    *walk = (struct lq_table_walk){
        .asker = asker, .partition = partition, .buffer = lq_alloc(LQ_SEGMENT_ENTRY_BYTES_MAX, 1)};
}

void lq_table_walk_close(struct lq_table_walk *walk)
{
    free(walk->buffer);
    walk->buffer = NULL;
}

void lq_table_walk_stream(struct lq_table_stream *stream, struct lq_view tenant, uint32_t partition,
                          uint64_t tenant_number)
{
    *stream = (struct lq_table_stream){.tenant_number = tenant_number};
    lq_segment_key_stream(tenant, partition, &stream->key);
}

enum lq_result lq_table_walk_newest(struct lq_table_walk *walk,
                                    const struct lq_table_stream *stream, uint64_t *number,
                                    struct lq_error_message *message)
{
    struct lq_table_query query = {.pk = lq_view_text(stream->key.pk),
                                   .sk_from = lq_view_text("L#00000000000000000000"),
                                   .sk_to = lq_view_text("L#99999999999999999999"),
                                   .is_descending = true,
                                   .limit = 1};
    char last[LQ_SEGMENT_KEY_SK_BYTES_MAX + 1];
    enum lq_result result;

    *number = 0;
    do {
        result = lq_table_asker_query(walk->asker, &query, message);
        const struct lq_dynamodb_answer *answer = walk->asker->answer;
        if (result != LQ_OK || answer->item_count > 0 || !answer->has_more ||
            answer->last_sk.bytes >= sizeof last) {
            break;
        }
        memcpy(last, answer->last_sk.data, answer->last_sk.bytes);
        query.after_sk = lq_view_of(last, answer->last_sk.bytes);
    } while (true);
    if (result == LQ_OK && walk->asker->answer->item_count > 0 &&
        lq_segment_key_read_number(walk->asker->answer->items[0].sk, number) != LQ_OK) {
        lq_error_message_set(message, "stream %s of the table: its newest segment has no number",
                             stream->key.pk);
        return LQ_ERR_CORRUPT;
    }
    return result;
}

static enum lq_result refuse(const struct part *part, enum lq_result result, uint64_t number,
                             const char *what)
{
    lq_error_message_set(part->message, "stream %s of the table, segment %" PRIu64 ": %s",
                         part->stream->key.pk, number, what);
    return result;
}

/* ---- one segment ---- */

static enum lq_result give_entries(const struct part *part)
{
    struct lq_table_walk *walk = part->walk;
    struct lq_table_stream *stream = part->stream;
    struct lq_segment_entry entry;
    char what[256];
    enum lq_result result;

    while ((result = lq_segment_reader_next(&walk->reader, &entry)) == LQ_OK) {
        const char *why = NULL;
        if (entry.sequence <= stream->after[entry.kind - 1]) {
            continue; /* given in the part before */
        }
        result = part->each(part->context, &entry, &why);
        if (result != LQ_OK && why != NULL) {
            snprintf(what, sizeof what, "%s %" PRIu64 ": %s",
                     entry.kind == LQ_SEGMENT_RECORD   ? "record"
                     : entry.kind == LQ_SEGMENT_OUTBOX ? "entry"
                                                       : "entry of the broker's outbox",
                     entry.sequence, why);
            return refuse(part, result, walk->reader.header.number, what);
        }
        if (result != LQ_OK) {
            return result;
        }
        stream->after[entry.kind - 1] = entry.sequence;
        walk->entries++;
        walk->bytes += entry.bytes.bytes;
    }
    return result == LQ_ERR_NOT_FOUND
               ? LQ_OK
               : refuse(part, result, walk->reader.header.number, walk->reader.why);
}

/* The first of a part: 1, or the segment that the part before ended with. */
static const char *begins(const struct part *part)
{
    const struct lq_segment_header *header = &part->walk->reader.header;
    const struct lq_table_stream *stream = part->stream;

    if (stream->whole_number == 0) {
        return header->number == 1 || stream->tenant_number > 0
                   ? NULL
                   : "the segments before it are missing";
    }
    return header->number == stream->whole_number &&
                   memcmp(header->digest, stream->whole_digest, LQ_HASH_BYTES) == 0
               ? NULL
               : "it is another than the one that was read before";
}

static enum lq_result take_segment(const struct part *part, const struct lq_table_item *item)
{
    struct lq_segment_reader *reader = &part->walk->reader;
    struct lq_table_stream *stream = part->stream;
    const struct lq_table_attribute *header = lq_table_item_find(item, "h", LQ_TABLE_BYTES);
    const struct lq_table_attribute *body = lq_table_item_find(item, "b", LQ_TABLE_BYTES);
    uint64_t number;
    bool is_first = reader->first_number == 0;

    if (lq_segment_key_read_number(item->sk, &number) != LQ_OK) {
        return refuse(part, LQ_ERR_CORRUPT, 0, "a sort key that is no segment's");
    }
    if (header == NULL) {
        return refuse(part, LQ_ERR_CORRUPT, number, "it has no header");
    }
    enum lq_result result =
        lq_segment_reader_take(reader, header->view, body != NULL ? body->view : lq_view_of("", 0));
    if (result != LQ_OK) {
        return refuse(part, result, number, reader->why);
    }
    if (reader->header.number != number) {
        return refuse(part, LQ_ERR_CORRUPT, number, "its header has another number");
    }
    const char *why = is_first ? begins(part) : NULL;
    if (why != NULL) {
        return refuse(part, LQ_ERR_CORRUPT, number, why);
    }
    if (stream->first_number == 0) {
        stream->first_number = number;
        stream->first_before = reader->header.before[LQ_SEGMENT_RECORD - 1];
    }
    result = give_entries(part);
    if (result != LQ_OK) {
        return result;
    }
    part->walk->segments += number > stream->number;
    stream->number = number > stream->number ? number : stream->number;
    stream->claim = reader->header.claim;
    if (!reader->unfinished && !reader->passing) {
        stream->whole_number = number;
        memcpy(stream->whole_digest, reader->header.digest, LQ_HASH_BYTES);
    }
    return LQ_OK;
}

/* ---- pages ---- */

/* After the last page: did the stream reach its end? */
static enum lq_result check_end(const struct part *part)
{
    if (part->end > part->stream->number) {
        return refuse(part, LQ_ERR_CORRUPT, part->stream->number + 1, "it is missing");
    }
    return LQ_OK;
}

enum lq_result lq_table_walk_read(struct lq_table_walk *walk, struct lq_table_stream *stream,
                                  uint64_t end, lq_table_walk_fn each, void *context,
                                  struct lq_error_message *message)
{
    const struct part part = {walk, stream, end, each, context, message};
    struct lq_segment_key from = stream->key;
    struct lq_segment_key to = stream->key;
    enum lq_result result = LQ_OK;
    bool has_more = true;

    lq_segment_reader_start(&walk->reader, lq_digest, walk->partition, stream->tenant_number,
                            walk->buffer, LQ_SEGMENT_ENTRY_BYTES_MAX);
    lq_segment_key_set_number(&from, stream->whole_number > 0 ? stream->whole_number : 1);
    lq_segment_key_set_number(&to, end > 0 ? end : UINT64_MAX);
    struct lq_table_query query = {.pk = lq_view_text(stream->key.pk),
                                   .sk_from = lq_view_text(from.sk),
                                   .sk_to = lq_view_text(to.sk),
                                   .limit = PAGE_SEGMENTS};
    char last[LQ_SEGMENT_KEY_SK_BYTES_MAX + 1];
    while (result == LQ_OK && has_more) {
        result = lq_table_asker_query(walk->asker, &query, message);
        const struct lq_dynamodb_answer *answer = walk->asker->answer;
        for (uint32_t index = 0; result == LQ_OK && index < answer->item_count; index++) {
            result = take_segment(&part, &answer->items[index]);
        }
        has_more = result == LQ_OK && answer->has_more && answer->last_sk.bytes < sizeof last;
        if (has_more) {
            memcpy(last, answer->last_sk.data, answer->last_sk.bytes);
            query.after_sk = lq_view_of(last, answer->last_sk.bytes);
        }
    }
    return result == LQ_OK ? check_end(&part) : result;
}
