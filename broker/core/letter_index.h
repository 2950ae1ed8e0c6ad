// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* letter_index.h - which command lies in which open dead letter.
 *
 * Open addressing over (client, sequence, session by its hash); sized at start. Pure.
 */
#ifndef LQ_LETTER_INDEX_H
#define LQ_LETTER_INDEX_H

#include "world/identity.h"

struct lq_letter_slot {
    struct lq_client_id client;
    uint64_t sequence;
    uint64_t session_hash;
    uint64_t letter_id; /* 0: empty */
};

struct lq_letter_index {
    struct lq_letter_slot *slots;
    uint32_t slot_mask;
    uint32_t count;
    uint32_t count_max;
};

/* How many slots an index of so many letters has. */
uint32_t lq_letter_index_slots(uint32_t letters_max);

/* An empty index in slots that are zeroed. */
void lq_letter_index_init(struct lq_letter_index *index, uint32_t letters_max,
                          struct lq_letter_slot *slots);

/* The letter that holds the command, or 0. */
uint64_t lq_letter_index_find(const struct lq_letter_index *index,
                              const struct lq_client_id *client, uint64_t sequence,
                              uint64_t session_hash);

/* False: no room. Adding a command that is there already changes its letter. */
bool lq_letter_index_add(struct lq_letter_index *index, const struct lq_client_id *client,
                         uint64_t sequence, uint64_t session_hash, uint64_t letter_id);

/* False: it was not there. */
bool lq_letter_index_remove(struct lq_letter_index *index, const struct lq_client_id *client,
                            uint64_t sequence, uint64_t session_hash);

#endif
