// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "broker/io/mirror_port.h"

#include "base/clock.h"
#include "base/error_name.h"
#include "base/log.h"

#include <inttypes.h>

#define SILENT_NS (10 * LQ_NS_PER_S)
#define TENANT_RULE "tenant: 1 to 32 bytes of A-Z a-z 0-9 . _ -, no dot first"

static bool refuse(struct lq_admin_reply *answer, enum lq_result result, const char *message)
{
    answer->result = result;
    answer->message = lq_view_text(message);
    return true;
}

/* ---- reports ---- */

static bool is_writer(const struct lq_mirror_port *port, const struct lq_mirror_report *report)
{
    return port->reported &&
           memcmp(port->report.writer, report->writer, sizeof report->writer) == 0;
}

static bool is_earlier(const struct lq_mirror_port *port, const struct lq_mirror_report *report)
{
    return port->reported && !is_writer(port, report) && report->claim < port->report.claim &&
           port->over[0] == '\0' && port->feed->now_ns < port->told_ns + SILENT_NS;
}

static bool names_valid(const struct lq_mirror_report *report)
{
    for (uint32_t index = 0; index < report->stream_count; index++) {
        if (!lq_tenant_name_valid(report->streams[index].tenant)) {
            return false;
        }
    }
    return true;
}

static void feed_mirror(struct lq_mirror_port *port, const struct lq_mirror_report *report,
                        bool anew)
{
    struct lq_broker_event event = {.kind = LQ_ON_MIRROR,
                                    .mirror = {.anew = anew,
                                               .over = report->over.bytes > 0,
                                               .outbox_sequence = report->outbox_sequence,
                                               .broker_sequence = report->broker_sequence}};

    lq_core_feed_step(port->feed, &event);
}

static void feed_streams(struct lq_mirror_port *port, const struct lq_mirror_report *report)
{
    for (uint32_t index = 0; index < report->stream_count; index++) {
        const struct lq_stream_progress *stream = &report->streams[index];
        struct lq_broker_event event = {
            .kind = LQ_ON_STREAM,
            .names = {.tenant = stream->tenant},
            .stream = {stream->ledger_sequence, stream->waiting, stream->waiting_ms}};

        if (!lq_broker_core_has_room_for_stream(port->feed->core, stream->tenant)) {
            lq_log_rarely(LQ_LOG_ERROR,
                          "the stream of %.*s is not known: there are more tenants in the table "
                          "than broker/mirror_streams_max",
                          (int)stream->tenant.bytes, (const char *)stream->tenant.data);
        }
        lq_core_feed_step(port->feed, &event);
    }
}

static void keep_report(struct lq_mirror_port *port, const struct lq_mirror_report *report)
{
    struct lq_view over = report->over;

    port->reported = true;
    port->told_ns = port->feed->now_ns;
    port->report = *report;
    port->report.stream_count = 0;
    port->report.streams = NULL;
    port->report.policies_after = lq_view_of("", 0);
    if (over.bytes > 0) {
        memcpy(port->over, over.data, over.bytes);
    }
    port->over[over.bytes] = '\0';
    port->report.over = lq_view_text(port->over);
}

/* The policies, when the mirror does not have them as they are: from the first, or from where the
 * page before ended. */
static void list_policies(struct lq_mirror_port *port, const struct lq_mirror_report *report)
{
    struct lq_mirror_orders *orders = &port->orders;

    orders->policies =
        lq_broker_core_policies(port->feed->core, report->policies_after, port->policies,
                                &orders->policy_count, &orders->more);
    if (report->policies == orders->policies && report->policies_after.bytes == 0) {
        orders->policy_count = 0;
        orders->more = false;
    }
    orders->list = port->policies;
}

static bool take_report(struct lq_mirror_port *port, const struct lq_mirror_report *report,
                        struct lq_admin_reply *answer)
{
    if (report == NULL || report->number == 0) {
        return refuse(answer, LQ_ERR_INVALID, "mirror: a report with a number");
    }
    if (!names_valid(report)) {
        return refuse(answer, LQ_ERR_INVALID, TENANT_RULE);
    }
    if (is_earlier(port, report)) {
        return refuse(answer, LQ_ERR_STALE, "mirror: one with a later claim reports");
    }
    bool same = is_writer(port, report);
    bool follows = report->number == 1 || (same && (report->number == port->report.number ||
                                                    report->number == port->report.number + 1));
    if (!same) {
        lq_log_info("a mirror with claim %" PRIu64 " reports", report->claim);
    }
    if (report->over.bytes > 0) {
        lq_log_error("the mirror may write no more, mirrored tenants stand still: %.*s",
                     (int)report->over.bytes, (const char *)report->over.data);
    }
    feed_mirror(port, report, !same);
    feed_streams(port, report);
    port->orders = (struct lq_mirror_orders){.again = !follows};
    list_policies(port, report);
    keep_report(port, report);
    answer->orders = &port->orders;
    return true;
}

/* ---- for people ---- */

static bool show_mirror(struct lq_mirror_port *port, const struct lq_admin_request *request,
                        struct lq_admin_reply *answer)
{
    uint64_t age_ms = (port->feed->now_ns - port->told_ns) / LQ_NS_PER_MS;

    port->state = (struct lq_mirror_state){.reported = port->reported,
                                           .age_ms = port->reported ? (uint32_t)age_ms : 0,
                                           .report = port->report,
                                           .tenants = port->tenants};
    answer->more =
        lq_broker_core_mirror(port->feed->core, request->after, port->feed->now_ns, &port->state);
    answer->mirror = &port->state;
    return true;
}

static bool show_durability(struct lq_mirror_port *port, const struct lq_admin_request *request,
                            struct lq_admin_reply *answer)
{
    if (!lq_tenant_name_valid(request->tenant)) {
        return refuse(answer, LQ_ERR_INVALID, TENANT_RULE);
    }
    lq_broker_core_durability(port->feed->core, request->tenant, &answer->durability);
    answer->has_durability = true;
    return true;
}

/* What it would be. */
static bool tell_durability(struct lq_mirror_port *port, const struct lq_admin_request *request,
                            struct lq_admin_reply *answer)
{
    answer->durability = request->durability;
    if (!request->durability.own) {
        lq_broker_core_durability(port->feed->core, lq_view_of("", 0), &answer->durability);
    }
    answer->has_durability = true;
    return true;
}

static bool set_durability(struct lq_mirror_port *port, uint32_t peer,
                           const struct lq_admin_request *request, struct lq_admin_reply *answer)
{
    if (!lq_tenant_name_valid(request->tenant)) {
        return refuse(answer, LQ_ERR_INVALID, TENANT_RULE);
    }
    if (!request->has_durability) {
        return refuse(answer, LQ_ERR_INVALID, "durability: missing");
    }
    if (request->dry_run) {
        return tell_durability(port, request, answer);
    }
    if (request->durability.own &&
        !lq_broker_core_has_room_for_quota(port->feed->core, request->tenant)) {
        return refuse(answer, LQ_ERR_FULL,
                      LQ_REASON_BROKER_FULL ": as many tenants as broker/tenants_max have quotas "
                                            "or a durability of their own");
    }
    if (lq_storage_thread_requests(port->storage) >= LQ_STORAGE_REQUESTS_MAX) {
        return refuse(answer, LQ_ERR_FULL,
                      LQ_REASON_BROKER_FULL ": too many requests wait for the broker's store");
    }
    struct lq_storage_job *job = lq_storage_job_new(LQ_STORAGE_PUT_DURABILITY);
    lq_storage_job_name(job, (struct lq_session_names){request->tenant, lq_view_of("", 0)});
    job->peer = peer;
    job->tag = request->tag;
    job->durability = request->durability;
    lq_storage_thread_post(port->storage, job);
    return false;
}

bool lq_mirror_port_answer(struct lq_mirror_port *port, uint32_t peer,
                           const struct lq_admin_request *request, struct lq_admin_reply *answer)
{
    *answer = (struct lq_admin_reply){.tag = request->tag};
    switch ((enum lq_admin_kind)request->kind) {
    case LQ_ADMIN_REPORT_MIRROR:
        return take_report(port, request->mirror, answer);
    case LQ_ADMIN_SHOW_MIRROR:
        return show_mirror(port, request, answer);
    case LQ_ADMIN_SET_DURABILITY:
        return set_durability(port, peer, request, answer);
    case LQ_ADMIN_SHOW_DURABILITY:
        return show_durability(port, request, answer);
    default:
        LQ_ASSERT(false);
        return false;
    }
}
