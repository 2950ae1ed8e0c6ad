// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* event_fate.h - what becomes of an event, by what the bus said of it, or of the call that it was
 * in.
 *
 * Given up is only what will never be taken: content that the bus does not accept. What an operator
 * can mend (permissions, a bus that is not there, keys, a clock) is waited for. Where a whole call
 * is refused for its content, each of its events goes on in a call of its own, so that the one that
 * spoils it stops no other.
 *
 * Pure. Depends on base/ and retry_rule.h.
 */
#ifndef LQ_EVENT_FATE_H
#define LQ_EVENT_FATE_H

#include "mirror/domain/retry_rule.h"

enum lq_event_fate {
    LQ_EVENT_LEFT = 1, /* the bus has it */
    LQ_EVENT_AGAIN,    /* later */
    LQ_EVENT_ALONE,    /* at once, in a call of its own */
    LQ_EVENT_REFUSED   /* the bus takes it never */
};

/* Of an entry in a call that was answered. */
enum lq_event_fate lq_event_fate_of_entry(enum lq_verdict verdict, struct lq_view error_code);

/* Of each event of a call of `count` that failed as a whole. */
enum lq_event_fate lq_event_fate_of_call(enum lq_verdict verdict, struct lq_view error_code,
                                         uint32_t count);

#endif
