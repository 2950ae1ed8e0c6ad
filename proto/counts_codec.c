// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "proto/counts_codec.h"

#include "ledgerquest/v1/actor.pb-c.h"

void lq_counts_codec_put(struct lq_wire_out *out, uint32_t number,
                         const struct lq_actor_counts *counts)
{
    static const struct lq_actor_counts none;

    if (memcmp(counts, &none, sizeof none) == 0) {
        return;
    }
    uint8_t *content = lq_wire_out_begin(out, number, 0);
    lq_wire_out_fixed64(out, 1, counts->batches);
    lq_wire_out_fixed64(out, 2, counts->done);
    lq_wire_out_fixed64(out, 3, counts->ended);
    lq_wire_out_fixed64(out, 4, counts->failed);
    lq_wire_out_fixed64(out, 5, counts->returned);
    lq_wire_out_fixed64(out, 6, counts->conflicts);
    lq_wire_out_fixed64(out, 7, counts->bytes_in);
    lq_wire_out_fixed64(out, 8, counts->bytes_out);
    lq_wire_out_fixed64(out, 9, counts->work_us);
    lq_wire_out_fixed64(out, 10, counts->end_us);
    lq_wire_out_fixed64(out, 11, counts->commits);
    lq_wire_out_fixed64(out, 12, counts->records);
    lq_wire_out_end(out, content, 0);
}

void lq_counts_codec_take(const Ledgerquest__V1__ActorCounts *from, struct lq_actor_counts *counts)
{
    *counts = (struct lq_actor_counts){0};
    if (from == NULL) {
        return;
    }
    *counts = (struct lq_actor_counts){.batches = from->batches,
                                       .done = from->done,
                                       .ended = from->ended,
                                       .failed = from->failed,
                                       .returned = from->returned,
                                       .conflicts = from->conflicts,
                                       .bytes_in = from->bytes_in,
                                       .bytes_out = from->bytes_out,
                                       .work_us = from->work_us,
                                       .end_us = from->end_us,
                                       .commits = from->commits,
                                       .records = from->records};
}
