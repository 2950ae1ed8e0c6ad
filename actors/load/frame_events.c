// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "actors/load/frame_events.h"

#include "proto/tick_codec.h"
#include "store/core/outbox_entry.h"
#include "world/world_limits.h"

#define ENTRY_BYTES_MAX 4096u

/* An entry of the outbox, out of the store. */
struct found_entry {
    uint8_t memory[ENTRY_BYTES_MAX];
    struct lq_feed_entry entry;
    struct lq_outbox_entry header;
};

static bool get_entry(lq_ledger_t *ledger, uint64_t sequence, struct found_entry *found)
{
    found->entry = (struct lq_feed_entry){.sequence = sequence};
    return lq_ledger_feed_get(ledger, &found->entry, found->memory, sizeof found->memory) ==
               LQ_OK &&
           lq_outbox_entry_decode(found->entry.value, &found->header) == LQ_OK;
}

/* The first entry at or behind the record's, among those kept; newest + 1: there is none. False:
 * the way there is broken. */
static bool find_first(lq_ledger_t *ledger, const struct lq_feed_state *state,
                       uint64_t ledger_sequence, uint64_t *sequence)
{
    uint64_t low = state->first_outbox_sequence;
    uint64_t high = state->newest.outbox_sequence + 1;
    struct found_entry found;

    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        if (!get_entry(ledger, middle, &found)) {
            return false;
        }
        if (found.header.ledger_sequence < ledger_sequence) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    *sequence = low;
    return true;
}

/* False: it is none of the frame's, or cannot be read; then nothing is known. */
static bool take_event(lq_ledger_t *ledger, const struct found_entry *found, uint8_t *plain,
                       struct lq_frame_events *events)
{
    struct lq_feed_plain opened;

    if (events->count == LQ_EVENTS_PER_TICK_MAX ||
        lq_ledger_feed_open(ledger, &found->entry, plain, &opened) != LQ_OK ||
        lq_tick_event_decode(opened.content, &events->entries[events->count]) != LQ_OK) {
        events->known = false;
        return false;
    }
    events->count++;
    return true;
}

void lq_frame_events_find(lq_ledger_t *ledger, const struct lq_feed_state *state,
                          uint64_t ledger_sequence, uint8_t *plain, struct lq_frame_events *events)
{
    struct found_entry found;
    uint64_t sequence = 0;

    events->count = 0;
    events->known = ledger_sequence >= state->gapless.ledger_sequence &&
                    state->first_outbox_sequence >= state->gapless.outbox_sequence &&
                    find_first(ledger, state, ledger_sequence, &sequence);
    if (!events->known) {
        return;
    }
    bool is_oldest = sequence == state->first_outbox_sequence && sequence > 1;
    while (events->known && sequence <= state->newest.outbox_sequence) {
        if (!get_entry(ledger, sequence, &found)) {
            events->known = false;
            return;
        }
        if (found.header.ledger_sequence != ledger_sequence) {
            break;
        }
        /* Of a frame's events the first ones may be gone. */
        if (is_oldest && found.header.kind == LQ_OUTBOX_EVENT && found.header.event_index == 0) {
            is_oldest = false;
        }
        if (found.header.kind == LQ_OUTBOX_EVENT && !take_event(ledger, &found, plain, events)) {
            return;
        }
        sequence++;
    }
    events->known = events->known && !is_oldest;
}
