// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* event_subscription.h - which events a tenant subscribes to: what it does that leaves for the bus.
 *
 *     list     = pattern *( "," pattern )          at most LQ_EVENT_PATTERNS_MAX
 *     pattern  = [ "!" ] type [ "*" ]              type: letters, digits, . - _ ~; "*" alone: all
 *
 * A pattern fits a type that is equal or, with "*", begins so. The last pattern that fits decides:
 * subscribed, or with "!" not. A type that none fits is not subscribed. A tenant without a list has
 * LQ_EVENT_SUBSCRIPTION_USUAL.
 *
 * Pure; depends on base/.
 */
#ifndef LQ_EVENT_SUBSCRIPTION_H
#define LQ_EVENT_SUBSCRIPTION_H

#include "base/result.h"
#include "base/view.h"

#include <stdbool.h>

/* What a tenant may subscribe to, beside "tick." and the name that a stage gave. Operators' actions
 * and audits leave always. */
#define LQ_EVENT_SESSION_CREATED "session.created"
#define LQ_EVENT_SESSION_ENDED "session.ended"
#define LQ_EVENT_SESSION_PARKED "session.parked"
#define LQ_EVENT_SESSION_RESUMED "session.resumed"
#define LQ_EVENT_LETTER_STORED "letter.stored"
#define LQ_EVENT_LETTER_REDRIVEN "letter.redriven"
#define LQ_EVENT_LETTER_PURGED "letter.purged"
#define LQ_EVENT_QUOTA_EXCEEDED "quota.exceeded"
#define LQ_EVENT_TICK "tick."

/* All but what comes many times a second. */
#define LQ_EVENT_SUBSCRIPTION_USUAL "*,!tick.Collision*"

enum {
    LQ_EVENT_TYPE_BYTES_MAX = 5 + 31, /* "tick." and the longest name of a stage's event */
    LQ_EVENT_PATTERNS_MAX = 16,
    LQ_EVENT_SUBSCRIPTION_BYTES_MAX = 240
};

/* As a tenant has it. */
struct lq_event_subscription {
    bool own; /* set for this tenant; else `text` is empty: the usual one */
    char text[LQ_EVENT_SUBSCRIPTION_BYTES_MAX + 1];
};

/* LQ_ERR_INVALID: `reason` (LQ_REASON_BYTES_MAX) names the pattern that is wrong, and why: also one
 * that fits nothing there is. */
LQ_MUST_CHECK enum lq_result lq_event_subscription_check(struct lq_view list, char *reason);

/* Whether a list that was checked, or the usual one if it is empty, has that type. */
bool lq_event_subscription_wants(struct lq_view list, struct lq_view type);

/* The type of what a stage calls `name`, with '_' in place of what no type may have. */
void lq_event_subscription_tick_type(struct lq_view name, char to[LQ_EVENT_TYPE_BYTES_MAX + 1]);

#endif
