// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* What the shell reads of policies and of the mirror: for people, and for the mirror itself. */
#include "base/clock.h"
#include "broker/core/broker_core.h"
#include "broker/core/core_tables.h"
#include "broker/core/stream_table.h"
#include "broker/core/tenant.h"
#include "broker/core/tenant_durability.h"

/* The first names behind one, in order, each once. */
struct page {
    struct lq_view after;
    uint32_t count, count_max;
    bool left_out;
    struct lq_view names[LQ_MIRROR_POLICIES_MAX];
};

_Static_assert(LQ_MIRROR_TENANTS_MAX <= LQ_MIRROR_POLICIES_MAX, "a page has room for either");

static int compare_names(struct lq_view a, struct lq_view b)
{
    size_t bytes = a.bytes < b.bytes ? a.bytes : b.bytes;
    int order = bytes > 0 ? memcmp(a.data, b.data, bytes) : 0;

    return order != 0 ? order : (a.bytes > b.bytes) - (a.bytes < b.bytes);
}

static void add_name(struct page *page, struct lq_view name)
{
    uint32_t place = page->count;

    if (compare_names(name, page->after) <= 0) {
        return;
    }
    while (place > 0 && compare_names(page->names[place - 1], name) > 0) {
        place--;
    }
    if (place > 0 && lq_view_equal(page->names[place - 1], name)) {
        return;
    }
    if (page->count == page->count_max) {
        page->left_out = true;
        if (place == page->count) {
            return;
        }
        page->count--;
    }
    for (uint32_t at = page->count++; at > place; at--) {
        page->names[at] = page->names[at - 1];
    }
    page->names[place] = name;
}

static void add_tenants(const struct lq_broker_core *core, struct page *page, bool own_only)
{
    for (uint32_t bucket = 0; bucket <= core->bucket_mask_tenants; bucket++) {
        for (uint32_t index = core->tenant_buckets[bucket]; index != 0;
             index = core->tenants[index].hash_next) {
            const struct lq_core_tenant *tenant = &core->tenants[index];
            if (tenant->durability.own || (!own_only && tenant->mirrored)) {
                add_name(page, lq_tenant_name(tenant));
            }
        }
    }
}

static uint32_t find_tenant(const struct lq_broker_core *core, struct lq_view name)
{
    struct lq_hashed_names key = lq_hashed_names_of((struct lq_session_names){.tenant = name});

    return lq_tenant_find(core, &key);
}

void lq_broker_core_durability(const lq_broker_core_t *core, struct lq_view tenant,
                               struct lq_durability *to)
{
    *to = *lq_tenant_durability_of(core, find_tenant(core, tenant));
}

bool lq_broker_core_has_room_for_stream(const lq_broker_core_t *core, struct lq_view tenant)
{
    struct lq_hashed_names key = lq_hashed_names_of((struct lq_session_names){.tenant = tenant});

    return core->stream_count < core->config.streams_max || lq_stream_table_find(core, &key) != 0;
}

uint64_t lq_broker_core_policies(const lq_broker_core_t *core, struct lq_view after,
                                 struct lq_tenant_policy list[LQ_MIRROR_POLICIES_MAX],
                                 uint32_t *count, bool *more)
{
    struct page page = {.after = after, .count_max = LQ_MIRROR_POLICIES_MAX};

    *count = 0;
    if (after.bytes == 0) { /* a list begins with what applies to all others */
        list[(*count)++].durability = core->config.durability;
        list[0].tenant = lq_view_of("", 0);
        page.count_max--;
    }
    add_tenants(core, &page, true);
    for (uint32_t place = 0; place < page.count; place++) {
        list[*count].tenant = page.names[place];
        list[(*count)++].durability =
            core->tenants[find_tenant(core, page.names[place])].durability;
    }
    *more = page.left_out;
    return core->policies;
}

static void report_tenant(const struct lq_broker_core *core, struct lq_view name, uint64_t now_ns,
                          struct lq_tenant_mirror *to)
{
    struct lq_hashed_names key = lq_hashed_names_of((struct lq_session_names){.tenant = name});
    uint32_t index = lq_tenant_find(core, &key);
    uint32_t stream_index = lq_stream_table_find(core, &key);
    const struct lq_core_tenant *tenant = &core->tenants[index];
    const struct lq_core_stream *stream = &core->streams[stream_index];

    *to = (struct lq_tenant_mirror){
        .policy = {name, *lq_tenant_durability_of(core, index)},
        .told = stream_index != 0,
        .progress = {name, stream->ledger_sequence, stream->waiting, stream->waiting_ms},
        .held = tenant->held.count,
        .held_frames = tenant->held_frames};
    if (tenant->held.count > 0) {
        to->held_ms = (uint32_t)((now_ns - core->held[tenant->held.first].since_ns) / LQ_NS_PER_MS);
    }
    /* What waited when the mirror spoke has waited longer by now. */
    if (stream->waiting > 0) {
        to->progress.waiting_ms += (uint32_t)((now_ns - stream->told_ns) / LQ_NS_PER_MS);
    }
}

bool lq_broker_core_mirror(const lq_broker_core_t *core, struct lq_view after, uint64_t now_ns,
                           struct lq_mirror_state *to)
{
    struct page page = {.after = after, .count_max = LQ_MIRROR_TENANTS_MAX};

    to->held = core->held_count;
    to->held_max = core->config.held_answers_max;
    to->ledger_sequence = core->newest_sequence;
    to->usual = core->config.durability;
    add_tenants(core, &page, false);
    for (uint32_t index = 1; index <= core->stream_count; index++) {
        add_name(&page, lq_view_of(core->streams[index].name, core->streams[index].name_bytes));
    }
    to->tenant_count = page.count;
    for (uint32_t place = 0; place < page.count; place++) {
        report_tenant(core, page.names[place], now_ns, &to->tenants[place]);
    }
    return page.left_out;
}
