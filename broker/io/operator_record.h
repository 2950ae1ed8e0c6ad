// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* operator_record.h - what people did by way of lqctl, told in the outbox of the broker's store
 * beside what came of it. Who it was, and why, is what the request says; without that it is the
 * client id of the request: a program's, for one run of it. Inside the store's open transaction. */
#ifndef LQ_OPERATOR_RECORD_H
#define LQ_OPERATOR_RECORD_H

#include "broker/io/storage_job.h"
#include "proto/admin_codec.h"
#include "store/lmdb/broker_store.h"

/* Letters were redriven, acknowledged (drained) or purged: so many. */
LQ_MUST_CHECK enum lq_result lq_operator_record_letters(lq_broker_store_t *store,
                                                        const struct lq_admin_request *request,
                                                        uint64_t count);

/* That letter goes: a delete names neither tenant nor session. */
LQ_MUST_CHECK enum lq_result lq_operator_record_purge(lq_broker_store_t *store,
                                                      const struct lq_admin_request *request,
                                                      const struct lq_letter *letter);

/* PUT_QUOTA. */
LQ_MUST_CHECK enum lq_result lq_operator_record_quota(lq_broker_store_t *store,
                                                      const struct lq_storage_job *job);

/* CHANGE_SESSION. */
LQ_MUST_CHECK enum lq_result lq_operator_record_change(lq_broker_store_t *store,
                                                       const struct lq_storage_job *job);

/* DELETION: that it was asked for; the ledger knows whether it came to be. */
LQ_MUST_CHECK enum lq_result lq_operator_record_deletion(lq_broker_store_t *store,
                                                         const struct lq_storage_job *job);

/* RESUMED: job->frame sessions, those of job->stage if it is named. */
LQ_MUST_CHECK enum lq_result lq_operator_record_resume(lq_broker_store_t *store,
                                                       const struct lq_storage_job *job);

#endif
