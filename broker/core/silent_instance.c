// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "broker/core/silent_instance.h"

#include "base/clock.h"
#include "broker/core/actor_table.h"
#include "broker/core/incarnation.h"

/* A sign of life comes at least each second. */
#define QUIET_MS 1500u

static void enter_silent(struct lq_broker_core *core, uint32_t index,
                         const struct lq_broker_event *event, uint64_t now_ns)
{
    struct lq_core_actor *actor = &core->actors[index];

    memset(actor, 0, sizeof *actor);
    lq_actor_table_change(core, index, LQ_ACTOR_SILENT, false);
    actor->local = event->instance.local;
    actor->pid = event->instance.pid;
    actor->sign_ns = event->instance.sign_ns;
    actor->last_heard_ns = event->instance.sign_ns;
    actor->found_ns = now_ns;
    lq_core_tables_copy_text(actor->instance, sizeof actor->instance, event->instance.instance);
    lq_core_tables_copy_text(actor->stage_name, sizeof actor->stage_name, event->instance.stage);
    lq_core_tables_copy_text(actor->reason, sizeof actor->reason,
                             lq_view_text("no READY and no sign of life"));
    lq_timer_heap_set(&core->timers, lq_timer_of(LQ_TIMER_ACTOR, index),
                      lq_incarnation_silent_at_ns(core, index));
}

void lq_silent_instance_found(struct lq_broker_core *core, const struct lq_broker_event *event,
                              uint64_t now_ns)
{
    char instance[LQ_SESSION_NAME_BYTES_MAX + 1];
    uint64_t sign_ns = event->instance.sign_ns; /* 0: it gives none, so silence means nothing */
    bool quiet = sign_ns != 0 && sign_ns <= now_ns && now_ns - sign_ns >= QUIET_MS * LQ_NS_PER_MS;

    lq_core_tables_copy_text(instance, sizeof instance, event->instance.instance);
    uint32_t index = lq_actor_table_find_instance(core, instance);
    if (index != 0) {
        const struct lq_core_actor *actor = &core->actors[index];
        if (actor->state != LQ_ACTOR_SILENT ||
            (actor->pid == event->instance.pid && actor->sign_ns == sign_ns)) {
            return; /* heard of by itself, being dealt with, or standing still as before */
        }
        lq_actor_table_forget(core, index);
    }
    /* Nothing waits for a stage that no state names. */
    uint32_t state = lq_plan_find_stage(&core->config.pipeline, event->instance.stage);
    index = quiet && state != LQ_STATE_NONE ? lq_actor_table_free_slot(core) : 0;
    if (index != 0) {
        enter_silent(core, index, event, now_ns);
    }
}
