// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* progress_report.h - tells the broker how far the streams are in the table, so that it lets go of
 * what mirrored tenants wait for; and hears from it which tenants those are.
 *
 *     a mirrored tenant's segment is durable --> at once     anything else --> once a second
 *     nothing has moved and nothing waits    --> silence
 *
 * A stream counts up to a record when that record and all before it are in the table, and the
 * item with the wrapped keys that open it as well: while one is on its way, the stream stands. The
 * control stream counts up to a note of a key when that key's item is there.
 *
 * Reports are numbered; a broker that has not heard all of them asks for everything anew, in
 * pieces. One is on its way at a time.
 */
#ifndef LQ_PROGRESS_REPORT_H
#define LQ_PROGRESS_REPORT_H

#include "client/administration.h"
#include "mirror/handler/table_port.h"
#include "mirror/handler/telling_port.h"

/* A tenant's own policy, as the broker told. */
struct lq_known_policy {
    char tenant[LQ_TENANT_NAME_BYTES_MAX + 1];
    struct lq_durability durability;
};

/* What was told of a stream, by its place. */
struct lq_told_stream {
    uint64_t ledger_sequence;
    bool is_listed;                  /* has moved since, or waits */
    struct lq_durability durability; /* as it applies to its tenant */
};

struct lq_progress_report {
    lq_link_t *link;
    struct lq_mirror_streams *streams;
    const struct lq_table_port *port;
    const struct lq_telling_port *again; /* NULL: nothing is told again */
    int watch;                           /* of new brokers */

    struct lq_told_stream *told;
    uint32_t *listed; /* places to be told of */
    uint32_t listed_count;
    uint32_t known_count;              /* streams whose policies were looked up */
    uint64_t told_notes, told_letters; /* of the control stream */
    bool control_moved;
    bool is_urgent; /* a mirrored tenant waits for it */
    bool looks_at_all;

    struct lq_admin_request request;
    struct lq_mirror_report report;
    struct lq_stream_progress streams_told[LQ_MIRROR_STREAMS_MAX];
    bool is_asked, is_refused;
    bool is_owed; /* a broker is new, or has more policies to tell */
    uint64_t number;
    uint64_t sent_ns;

    struct lq_durability usual;
    struct lq_known_policy *policies, *coming; /* by name; the list that is being heard */
    uint32_t policy_count, coming_count;
    uint64_t policies_number, coming_number;
    bool any_mirrored;
    char coming_after[LQ_TENANT_NAME_BYTES_MAX + 1];
};

/* Speaks by way of a link that somebody else turns. Closed by lq_progress_report_close(). */
void lq_progress_report_open(struct lq_progress_report *report, lq_link_t *link,
                             struct lq_mirror_streams *streams, const struct lq_table_port *port,
                             const char *runtime_dir);
void lq_progress_report_close(struct lq_progress_report *report);

/* Between what the table answered and what it is asked next: see what has moved, and tell of it.
 * at  all up to there was read; zeros: not known yet. */
void lq_progress_report_turn(struct lq_progress_report *report, struct lq_feed_position at,
                             uint64_t now_ns);

/* When something is to be told though nobody speaks; UINT64_MAX: nothing is. */
uint64_t lq_progress_report_next_ns(const struct lq_progress_report *report);

/* The last words: what is left to tell, and with `over`, that nothing more may be written, and why.
 * Waits for the answer, so long at most. */
void lq_progress_report_end(struct lq_progress_report *report, const char *over,
                            uint32_t timeout_ms);

#endif
