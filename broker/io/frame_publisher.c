// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "broker/io/frame_publisher.h"

#include "base/alloc.h"
#include "base/log.h"
#include "world/identity.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <zmq.h>

#define TOPIC_BYTES_MAX (LQ_TENANT_NAME_BYTES_MAX + LQ_SESSION_NAME_BYTES_MAX + 16)
#define WATCHED_MAX 16384u /* sessions watched at a time */
#define BUCKETS 16384u

/* A session that somebody watches. */
struct watched {
    uint32_t hash_next;
    uint32_t frame_watchers, world_watchers;
    uint8_t name_bytes;            /* 0: free */
    uint8_t name[TOPIC_BYTES_MAX]; /* tenant NUL session NUL */
};

struct lq_frame_publisher {
    void *socket;
    uint32_t count, top, free_first;
    uint32_t worlds; /* world watchers in all */
    uint32_t buckets[BUCKETS];
    struct watched watched[WATCHED_MAX + 1];
};

enum lq_result lq_frame_publisher_open(void *zmq_context, const char *endpoint,
                                       lq_frame_publisher_t **publisher, char *message)
{
    void *socket = zmq_socket(zmq_context, ZMQ_XPUB);
    int none = 0;
    int manual = 1;
    int watermark = 1000;

    if (socket == NULL || zmq_setsockopt(socket, ZMQ_LINGER, &none, sizeof none) != 0 ||
        zmq_setsockopt(socket, ZMQ_SNDHWM, &watermark, sizeof watermark) != 0 ||
        zmq_setsockopt(socket, ZMQ_XPUB_MANUAL, &manual, sizeof manual) != 0 ||
        zmq_bind(socket, endpoint) != 0) {
        snprintf(message, 256, "%s: %s", endpoint, zmq_strerror(errno));
        if (socket != NULL) {
            zmq_close(socket);
        }
        return LQ_ERR_IO;
    }
    *publisher = lq_alloc(1, sizeof **publisher);
    (*publisher)->socket = socket;
    return LQ_OK;
}

void lq_frame_publisher_close(lq_frame_publisher_t **publisher)
{
    if (*publisher != NULL) {
        zmq_close((*publisher)->socket);
        free(*publisher);
        *publisher = NULL;
    }
}

void *lq_frame_publisher_handle(lq_frame_publisher_t *publisher)
{
    return publisher->socket;
}

static size_t put_name(uint8_t *to, struct lq_view tenant, struct lq_view session)
{
    memcpy(to, tenant.data, tenant.bytes);
    to[tenant.bytes] = 0;
    memcpy(to + tenant.bytes + 1, session.data, session.bytes);
    to[tenant.bytes + 1 + session.bytes] = 0;
    return tenant.bytes + session.bytes + 2;
}

static uint32_t bucket_of(struct lq_view name)
{
    uint32_t hash = 2166136261u;

    for (size_t at = 0; at < name.bytes; at++) {
        hash = (hash ^ name.data[at]) * 16777619u;
    }
    return hash % BUCKETS;
}

static uint32_t find(const lq_frame_publisher_t *publisher, struct lq_view name)
{
    uint32_t index = publisher->buckets[bucket_of(name)];

    while (index != 0 && !lq_view_equal(name, lq_view_of(publisher->watched[index].name,
                                                         publisher->watched[index].name_bytes))) {
        index = publisher->watched[index].hash_next;
    }
    return index;
}

static uint32_t add(lq_frame_publisher_t *publisher, struct lq_view name)
{
    uint32_t index = find(publisher, name);

    if (index != 0) {
        return index;
    }
    index = publisher->free_first;
    if (index != 0) {
        publisher->free_first = publisher->watched[index].hash_next;
    } else if (publisher->top < WATCHED_MAX) {
        index = ++publisher->top;
    } else {
        return 0;
    }
    struct watched *watched = &publisher->watched[index];
    uint32_t *bucket = &publisher->buckets[bucket_of(name)];
    memset(watched, 0, sizeof *watched);
    memcpy(watched->name, name.data, name.bytes);
    watched->name_bytes = (uint8_t)name.bytes;
    watched->hash_next = *bucket;
    *bucket = index;
    publisher->count++;
    return index;
}

static void remove_unwatched(lq_frame_publisher_t *publisher, uint32_t index)
{
    struct watched *watched = &publisher->watched[index];

    if (watched->frame_watchers > 0 || watched->world_watchers > 0) {
        return;
    }
    uint32_t *link = &publisher->buckets[bucket_of(lq_view_of(watched->name, watched->name_bytes))];
    while (*link != index) {
        link = &publisher->watched[*link].hash_next;
    }
    *link = watched->hash_next;
    watched->name_bytes = 0;
    watched->hash_next = publisher->free_first;
    publisher->free_first = index;
    publisher->count--;
}

/* The length of "tenant NUL session NUL" at the start of a topic, or 0 if it is not one of ours.
 * *world: "world NUL" follows. */
static size_t parse_topic(struct lq_view topic, bool *world)
{
    const uint8_t *first = topic.bytes > 0 ? memchr(topic.data, 0, topic.bytes) : NULL;

    if (first == NULL) {
        return 0;
    }
    size_t tenant_bytes = (size_t)(first - topic.data);
    const uint8_t *second = memchr(first + 1, 0, topic.bytes - tenant_bytes - 1);
    if (second == NULL) {
        return 0;
    }
    size_t name_bytes = (size_t)(second - topic.data) + 1;
    struct lq_view tenant = lq_view_of(topic.data, tenant_bytes);
    struct lq_view session = lq_view_of(first + 1, (size_t)(second - first) - 1);
    struct lq_view rest = lq_view_of(second + 1, topic.bytes - name_bytes);
    *world = lq_view_equal(rest, lq_view_of("world", 6));
    if (!lq_tenant_name_valid(tenant) || !lq_session_name_valid(session) ||
        (rest.bytes > 0 && !*world)) {
        return 0;
    }
    return name_bytes;
}

/* What the subscriber really gets: frames and worlds must not be prefixes of each other. */
static size_t put_topic(uint8_t *to, struct lq_view name, bool world)
{
    memcpy(to, name.data, name.bytes);
    memcpy(to + name.bytes, world ? "world" : "frame", 6);
    return name.bytes + 6;
}

static void subscribe(lq_frame_publisher_t *publisher, struct lq_view name, bool world)
{
    uint8_t topic[TOPIC_BYTES_MAX];
    uint32_t index = add(publisher, name);

    if (index == 0) {
        lq_log_warning("a subscription was ignored: %u sessions are watched already", WATCHED_MAX);
        return;
    }
    *(world ? &publisher->watched[index].world_watchers
            : &publisher->watched[index].frame_watchers) += 1;
    publisher->worlds += world;
    zmq_setsockopt(publisher->socket, ZMQ_SUBSCRIBE, topic, put_topic(topic, name, world));
}

static void unsubscribe(lq_frame_publisher_t *publisher, struct lq_view name, bool world)
{
    uint8_t topic[TOPIC_BYTES_MAX];
    uint32_t index = find(publisher, name);

    if (index == 0) {
        return;
    }
    uint32_t *watchers = world ? &publisher->watched[index].world_watchers
                               : &publisher->watched[index].frame_watchers;
    if (*watchers > 0) {
        *watchers -= 1;
        publisher->worlds -= world;
    }
    zmq_setsockopt(publisher->socket, ZMQ_UNSUBSCRIBE, topic, put_topic(topic, name, world));
    remove_unwatched(publisher, index);
}

void lq_frame_publisher_read(lq_frame_publisher_t *publisher)
{
    uint8_t message[TOPIC_BYTES_MAX + 8];
    int bytes;

    while ((bytes = zmq_recv(publisher->socket, message, sizeof message, ZMQ_DONTWAIT)) >= 0) {
        bool world = false;
        struct lq_view topic = lq_view_of(message + 1, bytes > 0 ? (size_t)bytes - 1 : 0);
        size_t name_bytes = (size_t)bytes <= sizeof message ? parse_topic(topic, &world) : 0;
        if (name_bytes == 0) {
            lq_log_debug("ignored a subscription that is not an exact topic");
            continue;
        }
        if (message[0] == 1) {
            subscribe(publisher, lq_view_of(topic.data, name_bytes), world);
        } else {
            unsubscribe(publisher, lq_view_of(topic.data, name_bytes), world);
        }
    }
}

bool lq_frame_publisher_watched(const lq_frame_publisher_t *publisher)
{
    return publisher->count > 0;
}

bool lq_frame_publisher_world_wanted(const lq_frame_publisher_t *publisher, struct lq_view tenant,
                                     struct lq_view session)
{
    uint8_t name[TOPIC_BYTES_MAX];

    if (publisher->worlds == 0) {
        return false;
    }
    uint32_t index = find(publisher, lq_view_of(name, put_name(name, tenant, session)));
    return index != 0 && publisher->watched[index].world_watchers > 0;
}

static void send_on(lq_frame_publisher_t *publisher, struct lq_view name, bool world_topic,
                    struct lq_view header, struct lq_view world)
{
    uint8_t topic[TOPIC_BYTES_MAX];
    int more = world_topic ? ZMQ_SNDMORE : 0;

    if (zmq_send(publisher->socket, topic, put_topic(topic, name, world_topic),
                 ZMQ_SNDMORE | ZMQ_DONTWAIT) < 0 ||
        zmq_send(publisher->socket, header.data, header.bytes, more | ZMQ_DONTWAIT) < 0 ||
        (world_topic && zmq_send(publisher->socket, world.data, world.bytes, ZMQ_DONTWAIT) < 0)) {
        lq_log_debug("a frame was not published: %s", zmq_strerror(errno));
    }
}

void lq_frame_publisher_send(lq_frame_publisher_t *publisher, struct lq_view tenant,
                             struct lq_view session, const struct lq_frame_notice *notice,
                             struct lq_view world)
{
    uint8_t name[TOPIC_BYTES_MAX];
    uint8_t header[256];
    size_t header_bytes;

    if (publisher->count == 0) {
        return;
    }
    struct lq_view topic = lq_view_of(name, put_name(name, tenant, session));
    uint32_t index = find(publisher, topic);
    if (index == 0 ||
        lq_frame_notice_encode(notice, header, sizeof header, &header_bytes) != LQ_OK) {
        return;
    }
    struct lq_view encoded = lq_view_of(header, header_bytes);
    if (publisher->watched[index].frame_watchers > 0) {
        send_on(publisher, topic, false, encoded, world);
    }
    if (publisher->watched[index].world_watchers > 0 && world.bytes > 0) {
        send_on(publisher, topic, true, encoded, world);
    }
}
