// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "store/core/partition_state.h"

#include "base/little_endian.h"

void lq_partition_state_clear(struct lq_partition_state *state, uint32_t partition)
{
    *state = (struct lq_partition_state){
        .partition = partition,
        .next_ledger_sequence = 1,
        .next_tenant_number = 1,
        .next_session_number = 1,
        .next_outbox_sequence = 1,
        .first_outbox_sequence = 1,
        .gapless_ledger = 1,
        .gapless_tenant = 1,
        .gapless_session = 1,
        .gapless_outbox = 1,
    };
}

void lq_partition_state_encode(const struct lq_partition_state *state,
                               uint8_t to[LQ_PARTITION_STATE_TAG_AT])
{
    LQ_ASSERT(state->next_ledger_sequence > 0);
    LQ_ASSERT(state->next_session_number > 0);
    lq_put_u32(to, LQ_PARTITION_FORMAT);
    lq_put_u32(to + 4, state->partition);
    lq_put_u64(to + 8, state->writer_epoch);
    lq_put_u64(to + 16, state->transaction);
    lq_put_u64(to + 24, state->next_ledger_sequence);
    lq_put_u64(to + 32, state->next_tenant_number);
    lq_put_u64(to + 40, state->next_session_number);
    lq_put_u64(to + 48, state->next_outbox_sequence);
    lq_put_u64(to + 56, state->first_outbox_sequence);
    lq_put_u64(to + 64, state->record_count);
    lq_put_u64(to + 72, state->session_count);
    lq_put_u64(to + 80, state->key_count);
    lq_put_u64(to + 88, state->frame_count);
    lq_put_u64(to + 96, state->outbox_count);
    lq_put_u64(to + 104, state->letter_count);
    lq_put_u64(to + 112, state->cursor_count);
    lq_put_u64(to + 120, state->outbox_bytes);
    lq_put_u64(to + 128, state->name_count);
    lq_put_u64(to + 136, state->gapless_ledger);
    lq_put_u64(to + 144, state->gapless_tenant);
    lq_put_u64(to + 152, state->gapless_session);
    lq_put_u64(to + 160, state->gapless_outbox);
    memcpy(to + 168, state->history, LQ_HISTORY_ID_BYTES);
    memcpy(to + 184, state->master_digest, LQ_HASH_BYTES);
    lq_digest_sum_put(&state->records, to + 216);
    lq_digest_sum_put(&state->names, to + 248);
    lq_digest_sum_put(&state->keys, to + LQ_PARTITION_STATE_KEYS_AT);
    lq_digest_sum_put(&state->outbox, to + 312);
    lq_digest_sum_put(&state->letters, to + 344);
    lq_digest_sum_put(&state->cursors, to + 376);
    lq_digest_sum_put(&state->proofs, to + 408);
    lq_put_u64(to + 440, state->proof_count);
    lq_put_u64(to + 448, state->dropped_count);
    lq_put_u64(to + 456, state->committed_wall_ns);
    lq_put_u32(to + 464, state->wall_verdict);
    lq_put_u32(to + 468, state->drop_waits);
    memcpy(to + 472, state->meta_before, LQ_HASH_BYTES);
}

static void digest_before_check(lq_digest_fn digest, const uint8_t *value,
                                uint8_t check[LQ_HASH_BYTES])
{
    LQ_ASSERT(digest != NULL);
    digest(check, lq_view_of(value, LQ_PARTITION_STATE_CHECK_AT));
}

void lq_partition_state_check(lq_digest_fn digest, uint8_t value[LQ_PARTITION_STATE_BYTES])
{
    digest_before_check(digest, value, value + LQ_PARTITION_STATE_CHECK_AT);
}

static void get_fields(const uint8_t *from, struct lq_partition_state *state)
{
    state->partition = lq_get_u32(from + 4);
    state->writer_epoch = lq_get_u64(from + 8);
    state->transaction = lq_get_u64(from + 16);
    state->next_ledger_sequence = lq_get_u64(from + 24);
    state->next_tenant_number = lq_get_u64(from + 32);
    state->next_session_number = lq_get_u64(from + 40);
    state->next_outbox_sequence = lq_get_u64(from + 48);
    state->first_outbox_sequence = lq_get_u64(from + 56);
    state->record_count = lq_get_u64(from + 64);
    state->session_count = lq_get_u64(from + 72);
    state->key_count = lq_get_u64(from + 80);
    state->frame_count = lq_get_u64(from + 88);
    state->outbox_count = lq_get_u64(from + 96);
    state->letter_count = lq_get_u64(from + 104);
    state->cursor_count = lq_get_u64(from + 112);
    state->outbox_bytes = lq_get_u64(from + 120);
    state->name_count = lq_get_u64(from + 128);
    state->gapless_ledger = lq_get_u64(from + 136);
    state->gapless_tenant = lq_get_u64(from + 144);
    state->gapless_session = lq_get_u64(from + 152);
    state->gapless_outbox = lq_get_u64(from + 160);
    memcpy(state->history, from + 168, LQ_HISTORY_ID_BYTES);
    memcpy(state->master_digest, from + 184, LQ_HASH_BYTES);
    lq_digest_sum_get(from + 216, &state->records);
    lq_digest_sum_get(from + 248, &state->names);
    lq_digest_sum_get(from + LQ_PARTITION_STATE_KEYS_AT, &state->keys);
    lq_digest_sum_get(from + 312, &state->outbox);
    lq_digest_sum_get(from + 344, &state->letters);
    lq_digest_sum_get(from + 376, &state->cursors);
    lq_digest_sum_get(from + 408, &state->proofs);
    state->proof_count = lq_get_u64(from + 440);
    state->dropped_count = lq_get_u64(from + 448);
    state->committed_wall_ns = lq_get_u64(from + 456);
    state->wall_verdict = (enum lq_wall_verdict)lq_get_u32(from + 464);
    state->drop_waits = lq_get_u32(from + 468) != 0;
    memcpy(state->meta_before, from + 472, LQ_HASH_BYTES);
}

/* Numbers and sequences start at 1; each entry has one of its own. Whether those from `gapless` on
 * are all there, who reads the tables sees. */
static bool counts_fit(uint64_t gapless, uint64_t next, uint64_t count)
{
    return gapless > 0 && gapless <= next && count < next;
}

static bool is_sound(const struct lq_partition_state *state)
{
    return state->first_outbox_sequence > 0 &&
           state->first_outbox_sequence <= state->next_outbox_sequence &&
           state->outbox_count <= state->next_outbox_sequence - state->first_outbox_sequence &&
           state->gapless_outbox > 0 && state->gapless_outbox <= state->next_outbox_sequence &&
           state->name_count >= state->session_count &&
           state->record_count < state->next_ledger_sequence &&
           state->dropped_count < state->next_ledger_sequence &&
           counts_fit(state->gapless_ledger, state->next_ledger_sequence,
                      state->record_count + state->dropped_count) &&
           state->proof_count <= state->session_count &&
           state->proof_count <= state->dropped_count &&
           state->wall_verdict <= LQ_WALL_VERDICT_LAST &&
           counts_fit(state->gapless_session, state->next_session_number, state->session_count) &&
           counts_fit(state->gapless_tenant, state->next_tenant_number,
                      state->name_count - state->session_count);
}

enum lq_result lq_partition_state_decode(struct lq_view value, lq_digest_fn digest,
                                         struct lq_partition_state *state)
{
    const uint8_t *from = value.data;
    uint8_t check[LQ_HASH_BYTES];

    if (value.bytes < 4) {
        return LQ_ERR_CORRUPT;
    }
    /* A value of another length is another format's, or cut; of ours, it has to hold together. */
    if (value.bytes != LQ_PARTITION_STATE_BYTES) {
        return lq_get_u32(from) == LQ_PARTITION_FORMAT ? LQ_ERR_CORRUPT : LQ_ERR_VERSION;
    }
    digest_before_check(digest, from, check);
    if (memcmp(check, from + LQ_PARTITION_STATE_CHECK_AT, sizeof check) != 0) {
        return LQ_ERR_CORRUPT;
    }
    if (lq_get_u32(from) != LQ_PARTITION_FORMAT) {
        return LQ_ERR_VERSION;
    }
    get_fields(from, state);
    return is_sound(state) ? LQ_OK : LQ_ERR_CORRUPT;
}
