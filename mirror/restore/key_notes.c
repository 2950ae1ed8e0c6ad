// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "mirror/restore/key_notes.h"

#include "base/alloc.h"
#include "base/little_endian.h"

#include <stdlib.h>

/* From the newest on: what is told again comes in the order in which it was told first. */
static struct lq_noted_key *find(const struct lq_key_notes *notes, uint64_t tenant_number,
                                 uint32_t generation)
{
    for (uint32_t index = notes->count; index > 0; index--) {
        struct lq_noted_key *key = &notes->keys[index - 1];
        if (key->tenant_number == tenant_number && key->generation == generation) {
            return key;
        }
    }
    return NULL;
}

void lq_key_notes_hear(struct lq_key_notes *notes, const struct lq_outbox_entry *entry)
{
    struct lq_noted_key *key = find(notes, entry->tenant_number, entry->key_generation);

    LQ_ASSERT(entry->kind == LQ_OUTBOX_KEY);
    if (key != NULL) {
        key->is_destroyed = key->is_destroyed || !lq_outbox_entry_is_again(entry);
        return;
    }
    if (notes->count == notes->room) {
        notes->room = notes->room == 0 ? 64 : 2 * notes->room;
        notes->keys = lq_realloc(notes->keys, notes->room, sizeof *notes->keys);
    }
    notes->keys[notes->count++] =
        (struct lq_noted_key){entry->tenant_number, entry->key_generation, false};
}

bool lq_key_notes_cut(const struct lq_key_notes *notes, uint64_t tenant_number,
                      struct lq_view *wrapped, uint8_t left[LQ_WRAPPED_KEY_HEADER_BYTES])
{
    if (wrapped->bytes < LQ_WRAPPED_KEY_HEADER_BYTES || lq_keyring_is_destroyed(*wrapped)) {
        return false;
    }
    uint32_t generation = lq_get_u32(wrapped->data + 4);
    const struct lq_noted_key *key = find(notes, tenant_number, generation);
    if (key == NULL || !key->is_destroyed) {
        return false;
    }
    lq_keyring_write_destroyed(tenant_number, generation, left);
    *wrapped = lq_view_of(left, LQ_WRAPPED_KEY_HEADER_BYTES);
    return true;
}

void lq_key_notes_forget(struct lq_key_notes *notes)
{
    free(notes->keys);
    *notes = (struct lq_key_notes){.count = 0};
}
