// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* storage_fixture.h - a broker's store in a folder of its own, and the desk that works in it. */
#ifndef LQ_STORAGE_FIXTURE_H
#define LQ_STORAGE_FIXTURE_H

#include "broker/io/storage_desk.h"
#include "proto/admin_codec.h"

extern lq_broker_store_t *lq_storage_fixture_store;

const char *lq_storage_fixture_folder(void);
void lq_storage_fixture_open(void);
void lq_storage_fixture_close(void);

/* One job in a transaction of its own; what came of it, to be dropped. */
struct lq_storage_news *lq_storage_fixture_work(struct lq_storage_job *job);
void lq_storage_fixture_drop(struct lq_storage_news *news);

/* A letter of demo/s1, of one command: to be put, and put. */
struct lq_storage_job *lq_storage_fixture_letter(uint64_t id, const char *stage, uint64_t sequence);
void lq_storage_fixture_put(uint64_t id, const char *stage, uint64_t sequence);

/* Send a request; the answer is decoded into `reply`, whose views live until the next call. All
 * news come back, the answer last. */
struct lq_storage_news *lq_storage_fixture_ask(struct lq_admin_request *request,
                                               struct lq_admin_reply *reply);

/* Each entry of the table of quotas, where tenants' durability lies too. */
void lq_storage_fixture_each_quota(lq_broker_store_each_fn each);

/* Of a letter; 0: there is none. */
uint8_t lq_storage_fixture_state(uint64_t id);

#endif
