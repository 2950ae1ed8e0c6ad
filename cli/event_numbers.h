// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* event_numbers.h - what an event of a stage says beside its type, body and client, as JSON. */
#ifndef LQ_EVENT_NUMBERS_H
#define LQ_EVENT_NUMBERS_H

#include "world/tick.h"

#include <jansson.h>

/* `other`, `x` and `y`, `impulse` and `count`, those that the event has. */
void lq_event_numbers_put(json_t *object, const struct lq_tick_event *event);

#endif
