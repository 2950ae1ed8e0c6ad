// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "broker/io/session_change.h"

#include "base/error_name.h"

/* NULL: it is one that a session may have; else why not, in `reason`. */
static const char *why_no_rate(struct lq_session_rate rate, char reason[LQ_REASON_BYTES_MAX])
{
    const struct lq_session_config config = {.rate_numerator = rate.numerator,
                                             .rate_denominator = rate.denominator,
                                             .steps_per_command = 1,
                                             .width = 1.0,
                                             .height = 1.0};

    return lq_session_config_check(&config, reason) == LQ_OK ? NULL : reason;
}

/* NULL: it can be kept. */
static const char *why_refused(struct lq_core_feed *feed, lq_storage_thread_t *storage,
                               const struct lq_admin_request *request)
{
    const struct lq_session_change *change = &request->change;
    const struct lq_session_names names = {request->tenant, request->session};
    bool with_rate = change->sets_rate && change->rate.numerator > 0;
    bool is_kept = (change->sets_stopped && change->stopped) || change->sets_rate;
    const char *why = is_kept ? lq_broker_core_why_not_kept(feed->core, names, with_rate) : NULL;

    if (why == NULL && lq_storage_thread_requests(storage) >= LQ_STORAGE_REQUESTS_MAX) {
        why = LQ_REASON_BROKER_FULL ": too many requests wait for the broker's store";
    }
    return why;
}

static void post(lq_storage_thread_t *storage, uint32_t peer,
                 const struct lq_admin_request *request)
{
    struct lq_storage_job *job = lq_storage_job_new(LQ_STORAGE_CHANGE_SESSION);

    lq_storage_job_name(job, (struct lq_session_names){request->tenant, request->session});
    lq_storage_job_ask(job, request);
    job->peer = peer;
    job->tag = request->tag;
    job->change = request->change;
    lq_storage_thread_post(storage, job);
}

/* As it is, or as it would be. */
static void tell(const struct lq_core_feed *feed, const struct lq_admin_request *request,
                 struct lq_admin_reply *answer)
{
    const struct lq_session_change *change = &request->change;

    lq_broker_core_life(feed->core, (struct lq_session_names){request->tenant, request->session},
                        &answer->life);
    answer->has_life = true;
    if (change->sets_stopped) {
        answer->life.stopped = change->stopped;
    }
    if (change->sets_rate) {
        answer->life.changes = true;
        answer->life.next = change->rate;
    }
}

bool lq_session_change_answer(struct lq_core_feed *feed, lq_storage_thread_t *storage,
                              uint32_t peer, const struct lq_admin_request *request,
                              struct lq_admin_reply *answer)
{
    static char reason[LQ_REASON_BYTES_MAX]; /* lives as long as the answer; one thread */
    const struct lq_session_change *change = &request->change;
    bool changes = change->sets_stopped || change->sets_rate;
    const char *why = NULL;

    *answer = (struct lq_admin_reply){.tag = request->tag};
    if (!lq_tenant_name_valid(request->tenant) || !lq_session_name_valid(request->session)) {
        why = "tenant, session: 1 to 32, 1 to 64 bytes of A-Z a-z 0-9 . _ -, no dot first";
    } else if (change->sets_rate) {
        why = why_no_rate(change->rate, reason);
    }
    if (why != NULL) {
        answer->result = LQ_ERR_INVALID;
        answer->message = lq_view_text(why);
        return true;
    }
    if (!changes || request->dry_run) {
        tell(feed, request, answer);
        return true;
    }
    why = why_refused(feed, storage, request);
    if (why != NULL) {
        answer->result = LQ_ERR_FULL;
        answer->message = lq_view_text(why);
        return true;
    }
    post(storage, peer, request);
    return false;
}
