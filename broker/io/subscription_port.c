// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "broker/io/subscription_port.h"

#include "base/error_name.h"

#define STORAGE_REQUESTS_MAX 256u /* with the storage thread */

static bool refuse(struct lq_admin_reply *answer, enum lq_result result, const char *message)
{
    answer->result = result;
    answer->message = lq_view_text(message);
    return true;
}

static bool show(const struct lq_core_feed *feed, const struct lq_admin_request *request,
                 struct lq_admin_reply *answer)
{
    lq_broker_core_subscription(feed->core, request->tenant, &answer->events);
    answer->has_events = true;
    return true;
}

static bool set(struct lq_core_feed *feed, lq_storage_thread_t *storage, uint32_t peer,
                const struct lq_admin_request *request, struct lq_admin_reply *answer)
{
    if (!request->has_events) {
        return refuse(answer, LQ_ERR_INVALID, "events: missing");
    }
    if (request->dry_run) {
        answer->events = request->events;
        answer->has_events = true;
        return true;
    }
    if (request->events.own && !lq_broker_core_has_room_for_quota(feed->core, request->tenant)) {
        return refuse(answer, LQ_ERR_FULL,
                      LQ_REASON_BROKER_FULL ": as many tenants as broker/tenants_max have quotas, "
                                            "a durability or events of their own");
    }
    if (lq_storage_thread_requests(storage) >= STORAGE_REQUESTS_MAX) {
        return refuse(answer, LQ_ERR_FULL,
                      LQ_REASON_BROKER_FULL ": too many requests wait for the broker's store");
    }
    struct lq_storage_job *job = lq_storage_job_new(LQ_STORAGE_PUT_EVENTS);
    lq_storage_job_name(job, (struct lq_session_names){request->tenant, lq_view_of("", 0)});
    lq_storage_job_ask(job, request);
    job->peer = peer;
    job->tag = request->tag;
    job->events = request->events;
    lq_storage_thread_post(storage, job);
    return false;
}

bool lq_subscription_port_answer(struct lq_core_feed *feed, lq_storage_thread_t *storage,
                                 uint32_t peer, const struct lq_admin_request *request,
                                 struct lq_admin_reply *answer)
{
    *answer = (struct lq_admin_reply){.tag = request->tag};
    if (!lq_tenant_name_valid(request->tenant)) {
        return refuse(answer, LQ_ERR_INVALID,
                      "tenant: 1 to 32 bytes of A-Z a-z 0-9 . _ -, no dot first");
    }
    return request->kind == LQ_ADMIN_SHOW_EVENTS ? show(feed, request, answer)
                                                 : set(feed, storage, peer, request, answer);
}
