// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "mirror/domain/segment_expiry.h"

enum lq_result lq_segment_expiry_read(const struct lq_segment_header *header, lq_digest_fn digest,
                                      struct lq_view body, struct lq_segment_expiry *segment)
{
    struct lq_segment_piece piece;
    struct lq_view rest = body;
    enum lq_result result = lq_segment_check_body(header, digest, body);

    *segment = (struct lq_segment_expiry){.tenant_number = header->tenant_number,
                                          .number = header->number,
                                          .made_s = header->wall_ns / 1000000000u};
    while (result == LQ_OK && (result = lq_segment_next_piece(&rest, &piece)) == LQ_OK) {
        uint64_t *highest = &segment->highest[piece.kind - 1];
        *highest = piece.sequence > *highest ? piece.sequence : *highest;
    }
    return result == LQ_ERR_NOT_FOUND ? LQ_OK : result;
}

static bool is_settled(const struct lq_segment_expiry *segment,
                       const struct lq_segment_expiry_facts *facts)
{
    for (int source = 0; source < LQ_SEGMENT_SOURCES; source++) {
        if (segment->highest[source] > facts->settled[source]) {
            return false;
        }
    }
    return true;
}

uint64_t lq_segment_expiry_at(const struct lq_segment_expiry *segment,
                              const struct lq_segment_expiry_facts *facts)
{
    uint64_t kept_s = (uint64_t)facts->history_days * 86400u;

    if (facts->history_days == 0 || segment->tenant_number == 0 ||
        segment->number >= facts->newest_number || segment->number != facts->expiring_number + 1 ||
        !is_settled(segment, facts)) {
        return 0;
    }
    /* Its time is the writer's; by the one who looks, it is at least a day away. */
    uint64_t by_age_s = segment->made_s + kept_s;
    uint64_t soonest_s = facts->now_s + LQ_STREAM_LOG_EXPIRY_MIN_S;
    return by_age_s > soonest_s ? by_age_s : soonest_s;
}
