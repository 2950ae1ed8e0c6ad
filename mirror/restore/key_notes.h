// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* key_notes.h - which keys the notes of the control stream say were destroyed.
 *
 * Item K of a tenant may be older than the stream: its writer ended before it could overwrite it,
 * or somebody has put a copy back. A note does not say whether its key was made or destroyed, but
 * each is made once: any further note about it, unless it is told again, says that it is destroyed.
 *
 * Depends on base/ and store/.
 */
#ifndef LQ_KEY_NOTES_H
#define LQ_KEY_NOTES_H

#include "store/core/outbox_entry.h"
#include "store/seal/keyring.h"

struct lq_noted_key {
    uint64_t tenant_number;
    uint32_t generation;
    bool is_destroyed;
};

struct lq_key_notes {
    struct lq_noted_key *keys;
    uint32_t count, room;
};

/* A note of kind LQ_OUTBOX_KEY, in the order of their sequences. */
void lq_key_notes_hear(struct lq_key_notes *notes, const struct lq_outbox_entry *entry);

/* A wrapped key of the tenant that is not destroyed although a note says so becomes what is left of
 * it, written to `left`. Whether it was one. */
bool lq_key_notes_cut(const struct lq_key_notes *notes, uint64_t tenant_number,
                      struct lq_view *wrapped, uint8_t left[LQ_WRAPPED_KEY_HEADER_BYTES]);

void lq_key_notes_forget(struct lq_key_notes *notes);

#endif
