// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* What waits for the table. */
#include "broker/core/held_answers.h"
#include "tests/unit/broker/core/core_tally.h"

/* Payloads that wait, whose bytes count as the tenant's. */
static const struct lq_payload *payload_of(const struct lq_broker_effect *effect)
{
    return effect->kind == LQ_EFFECT_PUBLISH      ? &effect->publish.world
           : effect->kind == LQ_EFFECT_ADMIN_DONE ? &effect->admin_done.reply
                                                  : NULL;
}

static bool is_listed(const struct lq_index_list *list, const struct lq_broker_core *core,
                      uint32_t tenant, bool of_behind)
{
    uint32_t found = 0;

    for (uint32_t at = list->first; at != 0;
         at = of_behind ? core->tenants[at].behind_next : core->tenants[at].holding_next) {
        found += at == tenant;
    }
    LQ_ASSERT(found <= 1);
    return found == 1;
}

/* Each waits for all that those before it wait for. */
static void check_order(const struct lq_core_needs *before, const struct lq_core_needs *needs)
{
    LQ_ASSERT(needs->ledger_sequence >= before->ledger_sequence);
    LQ_ASSERT(needs->outbox_sequence >= before->outbox_sequence);
    LQ_ASSERT(needs->broker_sequence >= before->broker_sequence);
}

uint64_t lq_held_invariants_check(struct lq_core_tally *tally, uint32_t index)
{
    const struct lq_broker_core *core = tally->core;
    const struct lq_core_tenant *tenant = &core->tenants[index];
    struct lq_core_needs before = {0};
    uint64_t bytes = 0;
    uint32_t count = 0;
    uint32_t frames = 0;

    for (uint32_t at = tenant->held.first; at != 0; at = core->held[at].next) {
        const struct lq_core_held *held = &core->held[at];
        const struct lq_payload *payload = payload_of(&held->effect);
        check_order(&before, &held->needs);
        before = held->needs;
        if (payload != NULL && payload->buffer != 0) {
            lq_core_tally_hold(tally, payload);
            bytes += payload->bytes;
        }
        frames += held->effect.kind == LQ_EFFECT_PUBLISH;
        count++;
    }
    LQ_ASSERT(count == tenant->held.count);
    LQ_ASSERT(count == 0 || tenant->mirrored || core->held_due); /* until the next turn */
    LQ_ASSERT(frames == tenant->held_frames);
    LQ_ASSERT(tenant->holding == (count > 0));
    LQ_ASSERT(tenant->holding == is_listed(&core->holding, core, index, false));
    LQ_ASSERT(tenant->behind == is_listed(&core->behind, core, index, true));
    tally->held_answers += count;
    return bytes;
}

void lq_held_invariants_end(const struct lq_core_tally *tally)
{
    const struct lq_broker_core *core = tally->core;
    uint32_t answers = 0;

    for (uint32_t slot = 0; slot <= core->held_commands.slot_mask; slot++) {
        answers += core->held_commands.slots[slot].letter_id != 0;
    }
    LQ_ASSERT(answers == core->held_commands.count);
    LQ_ASSERT(answers <= core->held_count);
    LQ_ASSERT(tally->held_answers == core->held_count);
}
