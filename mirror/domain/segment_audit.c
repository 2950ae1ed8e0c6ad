// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "mirror/domain/segment_audit.h"

static struct lq_cloud_event_frames *find(struct lq_segment_audit *audit, uint64_t session_number)
{
    for (uint32_t index = 0; index < audit->session_count; index++) {
        if (audit->sessions[index].session_number == session_number) {
            return &audit->sessions[index];
        }
    }
    return NULL;
}

void lq_segment_audit_add(struct lq_segment_audit *audit, const struct lq_record_header *record,
                          const uint8_t hash[LQ_HASH_BYTES])
{
    struct lq_cloud_event_frames *frames = find(audit, record->session_number);

    if (frames == NULL) {
        LQ_ASSERT(audit->session_count < LQ_SEGMENT_AUDIT_SESSIONS_MAX);
        frames = &audit->sessions[audit->session_count++];
        *frames = (struct lq_cloud_event_frames){.session_number = record->session_number,
                                                 .first_frame = record->frame};
    }
    frames->last_frame = record->frame;
    memcpy(frames->hash, hash, LQ_HASH_BYTES);
}

bool lq_segment_audit_set(const struct lq_segment_audit *audit,
                          const struct lq_segment_header *segment, struct lq_view tenant,
                          lq_digest_fn digest, struct lq_cloud_event *event)
{
    *event = (struct lq_cloud_event){.type = LQ_CLOUD_EVENT_FRAMES_AUDITED,
                                     .tenant = tenant,
                                     .order = segment->number,
                                     .wall_ns = segment->wall_ns};
    event->data.audit.segment = segment->number;
    event->data.audit.claim = segment->claim;
    event->data.audit.sessions = audit->sessions;
    event->data.audit.session_count = audit->session_count;
    lq_cloud_event_set_id(event, digest, segment->digest, 0);
    return audit->session_count > 0;
}
