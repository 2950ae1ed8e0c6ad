// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* mirror_report.h - what the mirror tells the broker, and the broker the mirror and people:
 * MirrorReport, MirrorOrders and MirrorState of client.proto, by the same names. Plain. */
#ifndef LQ_MIRROR_REPORT_H
#define LQ_MIRROR_REPORT_H

#include "proto/durability.h"

#define LQ_MIRROR_WRITER_BYTES 16u
#define LQ_MIRROR_STREAMS_MAX 256u  /* of a report */
#define LQ_MIRROR_POLICIES_MAX 128u /* of an answer to it */
#define LQ_MIRROR_TENANTS_MAX 64u   /* of a page for people */
#define LQ_MIRROR_OVER_BYTES_MAX 119u

struct lq_stream_progress {
    struct lq_view tenant;
    uint64_t ledger_sequence;
    uint32_t waiting, waiting_ms;
};

struct lq_mirror_report {
    uint8_t writer[LQ_MIRROR_WRITER_BYTES];
    uint64_t claim, number;
    struct lq_view over; /* not empty: it may write no more */
    uint64_t outbox_sequence, broker_sequence, read_sequence;
    uint64_t segments, entries, bytes, requests, milliunits, conflicts, refusals;
    uint32_t stream_count;
    struct lq_stream_progress *streams;
    uint64_t policies;
    struct lq_view policies_after;
    uint64_t told_again, all_again;
};

/* A tenant's policy; without a name: the configuration's, for all others. */
struct lq_tenant_policy {
    struct lq_view tenant;
    struct lq_durability durability;
};

struct lq_mirror_orders {
    bool again;
    uint64_t policies;
    uint32_t policy_count;
    struct lq_tenant_policy *list;
    bool more;
};

struct lq_tenant_mirror {
    struct lq_tenant_policy policy;
    bool told;
    struct lq_stream_progress progress; /* its name is that of the policy */
    uint32_t held, held_frames, held_ms;
};

struct lq_mirror_state {
    bool reported;
    uint32_t age_ms;
    struct lq_mirror_report report; /* without streams */
    uint32_t held, held_max;
    uint64_t ledger_sequence;
    struct lq_durability usual;
    uint32_t tenant_count;
    struct lq_tenant_mirror *tenants;
};

#endif
