// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "proto/session_life_codec.h"

#include "proto/wire_in.h"
#include "world/world_limits.h"

#include "ledgerquest/v1/client.pb-c.h"

void lq_session_life_codec_put_change(struct lq_wire_out *out, uint32_t number,
                                      const struct lq_session_change *change)
{
    uint8_t *content = lq_wire_out_begin(out, number, 0);

    lq_wire_out_uint32(out, 1, change->sets_stopped);
    lq_wire_out_uint32(out, 2, change->stopped);
    lq_wire_out_uint32(out, 3, change->sets_rate);
    lq_wire_out_uint32(out, 4, change->rate.numerator);
    lq_wire_out_uint32(out, 5, change->rate.denominator);
    lq_wire_out_end(out, content, 0);
}

void lq_session_life_codec_take_change(const Ledgerquest__V1__SessionChange *from,
                                       struct lq_session_change *change)
{
    *change = (struct lq_session_change){.sets_stopped = from->sets_stopped != 0,
                                         .stopped = from->stopped != 0,
                                         .sets_rate = from->sets_rate != 0,
                                         .rate = {from->rate_numerator, from->rate_denominator}};
}

void lq_session_life_codec_put(struct lq_wire_out *out, uint32_t number,
                               const struct lq_session_life *life)
{
    uint8_t *content = lq_wire_out_begin(out, number, 0);

    lq_wire_out_uint32(out, 1, life->stopped);
    lq_wire_out_view(out, 2, life->parked_by);
    lq_wire_out_uint32(out, 3, life->rate.numerator);
    lq_wire_out_uint32(out, 4, life->rate.denominator);
    lq_wire_out_uint32(out, 5, life->changes);
    lq_wire_out_uint32(out, 6, life->next.numerator);
    lq_wire_out_uint32(out, 7, life->next.denominator);
    lq_wire_out_end(out, content, 0);
}

enum lq_result lq_session_life_codec_take(const Ledgerquest__V1__SessionLife *from,
                                          struct lq_session_life *life, const char **where)
{
    *life = (struct lq_session_life){.stopped = from->stopped != 0,
                                     .rate = {from->rate_numerator, from->rate_denominator},
                                     .changes = from->changes != 0,
                                     .next = {from->next_numerator, from->next_denominator}};
    return lq_wire_in_require(
               lq_wire_in_view(&life->parked_by, LQ_STAGE_NAME_BYTES_MAX, from->parked_by),
               "life.parked_by", where)
               ? LQ_OK
               : LQ_ERR_MALFORMED;
}
