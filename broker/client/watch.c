// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "base/alloc.h"
#include "base/clock.h"
#include "broker/client/client.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <zmq.h>

enum { PART_COUNT = 3, ARENA_BYTES = 64 * 1024, FRAMES_QUEUED_MAX = 1000 };

#define TOPIC_WORLD "world"
#define TOPIC_FRAME "frame"

struct lq_watch {
    void *zmq_context;
    void *socket;
    uint8_t topic[LQ_TENANT_NAME_BYTES_MAX + LQ_SESSION_NAME_BYTES_MAX + sizeof TOPIC_WORLD + 2];
    size_t topic_bytes;
    zmq_msg_t parts[PART_COUNT]; /* topic, notice, world */
    struct lq_arena arena;
};

static void append_topic(struct lq_watch *watch, const char *text)
{
    size_t bytes = strlen(text) + 1; /* each piece of a topic ends with its NUL */

    LQ_ASSERT(watch->topic_bytes + bytes <= sizeof watch->topic);
    memcpy(watch->topic + watch->topic_bytes, text, bytes);
    watch->topic_bytes += bytes;
}

static void open_socket(struct lq_watch *watch)
{
    int linger = 0;
    int queued_max = FRAMES_QUEUED_MAX;

    watch->zmq_context = zmq_ctx_new();
    LQ_ASSERT(watch->zmq_context != NULL);
    watch->socket = zmq_socket(watch->zmq_context, ZMQ_SUB);
    LQ_ASSERT(watch->socket != NULL);
    (void)zmq_setsockopt(watch->socket, ZMQ_LINGER, &linger, sizeof linger);
    (void)zmq_setsockopt(watch->socket, ZMQ_RCVHWM, &queued_max, sizeof queued_max);
}

enum lq_result lq_watch_new(const struct lq_cluster_config *cluster, const char *tenant,
                            const char *session, bool with_world, lq_watch_t **watch, char *message)
{
    char endpoint[LQ_OPTION_TEXT_BYTES_MAX + 32];

    if (!lq_tenant_name_valid(lq_view_text(tenant)) ||
        !lq_session_name_valid(lq_view_text(session))) {
        snprintf(message, 512, "%s/%s is no name of a session", tenant, session);
        return LQ_ERR_INVALID;
    }
    enum lq_result rc =
        lq_cluster_endpoint(cluster, LQ_ENDPOINT_FRAMES, endpoint, sizeof endpoint, message);
    if (rc != LQ_OK) {
        return rc;
    }
    struct lq_watch *made = lq_alloc(1, sizeof *made);
    for (size_t part = 0; part < PART_COUNT; part++) {
        zmq_msg_init(&made->parts[part]);
    }
    made->arena = (struct lq_arena){.memory = lq_alloc(ARENA_BYTES, 1), .bytes = ARENA_BYTES};
    append_topic(made, tenant);
    append_topic(made, session);
    if (with_world) {
        append_topic(made, TOPIC_WORLD);
    }
    open_socket(made);
    if (zmq_setsockopt(made->socket, ZMQ_SUBSCRIBE, made->topic, made->topic_bytes) != 0 ||
        zmq_connect(made->socket, endpoint) != 0) {
        snprintf(message, 512, "cannot connect to %s", endpoint);
        lq_watch_destroy(&made);
        return LQ_ERR_INVALID;
    }
    *watch = made;
    return LQ_OK;
}

void lq_watch_destroy(lq_watch_t **watch)
{
    struct lq_watch *gone = *watch;

    if (gone == NULL) {
        return;
    }
    for (size_t part = 0; part < PART_COUNT; part++) {
        zmq_msg_close(&gone->parts[part]);
    }
    zmq_close(gone->socket);
    while (zmq_ctx_term(gone->zmq_context) != 0 && errno == EINTR) {
    }
    free(gone->arena.memory);
    free(gone);
    *watch = NULL;
}

/* Receive one message into the parts; more than three are dropped. False: none is there. */
static bool receive_parts(struct lq_watch *watch, size_t *part_count)
{
    *part_count = 0;
    if (zmq_msg_recv(&watch->parts[0], watch->socket, ZMQ_DONTWAIT) < 0) {
        return false;
    }
    bool more = zmq_msg_more(&watch->parts[0]);
    for (*part_count = 1; more; (*part_count)++) {
        zmq_msg_t *part = &watch->parts[*part_count < PART_COUNT ? *part_count : PART_COUNT - 1];
        if (zmq_msg_recv(part, watch->socket, 0) < 0) {
            return false;
        }
        more = zmq_msg_more(part);
    }
    return true;
}

/* A subscription to "tenant NUL session NUL" is served on that topic with "frame NUL" behind it;
 * one to a session's worlds on its own topic. */
static bool topic_fits(struct lq_watch *watch)
{
    const uint8_t *topic = zmq_msg_data(&watch->parts[0]);
    size_t bytes = zmq_msg_size(&watch->parts[0]);

    if (bytes < watch->topic_bytes || memcmp(topic, watch->topic, watch->topic_bytes) != 0) {
        return false;
    }
    struct lq_view rest = lq_view_of(topic + watch->topic_bytes, bytes - watch->topic_bytes);
    return rest.bytes == 0 || lq_view_equal(rest, lq_view_of(TOPIC_FRAME, sizeof TOPIC_FRAME));
}

/* Whether the parts are a notice of the session asked for. */
static bool read_notice(struct lq_watch *watch, size_t part_count, struct lq_frame_notice *notice,
                        struct lq_view *world)
{
    enum lq_message_kind kind;
    struct lq_view message;
    const char *where = NULL;

    if (part_count < 2 || part_count > PART_COUNT || !topic_fits(watch)) {
        return false;
    }
    struct lq_view part =
        lq_view_of(zmq_msg_data(&watch->parts[1]), zmq_msg_size(&watch->parts[1]));
    lq_arena_reset(&watch->arena);
    if (lq_framing_get(part, &kind, &message) != LQ_OK || kind != LQ_MESSAGE_FRAME ||
        lq_frame_notice_decode(message, &watch->arena, notice, &where) != LQ_OK) {
        return false;
    }
    *world = (struct lq_view){NULL, 0};
    if (part_count == PART_COUNT) {
        *world = lq_view_of(zmq_msg_data(&watch->parts[2]), zmq_msg_size(&watch->parts[2]));
    }
    return true;
}

enum lq_result lq_watch_next(lq_watch_t *watch, uint32_t timeout_ms, struct lq_frame_notice *notice,
                             struct lq_view *world)
{
    uint64_t now_ns = lq_clock_monotonic_ns();
    uint64_t until_ns = now_ns + timeout_ms * LQ_NS_PER_MS;
    size_t part_count = 0;

    for (;;) {
        while (receive_parts(watch, &part_count)) {
            if (read_notice(watch, part_count, notice, world)) {
                return LQ_OK;
            }
        }
        now_ns = lq_clock_monotonic_ns();
        if (now_ns >= until_ns) {
            return LQ_ERR_TIMEOUT;
        }
        zmq_pollitem_t item = {.socket = watch->socket, .events = ZMQ_POLLIN};
        if (zmq_poll(&item, 1, (long)((until_ns - now_ns) / LQ_NS_PER_MS) + 1) < 0) {
            return LQ_ERR_TIMEOUT; /* a signal: the caller decides */
        }
    }
}
