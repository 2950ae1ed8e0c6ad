// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "actors/ledger/feed_report.h"

_Static_assert(LQ_ADMIN_CURSORS_MAX >= LQ_CURSORS_MAX, "an answer has room for all cursors");

enum lq_result lq_feed_report_read(lq_ledger_t *ledger, struct lq_feed_state *state,
                                   struct lq_feed_report *report)
{
    enum lq_result result = lq_ledger_feed_state(ledger, state);

    if (result != LQ_OK) {
        return result;
    }
    *report = (struct lq_feed_report){.ledger_sequence = state->newest.ledger_sequence,
                                      .outbox_sequence = state->newest.outbox_sequence,
                                      .first_outbox_sequence = state->first_outbox_sequence,
                                      .outbox_count = state->outbox_count,
                                      .outbox_bytes = state->outbox_bytes,
                                      .cursor_count = state->cursor_count};
    memcpy(report->history, state->history, sizeof report->history);
    for (uint32_t index = 0; index < state->cursor_count; index++) {
        const struct lq_feed_cursor *cursor = &state->cursors[index];
        report->cursors[index] =
            (struct lq_cursor_entry){lq_view_text(cursor->name), cursor->position.ledger_sequence,
                                     cursor->position.outbox_sequence};
    }
    return LQ_OK;
}
