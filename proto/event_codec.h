// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* event_codec.h - for the other codecs: what stages emitted in a frame. */
#ifndef LQ_EVENT_CODEC_H
#define LQ_EVENT_CODEC_H

#include "base/arena.h"
#include "proto/wire_out.h"
#include "world/tick.h"

struct Ledgerquest__V1__TickEvent;

/* The fields of an event, without a key of their own. */
void lq_event_codec_put_fields(struct lq_wire_out *out, const struct lq_tick_event *event);

/* As entries of the repeated field `number` of the message under way. */
void lq_event_codec_put(struct lq_wire_out *out, uint32_t number,
                        const struct lq_tick_event *events, uint32_t count);

/* From a message that was unpacked; *events lies in the arena. */
LQ_MUST_CHECK enum lq_result lq_event_codec_take(struct Ledgerquest__V1__TickEvent *const *from,
                                                 size_t from_count, struct lq_arena *arena,
                                                 struct lq_tick_event **events, uint32_t *count,
                                                 const char **where);

#endif
