// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "tests/unit/proto/event_samples.h"

#include "proto/actor_codec.h"
#include "proto/admin_codec.h"
#include "tests/unit/proto/wire_samples.h"

static const struct lq_client_id client = {{9, [15] = 1}};

enum lq_result lq_event_sample_collision(uint8_t *to, size_t bytes_max, size_t *written)
{
    static const struct lq_tick_event collision = {.type = "Collision",
                                                   .body_id = 1,
                                                   .other_id = 3,
                                                   .impulse = 4.5f,
                                                   .x = 11.25,
                                                   .y = -0.5,
                                                   .is_passing = true};
    static const struct lq_tick_event dropped = {
        .type = "CollisionsDropped", .count = 300, .is_passing = true};
    static struct lq_tick tick;

    lq_wire_sample_tick(&tick, 1, 1, 4, 2);
    tick.event_count = 0;
    tick.world.tenant_bytes_count = 5;
    memcpy(tick.world.tenant_bytes, "hello", 5);
    lq_tick_emit(&tick, "PlayerJoined", 1, &client);
    lq_tick_emit_event(&tick, &collision);
    lq_tick_emit_event(&tick, &dropped);
    return lq_tick_encode(&tick, to, bytes_max, written);
}

enum lq_result lq_event_sample_dispatch(uint8_t *to, size_t bytes_max, size_t *written)
{
    struct lq_dispatch dispatch;

    lq_wire_sample_dispatch(&dispatch, 3);
    dispatch.items[1].events = lq_view_text("tick.Collision,!letter.*");
    enum lq_result result = lq_dispatch_encode(&dispatch, to, bytes_max, written);
    dispatch.items[1].events = lq_view_of(NULL, 0);
    return result;
}

enum lq_result lq_event_sample_request(uint8_t *to, size_t bytes_max, size_t *written)
{
    const struct lq_admin_request request = {.epoch = 5,
                                             .tag = 12,
                                             .client = client,
                                             .kind = LQ_ADMIN_SET_EVENTS,
                                             .tenant = lq_view_text("demo"),
                                             .operator_name = lq_view_text("ops 1000"),
                                             .has_events = true,
                                             .events = {true, "session.*,tick.Collision"}};

    return lq_admin_request_encode(&request, to, bytes_max, written);
}

enum lq_result lq_event_sample_reply(uint8_t *to, size_t bytes_max, size_t *written)
{
    const struct lq_admin_reply reply = {.tag = 12, .has_events = true, .events = {false, ""}};

    return lq_admin_reply_encode(&reply, to, bytes_max, written);
}
