// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "mirror/domain/segment_expiry.h"

static bool has_base(const struct lq_segment_header *segment,
                     const struct lq_segment_expiry_session *session)
{
    const struct lq_base_header *base = session->base;

    return base != NULL && base->partition == segment->partition &&
           base->tenant_number == segment->tenant_number &&
           base->session_number == session->session_number && base->frame >= session->frame;
}

uint64_t lq_segment_expiry_at(const struct lq_segment_header *segment,
                              const struct lq_segment_expiry_facts *facts)
{
    uint64_t made_s = segment->wall_ns / 1000000000u;
    uint64_t kept_s = (uint64_t)facts->history_days * 86400u;

    if (facts->history_days == 0 || segment->tenant_number == 0 ||
        segment->number >= facts->newest_number || segment->number != facts->expiring_number + 1 ||
        segment->after.sequence[LQ_SEGMENT_OUTBOX - 1] > facts->published_outbox) {
        return 0;
    }
    for (uint32_t index = 0; index < facts->session_count; index++) {
        if (!has_base(segment, &facts->sessions[index])) {
            return 0;
        }
    }
    /* Its time is the writer's; by the one who looks, it is at least a day away. */
    uint64_t by_age_s = made_s + kept_s;
    uint64_t soonest_s = facts->now_s + LQ_STREAM_LOG_EXPIRY_MIN_S;
    return by_age_s > soonest_s ? by_age_s : soonest_s;
}
