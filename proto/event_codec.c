// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "proto/event_codec.h"

#include "proto/wire_in.h"
#include "world/world_limits.h"

#include "ledgerquest/v1/tick.pb-c.h"

void lq_event_codec_put_fields(struct lq_wire_out *out, const struct lq_tick_event *event)
{
    lq_wire_out_text(out, 1, event->type);
    lq_wire_out_fixed32(out, 2, event->body_id);
    lq_wire_out_bytes(out, 3, event->client.bytes, LQ_CLIENT_ID_BYTES);
    lq_wire_out_fixed32(out, 4, event->other_id);
    lq_wire_out_double(out, 5, event->x);
    lq_wire_out_double(out, 6, event->y);
    lq_wire_out_float(out, 7, event->impulse);
    lq_wire_out_uint32(out, 8, event->count);
    lq_wire_out_uint32(out, 9, event->is_passing);
}

void lq_event_codec_put(struct lq_wire_out *out, uint32_t number,
                        const struct lq_tick_event *events, uint32_t count)
{
    for (uint32_t index = 0; index < count; index++) {
        uint8_t *content = lq_wire_out_begin(out, number, 0);
        lq_event_codec_put_fields(out, &events[index]);
        lq_wire_out_end(out, content, 0);
    }
}

enum lq_result lq_event_codec_take(struct Ledgerquest__V1__TickEvent *const *from,
                                   size_t from_count, struct lq_arena *arena,
                                   struct lq_tick_event **events, uint32_t *count,
                                   const char **where)
{
    *events = lq_arena_take(arena, from_count * sizeof **events);
    if (!lq_wire_in_require(from_count <= LQ_EVENTS_PER_TICK_MAX && *events != NULL, "events",
                            where)) {
        return LQ_ERR_LIMIT;
    }
    *count = (uint32_t)from_count;
    for (size_t index = 0; index < from_count; index++) {
        struct lq_tick_event *event = &(*events)[index];
        *event = (struct lq_tick_event){.body_id = from[index]->body_id,
                                        .other_id = from[index]->other_id,
                                        .x = from[index]->x,
                                        .y = from[index]->y,
                                        .impulse = from[index]->impulse,
                                        .count = from[index]->count,
                                        .is_passing = from[index]->passing != 0};
        if (!lq_wire_in_require(lq_wire_in_text(event->type, sizeof event->type, from[index]->type),
                                "events.type", where) ||
            !lq_wire_in_require(lq_wire_in_client(&event->client, from[index]->client.data,
                                                  from[index]->client.len),
                                "events.client", where)) {
            return LQ_ERR_MALFORMED;
        }
    }
    return LQ_OK;
}
