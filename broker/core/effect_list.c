// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "broker/core/effect_list.h"

#include "broker/core/tenant_quota.h"

struct lq_broker_effect *lq_effect_list_add(struct lq_broker_effects *out,
                                            enum lq_broker_effect_kind kind)
{
    LQ_ASSERT(out->count < out->count_max);
    struct lq_broker_effect *effect = &out->entries[out->count++];

    memset(effect, 0, sizeof *effect);
    effect->kind = kind;
    return effect;
}

void lq_effect_list_release(struct lq_broker_core *core, uint32_t tenant,
                            struct lq_payload *payload, struct lq_broker_effects *out)
{
    if (payload->buffer == 0) {
        return;
    }
    lq_tenant_quota_drop(core, tenant, payload->bytes);
    lq_effect_list_add(out, LQ_EFFECT_RELEASE)->release.buffer = payload->buffer;
    *payload = (struct lq_payload){0};
}

void lq_effect_list_release_event(const struct lq_broker_event *event,
                                  struct lq_broker_effects *out)
{
    if (event->payload.buffer != 0) {
        lq_effect_list_add(out, LQ_EFFECT_RELEASE)->release.buffer = event->payload.buffer;
    }
}

void lq_effect_list_letter_done(struct lq_broker_effects *out, uint64_t letter_id, uint64_t frame)
{
    struct lq_broker_effect *effect = lq_effect_list_add(out, LQ_EFFECT_STORE_LETTER_DONE);

    effect->letter.id = letter_id;
    effect->letter.frame = frame;
}

void lq_effect_list_letter_open(struct lq_broker_effects *out, uint64_t letter_id)
{
    lq_effect_list_add(out, LQ_EFFECT_STORE_LETTER_OPEN)->letter.id = letter_id;
}

void lq_effect_list_admin_failed(struct lq_broker_effects *out, uint32_t peer, uint64_t tag,
                                 enum lq_result result, struct lq_view reason)
{
    struct lq_broker_effect *effect = lq_effect_list_add(out, LQ_EFFECT_ADMIN_FAILED);

    effect->admin_failed.peer = peer;
    effect->admin_failed.tag = tag;
    effect->admin_failed.result = result;
    effect->admin_failed.reason = reason;
}
