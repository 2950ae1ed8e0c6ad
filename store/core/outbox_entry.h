// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* outbox_entry.h - the clear header of one event in the outbox, version 1, little endian.
 *
 *     offset  bytes  what                      offset  bytes  what
 *          0      2  version, 1                    24      8  session number
 *          2      2  zero                          32      8  frame
 *          4      4  key generation                40      8  ledger sequence of that frame
 *          8      8  outbox sequence               48      4  index of the event in its frame
 *         16      8  tenant number                 52      4  event bytes
 *
 * Then a nonce (24), the sealed event, and its tag (16). The header is the seal's associated data.
 * To change it, go through the list in record.h.
 *
 * Pure; depends on base/.
 */
#ifndef LQ_OUTBOX_ENTRY_H
#define LQ_OUTBOX_ENTRY_H

#include "base/result.h"
#include "base/view.h"

#define LQ_OUTBOX_ENTRY_VERSION 1u

enum { LQ_OUTBOX_ENTRY_HEADER_BYTES = 56, LQ_OUTBOX_ENTRY_EXTRA_BYTES = 56 + 24 + 16 };

struct lq_outbox_entry {
    uint32_t key_generation;
    uint32_t event_index;
    uint32_t event_bytes;
    uint64_t outbox_sequence;
    uint64_t tenant_number;
    uint64_t session_number;
    uint64_t frame;
    uint64_t ledger_sequence;
};

void lq_outbox_entry_encode(const struct lq_outbox_entry *entry,
                            uint8_t to[LQ_OUTBOX_ENTRY_HEADER_BYTES]);

/* Of a whole entry. LQ_ERR_VERSION; LQ_ERR_CORRUPT: a length that does not fit. */
LQ_MUST_CHECK enum lq_result lq_outbox_entry_decode(struct lq_view value,
                                                    struct lq_outbox_entry *entry);

#endif
