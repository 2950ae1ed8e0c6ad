// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "broker/io/frame_publisher.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"
#include "proto/actor_codec.h"
#include "world/identity.h"

#include <stdlib.h>

#define PART_BYTES_MAX 4096u /* a WATCH has two names in it */
#define RECEIVED_MESSAGES_MAX 64u
#define WAITING_BYTES_PER_WATCHER_MAX (UINT64_C(4) << 20)
#define WAITING_BYTES_MAX (UINT64_C(64) << 20)

struct lq_frame_publisher {
    lq_router_socket_t *router;
    lq_watch_table_t *watches;
};

enum lq_result lq_frame_publisher_open(const char *endpoint, uint32_t watchers_max,
                                       lq_frame_publisher_t **publisher,
                                       struct lq_error_message *message)
{
    static const struct lq_watch_limits limits = {LQ_FRAME_PUBLISHER_WATCHES_MAX,
                                                  LQ_FRAME_PUBLISHER_WATCHES_PER_PEER_MAX};
    const struct lq_router_options options = {
        .endpoint = endpoint,
        .peers_max = watchers_max,
        .part_bytes_max = PART_BYTES_MAX,
        .received_messages_max = RECEIVED_MESSAGES_MAX,
        .send = {WAITING_BYTES_PER_WATCHER_MAX, WAITING_BYTES_MAX},
    };
    lq_router_socket_t *router;
    enum lq_result result = lq_router_socket_open(&options, &router, message);

    if (result != LQ_OK) {
        return result;
    }
    *publisher = lq_alloc(1, sizeof **publisher);
    (*publisher)->router = router;
    (*publisher)->watches = lq_watch_table_new(&limits);
    return LQ_OK;
}

void lq_frame_publisher_close(lq_frame_publisher_t **publisher)
{
    if (*publisher != NULL) {
        lq_router_socket_close(&(*publisher)->router);
        lq_watch_table_destroy(&(*publisher)->watches);
        free(*publisher);
        *publisher = NULL;
    }
}

lq_router_socket_t *lq_frame_publisher_router(const lq_frame_publisher_t *publisher)
{
    return publisher->router;
}

enum lq_result lq_frame_publisher_watch(lq_frame_publisher_t *publisher, uint32_t peer,
                                        const struct lq_watch_request *request, uint64_t now_ns,
                                        struct lq_watching *answer)
{
    struct lq_watch_entry entry = {
        .peer = peer, .tag = request->tag, .world = request->world, .play = request->play};
    enum lq_result result = LQ_OK;

    answer->message = lq_view_text("");
    if (!lq_tenant_name_valid(request->names.tenant) ||
        !lq_session_name_valid(request->names.session)) {
        answer->message = lq_view_text("no name of a session");
        return LQ_ERR_INVALID;
    }
    if (request->stop) {
        lq_watch_table_stop(publisher->watches, peer, request->names);
        return LQ_OK;
    }
    result = lq_watch_table_put(publisher->watches, &entry, request->names, now_ns, &answer->began);
    if (result == LQ_ERR_LIMIT) {
        answer->message = lq_view_text("this connection watches as many sessions as one may");
    } else if (result == LQ_ERR_FULL) {
        answer->message = lq_view_text("as many sessions are watched as may be at a time");
    }
    answer->frame = lq_watch_table_frame(publisher->watches, request->names);
    return result;
}

void lq_frame_publisher_forget(lq_frame_publisher_t *publisher, uint64_t now_ns)
{
    uint64_t patience_ns = LQ_FRAME_PUBLISHER_FORGET_S * LQ_NS_PER_S;

    if (now_ns > patience_ns) {
        (void)lq_watch_table_expire(publisher->watches, now_ns - patience_ns,
                                    LQ_FRAME_PUBLISHER_WATCHES_MAX);
    }
}

uint32_t lq_frame_publisher_watches(const lq_frame_publisher_t *publisher)
{
    return lq_watch_table_count(publisher->watches);
}

uint32_t lq_frame_publisher_wants(const lq_frame_publisher_t *publisher,
                                  struct lq_session_names names)
{
    struct lq_watch_wishes wishes = lq_watch_table_wishes(publisher->watches, names);

    return (wishes.world ? LQ_ITEM_WORLD_WANTED : 0) | (wishes.play ? LQ_ITEM_PLAY_WANTED : 0);
}

bool lq_frame_publisher_played(const lq_frame_publisher_t *publisher, struct lq_session_names names)
{
    return lq_watch_table_wishes(publisher->watches, names).play;
}

/* What a frame brings with it, shared by all who want the same of it; NULL: it did not come. */
struct frame_bodies {
    struct lq_message_part *world, *play;
    uint32_t world_bytes;
};

/* A frame that was under way when somebody asked comes without what he wants. Who asked for worlds
 * sees a gap; who asked for play hears of it all the same, and reads the frame. */
static enum lq_result send_one(lq_frame_publisher_t *publisher, const struct lq_watch_entry *entry,
                               struct lq_frame_notice *notice, const struct frame_bodies *bodies)
{
    struct lq_message_part *of = entry->play ? bodies->play : entry->world ? bodies->world : NULL;
    uint8_t header[256];
    size_t header_bytes;
    struct lq_message_part body;

    if (entry->world && !entry->play && of == NULL) {
        return LQ_OK;
    }
    notice->tag = entry->tag;
    notice->world_bytes = of == NULL ? 0 : bodies->world_bytes;
    enum lq_result result = lq_frame_notice_encode(notice, header, sizeof header, &header_bytes);
    LQ_ASSERT(result == LQ_OK);
    if (of == NULL) {
        return lq_router_socket_send(publisher->router, entry->peer,
                                     lq_view_of(header, header_bytes), NULL);
    }
    lq_message_part_init(&body);
    lq_message_part_share(&body, of);
    return lq_router_socket_send(publisher->router, entry->peer, lq_view_of(header, header_bytes),
                                 &body);
}

static void send_all(lq_frame_publisher_t *publisher, struct lq_session_names names,
                     struct lq_frame_notice *notice, const struct frame_bodies *bodies)
{
    uint32_t watch = lq_watch_table_first(publisher->watches, names);

    while (watch != 0) {
        uint32_t next = lq_watch_table_next(publisher->watches, watch);
        enum lq_result sent =
            send_one(publisher, lq_watch_table_entry(publisher->watches, watch), notice, bodies);
        if (sent == LQ_ERR_UNREACHABLE) {
            lq_watch_table_remove(publisher->watches, watch); /* its connection is gone */
        }
        watch = next;
    }
}

void lq_frame_publisher_send(lq_frame_publisher_t *publisher, struct lq_session_names names,
                             struct lq_frame_notice *notice, struct lq_view world,
                             uint32_t play_bytes)
{
    struct lq_watch_wishes wishes = lq_watch_table_wishes(publisher->watches, names);
    struct frame_bodies bodies = {.world_bytes = (uint32_t)world.bytes - play_bytes};
    struct lq_message_part world_part, play_part;

    LQ_ASSERT(play_bytes <= world.bytes);
    lq_watch_table_told(publisher->watches, names, notice->frame);
    if (wishes.world && world.bytes > 0) {
        lq_message_part_init_copy(&world_part, lq_view_of(world.data, bodies.world_bytes));
        bodies.world = &world_part;
    }
    if (wishes.play && play_bytes > 0) {
        lq_message_part_init_copy(&play_part, world);
        bodies.play = &play_part;
    }
    send_all(publisher, names, notice, &bodies);
    if (bodies.world != NULL) {
        lq_message_part_close(&world_part);
    }
    if (bodies.play != NULL) {
        lq_message_part_close(&play_part);
    }
}
