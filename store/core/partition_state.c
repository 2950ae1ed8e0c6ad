// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "store/core/partition_state.h"

#include "base/little_endian.h"

void lq_partition_state_clear(struct lq_partition_state *state, uint32_t partition)
{
    *state = (struct lq_partition_state){partition, 0, 1, 1, 1, 1};
}

void lq_partition_state_encode(const struct lq_partition_state *state,
                               uint8_t to[LQ_PARTITION_STATE_BYTES])
{
    LQ_ASSERT(state->next_ledger_sequence > 0);
    LQ_ASSERT(state->next_session_number > 0);
    lq_put_u32(to, LQ_PARTITION_FORMAT);
    lq_put_u32(to + 4, state->partition);
    lq_put_u64(to + 8, state->writer_epoch);
    lq_put_u64(to + 16, state->next_ledger_sequence);
    lq_put_u64(to + 24, state->next_tenant_number);
    lq_put_u64(to + 32, state->next_session_number);
    lq_put_u64(to + 40, state->next_outbox_sequence);
}

enum lq_result lq_partition_state_decode(struct lq_view value, struct lq_partition_state *state)
{
    const uint8_t *from = value.data;

    if (value.bytes < 4) {
        return LQ_ERR_CORRUPT;
    }
    if (lq_get_u32(from) != LQ_PARTITION_FORMAT) {
        return LQ_ERR_VERSION;
    }
    if (value.bytes != LQ_PARTITION_STATE_BYTES) {
        return LQ_ERR_CORRUPT;
    }
    state->partition = lq_get_u32(from + 4);
    state->writer_epoch = lq_get_u64(from + 8);
    state->next_ledger_sequence = lq_get_u64(from + 16);
    state->next_tenant_number = lq_get_u64(from + 24);
    state->next_session_number = lq_get_u64(from + 32);
    state->next_outbox_sequence = lq_get_u64(from + 40);
    if (state->next_ledger_sequence == 0 || state->next_tenant_number == 0 ||
        state->next_session_number == 0 || state->next_outbox_sequence == 0) {
        return LQ_ERR_CORRUPT;
    }
    return LQ_OK;
}
