// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* outbox_entry.h - one entry of the outbox: an event that a stage emitted in a frame, or a note of
 * what the ledger keeps in its tables alone. Records and outbox together tell everything that
 * happened in a partition, in one order: an entry comes after the record whose sequence it names.
 * The clear header, version 1, little endian:
 *
 *     offset  bytes  what                      offset  bytes  what
 *          0      2  version, 1                    24      8  session number; 0: of none
 *          2      2  kind                          32      8  frame
 *          4      4  key generation                40      8  ledger sequence it comes after
 *          8      8  outbox sequence               48      4  index of the event in its frame
 *         16      8  tenant number                 52      4  body bytes
 *
 * In place of an index a note has 0, or 1 where it is told again: of what was there before. Such a
 * one names the record that it is about, however old that is.
 *
 * Behind it of an event: a nonce (24), the sealed body, and its tag (16); the header is the seal's
 * associated data. Of a note: the body in clear, and a tag (16) by the master key
 * (store/seal/entry_proof.h).
 *
 * What a note says: outbox_note.h.
 *
 * To change it, go through the list in record.h.
 *
 * Pure; depends on base/.
 */
#ifndef LQ_OUTBOX_ENTRY_H
#define LQ_OUTBOX_ENTRY_H

#include "base/result.h"
#include "base/view.h"

#define LQ_OUTBOX_ENTRY_VERSION 1u

enum lq_outbox_kind {
    LQ_OUTBOX_EVENT = 0,
    LQ_OUTBOX_TENANT,
    LQ_OUTBOX_SESSION,
    LQ_OUTBOX_KEY,
    LQ_OUTBOX_LETTER,
    LQ_OUTBOX_AGAIN,
    LQ_OUTBOX_RETENTION,
    LQ_OUTBOX_DELETED,
    LQ_OUTBOX_KIND_LAST = LQ_OUTBOX_DELETED
};

enum {
    LQ_OUTBOX_ENTRY_HEADER_BYTES = 56,
    LQ_OUTBOX_ENTRY_SEALED_BYTES = LQ_OUTBOX_ENTRY_HEADER_BYTES + 24 + 16, /* beside the body */
    LQ_OUTBOX_ENTRY_TAGGED_BYTES = LQ_OUTBOX_ENTRY_HEADER_BYTES + 16
};

struct lq_outbox_entry {
    enum lq_outbox_kind kind;
    uint32_t key_generation; /* of the seal; of a key: the one it is about; else 0 */
    uint32_t event_index;    /* of notes 0; 1: told again */
    uint32_t body_bytes;
    uint64_t outbox_sequence;
    uint64_t tenant_number;
    uint64_t session_number;
    uint64_t frame;
    uint64_t ledger_sequence; /* 0: before all records */
};

/* A note of what was told before, or of the beginning of such notes. */
static inline bool lq_outbox_entry_is_again(const struct lq_outbox_entry *entry)
{
    return entry->kind != LQ_OUTBOX_EVENT && entry->event_index == 1;
}

void lq_outbox_entry_encode(const struct lq_outbox_entry *entry,
                            uint8_t to[LQ_OUTBOX_ENTRY_HEADER_BYTES]);

/* Of a whole entry. LQ_ERR_VERSION; LQ_ERR_CORRUPT: a length that does not fit, a kind that there
 * is not, a field that its kind has not. */
LQ_MUST_CHECK enum lq_result lq_outbox_entry_decode(struct lq_view value,
                                                    struct lq_outbox_entry *entry);

#endif
