// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "transport/peer_table.h"

#include "base/alloc.h"
#include "base/contract.h"

#include <stdlib.h>

struct peer {
    uint64_t heard_ns;
    uint32_t generation;
    uint32_t hash_next;
    uint8_t bytes; /* 0: free */
    uint8_t routing_id[LQ_ROUTING_ID_BYTES_MAX];
};

struct lq_peer_table {
    struct peer *peers; /* [0] unused */
    uint32_t *buckets;
    uint32_t bucket_mask;
    uint32_t peers_max, top, free_first;
};

lq_peer_table_t *lq_peer_table_new(uint32_t peers_max)
{
    lq_peer_table_t *table = lq_alloc(1, sizeof *table);
    uint32_t buckets = 64;

    LQ_ASSERT(peers_max < 65536);
    while (buckets < peers_max) {
        buckets *= 2;
    }
    table->peers = lq_alloc((size_t)peers_max + 1, sizeof *table->peers);
    table->buckets = lq_alloc(buckets, sizeof *table->buckets);
    table->bucket_mask = buckets - 1;
    table->peers_max = peers_max;
    return table;
}

void lq_peer_table_destroy(lq_peer_table_t **table)
{
    if (*table != NULL) {
        free((*table)->peers);
        free((*table)->buckets);
        free(*table);
        *table = NULL;
    }
}

static uint32_t *bucket_of(lq_peer_table_t *table, struct lq_view routing_id)
{
    uint32_t hash = 2166136261u;

    for (size_t at = 0; at < routing_id.bytes; at++) {
        hash = (hash ^ routing_id.data[at]) * 16777619u;
    }
    return &table->buckets[hash & table->bucket_mask];
}

static struct lq_view id_of(const struct peer *peer)
{
    return lq_view_of(peer->routing_id, peer->bytes);
}

static void remove_slot(lq_peer_table_t *table, uint32_t slot)
{
    struct peer *peer = &table->peers[slot];
    uint32_t *link = bucket_of(table, id_of(peer));

    while (*link != slot) {
        link = &table->peers[*link].hash_next;
    }
    *link = peer->hash_next;
    peer->bytes = 0;
    peer->generation++;
    peer->hash_next = table->free_first;
    table->free_first = slot;
}

static void forget_oldest(lq_peer_table_t *table)
{
    uint32_t oldest = 1;

    for (uint32_t slot = 2; slot <= table->top; slot++) {
        if (table->peers[slot].heard_ns < table->peers[oldest].heard_ns) {
            oldest = slot;
        }
    }
    remove_slot(table, oldest);
}

static uint32_t number_of(const lq_peer_table_t *table, uint32_t slot)
{
    return (table->peers[slot].generation & 0xffff) << 16 | slot;
}

uint32_t lq_peer_table_slot(uint32_t peer)
{
    return peer & 0xffff;
}

uint32_t lq_peer_table_number(lq_peer_table_t *table, struct lq_view routing_id, uint64_t now_ns,
                              uint64_t *before_ns)
{
    *before_ns = 0;
    if (routing_id.bytes == 0 || routing_id.bytes > LQ_ROUTING_ID_BYTES_MAX) {
        return 0;
    }
    uint32_t *bucket = bucket_of(table, routing_id);
    for (uint32_t slot = *bucket; slot != 0; slot = table->peers[slot].hash_next) {
        if (lq_view_equal(id_of(&table->peers[slot]), routing_id)) {
            *before_ns = table->peers[slot].heard_ns;
            table->peers[slot].heard_ns = now_ns;
            return number_of(table, slot);
        }
    }
    if (table->free_first == 0 && table->top == table->peers_max) {
        forget_oldest(table);
    }
    uint32_t slot = table->free_first;
    if (slot != 0) {
        table->free_first = table->peers[slot].hash_next;
    } else {
        slot = ++table->top;
    }
    struct peer *peer = &table->peers[slot];
    peer->bytes = (uint8_t)routing_id.bytes;
    memcpy(peer->routing_id, routing_id.data, routing_id.bytes);
    peer->heard_ns = now_ns;
    peer->hash_next = *bucket;
    *bucket = slot;
    return number_of(table, slot);
}

struct lq_view lq_peer_table_routing_id(const lq_peer_table_t *table, uint32_t peer)
{
    uint32_t slot = peer & 0xffff;

    if (slot == 0 || slot > table->top || table->peers[slot].bytes == 0 ||
        number_of(table, slot) != peer) {
        return lq_view_of(NULL, 0);
    }
    return id_of(&table->peers[slot]);
}

void lq_peer_table_forget(lq_peer_table_t *table, uint32_t peer)
{
    if (lq_peer_table_routing_id(table, peer).bytes > 0) {
        remove_slot(table, peer & 0xffff);
    }
}
