// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* outbox_note.h - the body of a note in the outbox: what happened to the tables that lie beside the
 * records.
 *
 *     kind          body of the note
 *     1  tenant     execution id that created it (u64 epoch, u64 counter), name
 *     2  session    name
 *     3  key        nothing: that generation of the tenant's key was made, or destroyed
 *     4  letter     u64 letter id: that frame decided it
 *     5  again      nothing: whatever the tables hold is told again from here on
 *     6  retention  u64 seconds: for so long the tenant's frames are kept; 0: for ever
 *     7  deleted    H of the session's last frame, the entry's, and u64 ledger sequence of its
 *                   record: nothing comes behind it
 *
 * Pure; depends on base/ and world/.
 */
#ifndef LQ_OUTBOX_NOTE_H
#define LQ_OUTBOX_NOTE_H

#include "store/core/hash_chain.h"
#include "store/core/outbox_entry.h"
#include "world/identity.h"
#include "world/world_limits.h"

enum {
    LQ_OUTBOX_NOTE_BODY_BYTES_MAX = 16 + LQ_SESSION_NAME_BYTES_MAX,
    LQ_OUTBOX_NOTE_BYTES_MAX = LQ_OUTBOX_ENTRY_TAGGED_BYTES + LQ_OUTBOX_NOTE_BODY_BYTES_MAX
};

/* What the body of a note says; what its kind has not is zero. */
struct lq_outbox_note {
    struct lq_execution_id execution; /* tenant */
    struct lq_view name;              /* tenant, session */
    uint64_t letter_id;               /* letter */
    uint64_t retention_s;             /* retention */
    uint8_t hash[LQ_HASH_BYTES];      /* deleted */
    uint64_t ledger_sequence;         /* deleted: of the session's last record */
};

/* The body of a note; its length. */
size_t lq_outbox_note_encode(enum lq_outbox_kind kind, const struct lq_outbox_note *note,
                             uint8_t to[LQ_OUTBOX_NOTE_BODY_BYTES_MAX]);

/* Of the whole entry that was decoded to `entry`, which is no event. The name points into `value`.
 * LQ_ERR_CORRUPT: a length that does not fit, or a name that nothing can have. */
LQ_MUST_CHECK enum lq_result lq_outbox_note_decode(struct lq_view value,
                                                   const struct lq_outbox_entry *entry,
                                                   struct lq_outbox_note *note);

#endif
