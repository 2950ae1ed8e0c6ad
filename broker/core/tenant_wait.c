// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "broker/core/tenant_wait.h"

#include "base/clock.h"
#include "base/contract.h"
#include "broker/core/flow.h"
#include "broker/core/held_answers.h"
#include "broker/core/partition.h"
#include "broker/core/quota_use.h"
#include "broker/core/task_queue.h"
#include "broker/core/tenant_quota.h"

#include <stdarg.h>
#include <stdio.h>

#define NUMBER_BYTES_MAX 32
#define OF_LATE_NS (5 * LQ_NS_PER_S)

/* What is asked for again and again, looked up once. */
struct sight {
    const struct lq_broker_core *core;
    const struct lq_core_tenant *tenant;
    uint64_t now_ns;
    uint32_t index; /* of the tenant */
    struct {
        uint32_t waiting, alone, in_flight; /* of its tasks */
        uint64_t debt_ns;
        uint32_t others;       /* tenants whose tasks wait there */
        uint64_t other_weight; /* theirs together */
    } at[LQ_QUEUES_MAX + 1];
    struct lq_tenant_wait *to;
};

static void say(struct sight *sight, const char *format, ...) LQ_PRINTF(2, 3);
static void say(struct sight *sight, const char *format, ...)
{
    va_list arguments;

    if (sight->to->count == LQ_LOAD_REASONS_MAX) {
        return;
    }
    va_start(arguments, format);
    vsnprintf(sight->to->lines[sight->to->count++], LQ_TENANT_WAIT_BYTES_MAX, format, arguments);
    va_end(arguments);
}

/* "4,012" */
static const char *number(uint64_t value, char *to)
{
    char digits[NUMBER_BYTES_MAX];
    int length = snprintf(digits, sizeof digits, "%llu", (unsigned long long)value);
    int written = 0;

    for (int digit = 0; digit < length; digit++) {
        if (digit > 0 && (length - digit) % 3 == 0) {
            to[written++] = ',';
        }
        to[written++] = digits[digit];
    }
    to[written] = '\0';
    return to;
}

/* "1.2 ms" */
static const char *span(uint64_t ns, char *to)
{
    uint64_t us = ns / 1000;

    if (us < 10000) {
        snprintf(to, NUMBER_BYTES_MAX, "%u.%u ms", (unsigned)(us / 1000),
                 (unsigned)(us % 1000 / 100));
    } else {
        snprintf(to, NUMBER_BYTES_MAX, "%llu ms", (unsigned long long)(us / 1000));
    }
    return to;
}

static const char *stage_of(const struct lq_broker_core *core, uint32_t queue)
{
    return (const char *)core->queues[queue].key.stage.data; /* a text of the pipeline */
}

/* ---- what stands still ---- */

static const char *pause_of(const struct lq_broker_core *core, uint32_t queue)
{
    for (uint32_t index = 1; index <= core->actors_top; index++) {
        const struct lq_core_actor *actor = &core->actors[index];
        if (actor->state == LQ_ACTOR_PAUSED && actor->queue == queue && actor->reason[0] != '\0') {
            return actor->reason;
        }
    }
    return "it takes no work at the moment";
}

static void say_stages(struct sight *sight)
{
    const struct lq_broker_core *core = sight->core;
    char count[NUMBER_BYTES_MAX];

    for (uint32_t queue = 1; queue <= core->queue_count; queue++) {
        bool paused = lq_task_queue_paused(core, queue);
        bool opens = queue == lq_partition_persist_queue(core, 0) && paused &&
                     sight->tenant->openable.count > 0;
        if (core->queues[queue].serving > 0 || (sight->at[queue].waiting == 0 && !opens)) {
            continue;
        }
        if (paused) {
            say(sight, "%s pauses: %s", stage_of(core, queue), pause_of(core, queue));
        } else {
            say(sight, "no actor serves %s: %s of its tasks wait%s there", stage_of(core, queue),
                number(sight->at[queue].waiting, count), sight->at[queue].waiting == 1 ? "s" : "");
        }
    }
}

/* A tenant may hold as much as is free of what all share (tenant_quota.h). */
static void say_pool(struct sight *sight, const char *what, uint64_t own, uint64_t all,
                     uint64_t most)
{
    uint64_t left = all < most ? most - all : 0;
    uint32_t sessions = sight->tenant->openable.count;
    char held[NUMBER_BYTES_MAX];
    char free[NUMBER_BYTES_MAX];
    char in_all[NUMBER_BYTES_MAX];

    if (sessions > 0 && own >= left) {
        say(sight,
            "the cluster: it has %s %s, as many as are free (%s of %s): %u of its other sessions "
            "wait%s",
            number(own, held), what, number(left, free), number(most, in_all), sessions,
            sessions > 1 ? "" : "s");
    }
}

static void say_cluster(struct sight *sight)
{
    const struct lq_broker_core *core = sight->core;

    say_pool(sight, "executions", sight->tenant->executions, core->executions_open,
             core->config.executions_max);
    say_pool(sight, "bytes under way", sight->tenant->payload_bytes, core->payload_bytes,
             core->config.payload_bytes_max);
}

static void say_mirror(struct sight *sight)
{
    const char *barred = lq_held_answers_barred(sight->core, sight->index);
    uint32_t sessions = sight->tenant->openable.count;
    char held[NUMBER_BYTES_MAX];
    char in_all[NUMBER_BYTES_MAX];
    char most[NUMBER_BYTES_MAX];

    if (barred == NULL) {
        return;
    }
    if (sight->core->mirror_over) {
        say(sight, "it is mirrored, and the mirror may write no more (lqctl mirror status)");
    } else {
        say(sight,
            "it is mirrored, and %s of its answers wait for the table, as many as may (%s of %s in "
            "all): %u of its sessions wait",
            number(sight->tenant->held.count, held), number(sight->core->held_count, in_all),
            number(sight->core->config.held_answers_max, most), sessions);
    }
}

/* ---- its own quotas ---- */

/* Its dead executions that wait for room for their letters. */
static uint32_t letters_waiting(const struct sight *sight)
{
    const struct lq_broker_core *core = sight->core;
    uint32_t count = 0;

    for (uint32_t index = core->letter_wait.first; index != 0;
         index = core->executions[index].next) {
        uint32_t session = core->executions[index].tick.session;
        count += session != 0 && core->sessions[session].tenant == sight->index;
    }
    return count;
}

static void say_letters(struct sight *sight, const struct lq_quota_use *use)
{
    uint32_t waiting = letters_waiting(sight);
    char used[NUMBER_BYTES_MAX];
    char most[NUMBER_BYTES_MAX];
    char sessions[NUMBER_BYTES_MAX];

    if (waiting == 0) {
        return;
    }
    bool own = use->used >= use->limit;
    say(sight,
        "%s: %s of %s open: %s of its sessions wait for room (lqctl dlq drain, purge or redrive)",
        own ? "letters" : "the cluster's letters",
        number(own ? use->used : sight->core->letters_open, used),
        number(own ? use->limit : sight->core->config.letters_max, most),
        number(waiting, sessions));
}

/* A second's worth is used up. */
static void say_rate(struct sight *sight, const struct lq_quota_use *use, const char *then)
{
    char limit[NUMBER_BYTES_MAX];
    char next[NUMBER_BYTES_MAX];

    say(sight, "%s: %s of %s used%s; the next in %s ms", (const char *)use->name.data,
        number(use->limit, limit), limit, then, number(use->next_ms, next));
}

static void say_quota(struct sight *sight, enum lq_quota_kind kind, const struct lq_quota_use *use)
{
    uint32_t sessions = sight->tenant->openable.count;
    char used[NUMBER_BYTES_MAX];
    char limit[NUMBER_BYTES_MAX];
    char then[64];

    number(use->used, used);
    number(use->limit, limit);
    switch (kind) {
    case LQ_QUOTA_COMMANDS:
        say_rate(sight, use, "");
        break;
    case LQ_QUOTA_TICKS:
        if (sessions > 0) {
            snprintf(then, sizeof then, ": %u of its sessions wait%s", sessions,
                     sessions > 1 ? "" : "s");
            say_rate(sight, use, then);
        }
        break;
    case LQ_QUOTA_EXECUTIONS:
        if (sessions > 0) {
            say(sight, "executions: %s of %s under way: %u of its other sessions wait%s", used,
                limit, sessions, sessions > 1 ? "" : "s");
        }
        break;
    case LQ_QUOTA_SESSIONS_LIVE:
        say(sight, "sessions-live: %s of %s: commands for other sessions are refused", used, limit);
        break;
    default:
        say(sight, "%s: %s of %s used: new commands are refused", (const char *)use->name.data,
            used, limit);
        break;
    }
}

static void say_quotas(struct sight *sight)
{
    for (uint32_t kind = 0; kind < LQ_QUOTA_KINDS; kind++) {
        struct lq_quota_use use;
        lq_quota_use_read(sight->core, sight->index, (enum lq_quota_kind)kind, sight->now_ns, &use);
        if (kind == LQ_QUOTA_LETTERS) {
            say_letters(sight, &use);
        } else if (kind != LQ_QUOTA_WEIGHT && use.limit != LQ_QUOTA_NO_LIMIT && use.left == 0) {
            say_quota(sight, (enum lq_quota_kind)kind, &use);
        }
    }
}

/* ---- whom it waits behind ---- */

static void say_queue(struct sight *sight, uint32_t queue)
{
    const struct lq_broker_core *core = sight->core;
    uint64_t weight = lq_tenant_quota_limit(core, sight->index, LQ_QUOTA_WEIGHT);
    uint64_t all = weight + sight->at[queue].other_weight;
    uint32_t others = sight->at[queue].others;
    const char *one = sight->at[queue].waiting == 1 ? "s" : "";
    char count[NUMBER_BYTES_MAX];

    number(sight->at[queue].waiting, count);
    if (others > 0) {
        say(sight,
            "%s of its tasks wait%s at %s, behind %u other tenant%s; it gets %llu/%llu of the time",
            count, one, stage_of(core, queue), others, others > 1 ? "s" : "",
            (unsigned long long)weight, (unsigned long long)all);
    } else {
        say(sight, "%s of its tasks wait%s at %s, behind nobody else's: %u actor%s serve%s it",
            count, one, stage_of(core, queue), core->queues[queue].serving,
            core->queues[queue].serving > 1 ? "s" : "", core->queues[queue].serving > 1 ? "" : "s");
    }
}

static void say_queues(struct sight *sight)
{
    const struct lq_broker_core *core = sight->core;
    bool said[LQ_QUEUES_MAX + 1] = {false};
    char debt[NUMBER_BYTES_MAX];

    for (;;) {
        uint32_t fullest = 0;
        for (uint32_t queue = 1; queue <= core->queue_count; queue++) {
            if (!said[queue] && sight->at[queue].waiting > 0 && core->queues[queue].serving > 0 &&
                (fullest == 0 || sight->at[queue].waiting > sight->at[fullest].waiting)) {
                fullest = queue;
            }
        }
        if (fullest == 0) {
            break;
        }
        said[fullest] = true;
        say_queue(sight, fullest);
        if (sight->at[fullest].debt_ns > 0 && sight->at[fullest].others > 0) {
            say(sight, "its flow at %s is %s in debt: it has used more than its share",
                stage_of(core, fullest), span(sight->at[fullest].debt_ns, debt));
        }
    }
}

/* ---- what waits by itself ---- */

static uint32_t doubtful(const struct sight *sight)
{
    const struct lq_broker_core *core = sight->core;
    uint32_t count = 0;

    for (uint32_t index = core->partitions[0].doubt.first; index != 0;
         index = core->tasks[index].next) {
        uint32_t session = core->executions[core->tasks[index].execution].tick.session;
        count += session != 0 && core->sessions[session].tenant == sight->index;
    }
    return count;
}

static void say_alone(struct sight *sight)
{
    uint32_t doubt = doubtful(sight);
    uint32_t elsewhere = sight->tenant->executions;

    for (uint32_t queue = 1; queue <= sight->core->queue_count; queue++) {
        uint32_t here = sight->at[queue].waiting + sight->at[queue].in_flight;
        elsewhere -= here < elsewhere ? here : elsewhere;
        if (sight->at[queue].alone > 0) {
            say(sight, "%u of its ticks go on alone at %s, one at a time: an actor died on them",
                sight->at[queue].alone, stage_of(sight->core, queue));
        }
    }
    if (doubt > 0) {
        say(sight, "%u of its ticks wait%s to hear from persist whether %s committed", doubt,
            doubt > 1 ? "" : "s", doubt > 1 ? "they are" : "it is");
    }
    uint32_t known = doubt + letters_waiting(sight);
    if (elsewhere > known + 1) {
        say(sight, "%u of its ticks wait for their next try, or for what became of their actor",
            elsewhere - known);
    } else if (elsewhere > known) {
        say(sight, "1 of its ticks waits for its next try, or for what became of its actor");
    }
}

static void say_parked(struct sight *sight)
{
    uint32_t parked = sight->tenant->sessions_parked;

    if (parked > 0) {
        say(sight, "%u session%s parked (lqctl session resume --tenant %s)", parked,
            parked > 1 ? "s are" : " is", sight->tenant->name);
    }
}

static void say_stopped(struct sight *sight)
{
    uint32_t stopped = sight->tenant->sessions_stopped;

    if (stopped > 0) {
        say(sight, "%u session%s stopped by an operator (lqctl session start)", stopped,
            stopped > 1 ? "s are" : " is");
    }
}

/* Also where nothing is used at the moment: a command may be larger than the whole quota. */
static void say_refused(struct sight *sight)
{
    const struct lq_core_tenant *tenant = sight->tenant;
    enum lq_quota_kind kind = tenant->refused_by;
    char refused[NUMBER_BYTES_MAX];
    char limit[NUMBER_BYTES_MAX];

    if (tenant->refused_ns == 0 || sight->now_ns >= tenant->refused_ns + OF_LATE_NS) {
        return;
    }
    say(sight, "%s: of late a command was above it: %s refused so far, the limit is %s",
        lq_quota_name(kind), number(tenant->refused[kind], refused),
        number(lq_tenant_quota_limit(sight->core, sight->index, kind), limit));
}

/* Whose tasks wait where beside its own. A record that is free has none that wait. */
static void look_at_others(struct sight *sight)
{
    const struct lq_broker_core *core = sight->core;

    for (uint32_t index = 1; index <= core->flow_pool.top; index++) {
        const struct lq_core_flow *flow = &core->flows[index];
        if (flow->waiting.count > 0 && !flow->query && flow->tenant != 0 &&
            flow->tenant != sight->index) {
            sight->at[flow->queue].others++;
            sight->at[flow->queue].other_weight +=
                lq_tenant_quota_limit(core, flow->tenant, LQ_QUOTA_WEIGHT);
        }
    }
}

static void look(struct sight *sight)
{
    const struct lq_broker_core *core = sight->core;

    for (uint32_t queue = 1; queue <= core->queue_count; queue++) {
        const struct lq_core_flow *flow = &core->flows[sight->tenant->flow_of[queue][false]];
        sight->at[queue].waiting = lq_flow_waiting(core, sight->index, queue);
        sight->at[queue].alone = flow->suspects.count;
        sight->at[queue].in_flight = flow->in_flight;
        sight->at[queue].debt_ns = flow->balance_ns < 0 ? (uint64_t)-flow->balance_ns : 0;
    }
    look_at_others(sight);
}

void lq_tenant_wait_explain(const struct lq_broker_core *core, uint32_t tenant, uint64_t now_ns,
                            struct lq_tenant_wait *to)
{
    struct sight sight = {.core = core,
                          .tenant = &core->tenants[tenant],
                          .now_ns = now_ns,
                          .index = tenant,
                          .to = to};

    to->count = 0;
    if (tenant == 0) {
        say(&sight, "nothing: it has no work here");
        return;
    }
    look(&sight);
    say_stages(&sight);
    say_cluster(&sight);
    say_mirror(&sight);
    say_quotas(&sight);
    if (to->count == 0) {
        say_refused(&sight);
    }
    say_queues(&sight);
    say_alone(&sight);
    say_parked(&sight);
    say_stopped(&sight);
    uint32_t ticks = sight.tenant->executions;
    if (to->count == 0 && ticks > 0) {
        say(&sight, "nothing: %u tick%s at work", ticks, ticks > 1 ? "s are" : " is");
    } else if (to->count == 0) {
        say(&sight, "nothing: it has no work here");
    }
}
