// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "broker/core/held_answers.h"

#include "base/error_name.h"
#include "broker/core/effect_list.h"
#include "broker/core/tenant.h"
#include "broker/core/tenant_quota.h"
#include "broker/core/tenant_ring.h"

uint32_t lq_held_answers_records(const struct lq_broker_core_config *config)
{
    /* Each command may have an answer and a letter, each execution a notice and a letter. */
    return config->held_answers_max + 2 * config->commands_max + 2 * config->executions_max;
}

/* ---- what waits for what ---- */

static bool covers(const struct lq_broker_core *core, const struct lq_core_tenant *tenant,
                   const struct lq_core_needs *needs)
{
    return needs->ledger_sequence <= tenant->covered &&
           needs->outbox_sequence <= core->mirrored_notes &&
           needs->broker_sequence <= core->mirrored_letters;
}

bool lq_held_answers_waits_for(const struct lq_broker_core *core, uint32_t index,
                               const struct lq_core_needs *needs)
{
    const struct lq_core_tenant *tenant = &core->tenants[index];

    return tenant->held.count > 0 || !covers(core, tenant, needs);
}

static uint64_t later(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

/* All that the one before it waits for, too. */
static struct lq_core_needs needs_behind(const struct lq_broker_core *core, uint32_t last,
                                         const struct lq_core_needs *needs)
{
    if (last == 0) {
        return *needs;
    }
    const struct lq_core_needs *before = &core->held[last].needs;
    return (struct lq_core_needs){later(before->ledger_sequence, needs->ledger_sequence),
                                  later(before->outbox_sequence, needs->outbox_sequence),
                                  later(before->broker_sequence, needs->broker_sequence)};
}

/* ---- taking in ---- */

/* The texts of an effect die with the step: they are copied. */
static void keep_texts(struct lq_core_held *held)
{
    struct lq_broker_effect *effect = &held->effect;

    if (effect->kind == LQ_EFFECT_ANSWER) {
        lq_core_tables_copy_text(held->text, sizeof held->text, effect->answer.reason);
        effect->answer.reason = lq_view_text(held->text);
    } else if (effect->kind == LQ_EFFECT_PUBLISH) {
        struct lq_session_names names = effect->publish.names;
        lq_core_tables_copy_text(held->text, sizeof held->text, names.tenant);
        lq_core_tables_copy_text(held->session, sizeof held->session, names.session);
        effect->publish.names = lq_session_names_of(held->text, held->session);
    }
}

static struct lq_payload *payload_of(struct lq_broker_effect *effect)
{
    switch (effect->kind) {
    case LQ_EFFECT_PUBLISH:
        return &effect->publish.world;
    case LQ_EFFECT_ADMIN_DONE:
        return &effect->admin_done.reply;
    default:
        return NULL;
    }
}

static uint32_t hold(struct lq_broker_core *core, uint32_t owner, const struct lq_core_needs *needs,
                     struct lq_broker_effects *out)
{
    struct lq_core_tenant *tenant = &core->tenants[owner];
    uint32_t index = lq_record_pool_take(&core->held_pool, lq_core_tables_held_links(core));
    struct lq_core_held *held = &core->held[index];

    LQ_ASSERT(index != 0);
    LQ_ASSERT(out->count > 0);
    *held = (struct lq_core_held){.effect = out->entries[--out->count],
                                  .since_ns = core->now_ns,
                                  .needs = needs_behind(core, tenant->held.last, needs)};
    keep_texts(held);
    struct lq_payload *payload = payload_of(&held->effect);
    if (payload != NULL && payload->buffer != 0) {
        lq_tenant_quota_hold(core, owner, payload->bytes);
    }
    tenant->held_frames += held->effect.kind == LQ_EFFECT_PUBLISH;
    core->held_count++;
    lq_index_list_append(&tenant->held, lq_core_tables_held_links(core), index);
    if (!tenant->holding) {
        tenant->holding = true;
        lq_index_list_append(&core->holding, lq_core_tables_holding_links(core), owner);
    }
    lq_tenant_settle(core, owner);
    return index;
}

bool lq_held_answers_take(struct lq_broker_core *core, uint32_t tenant,
                          const struct lq_core_needs *needs, struct lq_broker_effects *out)
{
    if (!lq_held_answers_waits(core, tenant, needs)) {
        return false;
    }
    (void)hold(core, tenant, needs, out);
    return true;
}

bool lq_held_answers_take_answer(struct lq_broker_core *core, uint32_t tenant,
                                 const struct lq_held_command *command,
                                 const struct lq_core_needs *needs, struct lq_broker_effects *out)
{
    if (!lq_held_answers_waits(core, tenant, needs)) {
        return false;
    }
    uint32_t index = hold(core, tenant, needs, out);
    core->held[index].command = *command;
    bool added = lq_letter_index_add(&core->held_commands, &command->client, command->sequence,
                                     command->session_hash, index);
    LQ_ASSERT(added);
    return true;
}

bool lq_held_answers_renew(struct lq_broker_core *core, const struct lq_broker_event *event,
                           uint64_t session_hash)
{
    uint64_t index =
        lq_letter_index_find(&core->held_commands, &event->client, event->sequence, session_hash);

    if (index == 0) {
        return false;
    }
    LQ_ASSERT(core->held[index].effect.kind == LQ_EFFECT_ANSWER);
    core->held[index].effect.answer.peer = event->peer;
    core->held[index].effect.answer.tag = event->tag;
    core->counters.resends++;
    return true;
}

/* ---- letting go ---- */

/* Another answer to the same command may have come since, and be the one that is found. */
static void forget_command(struct lq_broker_core *core, uint32_t index)
{
    const struct lq_held_command *command = &core->held[index].command;

    if (lq_letter_index_find(&core->held_commands, &command->client, command->sequence,
                             command->session_hash) == index) {
        (void)lq_letter_index_remove(&core->held_commands, &command->client, command->sequence,
                                     command->session_hash);
    }
}

/* The first one of its tenant leaves. Its texts lie in its record, which nobody takes in this step.
 */
static void let_go(struct lq_broker_core *core, uint32_t owner, struct lq_broker_effects *out)
{
    struct lq_core_tenant *tenant = &core->tenants[owner];
    uint32_t index = lq_index_list_take_first(&tenant->held, lq_core_tables_held_links(core));
    struct lq_core_held *held = &core->held[index];
    struct lq_payload *payload = payload_of(&held->effect);

    *lq_effect_list_add(out, held->effect.kind) = held->effect;
    if (held->effect.kind == LQ_EFFECT_ANSWER) {
        forget_command(core, index);
    }
    if (payload != NULL && payload->buffer != 0) {
        lq_tenant_quota_drop(core, owner, payload->bytes);
        if (held->effect.kind == LQ_EFFECT_PUBLISH) {
            lq_effect_list_add(out, LQ_EFFECT_RELEASE)->release.buffer = payload->buffer;
        }
    }
    tenant->held_frames -= held->effect.kind == LQ_EFFECT_PUBLISH;
    core->held_count--;
    lq_record_pool_give(&core->held_pool, lq_core_tables_held_links(core), index);
}

static bool has_room(const struct lq_broker_effects *out)
{
    return out->count_max - out->count > LQ_EFFECTS_PER_STEP_MAX / 2;
}

/* All of the tenant that need not wait any more. */
static void release_tenant(struct lq_broker_core *core, uint32_t owner,
                           struct lq_broker_effects *out)
{
    struct lq_core_tenant *tenant = &core->tenants[owner];

    while (tenant->held.count > 0 && has_room(out) &&
           (!tenant->mirrored || covers(core, tenant, &core->held[tenant->held.first].needs))) {
        let_go(core, owner, out);
    }
    tenant->holding = tenant->held.count > 0;
    if (tenant->holding) {
        lq_index_list_append(&core->holding, lq_core_tables_holding_links(core), owner);
    } else {
        lq_tenant_settle(core, owner);
    }
}

void lq_held_answers_release(struct lq_broker_core *core, struct lq_broker_effects *out)
{
    if (!core->held_due) {
        return;
    }
    for (uint32_t left = core->holding.count; left > 0; left--) {
        if (!has_room(out)) {
            core->turn_cut_short = true;
            return;
        }
        release_tenant(core,
                       lq_index_list_take_first(&core->holding, lq_core_tables_holding_links(core)),
                       out);
    }
    core->held_due = !has_room(out); /* the last one may have more */
    core->turn_cut_short = core->turn_cut_short || core->held_due;
    for (uint32_t left = core->behind.count; left > 0; left--) {
        uint32_t tenant =
            lq_index_list_take_first(&core->behind, lq_core_tables_behind_links(core));
        core->tenants[tenant].behind = false;
        lq_tenant_ring_add(core, tenant);
        lq_tenant_settle(core, tenant);
    }
}

/* ---- the bound ---- */

const char *lq_held_answers_barred(const struct lq_broker_core *core, uint32_t index)
{
    const struct lq_core_tenant *tenant = &core->tenants[index];
    uint32_t max = core->config.held_answers_max;

    if (!tenant->mirrored) {
        return NULL;
    }
    if (core->mirror_over) {
        return LQ_REASON_BROKER_PAUSED ": the mirror may write no more (lqctl mirror status)";
    }
    if (tenant->held.count >= (core->held_count < max ? max - core->held_count : 0)) {
        return LQ_REASON_MIRROR_BEHIND ": too many answers of this tenant wait for the table";
    }
    return NULL;
}

void lq_held_answers_await(struct lq_broker_core *core, uint32_t tenant)
{
    if (!core->tenants[tenant].behind) {
        core->tenants[tenant].behind = true;
        lq_index_list_append(&core->behind, lq_core_tables_behind_links(core), tenant);
    }
}
