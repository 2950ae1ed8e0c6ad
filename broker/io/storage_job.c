// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "broker/io/storage_job.h"

#include "base/alloc.h"
#include "base/contract.h"

#include <stdlib.h>

struct lq_storage_job *lq_storage_job_new(enum lq_storage_job_kind kind)
{
    struct lq_storage_job *job = lq_alloc(1, sizeof *job);

    job->kind = kind;
    return job;
}

void lq_storage_job_destroy(struct lq_storage_job **jobs)
{
    while (*jobs != NULL) {
        struct lq_storage_job *next = (*jobs)->next;
        free((*jobs)->bytes);
        free(*jobs);
        *jobs = next;
    }
}

void lq_storage_job_name(struct lq_storage_job *job, struct lq_session_names names)
{
    LQ_ASSERT(names.tenant.bytes < sizeof job->tenant);
    LQ_ASSERT(names.session.bytes < sizeof job->session);
    memcpy(job->tenant, names.tenant.data, names.tenant.bytes);
    memcpy(job->session, names.session.data, names.session.bytes);
}

void lq_storage_job_ask(struct lq_storage_job *job, const struct lq_admin_request *request)
{
    LQ_ASSERT(request->operator_name.bytes < sizeof job->operator_name);
    LQ_ASSERT(request->reason.bytes < sizeof job->reason);
    job->client = request->client;
    if (request->operator_name.bytes > 0) {
        memcpy(job->operator_name, request->operator_name.data, request->operator_name.bytes);
    }
    if (request->reason.bytes > 0) {
        memcpy(job->reason, request->reason.data, request->reason.bytes);
    }
}

void lq_storage_job_copy(struct lq_storage_job *job, struct lq_view bytes)
{
    job->bytes = lq_alloc(1, bytes.bytes + 1);
    job->byte_count = bytes.bytes;
    if (bytes.bytes > 0) {
        memcpy(job->bytes, bytes.data, bytes.bytes);
    }
}
