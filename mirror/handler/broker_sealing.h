// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* broker_sealing.h - entries of the broker's outbox as they go to the table: sealed under the
 * master key (store/seal/broker_seal.h), a letter under its tenant's before
 * (store/lmdb/ledger_letter.h); and what they are known by there (lq_segment_broker_identity()). */
#ifndef LQ_BROKER_SEALING_H
#define LQ_BROKER_SEALING_H

#include "base/arena.h"
#include "proto/admin_codec.h"
#include "store/core/hash_chain.h"
#include "store/lmdb/ledger_letter.h"

struct lq_broker_sealing {
    lq_ledger_t *ledger;      /* borrowed; whose keys seal */
    struct lq_letter *letter; /* decoded, in `arena` */
    struct lq_arena arena;
    uint8_t *opened;        /* a letter that was sealed; NULL before the first */
    uint64_t tenant_number; /* whose letter was sealed last; 0: that was none, or nobody's */
};

void lq_broker_sealing_open(struct lq_broker_sealing *sealing, lq_ledger_t *ledger);
void lq_broker_sealing_close(struct lq_broker_sealing *sealing);

/* Seal a whole entry of the store to `to`, which has entry.bytes + LQ_LEDGER_LETTER_EXTRA_BYTES;
 * *bytes: how long it is. LQ_ERR_CORRUPT: it cannot be read. Else as lq_ledger_letter_seal(). */
LQ_MUST_CHECK enum lq_result lq_broker_sealing_write(struct lq_broker_sealing *sealing,
                                                     struct lq_view entry, uint8_t *to,
                                                     size_t *bytes);

/* The letter of an entry, in clear. It lives until the next call. LQ_ERR_CORRUPT; LQ_ERR_KEY: it
 * came sealed from a restore, and its key was destroyed. */
LQ_MUST_CHECK enum lq_result lq_broker_sealing_letter(struct lq_broker_sealing *sealing,
                                                      struct lq_view entry,
                                                      const struct lq_letter **letter);

/* What a whole entry of the store is known by, once it is sealed. */
LQ_MUST_CHECK enum lq_result lq_broker_sealing_identity(struct lq_broker_sealing *sealing,
                                                        struct lq_view entry,
                                                        uint8_t identity[LQ_HASH_BYTES]);

/* The same for an entry that the table knows by `table`: earlier programs sealed letters as all
 * else, and knew them by that. */
LQ_MUST_CHECK enum lq_result lq_broker_sealing_compare(struct lq_broker_sealing *sealing,
                                                       struct lq_view entry,
                                                       const uint8_t table[LQ_HASH_BYTES],
                                                       uint8_t identity[LQ_HASH_BYTES]);

#endif
