// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "mirror/handler/notes_again.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"

#include <inttypes.h>
#include <stdlib.h>

#define RUNS_PER_TURN 4u
#define LOOK_NS LQ_NS_PER_MS

void lq_notes_again_open(struct lq_notes_again *notes, struct lq_ledger_source *source,
                         struct lq_mirror_streams *streams, struct lq_table_port *port,
                         struct lq_asked_telling *asked)
{
    *notes = (struct lq_notes_again){
        .source = source, .streams = streams, .port = port, .asked = asked, .look_ns = UINT64_MAX};
    notes->run.memory = lq_alloc(LQ_FEED_RUN_BYTES_MIN, 1);
    notes->run.bytes_max = LQ_FEED_RUN_BYTES_MIN;
}

void lq_notes_again_close(struct lq_notes_again *notes)
{
    free(notes->run.memory);
    notes->run.memory = NULL;
}

/* ---- beginning ---- */

struct known_tenants {
    struct lq_mirror_streams *streams;
    enum lq_result result;
};

static void add_tenant(void *context, struct lq_view name, uint64_t number)
{
    struct known_tenants *known = context;
    enum lq_result result = lq_mirror_streams_add(known->streams, name, number);

    known->result = known->result == LQ_OK ? result : known->result;
}

enum lq_result lq_notes_again_look(struct lq_notes_again *notes)
{
    struct lq_feed_state state;
    enum lq_result result = lq_ledger_source_state(notes->source, &state);

    if (result == LQ_OK) {
        notes->kept_after = state.first_outbox_sequence - 1;
    }
    return result;
}

static void start(struct lq_notes_again *notes)
{
    lq_telling_port_begin(notes->asked);
    notes->run.count = notes->next = 0;
    notes->streams->notes_from = UINT64_MAX;
}

enum lq_result lq_notes_again_begin(struct lq_notes_again *notes, uint64_t after)
{
    struct known_tenants known = {notes->streams, LQ_OK};
    enum lq_result result = lq_notes_again_look(notes);

    if (result != LQ_OK) {
        return result;
    }
    if (notes->told_to > 0 && notes->kept_after <= notes->told_to) {
        lq_log_error("events in entries %" PRIu64 " to %" PRIu64
                     " of the outbox were trimmed before they were mirrored",
                     after + 1, notes->kept_after);
        return LQ_OK;
    }
    lq_log_warning("entries %" PRIu64 " to %" PRIu64 " of the ledger's outbox are gone, and are "
                   "not in the table: the ledger's tables are told again; events in them, if any, "
                   "are lost",
                   after + 1, notes->kept_after);
    start(notes);
    /* Their notes may be among what is gone. */
    result = lq_ledger_source_tenants(notes->source, add_tenant, &known);
    return result == LQ_OK ? known.result : result;
}

/* ---- reading ahead ---- */

static bool is_a_note(const struct lq_feed_entry *entry)
{
    struct lq_outbox_entry head;

    return !entry->is_record &&
           (lq_outbox_entry_decode(entry->value, &head) != LQ_OK || head.kind != LQ_OUTBOX_EVENT);
}

/* As many notes as have room; all else comes in its turn. */
static enum lq_result take(struct lq_notes_again *notes, uint64_t now_ns)
{
    while (notes->next < notes->run.count) {
        const struct lq_feed_entry *entry = &notes->run.entries[notes->next];
        enum lq_result result = LQ_OK;
        if (is_a_note(entry)) {
            result = lq_feed_note_apply(notes->streams, notes->port, entry);
            if (result == LQ_OK) {
                result = lq_mirror_streams_take(notes->streams, entry, now_ns);
            }
        }
        if (result != LQ_OK) {
            return result;
        }
        notes->at = entry->is_record ? notes->at : entry->sequence;
        notes->next++;
    }
    return LQ_OK;
}

/* The outbox alone: behind the newest record. */
static enum lq_result read_run(struct lq_notes_again *notes)
{
    struct lq_feed_state state;
    enum lq_result result = lq_ledger_source_state(notes->source, &state);
    const struct lq_feed_position after = {state.newest.ledger_sequence, notes->at};

    notes->next = 0;
    notes->run.count = 0;
    if (result == LQ_OK) {
        result = lq_ledger_feed_read(notes->source->ledger, after, &notes->run);
    }
    if (result == LQ_ERR_STALE) {
        lq_log_warning("what is told again was trimmed before it was mirrored "
                       "(store/outbox_bytes_max): begun anew");
        start(notes);
        return LQ_OK;
    }
    return result;
}

static enum lq_result end(struct lq_notes_again *notes)
{
    const struct lq_telling *telling = &notes->asked->telling;

    notes->told_to = telling->last;
    notes->streams->notes_from = telling->last;
    lq_log_info("the ledger's tables are told again: %" PRIu64 " entries, in notes %" PRIu64
                " to %" PRIu64,
                telling->told, telling->first, telling->last);
    return lq_notes_again_look(notes);
}

enum lq_result lq_notes_again_turn(struct lq_notes_again *notes, uint64_t now_ns)
{
    struct lq_telling *telling = &notes->asked->telling;

    notes->look_ns = UINT64_MAX;
    if (telling->first == 0) {
        return LQ_OK;
    }
    notes->at = notes->at + 1 < telling->first ? telling->first - 1 : notes->at;
    for (uint32_t run = 0; run < RUNS_PER_TURN; run++) {
        enum lq_result result = take(notes, now_ns);
        if (result != LQ_OK) {
            return result == LQ_ERR_FULL ? LQ_OK : result;
        }
        if (lq_telling_read(telling, notes->at)) {
            return end(notes);
        }
        if (telling->state != LQ_TELLING_READING) {
            return LQ_OK;
        }
        result = read_run(notes);
        if (result != LQ_OK || telling->first == 0) {
            return result;
        }
        if (notes->run.count == 0) {
            notes->look_ns = now_ns + LOOK_NS; /* what was answered is not seen yet */
            return LQ_OK;
        }
    }
    notes->look_ns = now_ns; /* there is more */
    return LQ_OK;
}
