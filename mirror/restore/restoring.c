// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "mirror/restore/restoring.h"

#include "base/alloc.h"

#include <stdio.h>
#include <string.h>

enum lq_result lq_restoring_tell(struct lq_restoring *restoring, enum lq_result result,
                                 const char *store)
{
    if (result != LQ_OK && restoring->message->text[0] == '\0') {
        lq_error_message_set(restoring->message, "%.200s: %s: %s%s", restoring->options->folder,
                             store, lq_result_text(result),
                             result == LQ_ERR_MAP_FULL ? " (raise store/map_bytes_max)" : "");
    }
    return result;
}

enum lq_result lq_restoring_told_by_ledger(struct lq_restoring *restoring, enum lq_result result,
                                           const char **why)
{
    const char *said = lq_ledger_restore_why(restoring->ledger);

    if (result == LQ_ERR_CORRUPT && said[0] != '\0') {
        *why = said;
        if (lq_ledger_restore_lacks_key(restoring->ledger) && restoring->at != NULL) {
            snprintf(restoring->lacking, sizeof restoring->lacking,
                     "%s: item K of tenant %s lacks it (--without %s restores the others)", said,
                     restoring->at->name, restoring->at->name);
            *why = restoring->lacking;
        }
        return result;
    }
    return lq_restoring_tell(restoring, result, "the ledger");
}

struct lq_restoring_tenant *lq_restoring_find_tenant(struct lq_restoring *restoring,
                                                     uint64_t number)
{
    for (uint32_t index = restoring->tenant_count; index > 0; index--) {
        if (restoring->tenants[index - 1].stream.tenant_number == number) {
            return &restoring->tenants[index - 1];
        }
    }
    return NULL;
}

static bool is_left_out(const struct lq_restoring *restoring, struct lq_view name)
{
    const char *at = restoring->options->without;

    while (at != NULL) {
        const char *end = strchr(at, ',');
        size_t bytes = end != NULL ? (size_t)(end - at) : strlen(at);
        if (lq_view_equal(name, lq_view_of(at, bytes))) {
            return true;
        }
        at = end != NULL ? end + 1 : NULL;
    }
    return false;
}

void lq_restoring_add_tenant(struct lq_restoring *restoring, struct lq_view name, uint64_t number)
{
    if (restoring->tenant_count == restoring->tenant_max) {
        restoring->tenant_max = restoring->tenant_max == 0 ? 64 : 2 * restoring->tenant_max;
        restoring->tenants =
            lq_realloc(restoring->tenants, restoring->tenant_max, sizeof *restoring->tenants);
    }
    struct lq_restoring_tenant *tenant = &restoring->tenants[restoring->tenant_count++];
    *tenant = (struct lq_restoring_tenant){.newest = 0};
    memcpy(tenant->name, name.data, name.bytes);
    tenant->is_left_out = is_left_out(restoring, name);
    lq_table_walk_stream(&tenant->stream, name, restoring->options->partition, number);
}
