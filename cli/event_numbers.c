// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "cli/event_numbers.h"

void lq_event_numbers_put(json_t *object, const struct lq_tick_event *event)
{
    if (event->other_id != 0) {
        json_object_set_new(object, "other", json_integer(event->other_id));
    }
    if (event->other_id != 0 || event->x != 0.0 || event->y != 0.0) {
        json_object_set_new(object, "x", json_real(event->x));
        json_object_set_new(object, "y", json_real(event->y));
    }
    if (event->impulse != 0.0f) {
        json_object_set_new(object, "impulse", json_real((double)event->impulse));
    }
    if (event->count != 0) {
        json_object_set_new(object, "count", json_integer(event->count));
    }
}
