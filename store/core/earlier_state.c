// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "store/core/earlier_state.h"

#include "base/little_endian.h"

#include <stddef.h>

/* Where each format has a field; 0: nowhere, since its number stands there. */
struct place {
    size_t member; /* of struct lq_partition_state */
    uint16_t at[LQ_EARLIER_STATE_FORMATS];
};

#define MEMBER(name) offsetof(struct lq_partition_state, name)

static const struct place numbers[] = {
    {MEMBER(writer_epoch), {8, 8, 8, 8}},
    {MEMBER(transaction), {0, 16, 16, 16}},
    {MEMBER(next_ledger_sequence), {16, 24, 24, 24}},
    {MEMBER(next_tenant_number), {24, 32, 32, 32}},
    {MEMBER(next_session_number), {32, 40, 40, 40}},
    {MEMBER(next_outbox_sequence), {40, 48, 48, 48}},
    {MEMBER(first_outbox_sequence), {0, 0, 56, 56}},
    {MEMBER(record_count), {0, 0, 64, 64}},
    {MEMBER(session_count), {0, 0, 72, 72}},
    {MEMBER(key_count), {0, 56, 80, 80}},
    {MEMBER(frame_count), {0, 64, 88, 88}},
    {MEMBER(outbox_count), {0, 0, 96, 96}},
    {MEMBER(letter_count), {0, 72, 104, 104}},
    {MEMBER(cursor_count), {0, 0, 112, 112}},
    {MEMBER(outbox_bytes), {0, 0, 120, 120}},
    {MEMBER(name_count), {0, 0, 0, 128}},
    {MEMBER(gapless_ledger), {0, 0, 0, 136}},
    {MEMBER(gapless_tenant), {0, 0, 0, 144}},
    {MEMBER(gapless_session), {0, 0, 0, 152}},
    {MEMBER(gapless_outbox), {0, 0, 0, 160}},
};

static const struct place sums[] = {
    {MEMBER(records), {0, 112, 176, 216}}, {MEMBER(names), {0, 144, 208, 248}},
    {MEMBER(keys), {0, 176, 240, 280}},    {MEMBER(outbox), {0, 208, 272, 312}},
    {MEMBER(letters), {0, 240, 304, 344}}, {MEMBER(cursors), {0, 0, 336, 376}},
};

static const struct place digests[] = {
    {MEMBER(master_digest), {0, 80, 144, 184}},
    {MEMBER(meta_before), {0, 272, 368, 408}},
};

static const uint16_t history_at[LQ_EARLIER_STATE_FORMATS] = {0, 0, 128, 168};
static const uint16_t tag_at[LQ_EARLIER_STATE_FORMATS] = {0, 304, 400, 440};

/* What formats without a count of their own count by: nothing is ever missing in them. */
static void follow_numbers(struct lq_partition_state *state)
{
    state->record_count = state->next_ledger_sequence - 1;
    state->session_count = state->next_session_number - 1;
    state->name_count = state->session_count + state->next_tenant_number - 1;
    state->outbox_count = state->next_outbox_sequence - 1;
}

static void get_fields(const uint8_t *from, uint32_t index, struct lq_earlier_state *earlier)
{
    struct lq_partition_state *state = &earlier->state;
    uint8_t *to = (uint8_t *)state;

    state->partition = lq_get_u32(from + 4);
    for (size_t field = 0; field < sizeof numbers / sizeof numbers[0]; field++) {
        uint64_t number = lq_get_u64(from + numbers[field].at[index]);

        if (numbers[field].at[index] != 0) {
            memcpy(to + numbers[field].member, &number, sizeof number);
        }
    }
    for (size_t field = 0; field < sizeof sums / sizeof sums[0]; field++) {
        if (sums[field].at[index] != 0) {
            struct lq_digest_sum sum;

            lq_digest_sum_get(from + sums[field].at[index], &sum);
            memcpy(to + sums[field].member, &sum, sizeof sum);
        }
    }
    for (size_t field = 0; field < sizeof digests / sizeof digests[0]; field++) {
        if (digests[field].at[index] != 0) {
            memcpy(to + digests[field].member, from + digests[field].at[index], LQ_HASH_BYTES);
        }
    }
    if (history_at[index] != 0) {
        memcpy(state->history, from + history_at[index], LQ_HISTORY_ID_BYTES);
        earlier->has_history = true;
    }
}

static bool is_sound(const struct lq_partition_state *state)
{
    return state->next_ledger_sequence > 0 && state->next_tenant_number > 0 &&
           state->next_session_number > 0 && state->first_outbox_sequence > 0 &&
           state->first_outbox_sequence <= state->next_outbox_sequence;
}

enum lq_result lq_earlier_state_decode(struct lq_view value, lq_digest_fn digest,
                                       struct lq_earlier_state *earlier)
{
    static const size_t lengths[LQ_EARLIER_STATE_FORMATS] = {48, 368, 464, 504};
    const uint8_t *from = value.data;
    uint8_t check[LQ_HASH_BYTES];

    *earlier = (struct lq_earlier_state){.format = 0};
    if (value.bytes < 4) {
        return LQ_ERR_CORRUPT;
    }
    earlier->format = lq_get_u32(from);
    if (earlier->format == 0 || earlier->format > LQ_EARLIER_STATE_FORMATS) {
        return LQ_ERR_VERSION;
    }
    uint32_t index = earlier->format - 1;
    if (value.bytes != lengths[index]) {
        return LQ_ERR_CORRUPT;
    }
    earlier->tag_at = tag_at[index];
    earlier->has_proof = earlier->tag_at > 0;
    if (earlier->has_proof) {
        const uint8_t *there = from + earlier->tag_at + LQ_HASH_BYTES;

        digest(check, lq_view_of(from, (size_t)(there - from)));
        if (memcmp(check, there, sizeof check) != 0) {
            return LQ_ERR_CORRUPT;
        }
    }
    lq_partition_state_clear(&earlier->state, 0);
    get_fields(from, index, earlier);
    if (!is_sound(&earlier->state)) {
        return LQ_ERR_CORRUPT;
    }
    if (earlier->format < 3) {
        follow_numbers(&earlier->state);
    } else if (earlier->format == 3) {
        earlier->state.name_count =
            earlier->state.session_count + earlier->state.next_tenant_number - 1;
    }
    return LQ_OK;
}
