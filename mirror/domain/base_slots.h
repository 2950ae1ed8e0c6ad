// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* base_slots.h - what the table has of a session's bases, from the items of its two slots in the
 * order of their keys; and what a new base has to do with it.
 *
 * A slot is whole when it has all pieces of one base. Pieces behind its last one are of an older
 * base, and mean nothing.
 *
 * Pure. Depends on base/, base_item.h and segment_key.h.
 */
#ifndef LQ_BASE_SLOTS_H
#define LQ_BASE_SLOTS_H

#include "mirror/domain/base_item.h"

struct lq_base_slot {
    struct lq_base_header header; /* of piece 0 */
    uint32_t pieces;              /* of that base, from piece 0 on without gap */
};

struct lq_base_slots {
    lq_digest_fn digest;
    struct lq_base_slot slots[LQ_SEGMENT_KEY_BASE_SLOTS];
};

void lq_base_slots_start(struct lq_base_slots *slots, lq_digest_fn digest);

/* An item of the session: its sort key, header and body. What cannot be read is no piece. */
void lq_base_slots_take(struct lq_base_slots *slots, struct lq_view sk, struct lq_view header,
                        struct lq_view body);

/* The newest whole base; NULL: there is none. */
const struct lq_base_header *lq_base_slots_newest(const struct lq_base_slots *slots,
                                                  uint32_t *slot);

enum lq_base_verdict {
    LQ_BASE_WANTED = 1, /* write it, into `slot` */
    LQ_BASE_THERE,      /* it is there, or a newer one is */
    LQ_BASE_ODD         /* the newest one there cannot be: a head that this store has not */
};

/* `base` as it would be put, cut or not. */
enum lq_base_verdict lq_base_slots_judge(const struct lq_base_slots *slots,
                                         const struct lq_base_header *base, uint32_t *slot);

#endif
