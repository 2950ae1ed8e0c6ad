// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "mirror/restore/base_comparison.h"

#include "base/alloc.h"
#include "mirror/domain/segment.h"
#include "store/core/record.h"
#include "store/lmdb/ledger_bases.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

struct run {
    struct lq_base_comparison *comparison;
    const struct lq_base_comparison_options *options;
};

static void fault(const struct run *run, const struct lq_base_header *base, const char *what)
{
    char text[192];

    snprintf(text, sizeof text, "base of session number %" PRIu64 ", frame %" PRIu64 ": %s",
             base->session_number, base->frame, what);
    run->options->on_fault(run->options->context, text);
}

/* The same bytes, or, of a record that was sealed again, the same H. */
static bool is_same(struct lq_view one, struct lq_view other)
{
    uint8_t hash[LQ_HASH_BYTES];
    uint8_t other_hash[LQ_HASH_BYTES];

    return lq_view_equal(one, other) || (lq_segment_record_identity(one, hash) &&
                                         lq_segment_record_identity(other, other_hash) &&
                                         memcmp(hash, other_hash, sizeof hash) == 0);
}

/* *what NULL: it is the ledger's, or one that a restore of the ledger has left out. */
static enum lq_result compare_record(const struct run *run, struct lq_view record,
                                     const char **what)
{
    const struct lq_base_comparison_options *options = run->options;
    struct lq_record_header header;

    *what = NULL;
    if (lq_record_decode_header(record, &header) != LQ_OK) {
        *what = "a record of it cannot be read";
        return LQ_OK;
    }
    struct lq_feed_entry found = {.is_record = true, .sequence = header.ledger_sequence};
    enum lq_result result =
        lq_ledger_feed_get(options->ledger, &found, options->memory, LQ_FEED_RUN_BYTES_MIN);
    if (result == LQ_ERR_NOT_FOUND) {
        bool dropped;
        result = lq_ledger_feed_dropped(options->ledger, header.session_number,
                                        header.ledger_sequence, &dropped);
        *what = dropped || header.ledger_sequence < options->gapless
                    ? NULL
                    : "a record of it is not in the ledger";
        return result;
    }
    if (result == LQ_OK && !is_same(record, found.value)) {
        *what = "a record of it is another one in the ledger";
    }
    return result;
}

static void keep(struct lq_base_comparison *comparison, struct lq_compared_base base)
{
    if (comparison->count == comparison->room) {
        comparison->room = comparison->room == 0 ? 256 : 2 * comparison->room;
        comparison->bases =
            lq_realloc(comparison->bases, comparison->room, sizeof *comparison->bases);
    }
    comparison->bases[comparison->count++] = base;
    comparison->is_ordered = false;
}

/* Whether the session has no newer frame than the base. */
static enum lq_result look_at_head(const struct run *run, const struct lq_base_header *base,
                                   bool *is_head)
{
    struct lq_ledger_newest newest = {.session_number = 0};
    uint32_t count = 0;
    enum lq_result result =
        lq_ledger_bases_list(run->options->ledger, base->session_number - 1, &newest, 1, &count);

    *is_head = result == LQ_OK && count == 1 && newest.session_number == base->session_number &&
               newest.ledger_sequence == base->sequence;
    return result;
}

static enum lq_result compare_base(void *context, const struct lq_base_header *base,
                                   struct lq_base_reader *reader, const char **why)
{
    struct run *run = context;
    struct lq_compared_stream *told = run->options->told;
    const char *what = NULL;
    struct lq_view record;
    bool is_head = false;
    enum lq_result result = LQ_OK;

    (void)why;
    while (result == LQ_OK && what == NULL &&
           (result = lq_base_reader_next(reader, &record)) == LQ_OK) {
        result = compare_record(run, record, &what);
    }
    if (result == LQ_ERR_CORRUPT && what == NULL) {
        what = reader->why;
    } else if (result != LQ_OK && result != LQ_ERR_NOT_FOUND) {
        return result;
    }
    if (what != NULL) {
        fault(run, base, what);
        return LQ_OK;
    }
    result = look_at_head(run, base, &is_head);
    told->bases++;
    told->bases_at_head += is_head;
    keep(run->comparison, (struct lq_compared_base){base->session_number, base->frame, false});
    return result;
}

static void tell_damaged(void *context, uint64_t session_number, const char *what)
{
    const struct run *run = context;
    char text[128];

    snprintf(text, sizeof text, "base of session number %" PRIu64 ": %s", session_number, what);
    run->options->on_fault(run->options->context, text);
}

enum lq_result lq_base_comparison_run(struct lq_base_comparison *comparison,
                                      const struct lq_base_comparison_options *options,
                                      struct lq_error_message *message)
{
    struct run run = {comparison, options};
    const struct lq_table_bases_options walk = {.asker = options->asker,
                                                .stream = options->stream,
                                                .partition = options->partition,
                                                .unfinished = &options->told->bases_unfinished,
                                                .on_damaged = tell_damaged,
                                                .each = compare_base,
                                                .context = &run};

    return lq_table_bases_read(&walk, message);
}

static int by_session(const void *one, const void *other)
{
    uint64_t a = ((const struct lq_compared_base *)one)->session_number;
    uint64_t b = ((const struct lq_compared_base *)other)->session_number;

    return a < b ? -1 : a > b;
}

bool lq_base_comparison_covers(struct lq_base_comparison *comparison, uint64_t session_number,
                               uint64_t frame)
{
    const struct lq_compared_base wanted = {.session_number = session_number};

    if (!comparison->is_ordered) {
        qsort(comparison->bases, comparison->count, sizeof *comparison->bases, by_session);
        comparison->is_ordered = true;
    }
    struct lq_compared_base *base = comparison->count == 0
                                        ? NULL
                                        : bsearch(&wanted, comparison->bases, comparison->count,
                                                  sizeof *comparison->bases, by_session);
    if (base == NULL) {
        keep(comparison, (struct lq_compared_base){session_number, 0, true});
        return false;
    }
    if (base->is_missed || base->frame >= frame) {
        return true;
    }
    base->is_missed = true;
    return false;
}

void lq_base_comparison_forget(struct lq_base_comparison *comparison)
{
    free(comparison->bases);
    *comparison = (struct lq_base_comparison){.count = 0};
}
