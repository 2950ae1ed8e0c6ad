// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "cli/ledger_walk.h"

#include "base/alloc.h"
#include "base/error_message.h"
#include "cli/broker_call.h"
#include "cli/text_output.h"
#include "store/lmdb/map_guard.h"

#include <stdlib.h>

enum { PAGE_MAX = 256 };

enum lq_exit_code lq_ledger_walk_open(const struct lq_invocation *invocation,
                                      struct lq_ledger_walk *walk)
{
    *walk = (struct lq_ledger_walk){.ledger = NULL};
    lq_map_guard_arm("lqctl", LQ_EXIT_BROKEN);
    enum lq_exit_code code = lq_broker_call_configure(invocation, &walk->cluster);

    if (code == LQ_EXIT_OK) {
        walk->partition_count = (uint32_t)walk->cluster.partitions;
        walk->content = lq_alloc(LQ_TICK_BYTES_MAX, 1);
    }
    return code;
}

void lq_ledger_walk_close(struct lq_ledger_walk *walk)
{
    lq_ledger_close(&walk->ledger);
    free(walk->content);
    walk->content = NULL;
}

enum lq_exit_code lq_ledger_walk_partition(struct lq_ledger_walk *walk, uint32_t partition)
{
    const struct lq_partition_paths paths = lq_cluster_partition(&walk->cluster, partition);
    struct lq_error_message message = {""};
    const struct lq_ledger_options options = {
        .folder = paths.folder,
        .master_key_file = walk->without_key ? NULL : walk->cluster.master_key_file,
        .map_bytes = walk->cluster.map_bytes,
        .partition = partition,
        .cache_bytes = walk->cluster.cache_bytes,
    };

    lq_ledger_close(&walk->ledger);
    enum lq_result rc = lq_ledger_open_reader(&options, &walk->ledger, &message);
    if (rc != LQ_OK) {
        lq_text_output_error("%s: %s", paths.folder,
                             message.text[0] != '\0' ? message.text : lq_result_text(rc));
        return lq_broker_call_exit_code(rc);
    }
    return LQ_EXIT_OK;
}

struct name_page {
    struct lq_ledger_name names[PAGE_MAX];
    uint32_t count;
};

/* A page of tenants (tenant NULL) or of a tenant's sessions, in a read transaction of its own. */
static enum lq_exit_code read_page(struct lq_ledger_walk *walk, const char *tenant,
                                   const char *after, struct name_page *page)
{
    enum lq_result rc = lq_ledger_read_begin(walk->ledger);

    page->count = 0;
    if (rc == LQ_OK) {
        rc = tenant == NULL
                 ? lq_ledger_list_tenants(walk->ledger, lq_view_text(after), page->names, PAGE_MAX,
                                          &page->count)
                 : lq_ledger_list_sessions(walk->ledger, lq_view_text(tenant), lq_view_text(after),
                                           page->names, PAGE_MAX, &page->count);
        lq_ledger_read_end(walk->ledger);
    }
    if (rc == LQ_ERR_NOT_FOUND) {
        page->count = 0; /* this partition may not know the tenant */
        rc = LQ_OK;
    }
    if (rc != LQ_OK) {
        lq_text_output_error("the ledger's names: %s", lq_result_text(rc));
    }
    return lq_broker_call_exit_code(rc);
}

static enum lq_exit_code walk_tenant(struct lq_ledger_walk *walk, const char *tenant,
                                     lq_ledger_walk_fn each, void *context, uint64_t *found)
{
    struct name_page *page = lq_alloc(1, sizeof *page);
    struct lq_session_path path;
    char after[LQ_SESSION_NAME_BYTES_MAX + 1] = "";
    enum lq_exit_code code = LQ_EXIT_OK;

    snprintf(path.tenant, sizeof path.tenant, "%s", tenant);
    do {
        code = read_page(walk, tenant, after, page);
        for (uint32_t index = 0; index < page->count && code == LQ_EXIT_OK; index++) {
            (*found)++;
            memcpy(path.session, page->names[index].text, sizeof path.session);
            code = each(context, &path);
        }
        if (page->count > 0) {
            memcpy(after, page->names[page->count - 1].text, sizeof after);
        }
    } while (code == LQ_EXIT_OK && page->count == PAGE_MAX);
    free(page);
    return code;
}

static enum lq_exit_code walk_one(struct lq_ledger_walk *walk, const struct lq_session_path *path,
                                  lq_ledger_walk_fn each, void *context, uint64_t *found)
{
    struct lq_head head;
    enum lq_result rc = lq_ledger_read_begin(walk->ledger);

    if (rc == LQ_OK) {
        rc = lq_ledger_head(walk->ledger, lq_session_names_of(path->tenant, path->session), &head);
        lq_ledger_read_end(walk->ledger);
    }
    if (rc == LQ_ERR_NOT_FOUND) {
        return LQ_EXIT_OK;
    }
    if (rc != LQ_OK) {
        lq_text_output_error("%s/%s: %s", path->tenant, path->session, lq_result_text(rc));
        return lq_broker_call_exit_code(rc);
    }
    (*found)++;
    return each(context, path);
}

enum lq_exit_code lq_ledger_walk_sessions(struct lq_ledger_walk *walk,
                                          const struct lq_session_path *wanted,
                                          lq_ledger_walk_fn each, void *context, uint64_t *found)
{
    struct name_page *page = NULL;
    char after[LQ_SESSION_NAME_BYTES_MAX + 1] = "";
    enum lq_exit_code code = LQ_EXIT_OK;

    if (wanted->session[0] != '\0') {
        return walk_one(walk, wanted, each, context, found);
    }
    if (wanted->tenant[0] != '\0') {
        return walk_tenant(walk, wanted->tenant, each, context, found);
    }
    page = lq_alloc(1, sizeof *page);
    do {
        code = read_page(walk, NULL, after, page);
        for (uint32_t index = 0; index < page->count && code == LQ_EXIT_OK; index++) {
            code = walk_tenant(walk, page->names[index].text, each, context, found);
        }
        if (page->count > 0) {
            memcpy(after, page->names[page->count - 1].text, sizeof after);
        }
    } while (code == LQ_EXIT_OK && page->count == PAGE_MAX);
    free(page);
    return code;
}
