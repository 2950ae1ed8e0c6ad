// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "broker/io/operator_record.h"

#include <inttypes.h>
#include <stdio.h>

enum { DETAIL_BYTES = LQ_BROKER_ENTRY_TEXT_BYTES_MAX, OPERATOR_BYTES = 2 * LQ_CLIENT_ID_BYTES + 1 };

/* Who asked: what the request says, or else its client's id. */
struct asker {
    const struct lq_client_id *client;
    struct lq_view operator_name, reason;
};

static struct asker asker_of(const struct lq_admin_request *request)
{
    return (struct asker){&request->client, request->operator_name, request->reason};
}

static struct asker asker_of_job(const struct lq_storage_job *job)
{
    return (struct asker){&job->client, lq_view_text(job->operator_name),
                          lq_view_text(job->reason)};
}

static enum lq_result tell(lq_broker_store_t *store, struct lq_broker_entry_body *body,
                           struct asker asker)
{
    char name[OPERATOR_BYTES];

    for (size_t index = 0; index < LQ_CLIENT_ID_BYTES; index++) {
        snprintf(name + 2 * index, 3, "%02x", asker.client->bytes[index]);
    }
    body->operator_name = asker.operator_name.bytes > 0 ? asker.operator_name : lq_view_text(name);
    body->reason = asker.reason;
    return lq_broker_store_tell(store, LQ_BROKER_ENTRY_ACTION, body);
}

static const char *action_on_letters(uint8_t kind)
{
    switch (kind) {
    case LQ_ADMIN_REDRIVE_LETTERS:
        return "letters.redrive";
    case LQ_ADMIN_ACKNOWLEDGE_LETTERS:
        return "letters.drain";
    default:
        return "letters.purge";
    }
}

enum lq_result lq_operator_record_letters(lq_broker_store_t *store,
                                          const struct lq_admin_request *request, uint64_t count)
{
    char detail[DETAIL_BYTES];

    snprintf(detail, sizeof detail, "%" PRIu64 " letters%s%.*s%s%.*s", count,
             request->stage.bytes > 0 ? " of stage " : "", (int)request->stage.bytes,
             (const char *)request->stage.data, request->error.bytes > 0 ? " with error " : "",
             (int)request->error.bytes, (const char *)request->error.data);
    struct lq_broker_entry_body body = {.tenant = request->tenant,
                                        .session = request->session,
                                        .action = lq_view_text(action_on_letters(request->kind)),
                                        .detail = lq_view_text(detail)};
    return tell(store, &body, asker_of(request));
}

enum lq_result lq_operator_record_purge(lq_broker_store_t *store,
                                        const struct lq_admin_request *request,
                                        const struct lq_letter *letter)
{
    char detail[DETAIL_BYTES];

    snprintf(detail, sizeof detail, "dlq_%016" PRIx64, letter->id);
    struct lq_broker_entry_body body = {.tenant = letter->tenant,
                                        .session = letter->session,
                                        .action = lq_view_text("letter.purge"),
                                        .detail = lq_view_text(detail)};
    return tell(store, &body, asker_of(request));
}

enum lq_result lq_operator_record_quota(lq_broker_store_t *store, const struct lq_storage_job *job)
{
    char detail[DETAIL_BYTES];
    size_t used = 0;

    detail[0] = '\0';
    for (uint32_t kind = 0; kind < LQ_QUOTA_KINDS; kind++) {
        const char *between = used > 0 ? " " : "";
        const char *name = lq_quota_name((enum lq_quota_kind)kind);
        uint64_t limit = job->quota.to.limits[kind];
        if ((job->quota.given >> kind & 1u) == 0) {
            continue;
        }
        char *to = detail + used;
        size_t room = sizeof detail - used;
        if (!lq_quota_is_own(&job->quota.to, (enum lq_quota_kind)kind)) {
            used += (size_t)snprintf(to, room, "%s%s=default", between, name);
        } else if (limit == LQ_QUOTA_NO_LIMIT) {
            used += (size_t)snprintf(to, room, "%s%s=none", between, name);
        } else {
            used += (size_t)snprintf(to, room, "%s%s=%" PRIu64, between, name, limit);
        }
    }
    struct lq_broker_entry_body body = {.tenant = lq_view_text(job->tenant),
                                        .action = lq_view_text("quota.set"),
                                        .detail = lq_view_text(detail)};
    return tell(store, &body, asker_of_job(job));
}

/* One request may do both; each is an entry. */
enum lq_result lq_operator_record_change(lq_broker_store_t *store, const struct lq_storage_job *job)
{
    const struct lq_session_change *change = &job->change;
    struct lq_broker_entry_body body = {.tenant = lq_view_text(job->tenant),
                                        .session = lq_view_text(job->session)};
    char detail[DETAIL_BYTES];
    enum lq_result result = LQ_OK;

    if (change->sets_stopped) {
        body.action = lq_view_text(change->stopped ? "session.stop" : "session.start");
        result = tell(store, &body, asker_of_job(job));
    }
    if (result == LQ_OK && change->sets_rate) {
        snprintf(detail, sizeof detail, "%" PRIu32 "/%" PRIu32, change->rate.numerator,
                 change->rate.denominator);
        body.action = lq_view_text("session.rate");
        body.detail = lq_view_text(detail);
        result = tell(store, &body, asker_of_job(job));
    }
    return result;
}

enum lq_result lq_operator_record_deletion(lq_broker_store_t *store,
                                           const struct lq_storage_job *job)
{
    struct lq_broker_entry_body body = {.tenant = lq_view_text(job->tenant),
                                        .session = lq_view_text(job->session),
                                        .action = lq_view_text("session.delete")};

    return tell(store, &body, asker_of_job(job));
}

enum lq_result lq_operator_record_resume(lq_broker_store_t *store, const struct lq_storage_job *job)
{
    char detail[DETAIL_BYTES];

    snprintf(detail, sizeof detail, "%" PRIu64 " sessions%s%s", job->frame,
             job->stage[0] != '\0' ? " parked by " : "", job->stage);
    struct lq_broker_entry_body body = {.tenant = lq_view_text(job->tenant),
                                        .session = lq_view_text(job->session),
                                        .action = lq_view_text("session.resume"),
                                        .detail = lq_view_text(detail)};
    return tell(store, &body, asker_of_job(job));
}
