// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "broker/io/refused_rounds.h"

#include "base/alloc.h"
#include "base/contract.h"
#include "world/world_limits.h"

#include <stdlib.h>

struct entry {
    uint32_t peer;
    uint32_t round;
    uint32_t next; /* of the chain of its hash; 0: the last */
    uint32_t tenant_bytes;
    char tenant[LQ_TENANT_NAME_BYTES_MAX];
};

/* Entries are a ring: noted one after the other, and over the oldest when all are used. */
struct lq_refused_rounds {
    struct entry *entries; /* [0] unused */
    uint32_t *buckets;
    uint32_t bucket_mask;
    uint32_t count_max;
    uint32_t count;
    uint32_t newest;
};

lq_refused_rounds_t *lq_refused_rounds_new(uint32_t count_max)
{
    lq_refused_rounds_t *rounds = lq_alloc(1, sizeof *rounds);
    uint32_t buckets = 16;

    LQ_ASSERT(count_max > 0);
    while (buckets < count_max) {
        buckets *= 2;
    }
    rounds->entries = lq_alloc((size_t)count_max + 1, sizeof *rounds->entries);
    rounds->buckets = lq_alloc(buckets, sizeof *rounds->buckets);
    rounds->bucket_mask = buckets - 1;
    rounds->count_max = count_max;
    return rounds;
}

void lq_refused_rounds_destroy(lq_refused_rounds_t **rounds)
{
    if (*rounds != NULL) {
        free((*rounds)->entries);
        free((*rounds)->buckets);
        free(*rounds);
        *rounds = NULL;
    }
}

/* FNV-1a of the name and the number. A tenant is named by who submits; it lengthens chains of its
 * own connections' refusals at most by what there is in all. */
static uint32_t *bucket_of(const lq_refused_rounds_t *rounds, uint32_t peer, struct lq_view tenant)
{
    uint32_t hash = UINT32_C(2166136261) ^ peer * UINT32_C(0x9e3779b9);

    for (size_t index = 0; index < tenant.bytes; index++) {
        hash = (hash ^ tenant.data[index]) * UINT32_C(16777619);
    }
    return &rounds->buckets[(hash ^ hash >> 15) & rounds->bucket_mask];
}

static struct lq_view tenant_of(const struct entry *entry)
{
    return lq_view_of(entry->tenant, entry->tenant_bytes);
}

static struct entry *find(const lq_refused_rounds_t *rounds, uint32_t peer, struct lq_view tenant)
{
    uint32_t index = *bucket_of(rounds, peer, tenant);

    while (index != 0) {
        struct entry *entry = &rounds->entries[index];
        if (entry->peer == peer && lq_view_equal(tenant_of(entry), tenant)) {
            return entry;
        }
        index = entry->next;
    }
    return NULL;
}

uint32_t lq_refused_rounds_find(const lq_refused_rounds_t *rounds, uint32_t peer,
                                struct lq_view tenant)
{
    const struct entry *entry = find(rounds, peer, tenant);

    return entry != NULL ? entry->round : 0;
}

static void unchain(lq_refused_rounds_t *rounds, uint32_t index)
{
    const struct entry *entry = &rounds->entries[index];
    uint32_t *link = bucket_of(rounds, entry->peer, tenant_of(entry));

    while (*link != index) {
        link = &rounds->entries[*link].next;
    }
    *link = entry->next;
}

void lq_refused_rounds_note(lq_refused_rounds_t *rounds, uint32_t peer, struct lq_view tenant,
                            uint32_t round)
{
    struct entry *known = find(rounds, peer, tenant);

    LQ_ASSERT(tenant.bytes <= LQ_TENANT_NAME_BYTES_MAX);
    if (known != NULL) {
        known->round = round;
        return;
    }
    rounds->newest = rounds->newest < rounds->count_max ? rounds->newest + 1 : 1;
    if (rounds->count == rounds->count_max) {
        unchain(rounds, rounds->newest);
    } else {
        rounds->count++;
    }
    struct entry *entry = &rounds->entries[rounds->newest];
    uint32_t *bucket = bucket_of(rounds, peer, tenant);
    *entry = (struct entry){
        .peer = peer, .round = round, .next = *bucket, .tenant_bytes = (uint32_t)tenant.bytes};
    memcpy(entry->tenant, tenant.data, tenant.bytes);
    *bucket = rounds->newest;
}
