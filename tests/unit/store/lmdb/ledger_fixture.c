// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "tests/unit/store/lmdb/ledger_fixture.h"

#include "tests/support/suite.h"

#include <stdio.h>

enum { CONTENT_BYTES = 300, EPOCH = 1 };

void lq_ledger_fixture_make(struct lq_ledger_fixture *fixture)
{
    lq_store_folder_make(fixture->folder);
    snprintf(fixture->partition_folder, sizeof fixture->partition_folder, "%s/ledger/0",
             fixture->folder);
    snprintf(fixture->key_file, sizeof fixture->key_file, "%s/keys/master.key", fixture->folder);
    fixture->options = (struct lq_ledger_options){.folder = fixture->partition_folder,
                                                  .master_key_file = fixture->key_file,
                                                  .map_bytes = 64u << 20};
    fixture->ledger = NULL;
}

void lq_ledger_fixture_remove(struct lq_ledger_fixture *fixture)
{
    lq_ledger_close(&fixture->ledger);
    lq_store_folder_remove(fixture->folder);
}

void lq_ledger_fixture_open(struct lq_ledger_fixture *fixture)
{
    enum lq_result result =
        lq_ledger_open_writer(&fixture->options, &fixture->ledger, &fixture->message);

    ck_assert_msg(result == LQ_OK, "%s: %s", lq_result_text(result), fixture->message.text);
}

struct lq_view lq_ledger_fixture_content(uint8_t *to, size_t bytes, const char *tenant,
                                         const char *session, uint8_t fill)
{
    size_t tenant_bytes = strlen(tenant);
    size_t session_bytes = strlen(session);
    size_t at = 6 + tenant_bytes + session_bytes;

    ck_assert_uint_ge(bytes, at);
    memcpy(to, "\1\0\0\0", 4);
    to[4] = (uint8_t)tenant_bytes;
    memcpy(to + 5, tenant, tenant_bytes);
    to[5 + tenant_bytes] = (uint8_t)session_bytes;
    memcpy(to + 6 + tenant_bytes, session, session_bytes);
    for (; at < bytes; at++) {
        to[at] = fill++;
    }
    return lq_view_of(to, bytes);
}

static enum lq_commit_verdict commit(struct lq_ledger_fixture *fixture, struct lq_commit *item)
{
    enum lq_result result = lq_ledger_commit(fixture->ledger, item, 1);

    ck_assert_msg(result == LQ_OK, "%s", lq_result_text(result));
    return item->verdict;
}

enum lq_commit_verdict lq_ledger_fixture_create_tenant(struct lq_ledger_fixture *fixture,
                                                       const char *tenant, uint64_t counter)
{
    struct lq_commit item = {.kind = LQ_COMMIT_CREATE_TENANT,
                             .execution = {EPOCH, counter},
                             .names.tenant = lq_view_text(tenant)};

    return commit(fixture, &item);
}

enum lq_commit_verdict lq_ledger_fixture_set_cursor(struct lq_ledger_fixture *fixture,
                                                    const char *name,
                                                    struct lq_feed_position position)
{
    struct lq_commit item = {
        .kind = LQ_COMMIT_SET_CURSOR, .cursor = lq_view_text(name), .position = position};

    return commit(fixture, &item);
}

enum lq_commit_verdict lq_ledger_fixture_create_session(struct lq_ledger_fixture *fixture,
                                                        const char *tenant, const char *session,
                                                        uint64_t counter)
{
    uint8_t bytes[CONTENT_BYTES];
    struct lq_commit item = {.kind = LQ_COMMIT_CREATE_SESSION,
                             .execution = {EPOCH, counter},
                             .names = {lq_view_text(tenant), lq_view_text(session)},
                             .content = lq_ledger_fixture_content(bytes, sizeof bytes, tenant,
                                                                  session, (uint8_t)counter)};

    return commit(fixture, &item);
}

enum lq_commit_verdict lq_ledger_fixture_frame(struct lq_ledger_fixture *fixture,
                                               const char *tenant, const char *session,
                                               uint64_t frame, uint64_t counter)
{
    uint8_t bytes[CONTENT_BYTES];
    struct lq_commit item = {.kind = LQ_COMMIT_FRAME,
                             .execution = {EPOCH, counter},
                             .names = {lq_view_text(tenant), lq_view_text(session)},
                             .frame = frame,
                             .content = lq_ledger_fixture_content(
                                 bytes, sizeof bytes, tenant, session, (uint8_t)(frame + counter))};
    enum lq_commit_verdict verdict = commit(fixture, &item);

    if (verdict == LQ_COMMIT_DONE || verdict == LQ_COMMIT_ALREADY) {
        ck_assert_uint_eq(item.committed_frame, frame);
    }
    return verdict;
}

enum lq_result lq_ledger_fixture_head(struct lq_ledger_fixture *fixture, const char *tenant,
                                      const char *session, struct lq_head *head)
{
    ck_assert_int_eq(lq_ledger_read_begin(fixture->ledger), LQ_OK);
    enum lq_result result =
        lq_ledger_head(fixture->ledger, lq_session_names_of(tenant, session), head);
    lq_ledger_read_end(fixture->ledger);
    return result;
}

enum lq_result lq_ledger_fixture_read(struct lq_ledger_fixture *fixture, const char *tenant,
                                      const char *session, uint64_t frame, struct lq_view *content,
                                      struct lq_record_info *info)
{
    fixture->message.text[0] = '\0';
    struct lq_record_buffer buffer = {.memory = fixture->buffer,
                                      .bytes_max = sizeof fixture->buffer};
    uint64_t places[LQ_PLACES_MAX];
    uint32_t count;
    enum lq_result result = lq_ledger_places(fixture->ledger, lq_session_names_of(tenant, session),
                                             frame, places, &count);
    if (result == LQ_OK) {
        result = lq_ledger_read_record(fixture->ledger, lq_session_names_of(tenant, session),
                                       places[0], &buffer, info, &fixture->message);
        *content = buffer.content;
    }
    ck_assert(result != LQ_OK || info->frame == frame);
    return result;
}

static void keep_fault(void *context, const struct lq_ledger_fault *fault)
{
    struct lq_ledger_fixture *fixture = context;

    snprintf(fixture->fault, sizeof fixture->fault, "%s: %s", fault->database, fault->what);
}

uint64_t lq_ledger_fixture_count_broken(struct lq_ledger_fixture *fixture)
{
    const struct lq_ledger_verify_options options = {.on_fault = keep_fault, .context = fixture};
    struct lq_ledger_verify_totals totals;

    ck_assert_int_eq(lq_ledger_verify(fixture->ledger, &options, &totals), LQ_OK);
    return totals.faults;
}
