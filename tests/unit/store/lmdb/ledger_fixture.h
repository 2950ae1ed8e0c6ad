// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* ledger_fixture.h - a ledger in a folder of its own, and short ways to commit to it and read it.
 */
#ifndef LQ_LEDGER_FIXTURE_H
#define LQ_LEDGER_FIXTURE_H

#include "base/error_message.h"
#include "store/lmdb/ledger_verify.h"
#include "tests/unit/store/lmdb/store_folder.h"

struct lq_ledger_fixture {
    char folder[LQ_STORE_FOLDER_PATH_MAX];
    char partition_folder[LQ_STORE_FOLDER_PATH_MAX + 32];
    char key_file[LQ_STORE_FOLDER_PATH_MAX + 32];
    struct lq_error_message message;
    char fault[256]; /* the last one that verify found */
    struct lq_ledger_options options;
    lq_ledger_t *ledger;
    uint8_t buffer[LQ_TICK_BYTES_MAX];
};

/* An empty folder, options for 64 MiB of map, nothing opened. */
void lq_ledger_fixture_make(struct lq_ledger_fixture *fixture);

/* Close and remove. */
void lq_ledger_fixture_remove(struct lq_ledger_fixture *fixture);

/* Open for writing; fails the test unless that is LQ_OK. */
void lq_ledger_fixture_open(struct lq_ledger_fixture *fixture);

/* Write to `to` a content of `bytes` bytes that begins with the names; the rest counts from `fill`.
 */
struct lq_view lq_ledger_fixture_content(uint8_t *to, size_t bytes, const char *tenant,
                                         const char *session, uint8_t fill);

/* Commit one item alone; its verdict. The content has 300 bytes, filled by frame and counter. */
enum lq_commit_verdict lq_ledger_fixture_create_tenant(struct lq_ledger_fixture *fixture,
                                                       const char *tenant, uint64_t counter);
enum lq_commit_verdict lq_ledger_fixture_create_session(struct lq_ledger_fixture *fixture,
                                                        const char *tenant, const char *session,
                                                        uint64_t counter);
enum lq_commit_verdict lq_ledger_fixture_frame(struct lq_ledger_fixture *fixture,
                                               const char *tenant, const char *session,
                                               uint64_t frame, uint64_t counter);

enum lq_commit_verdict lq_ledger_fixture_set_cursor(struct lq_ledger_fixture *fixture,
                                                    const char *name,
                                                    struct lq_feed_position position);

/* Head and newest record of a session, in a read transaction of its own. */
enum lq_result lq_ledger_fixture_head(struct lq_ledger_fixture *fixture, const char *tenant,
                                      const char *session, struct lq_head *head);
enum lq_result lq_ledger_fixture_read(struct lq_ledger_fixture *fixture, const char *tenant,
                                      const char *session, uint64_t frame, struct lq_view *content,
                                      struct lq_record_info *info);

/* Faults that verify finds in the whole partition. */
uint64_t lq_ledger_fixture_count_broken(struct lq_ledger_fixture *fixture);

#endif
