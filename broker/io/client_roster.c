// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "broker/io/client_roster.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/contract.h"
#include "transport/peer_table.h"

#include <stdlib.h>
#include <string.h>

#define REFUSED_FOR_NS (UINT64_C(250) * LQ_NS_PER_MS)

/* By the slot of the peer's number. */
struct connection {
    uint32_t peer; /* 0: free */
    uint32_t next; /* of the chain of its client's hash; only of those that are served */
    bool served;
    uint64_t refused_until_ns; /* not served */
    struct lq_client_id client;
    struct lq_connection_mark mark;
};

struct lq_client_roster {
    struct connection *connections; /* [0] unused */
    uint32_t *buckets;
    uint32_t bucket_mask;
    uint32_t peers_max;
};

lq_client_roster_t *lq_client_roster_new(uint32_t peers_max)
{
    lq_client_roster_t *roster = lq_alloc(1, sizeof *roster);
    uint32_t buckets = 64;

    while (buckets < peers_max) {
        buckets *= 2;
    }
    roster->connections = lq_alloc((size_t)peers_max + 1, sizeof *roster->connections);
    roster->buckets = lq_alloc(buckets, sizeof *roster->buckets);
    roster->bucket_mask = buckets - 1;
    roster->peers_max = peers_max;
    return roster;
}

void lq_client_roster_destroy(lq_client_roster_t **roster)
{
    if (*roster != NULL) {
        free((*roster)->connections);
        free((*roster)->buckets);
        free(*roster);
        *roster = NULL;
    }
}

/* Ids are drawn at random by those who mean well; who does not, lengthens a chain by what its door
 * lets in. */
static uint32_t *bucket_of(lq_client_roster_t *roster, const struct lq_client_id *client)
{
    uint64_t low;
    uint64_t high;

    memcpy(&low, client->bytes, sizeof low);
    memcpy(&high, client->bytes + sizeof low, sizeof high);
    uint64_t mixed = (low ^ (high << 31 | high >> 33)) * UINT64_C(0x9e3779b97f4a7c15);
    return &roster->buckets[(mixed >> 32) & roster->bucket_mask];
}

static struct connection *find(const lq_client_roster_t *roster, uint32_t peer)
{
    uint32_t slot = lq_peer_table_slot(peer);

    LQ_ASSERT(slot > 0);
    LQ_ASSERT(slot <= roster->peers_max);
    return &roster->connections[slot];
}

static void strike_off(lq_client_roster_t *roster, struct connection *connection)
{
    uint32_t slot = (uint32_t)(connection - roster->connections);

    if (connection->served) {
        uint32_t *link = bucket_of(roster, &connection->client);
        while (*link != slot) {
            link = &roster->connections[*link].next;
        }
        *link = connection->next;
    }
    *connection = (struct connection){0};
}

/* Served connections of the client that still stand; those that do not are struck off. */
static uint32_t count_standing(lq_client_roster_t *roster, const struct lq_client_id *client)
{
    uint32_t count = 0;
    uint32_t next;

    for (uint32_t slot = *bucket_of(roster, client); slot != 0; slot = next) {
        struct connection *connection = &roster->connections[slot];
        next = connection->next;
        if (!lq_client_id_equal(&connection->client, client)) {
            continue;
        }
        if (lq_connection_mark_stands(&connection->mark)) {
            count++;
        } else {
            strike_off(roster, connection);
        }
    }
    return count;
}

bool lq_client_roster_refuses(const lq_client_roster_t *roster, uint32_t peer, uint64_t now_ns)
{
    const struct connection *connection = find(roster, peer);

    return connection->peer == peer && !connection->served && now_ns < connection->refused_until_ns;
}

bool lq_client_roster_knows(const lq_client_roster_t *roster, uint32_t peer)
{
    const struct connection *connection = find(roster, peer);

    return connection->peer == peer && connection->served;
}

bool lq_client_roster_serves(const lq_client_roster_t *roster, uint32_t peer,
                             const struct lq_client_id *client)
{
    return lq_client_roster_knows(roster, peer) &&
           lq_client_id_equal(&find(roster, peer)->client, client);
}

bool lq_client_roster_enter(lq_client_roster_t *roster, uint32_t peer,
                            const struct lq_client_id *client,
                            const struct lq_connection_mark *mark, uint64_t now_ns)
{
    struct connection *connection = find(roster, peer);
    uint32_t *bucket = bucket_of(roster, client);

    strike_off(roster, connection);
    connection->peer = peer;
    connection->client = *client;
    if (count_standing(roster, client) >= LQ_CLIENT_ROSTER_CONNECTIONS_MAX) {
        connection->refused_until_ns = now_ns + REFUSED_FOR_NS;
        return false;
    }
    connection->served = true;
    connection->mark = *mark;
    connection->next = *bucket;
    *bucket = (uint32_t)(connection - roster->connections);
    return true;
}
