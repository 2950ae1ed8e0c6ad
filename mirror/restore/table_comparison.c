// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "mirror/restore/table_comparison.h"

#include "base/alloc.h"
#include "mirror/domain/key_item.h"
#include "mirror/restore/base_comparison.h"
#include "mirror/restore/table_mark.h"
#include "store/core/record.h"
#include "store/seal/digest.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { PAGE_NAMES = 256, RUN_BYTES = 8 * 1024 * 1024, KEYS_BYTES_MAX = 64 * 1024 };

struct compared {
    struct lq_table_stream stream;
    char tenant[LQ_TENANT_NAME_BYTES_MAX + 1];
    struct lq_compared_stream told;
    bool is_damaged;                    /* not read to its end: what follows cannot be counted */
    uint64_t first_record, first_entry; /* of the table; 0: it has none. Before may have expired */
    uint64_t ledger_records, ledger_entries; /* of the ledger, up to the end of the stream */
    uint64_t again;   /* of the control stream: notes before this entry are told again behind it */
    uint64_t entries; /* that are the ledger's, from there on */
};

struct comparison {
    const struct lq_table_comparison_options *options;
    struct lq_error_message *message;
    uint64_t *faults;
    struct lq_table_asker asker;
    struct lq_table_walk walk;
    struct lq_feed_state state;
    struct lq_feed_position marked; /* item M: up to here the table has all; zeros: not known */
    struct compared *streams;       /* the control stream, then the tenants' by number */
    uint32_t stream_count, stream_max;
    struct compared *at; /* whose stream is walked */
    struct lq_base_comparison bases;
    uint8_t *memory; /* of the ledger's entry; LQ_FEED_RUN_BYTES_MIN */
};

static void fault(struct comparison *comparison, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static void fault(struct comparison *comparison, const char *format, ...)
{
    char what[512];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(what, sizeof what, format, arguments);
    va_end(arguments);
    (*comparison->faults)++;
    comparison->options->on_fault(comparison->options->context, what);
}

/* ---- which streams there are ---- */

static void add_stream(struct comparison *comparison, const char *tenant, uint64_t number)
{
    if (comparison->stream_count == comparison->stream_max) {
        comparison->stream_max = comparison->stream_max == 0 ? 64 : 2 * comparison->stream_max;
        comparison->streams =
            lq_realloc(comparison->streams, comparison->stream_max, sizeof *comparison->streams);
    }
    struct compared *added = &comparison->streams[comparison->stream_count++];
    *added = (struct compared){.ledger_records = 0};
    snprintf(added->tenant, sizeof added->tenant, "%s", tenant);
    lq_table_walk_stream(&added->stream, lq_view_text(tenant), comparison->options->partition,
                         number);
}

static int by_number(const void *one, const void *other)
{
    uint64_t a = ((const struct compared *)one)->stream.tenant_number;
    uint64_t b = ((const struct compared *)other)->stream.tenant_number;

    return a < b ? -1 : a > b;
}

static enum lq_result list_streams(struct comparison *comparison)
{
    lq_ledger_t *ledger = comparison->options->ledger;
    struct lq_ledger_name *names = lq_alloc(PAGE_NAMES, sizeof *names);
    char after[LQ_SESSION_NAME_BYTES_MAX + 1] = "";
    enum lq_result result = LQ_OK;
    uint32_t count = PAGE_NAMES;

    add_stream(comparison, "", 0);
    while (result == LQ_OK && count == PAGE_NAMES) {
        result = lq_ledger_read_begin(ledger);
        if (result == LQ_OK) {
            result = lq_ledger_list_tenants(ledger, lq_view_text(after), names, PAGE_NAMES, &count);
            lq_ledger_read_end(ledger);
        }
        for (uint32_t index = 0; result == LQ_OK && index < count; index++) {
            add_stream(comparison, names[index].text, names[index].number);
            memcpy(after, names[index].text, sizeof after);
        }
    }
    free(names);
    qsort(comparison->streams, comparison->stream_count, sizeof *comparison->streams, by_number);
    return result;
}

/* ---- the table's entries ---- */

/* The same bytes, or, of a record that was sealed again, the same H. */
static bool is_same(const struct lq_segment_entry *entry, struct lq_view ledgers)
{
    uint8_t hash[LQ_HASH_BYTES];

    return lq_view_equal(entry->bytes, ledgers) ||
           (entry->kind == LQ_SEGMENT_RECORD && lq_segment_record_identity(ledgers, hash) &&
            memcmp(hash, entry->identity, sizeof hash) == 0);
}

static bool is_told_again(struct lq_view value)
{
    struct lq_outbox_entry outbox;

    return lq_outbox_entry_decode(value, &outbox) == LQ_OK && outbox.kind == LQ_OUTBOX_AGAIN;
}

/* A record that the ledger has not. LQ_ERR_STALE: because it was dropped, as its proof says. */
static enum lq_result find_dropped(struct comparison *comparison,
                                   const struct lq_segment_entry *entry)
{
    struct lq_record_header header;
    bool dropped = false;
    enum lq_result result = LQ_OK;

    if (lq_record_decode_header(entry->bytes, &header) == LQ_OK) {
        result = lq_ledger_feed_dropped(comparison->options->ledger, header.session_number,
                                        entry->sequence, &dropped);
    }
    if (result != LQ_OK) {
        return result;
    }
    return dropped ? LQ_ERR_STALE : LQ_ERR_NOT_FOUND;
}

static enum lq_result compare_entry(void *context, const struct lq_segment_entry *entry,
                                    const char **why)
{
    struct comparison *comparison = context;
    struct compared *at = comparison->at;
    bool is_record = entry->kind == LQ_SEGMENT_RECORD;
    struct lq_feed_entry found = {.is_record = is_record, .sequence = entry->sequence};
    const char *what = is_record ? "record" : "entry of the outbox";

    (void)why;
    if (entry->kind == LQ_SEGMENT_BROKER) {
        at->told.broker_entries++;
        return LQ_OK;
    }
    *(is_record ? &at->told.ledger_sequence : &at->told.outbox_sequence) = entry->sequence;
    uint64_t *first = is_record ? &at->first_record : &at->first_entry;
    *first = *first == 0 ? entry->sequence : *first;
    if (!is_record && is_told_again(entry->bytes)) {
        at->again = entry->sequence;
        at->entries = 0;
    }
    enum lq_result result = lq_ledger_feed_get(comparison->options->ledger, &found,
                                               comparison->memory, LQ_FEED_RUN_BYTES_MIN);
    uint64_t gapless = is_record ? comparison->state.gapless.ledger_sequence
                                 : comparison->state.gapless.outbox_sequence;
    if (result == LQ_ERR_NOT_FOUND && is_record) {
        result = find_dropped(comparison, entry);
    }
    if (result == LQ_ERR_STALE) {
        at->told.trimmed++;
    } else if (result == LQ_ERR_NOT_FOUND && entry->sequence < gapless) {
        at->told.left_out++;
    } else if (result == LQ_ERR_NOT_FOUND) {
        fault(comparison, "stream %s: %s %" PRIu64 " is in the table and not in the ledger",
              at->stream.key.pk, what, entry->sequence);
    } else if (result != LQ_OK) {
        return result;
    } else if (!is_same(entry, found.value)) {
        fault(comparison, "stream %s: %s %" PRIu64 " is another one in the ledger",
              at->stream.key.pk, what, entry->sequence);
    } else {
        *(is_record ? &at->told.records : &at->told.entries) += 1;
        at->entries += !is_record;
    }
    return LQ_OK;
}

static enum lq_result walk_stream(struct comparison *comparison, struct compared *at)
{
    uint64_t before = comparison->walk.segments;

    comparison->at = at;
    enum lq_result result = lq_table_walk_read(&comparison->walk, &at->stream, 0, compare_entry,
                                               comparison, comparison->message);
    at->told.segments = comparison->walk.segments - before;
    at->told.claim = at->stream.claim;
    if (result == LQ_ERR_CORRUPT || result == LQ_ERR_VERSION) {
        fault(comparison, "%s", comparison->message->text);
        at->is_damaged = true;
        return LQ_OK;
    }
    return result;
}

/* ---- keys ---- */

struct keys {
    struct lq_key_item item;
    uint8_t body[KEYS_BYTES_MAX];
};

static enum lq_result gather(void *context, struct lq_view wrapped)
{
    struct keys *keys = context;

    return lq_key_item_add(&keys->item, wrapped, keys->body, sizeof keys->body);
}

/* Header and body, and the number that later writers look at: one that is too high would keep out
 * the item in which a key is destroyed. */
static void compare_key_item(struct comparison *comparison, const struct compared *at,
                             const struct lq_table_item *item, struct lq_view expected)
{
    const struct lq_table_attribute *header = lq_table_item_find(item, "h", LQ_TABLE_BYTES);
    const struct lq_table_attribute *body = lq_table_item_find(item, "b", LQ_TABLE_BYTES);
    const struct lq_table_attribute *number = lq_table_item_find(item, "n", LQ_TABLE_NUMBER);
    struct lq_key_item keys;

    if (body == NULL || !lq_view_equal(body->view, expected)) {
        fault(comparison, "item K of tenant %s has other keys than the ledger", at->tenant);
    } else if (header == NULL ||
               lq_key_item_decode(header->view, body->view, lq_digest, &keys) != LQ_OK) {
        fault(comparison,
              "item K of tenant %s: its header cannot be read, or its digest is another",
              at->tenant);
    } else if (keys.tenant_number != at->stream.tenant_number ||
               keys.partition != comparison->options->partition) {
        fault(comparison, "item K of tenant %s: its header is of another tenant", at->tenant);
    } else if (number == NULL || number->number != keys.counter) {
        fault(comparison, "item K of tenant %s: its n is not the counter of its header",
              at->tenant);
    }
}

static enum lq_result compare_keys(struct comparison *comparison, const struct compared *at)
{
    const struct lq_table_item *item;
    struct keys *keys = lq_alloc(1, sizeof *keys);
    struct lq_segment_key key;
    enum lq_result result = lq_ledger_feed_each_key(comparison->options->ledger,
                                                    at->stream.tenant_number, gather, keys);

    lq_segment_key_of_keys(lq_view_text(at->tenant), &key);
    if (result == LQ_OK) {
        result = lq_table_asker_get(&comparison->asker, key.pk, key.sk, &item, comparison->message);
    }
    if (result == LQ_ERR_NOT_FOUND) {
        fault(comparison, "item K of tenant %s is not in the table", at->tenant);
        result = LQ_OK;
    } else if (result == LQ_OK) {
        compare_key_item(comparison, at, item, lq_view_of(keys->body, keys->item.body_bytes));
    }
    free(keys);
    return result;
}

/* ---- bases ---- */

static void base_fault(void *context, const char *what)
{
    struct comparison *comparison = context;

    fault(comparison, "stream %s: %s", comparison->at->stream.key.pk, what);
}

static enum lq_result compare_bases(struct comparison *comparison, struct compared *at)
{
    const struct lq_base_comparison_options options = {
        .asker = &comparison->asker,
        .ledger = comparison->options->ledger,
        .stream = &at->stream,
        .partition = comparison->options->partition,
        .gapless = comparison->state.gapless.ledger_sequence,
        .memory = comparison->memory,
        .told = &at->told,
        .on_fault = base_fault,
        .context = comparison,
    };

    comparison->at = at;
    enum lq_result result =
        lq_base_comparison_run(&comparison->bases, &options, comparison->message);
    if (result == LQ_ERR_CORRUPT || result == LQ_ERR_LIMIT || result == LQ_ERR_VERSION) {
        fault(comparison, "%s", comparison->message->text);
        return LQ_OK;
    }
    return result;
}

static enum lq_result note_shredded(struct comparison *comparison, struct compared *at)
{
    lq_ledger_t *ledger = comparison->options->ledger;
    enum lq_result result = lq_ledger_read_begin(ledger);

    if (result == LQ_OK) {
        result = lq_ledger_is_shredded(ledger, lq_view_text(at->tenant), &at->told.is_shredded);
        lq_ledger_read_end(ledger);
    }
    return result;
}

/* ---- the ledger's entries ---- */

/* Whether it may have been in a segment that is gone: the oldest one that there is, is not the
 * first. */
static bool may_have_expired(const struct compared *of, const struct lq_feed_entry *entry)
{
    uint64_t first = entry->is_record ? of->first_record : of->first_entry;

    return of->stream.first_number > 1 && (first == 0 || entry->sequence < first);
}

static void count_entry(struct comparison *comparison, const struct lq_feed_entry *entry)
{
    struct lq_outbox_entry outbox;
    struct lq_record_header record;
    struct compared wanted = {.ledger_records = 0};
    bool readable = entry->is_record ? lq_record_decode_header(entry->value, &record) == LQ_OK
                                     : lq_outbox_entry_decode(entry->value, &outbox) == LQ_OK;

    if (!readable) {
        return; /* lqctl verify says it */
    }
    if (entry->is_record) {
        wanted.stream.tenant_number = record.tenant_number;
    } else if (outbox.kind == LQ_OUTBOX_EVENT) {
        wanted.stream.tenant_number = outbox.tenant_number;
    }
    struct compared *of = bsearch(&wanted, comparison->streams, comparison->stream_count,
                                  sizeof *comparison->streams, by_number);
    if (of == NULL) {
        return; /* of a tenant that is newer than the list */
    }
    if (may_have_expired(of, entry)) {
        if (entry->is_record &&
            !lq_base_comparison_covers(&comparison->bases, record.session_number, record.frame)) {
            fault(comparison,
                  "stream %s: frame %" PRIu64 " of session number %" PRIu64
                  " is in no segment, and no base has it or a later one",
                  of->stream.key.pk, record.frame, record.session_number);
        }
        return;
    }
    if (!entry->is_record && entry->sequence < of->again) {
        return;
    }
    if (entry->is_record) {
        bool due = entry->sequence <= of->told.ledger_sequence ||
                   entry->sequence <= comparison->marked.ledger_sequence;
        *(due ? &of->ledger_records : &of->told.records_behind) += 1;
    } else {
        bool due = entry->sequence <= of->told.outbox_sequence ||
                   entry->sequence <= comparison->marked.outbox_sequence;
        *(due ? &of->ledger_entries : &of->told.entries_behind) += 1;
    }
}

static enum lq_result count_ledger(struct comparison *comparison)
{
    struct lq_feed_run *run = lq_alloc(1, sizeof *run);
    struct lq_feed_position at = {0, comparison->state.first_outbox_sequence - 1};
    lq_ledger_t *ledger = comparison->options->ledger;
    enum lq_result result;

    run->memory = lq_alloc(RUN_BYTES, 1);
    run->bytes_max = RUN_BYTES;
    do {
        result = lq_ledger_feed_read(ledger, at, run);
        if (result == LQ_ERR_STALE && lq_ledger_read_begin(ledger) == LQ_OK) { /* just trimmed */
            result = lq_ledger_feed_state(ledger, &comparison->state);
            lq_ledger_read_end(ledger);
            at.outbox_sequence = comparison->state.first_outbox_sequence - 1;
            run->count = 1;
            continue;
        }
        for (uint32_t index = 0; result == LQ_OK && index < run->count; index++) {
            count_entry(comparison, &run->entries[index]);
        }
        at = run->end;
    } while (result == LQ_OK && run->count > 0);
    free(run->memory);
    free(run);
    return result;
}

/* Every record of the ledger up to the newest one of its stream, or up to where item M says that
 * all is there, has to be there. Of entries the ledger may have trimmed some since they were looked
 * up. */
static void compare_counts(struct comparison *comparison, const struct compared *at)
{
    if (at->is_damaged) {
        return; /* it was not read to its end */
    }
    if (at->ledger_records > at->told.records) {
        fault(comparison,
              "stream %s: %" PRIu64 " records of the ledger that should be in the table are not; "
              "its newest is %" PRIu64,
              at->stream.key.pk, at->ledger_records - at->told.records, at->told.ledger_sequence);
    }
    if (at->ledger_entries > at->entries) {
        fault(comparison,
              "stream %s: %" PRIu64 " entries of the ledger's outbox that should be in the table "
              "are not; its newest is %" PRIu64,
              at->stream.key.pk, at->ledger_entries - at->entries, at->told.outbox_sequence);
    }
}

/* ---- the whole ---- */

static enum lq_result compare_mark(struct comparison *comparison)
{
    struct lq_table_mark mark;
    enum lq_result result = lq_table_mark_read(&comparison->asker, comparison->options->partition,
                                               &mark, comparison->message);

    if (result == LQ_ERR_CORRUPT) {
        fault(comparison, "%s", comparison->message->text);
        return LQ_OK;
    }
    if (result != LQ_OK) {
        return result;
    }
    if (memcmp(mark.item.master_digest, comparison->state.master_digest, LQ_HASH_BYTES) != 0) {
        fault(comparison, "the table was written under another master key");
    }
    if (memcmp(mark.item.history, comparison->state.history, LQ_HISTORY_ID_BYTES) != 0) {
        fault(comparison, "the table has another history: it was restored since, or is of another "
                          "store");
        return LQ_OK;
    }
    comparison->marked = (struct lq_feed_position){mark.ledger_sequence, mark.outbox_sequence};
    return LQ_OK;
}

static enum lq_result read_state(struct comparison *comparison)
{
    lq_ledger_t *ledger = comparison->options->ledger;
    enum lq_result result = lq_ledger_read_begin(ledger);

    if (result == LQ_OK) {
        result = lq_ledger_feed_state(ledger, &comparison->state);
        lq_ledger_read_end(ledger);
    }
    return result;
}

static enum lq_result compare(struct comparison *comparison)
{
    enum lq_result result = read_state(comparison);

    if (result == LQ_OK) {
        result = compare_mark(comparison);
    }
    if (result == LQ_OK) {
        result = list_streams(comparison);
    }
    for (uint32_t index = 0; result == LQ_OK && index < comparison->stream_count; index++) {
        result = walk_stream(comparison, &comparison->streams[index]);
        if (result == LQ_OK && comparison->streams[index].told.claim > 0 && index > 0) {
            result = compare_keys(comparison, &comparison->streams[index]);
        }
        if (result == LQ_OK && index > 0) {
            result = compare_bases(comparison, &comparison->streams[index]);
        }
        if (result == LQ_OK && index > 0) {
            result = note_shredded(comparison, &comparison->streams[index]);
        }
    }
    if (result == LQ_OK) {
        result = count_ledger(comparison);
    }
    for (uint32_t index = 0; result == LQ_OK && index < comparison->stream_count; index++) {
        struct compared *at = &comparison->streams[index];
        compare_counts(comparison, at);
        at->told.pk = at->stream.key.pk;
        at->told.tenant = at->tenant;
        comparison->options->on_stream(comparison->options->context, &at->told);
    }
    return result;
}

enum lq_result lq_table_comparison_run(const struct lq_table_comparison_options *options,
                                       uint64_t *faults, struct lq_error_message *message)
{
    struct comparison comparison = {.options = options, .message = message, .faults = faults};

    *faults = 0;
    message->text[0] = '\0';
    enum lq_result result = lq_table_asker_open(&comparison.asker, options->table, message);
    if (result == LQ_OK) {
        comparison.memory = lq_alloc(LQ_FEED_RUN_BYTES_MIN, 1);
        lq_table_walk_open(&comparison.walk, &comparison.asker, options->partition);
        result = compare(&comparison);
        lq_table_walk_close(&comparison.walk);
        free(comparison.memory);
    }
    lq_table_asker_close(&comparison.asker);
    lq_base_comparison_forget(&comparison.bases);
    free(comparison.streams);
    if (result != LQ_OK && message->text[0] == '\0') {
        lq_error_message_set(message, "the ledger cannot be read: %s", lq_result_text(result));
    }
    return result;
}
