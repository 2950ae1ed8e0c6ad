// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* segment_key.h - the keys of the table's items, as text: partition key `pk`, sort key `sk`.
 *
 *     pk  T#demo#P#0              the stream and the bases of tenant demo in partition 0
 *         P#0                     the control stream of partition 0, and its state
 *         T#demo                  the keys of tenant demo
 *     sk  L#00000000000000000017  segment 17
 *         B#00000000000000000005#1002   of session number 5: the base in slot 1, piece 2
 *         K                       wrapped keys
 *         M                       format, digest of the master key, newest claim
 *
 * Numbers in a sort key have a fixed width, so that text order is their order. A tenant's name has
 * no '#' (world/identity.h).
 *
 * Pure; depends on base/ and world/.
 */
#ifndef LQ_SEGMENT_KEY_H
#define LQ_SEGMENT_KEY_H

#include "base/result.h"
#include "world/identity.h"
#include "world/world_limits.h"

enum {
    LQ_SEGMENT_KEY_PK_BYTES_MAX = 2 + LQ_TENANT_NAME_BYTES_MAX + 3 + 10,
    LQ_SEGMENT_KEY_SK_BYTES_MAX = 2 + 20 + 1 + 4,
    LQ_SEGMENT_KEY_BASE_SLOTS = 2,
    LQ_SEGMENT_KEY_BASE_PIECES_MAX = 999
};

/* With room for a NUL, which these texts end with. */
struct lq_segment_key {
    char pk[LQ_SEGMENT_KEY_PK_BYTES_MAX + 1];
    char sk[LQ_SEGMENT_KEY_SK_BYTES_MAX + 1];
};

/* The partition key of a stream. An empty tenant: the control stream. Its sort key becomes empty:
 * the functions below fill it. A name that is not a tenant's is a bug. */
void lq_segment_key_stream(struct lq_view tenant, uint32_t partition, struct lq_segment_key *key);

/* The keys of a tenant's wrapped keys, and of a partition's state. */
void lq_segment_key_of_keys(struct lq_view tenant, struct lq_segment_key *key);
void lq_segment_key_of_state(uint32_t partition, struct lq_segment_key *key);

void lq_segment_key_set_number(struct lq_segment_key *key, uint64_t number);

/* slot below LQ_SEGMENT_KEY_BASE_SLOTS, piece up to LQ_SEGMENT_KEY_BASE_PIECES_MAX. */
void lq_segment_key_set_base(struct lq_segment_key *key, uint64_t session_number, uint32_t slot,
                             uint32_t piece);

/* The other way, from what a table said. LQ_ERR_CORRUPT: not exactly what the functions above
 * write. `tenant` points into `pk`; it is empty for the control stream. */
LQ_MUST_CHECK enum lq_result lq_segment_key_read_stream(struct lq_view pk, struct lq_view *tenant,
                                                        uint32_t *partition);
LQ_MUST_CHECK enum lq_result lq_segment_key_read_number(struct lq_view sk, uint64_t *number);
LQ_MUST_CHECK enum lq_result lq_segment_key_read_base(struct lq_view sk, uint64_t *session_number,
                                                      uint32_t *slot, uint32_t *piece);

#endif
