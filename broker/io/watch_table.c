// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "broker/io/watch_table.h"

#include "base/alloc.h"
#include "base/contract.h"
#include "world/identity.h"
#include "world/world_limits.h"

#include <stdlib.h>

#define PEER_SLOTS 65536u

/* A session that somebody watches: tenant NUL session NUL. */
struct watched {
    uint32_t hash_next; /* or the next free one */
    uint32_t first;     /* watch */
    uint32_t worlds;    /* of its watches want them */
    uint32_t plays;     /* of its watches are players' */
    uint64_t frame;     /* the newest that they were told of */
    uint8_t name_bytes;
    uint8_t name[LQ_TENANT_NAME_BYTES_MAX + LQ_SESSION_NAME_BYTES_MAX + 2];
};

struct watch {
    struct lq_watch_entry entry;
    uint64_t said_ns;
    uint32_t session;                    /* 0: free */
    uint32_t hash_next;                  /* by (peer, session); or the next free one */
    uint32_t session_next, session_prev; /* of the same session */
    uint32_t older, newer;               /* in the order in which they were said */
};

struct lq_watch_table {
    struct lq_watch_limits limits;
    uint32_t count;
    uint32_t watch_top, watch_free, session_top, session_free;
    uint32_t oldest, newest;
    uint32_t bucket_mask;
    uint32_t *watch_buckets, *session_buckets;
    struct watch *watches; /* [0] unused, as in all tables of records linked by index */
    struct watched *sessions;
    struct {
        uint32_t peer, count;
    } peers[PEER_SLOTS];
};

lq_watch_table_t *lq_watch_table_new(const struct lq_watch_limits *limits)
{
    lq_watch_table_t *table = lq_alloc(1, sizeof *table);
    uint32_t buckets = 64;

    while (buckets < limits->watches_max) {
        buckets *= 2;
    }
    table->limits = *limits;
    table->bucket_mask = buckets - 1;
    table->watch_buckets = lq_alloc(buckets, sizeof *table->watch_buckets);
    table->session_buckets = lq_alloc(buckets, sizeof *table->session_buckets);
    table->watches = lq_alloc((size_t)limits->watches_max + 1, sizeof *table->watches);
    table->sessions = lq_alloc((size_t)limits->watches_max + 1, sizeof *table->sessions);
    return table;
}

void lq_watch_table_destroy(lq_watch_table_t **table)
{
    if (*table != NULL) {
        free((*table)->watch_buckets);
        free((*table)->session_buckets);
        free((*table)->watches);
        free((*table)->sessions);
        free(*table);
        *table = NULL;
    }
}

uint32_t lq_watch_table_count(const lq_watch_table_t *table)
{
    return table->count;
}

/* ---- sessions ---- */

static struct lq_view put_name(uint8_t *to, struct lq_session_names names)
{
    LQ_ASSERT(names.tenant.bytes <= LQ_TENANT_NAME_BYTES_MAX);
    LQ_ASSERT(names.session.bytes <= LQ_SESSION_NAME_BYTES_MAX);
    memcpy(to, names.tenant.data, names.tenant.bytes);
    to[names.tenant.bytes] = 0;
    memcpy(to + names.tenant.bytes + 1, names.session.data, names.session.bytes);
    to[names.tenant.bytes + 1 + names.session.bytes] = 0;
    return lq_view_of(to, names.tenant.bytes + names.session.bytes + 2);
}

static uint32_t *session_bucket(const lq_watch_table_t *table, struct lq_view name)
{
    uint32_t hash = 2166136261u;

    for (size_t at = 0; at < name.bytes; at++) {
        hash = (hash ^ name.data[at]) * 16777619u;
    }
    return &table->session_buckets[hash & table->bucket_mask];
}

static struct lq_view name_of(const struct watched *watched)
{
    return lq_view_of(watched->name, watched->name_bytes);
}

static uint32_t find_session(const lq_watch_table_t *table, struct lq_session_names names)
{
    uint8_t bytes[sizeof table->sessions->name];
    struct lq_view name = put_name(bytes, names);
    uint32_t index = *session_bucket(table, name);

    while (index != 0 && !lq_view_equal(name, name_of(&table->sessions[index]))) {
        index = table->sessions[index].hash_next;
    }
    return index;
}

/* There is one for each watch, so there is always a free one for a new watch. */
static uint32_t add_session(lq_watch_table_t *table, struct lq_session_names names)
{
    uint32_t index = table->session_free;

    if (index != 0) {
        table->session_free = table->sessions[index].hash_next;
    } else {
        index = ++table->session_top;
    }
    LQ_ASSERT(index <= table->limits.watches_max);
    struct watched *watched = &table->sessions[index];
    memset(watched, 0, sizeof *watched);
    watched->name_bytes = (uint8_t)put_name(watched->name, names).bytes;
    uint32_t *bucket = session_bucket(table, name_of(watched));
    watched->hash_next = *bucket;
    *bucket = index;
    return index;
}

static void remove_session(lq_watch_table_t *table, uint32_t index)
{
    struct watched *watched = &table->sessions[index];
    uint32_t *link = session_bucket(table, name_of(watched));

    LQ_ASSERT(watched->worlds == 0);
    LQ_ASSERT(watched->plays == 0);
    while (*link != index) {
        link = &table->sessions[*link].hash_next;
    }
    *link = watched->hash_next;
    watched->name_bytes = 0;
    watched->hash_next = table->session_free;
    table->session_free = index;
}

/* ---- watches ---- */

static uint32_t *watch_bucket(const lq_watch_table_t *table, uint32_t peer, uint32_t session)
{
    uint32_t hash = (peer * 2654435761u ^ session) * 2246822519u;

    return &table->watch_buckets[(hash ^ hash >> 15) & table->bucket_mask];
}

static uint32_t find_watch(const lq_watch_table_t *table, uint32_t peer, uint32_t session)
{
    uint32_t index = session == 0 ? 0 : *watch_bucket(table, peer, session);

    while (index != 0 &&
           (table->watches[index].entry.peer != peer || table->watches[index].session != session)) {
        index = table->watches[index].hash_next;
    }
    return index;
}

/* How many sessions a connection watches. A slot of the peer table may have another occupant by
 * now: what the one before watched goes by itself. */
static uint32_t *peer_count(lq_watch_table_t *table, uint32_t peer)
{
    uint32_t slot = peer % PEER_SLOTS;

    if (table->peers[slot].peer != peer) {
        table->peers[slot].peer = peer;
        table->peers[slot].count = 0;
    }
    return &table->peers[slot].count;
}

static void leave_order(lq_watch_table_t *table, struct watch *watch)
{
    *(watch->older != 0 ? &table->watches[watch->older].newer : &table->oldest) = watch->newer;
    *(watch->newer != 0 ? &table->watches[watch->newer].older : &table->newest) = watch->older;
}

static void enter_order(lq_watch_table_t *table, uint32_t index, uint64_t now_ns)
{
    struct watch *watch = &table->watches[index];

    watch->said_ns = now_ns;
    watch->older = table->newest;
    watch->newer = 0;
    *(table->newest != 0 ? &table->watches[table->newest].newer : &table->oldest) = index;
    table->newest = index;
}

static uint32_t take_watch(lq_watch_table_t *table)
{
    uint32_t index = table->watch_free;

    if (index != 0) {
        table->watch_free = table->watches[index].hash_next;
    } else {
        index = ++table->watch_top;
    }
    LQ_ASSERT(index <= table->limits.watches_max);
    memset(&table->watches[index], 0, sizeof table->watches[index]);
    table->count++;
    return index;
}

static void add_watch(lq_watch_table_t *table, const struct lq_watch_entry *entry, uint32_t session,
                      uint64_t now_ns)
{
    uint32_t index = take_watch(table);
    struct watch *watch = &table->watches[index];
    struct watched *watched = &table->sessions[session];
    uint32_t *bucket = watch_bucket(table, entry->peer, session);

    watch->entry = *entry;
    watch->session = session;
    watch->hash_next = *bucket;
    *bucket = index;
    watch->session_next = watched->first;
    if (watched->first != 0) {
        table->watches[watched->first].session_prev = index;
    }
    watched->first = index;
    watched->worlds += entry->world;
    watched->plays += entry->play;
    ++*peer_count(table, entry->peer);
    enter_order(table, index, now_ns);
}

enum lq_result lq_watch_table_put(lq_watch_table_t *table, const struct lq_watch_entry *entry,
                                  struct lq_session_names names, uint64_t now_ns, bool *began)
{
    uint32_t found = find_session(table, names);
    uint32_t index = find_watch(table, entry->peer, found);

    if (index != 0) {
        struct watch *watch = &table->watches[index];
        *began = (entry->world && !watch->entry.world) || (entry->play && !watch->entry.play);
        table->sessions[found].worlds += entry->world;
        table->sessions[found].worlds -= watch->entry.world;
        table->sessions[found].plays += entry->play;
        table->sessions[found].plays -= watch->entry.play;
        watch->entry = *entry;
        leave_order(table, watch);
        enter_order(table, index, now_ns);
        return LQ_OK;
    }
    if (*peer_count(table, entry->peer) >= table->limits.watches_per_peer_max) {
        return LQ_ERR_LIMIT;
    }
    if (table->count == table->limits.watches_max) {
        return LQ_ERR_FULL;
    }
    *began = true;
    add_watch(table, entry, found != 0 ? found : add_session(table, names), now_ns);
    return LQ_OK;
}

void lq_watch_table_remove(lq_watch_table_t *table, uint32_t index)
{
    struct watch *watch = &table->watches[index];
    struct watched *watched = &table->sessions[watch->session];
    uint32_t *link = watch_bucket(table, watch->entry.peer, watch->session);

    LQ_ASSERT(watch->session != 0);
    while (*link != index) {
        link = &table->watches[*link].hash_next;
    }
    *link = watch->hash_next;
    *(watch->session_prev != 0 ? &table->watches[watch->session_prev].session_next
                               : &watched->first) = watch->session_next;
    if (watch->session_next != 0) {
        table->watches[watch->session_next].session_prev = watch->session_prev;
    }
    watched->worlds -= watch->entry.world;
    watched->plays -= watch->entry.play;
    leave_order(table, watch);
    if (table->peers[watch->entry.peer % PEER_SLOTS].peer == watch->entry.peer) {
        --*peer_count(table, watch->entry.peer);
    }
    if (watched->first == 0) {
        remove_session(table, watch->session);
    }
    watch->session = 0;
    watch->hash_next = table->watch_free;
    table->watch_free = index;
    table->count--;
}

void lq_watch_table_stop(lq_watch_table_t *table, uint32_t peer, struct lq_session_names names)
{
    uint32_t index = find_watch(table, peer, find_session(table, names));

    if (index != 0) {
        lq_watch_table_remove(table, index);
    }
}

uint32_t lq_watch_table_expire(lq_watch_table_t *table, uint64_t since_ns, uint32_t count_max)
{
    uint32_t count = 0;

    while (count < count_max && table->oldest != 0 &&
           table->watches[table->oldest].said_ns < since_ns) {
        lq_watch_table_remove(table, table->oldest);
        count++;
    }
    return count;
}

uint32_t lq_watch_table_first(const lq_watch_table_t *table, struct lq_session_names names)
{
    uint32_t index = table->count == 0 ? 0 : find_session(table, names);

    return index == 0 ? 0 : table->sessions[index].first;
}

uint32_t lq_watch_table_next(const lq_watch_table_t *table, uint32_t watch)
{
    return table->watches[watch].session_next;
}

const struct lq_watch_entry *lq_watch_table_entry(const lq_watch_table_t *table, uint32_t watch)
{
    return &table->watches[watch].entry;
}

struct lq_watch_wishes lq_watch_table_wishes(const lq_watch_table_t *table,
                                             struct lq_session_names names)
{
    uint32_t index = table->count == 0 ? 0 : find_session(table, names);

    return (struct lq_watch_wishes){index != 0 && table->sessions[index].worlds > 0,
                                    index != 0 && table->sessions[index].plays > 0};
}

void lq_watch_table_told(lq_watch_table_t *table, struct lq_session_names names, uint64_t frame)
{
    uint32_t index = table->count == 0 ? 0 : find_session(table, names);

    if (index != 0) {
        table->sessions[index].frame = frame;
    }
}

uint64_t lq_watch_table_frame(const lq_watch_table_t *table, struct lq_session_names names)
{
    uint32_t index = table->count == 0 ? 0 : find_session(table, names);

    return index == 0 ? 0 : table->sessions[index].frame;
}
