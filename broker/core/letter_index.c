// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "broker/core/letter_index.h"

#include "base/contract.h"

uint32_t lq_letter_index_slots(uint32_t letters_max)
{
    uint32_t slots = 16;

    while (slots < letters_max * 2) {
        slots *= 2;
    }
    return slots;
}

void lq_letter_index_init(struct lq_letter_index *index, uint32_t letters_max,
                          struct lq_letter_slot *slots)
{
    index->slots = slots;
    index->slot_mask = lq_letter_index_slots(letters_max) - 1;
    index->count = 0;
    index->count_max = letters_max;
}

/* The client's id is random, but whoever sends it chooses it: mix it with the sequence. */
static uint32_t home_slot(const struct lq_letter_index *index, const struct lq_client_id *client,
                          uint64_t sequence, uint64_t session_hash)
{
    uint64_t hash = session_hash;

    for (size_t at = 0; at < sizeof client->bytes; at++) {
        hash = (hash ^ client->bytes[at]) * UINT64_C(0x100000001b3);
    }
    hash = (hash ^ sequence) * UINT64_C(0x9e3779b97f4a7c15);
    return (uint32_t)(hash >> 32) & index->slot_mask;
}

static bool slot_holds(const struct lq_letter_slot *slot, const struct lq_client_id *client,
                       uint64_t sequence, uint64_t session_hash)
{
    return slot->sequence == sequence && slot->session_hash == session_hash &&
           lq_client_id_equal(&slot->client, client);
}

/* The slot that holds the command, or the empty one where it would go. */
static uint32_t find_slot(const struct lq_letter_index *index, const struct lq_client_id *client,
                          uint64_t sequence, uint64_t session_hash)
{
    uint32_t at = home_slot(index, client, sequence, session_hash);

    while (index->slots[at].letter_id != 0 &&
           !slot_holds(&index->slots[at], client, sequence, session_hash)) {
        at = (at + 1) & index->slot_mask;
    }
    return at;
}

uint64_t lq_letter_index_find(const struct lq_letter_index *index,
                              const struct lq_client_id *client, uint64_t sequence,
                              uint64_t session_hash)
{
    if (index->count == 0) {
        return 0;
    }
    return index->slots[find_slot(index, client, sequence, session_hash)].letter_id;
}

bool lq_letter_index_add(struct lq_letter_index *index, const struct lq_client_id *client,
                         uint64_t sequence, uint64_t session_hash, uint64_t letter_id)
{
    LQ_ASSERT(letter_id != 0);
    struct lq_letter_slot *slot = &index->slots[find_slot(index, client, sequence, session_hash)];

    if (slot->letter_id == 0) {
        if (index->count >= index->count_max) {
            return false;
        }
        index->count++;
    }
    *slot = (struct lq_letter_slot){*client, sequence, session_hash, letter_id};
    return true;
}

bool lq_letter_index_remove(struct lq_letter_index *index, const struct lq_client_id *client,
                            uint64_t sequence, uint64_t session_hash)
{
    uint32_t hole = find_slot(index, client, sequence, session_hash);

    if (index->slots[hole].letter_id == 0) {
        return false;
    }
    index->count--;
    /* Close the hole, so that searches never need tombstones: move up each follower whose home lies
     * at or before it. */
    for (uint32_t at = (hole + 1) & index->slot_mask; index->slots[at].letter_id != 0;
         at = (at + 1) & index->slot_mask) {
        const struct lq_letter_slot *slot = &index->slots[at];
        uint32_t home = home_slot(index, &slot->client, slot->sequence, slot->session_hash);
        if (((at - home) & index->slot_mask) >= ((at - hole) & index->slot_mask)) {
            index->slots[hole] = *slot;
            hole = at;
        }
    }
    index->slots[hole].letter_id = 0;
    return true;
}
