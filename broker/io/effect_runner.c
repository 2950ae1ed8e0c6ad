// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "broker/io/effect_runner.h"

static void run_one(struct lq_effect_runner *runner, const struct lq_broker_effect *effect)
{
    switch (effect->kind) {
    case LQ_EFFECT_DISPATCH:
        lq_actor_orders_dispatch(runner->orders, effect);
        break;
    case LQ_EFFECT_RESOLVE:
        lq_actor_orders_resolve(runner->orders, effect);
        break;
    case LQ_EFFECT_ANSWER:
        lq_receipt_writer_add(runner->receipts, effect, runner->clients);
        break;
    case LQ_EFFECT_ADMIN_DONE:
        lq_admin_port_done(runner->admin, effect);
        break;
    case LQ_EFFECT_ADMIN_FAILED:
        lq_admin_port_failed(runner->admin, effect);
        break;
    case LQ_EFFECT_RELEASE:
        lq_payload_buffers_release(runner->buffers, effect->release.buffer);
        break;
    case LQ_EFFECT_PUBLISH:
        lq_watch_port_publish(runner->watch, effect);
        break;
    case LQ_EFFECT_STORE_LETTER:
        lq_storage_port_store_letter(runner->storage, effect);
        break;
    case LQ_EFFECT_STORE_LETTER_DONE:
    case LQ_EFFECT_STORE_LETTER_OPEN:
        lq_storage_port_change_letter(runner->storage, effect);
        break;
    case LQ_EFFECT_STORE_NOT_LIVE:
    case LQ_EFFECT_STORE_UNPARKED:
        lq_storage_port_forget_session(runner->storage, effect);
        break;
    case LQ_EFFECT_STORE_RATE:
        lq_storage_port_settle_rate(runner->storage, effect);
        break;
    case LQ_EFFECT_STORE_QUOTA_EXCEEDED:
        lq_storage_port_tell_quota(runner->storage, effect);
        break;
    case LQ_EFFECT_KILL:
        lq_actor_orders_kill(runner->orders, effect);
        break;
    case LQ_EFFECT_LOST:
        lq_actor_orders_tell_lost(runner->orders, effect);
        break;
    }
}

void lq_effect_runner_run(struct lq_effect_runner *runner, struct lq_broker_effects *effects)
{
    for (uint32_t index = 0; index < effects->count; index++) {
        run_one(runner, &effects->entries[index]);
    }
    lq_actor_orders_ask(runner->orders);
    effects->count = 0;
}
