// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "mirror/restore/table_bases.h"

#include "base/alloc.h"
#include "store/seal/digest.h"

#include <inttypes.h>
#include <stdlib.h>

enum { PAGE_PIECES = 16, RUNS = 2 };

/* The bases of one session: one slot being put together, and the best that was whole. */
struct walk {
    const struct lq_table_bases_options *options;
    struct lq_error_message *message;
    uint64_t session_number; /* 0: none yet */
    uint32_t slot;
    bool is_over; /* of this slot nothing more is wanted: it is whole, or none */
    bool is_whole;
    bool has_best;
    struct lq_base_reader reader, best;
    uint8_t *runs[RUNS]; /* the reader's, the best one's */
};

static enum lq_result refuse(const struct walk *walk, enum lq_result result, uint64_t session,
                             const char *what)
{
    lq_error_message_set(walk->message,
                         "stream %s of the table, base of session number %" PRIu64 ": %s",
                         walk->options->stream->key.pk, session, what);
    return result;
}

/* The session is over: its newest whole base. */
static enum lq_result give(struct walk *walk)
{
    const char *why = NULL;

    if (!walk->has_best) {
        return LQ_OK;
    }
    walk->has_best = false;
    const struct lq_base_header *base = &walk->best.header;
    if (base->partition != walk->options->partition ||
        base->tenant_number != walk->options->stream->tenant_number ||
        base->session_number != walk->session_number) {
        return refuse(walk, LQ_ERR_CORRUPT, walk->session_number, "it is of another session");
    }
    enum lq_result result = walk->options->each(walk->options->context, base, &walk->best, &why);
    return result != LQ_OK && why != NULL ? refuse(walk, result, walk->session_number, why)
                                          : result;
}

/* What a slot has is no base: it was being written, or a piece of it is gone. */
static void end_slot(struct walk *walk)
{
    if (walk->session_number != 0 && !walk->is_whole && walk->options->unfinished != NULL) {
        (*walk->options->unfinished)++;
    }
}

static void begin_slot(struct walk *walk, uint64_t session_number, uint32_t slot)
{
    end_slot(walk);
    walk->session_number = session_number;
    walk->slot = slot;
    walk->is_over = false;
    walk->is_whole = false;
    lq_base_reader_start(&walk->reader, lq_digest, walk->runs[0], LQ_TABLE_BASES_RUN_BYTES_MAX);
}

/* It is whole: is it newer than the other slot's? */
static void keep_if_newer(struct walk *walk)
{
    walk->is_over = true;
    walk->is_whole = true;
    if (!walk->has_best || walk->reader.header.segment > walk->best.header.segment) {
        uint8_t *run = walk->runs[0];
        walk->runs[0] = walk->runs[1];
        walk->runs[1] = run;
        walk->best = walk->reader;
        walk->has_best = true;
    }
}

/* By itself, not only beside the pieces of another base: items are put whole, so no writer that
 * died has left it. */
static bool is_damaged(struct lq_view bytes, struct lq_view body)
{
    struct lq_base_header header;
    uint8_t own[LQ_HASH_BYTES];

    lq_digest(own, body);
    return lq_base_item_decode(bytes, lq_digest, &header) != LQ_OK ||
           header.piece_bytes != body.bytes || memcmp(own, header.piece_digest, sizeof own) != 0;
}

/* The items of a session come slot by slot, the pieces of a slot in their order. */
static enum lq_result take_piece(struct walk *walk, const struct lq_table_item *item)
{
    const struct lq_table_attribute *header = lq_table_item_find(item, "h", LQ_TABLE_BYTES);
    const struct lq_table_attribute *body = lq_table_item_find(item, "b", LQ_TABLE_BYTES);
    uint64_t session_number;
    uint32_t slot;
    uint32_t piece;
    enum lq_result result = LQ_OK;

    if (lq_segment_key_read_base(item->sk, &session_number, &slot, &piece) != LQ_OK ||
        header == NULL || body == NULL) {
        return refuse(walk, LQ_ERR_CORRUPT, walk->session_number, "an item behind it is none");
    }
    if (session_number != walk->session_number) {
        result = give(walk);
        begin_slot(walk, session_number, slot);
    } else if (slot != walk->slot) {
        begin_slot(walk, session_number, slot);
    }
    if (result != LQ_OK || walk->is_over) {
        return result;
    }
    result = piece == walk->reader.pieces
                 ? lq_base_reader_take(&walk->reader, header->view, body->view)
                 : LQ_ERR_CORRUPT;
    if (result == LQ_OK) {
        keep_if_newer(walk);
    }
    if (result == LQ_ERR_CORRUPT && walk->options->on_damaged != NULL &&
        is_damaged(header->view, body->view)) {
        walk->options->on_damaged(walk->options->context, session_number,
                                  "a piece is not what its header says");
    }
    walk->is_over = walk->is_over || result == LQ_ERR_CORRUPT;
    return result == LQ_ERR_LIMIT || result == LQ_ERR_VERSION
               ? refuse(walk, result, session_number, walk->reader.why)
               : LQ_OK;
}

enum lq_result lq_table_bases_read(const struct lq_table_bases_options *options,
                                   struct lq_error_message *message)
{
    struct walk walk = {.options = options, .message = message};
    struct lq_table_query query = {.pk = lq_view_text(options->stream->key.pk),
                                   .sk_from = lq_view_text("B#"),
                                   .sk_to = lq_view_text("B#~"),
                                   .limit = PAGE_PIECES};
    char last[LQ_SEGMENT_KEY_SK_BYTES_MAX + 1];
    enum lq_result result = LQ_OK;
    bool has_more = true;

    for (uint32_t run = 0; run < RUNS; run++) {
        walk.runs[run] = lq_alloc(LQ_TABLE_BASES_RUN_BYTES_MAX, 1);
    }
    while (result == LQ_OK && has_more) {
        result = lq_table_asker_query(options->asker, &query, message);
        const struct lq_dynamodb_answer *answer = options->asker->answer;
        for (uint32_t index = 0; result == LQ_OK && index < answer->item_count; index++) {
            result = take_piece(&walk, &answer->items[index]);
        }
        has_more = result == LQ_OK && answer->has_more && answer->last_sk.bytes < sizeof last;
        if (has_more) {
            memcpy(last, answer->last_sk.data, answer->last_sk.bytes);
            query.after_sk = lq_view_of(last, answer->last_sk.bytes);
        }
    }
    if (result == LQ_OK) {
        end_slot(&walk);
        result = give(&walk);
    }
    for (uint32_t run = 0; run < RUNS; run++) {
        free(walk.runs[run]);
    }
    return result;
}
