// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "examples/arena/arena_sessions.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "proto/tick_codec.h"

#include <stdio.h>
#include <stdlib.h>

enum { AT_ONCE_MAX = 64, TURN_MS = 50, ARENA_BYTES = 256 * 1024 };

struct creation_slot {
    struct creating *creating;
    struct lq_admin_request request;
    char name[LQ_SESSION_NAME_BYTES_MAX + 1];
    uint8_t *encoded; /* LQ_HEADER_BYTES_MAX */
    bool busy;
};

struct creating {
    const struct lq_arena_creation *creation;
    lq_link_t *link;
    struct lq_world world;
    struct creation_slot slots[AT_ONCE_MAX];
    uint32_t next;
    uint32_t done;
    uint32_t created;
    uint64_t progress_at_ns;
    enum lq_result result;
    struct lq_error_message *message;
};

void lq_arena_sessions_name(const char *prefix, uint32_t index,
                            char to[LQ_SESSION_NAME_BYTES_MAX + 1])
{
    snprintf(to, LQ_SESSION_NAME_BYTES_MAX + 1, "%s-%05u", prefix, index + 1);
}

static bool is_passing(enum lq_result result)
{
    return result == LQ_ERR_BUSY || result == LQ_ERR_FULL;
}

static void take_reply(void *context, const struct lq_admin_reply *reply)
{
    struct creation_slot *slot = context;
    struct creating *creating = slot->creating;

    if (is_passing(reply->result)) {
        if (lq_link_request(creating->link, &slot->request, take_reply, slot) == LQ_OK) {
            return; /* full or busy: the same request once more */
        }
    }
    slot->busy = false;
    creating->done++;
    creating->progress_at_ns = lq_clock_monotonic_ns();
    if (reply->result == LQ_OK) {
        creating->created++;
    } else if (reply->result != LQ_ERR_EXISTS && creating->result == LQ_OK) {
        creating->result = reply->result;
        lq_error_message_set(creating->message, "session %s: %s%s%.*s", slot->name,
                             lq_result_text(reply->result), reply->message.bytes > 0 ? ": " : "",
                             (int)reply->message.bytes,
                             reply->message.bytes > 0 ? (const char *)reply->message.data : "");
    }
}

static enum lq_result ask_for_session(struct creating *creating, struct creation_slot *slot)
{
    const struct lq_arena_creation *creation = creating->creation;
    size_t bytes = 0;

    lq_arena_sessions_name(creation->prefix, creating->next, slot->name);
    slot->request = (struct lq_admin_request){.kind = LQ_ADMIN_CREATE_SESSION,
                                              .tenant = lq_view_text(creation->tenant),
                                              .session = lq_view_text(slot->name),
                                              .has_config = true};
    lq_arena_world_config(&creation->plan, creating->next, &slot->request.config);
    enum lq_result rc =
        lq_arena_world_make(&creation->plan, &slot->request.config, &creating->world);
    if (rc == LQ_OK) {
        rc = lq_world_encode(&creating->world, slot->encoded, LQ_HEADER_BYTES_MAX, &bytes);
    }
    if (rc != LQ_OK) {
        lq_error_message_set(creating->message, "the arena's world: %s", lq_result_text(rc));
        return rc;
    }
    slot->request.world = lq_view_of(slot->encoded, bytes);
    rc = lq_link_request(creating->link, &slot->request, take_reply, slot);
    LQ_ASSERT(rc == LQ_OK);
    slot->busy = true;
    creating->next++;
    return LQ_OK;
}

static enum lq_result create_all(struct creating *creating)
{
    const struct lq_arena_creation *creation = creating->creation;
    uint64_t patience_ns = creation->timeout_ms * LQ_NS_PER_MS;

    while (creating->done < creation->session_count && creating->result == LQ_OK) {
        for (uint32_t index = 0; index < AT_ONCE_MAX && creating->next < creation->session_count;
             index++) {
            struct creation_slot *slot = &creating->slots[index];
            enum lq_result rc = slot->busy ? LQ_OK : ask_for_session(creating, slot);
            if (rc != LQ_OK) {
                return rc;
            }
        }
        lq_link_wait(creating->link, TURN_MS);
        (void)lq_link_turn(creating->link);
        if (creation->on_progress != NULL) {
            creation->on_progress(creation->context, creating->done);
        }
        if (lq_clock_monotonic_ns() - creating->progress_at_ns > patience_ns) {
            lq_error_message_set(creating->message, "creating sessions: no answer for %u ms",
                                 creation->timeout_ms);
            return LQ_ERR_TIMEOUT;
        }
    }
    return creating->result;
}

static enum lq_result create_tenant(lq_link_t *link, const struct lq_arena_creation *creation,
                                    struct lq_error_message *message)
{
    struct lq_admin_request request = {.kind = LQ_ADMIN_CREATE_TENANT,
                                       .tenant = lq_view_text(creation->tenant)};
    struct lq_arena arena = {.memory = lq_alloc(ARENA_BYTES, 1), .bytes = ARENA_BYTES};
    struct lq_admin_reply reply = {.result = LQ_OK};
    enum lq_result rc = lq_link_ask(link, &request, creation->timeout_ms, &arena, &reply);

    rc = rc == LQ_OK ? reply.result : rc;
    if (rc == LQ_ERR_EXISTS) {
        rc = LQ_OK;
    }
    if (rc != LQ_OK) {
        lq_error_message_set(message, "tenant %s: %s%s%.*s", creation->tenant, lq_result_text(rc),
                             reply.message.bytes > 0 ? ": " : "", (int)reply.message.bytes,
                             reply.message.bytes > 0 ? (const char *)reply.message.data : "");
    }
    free(arena.memory);
    return rc;
}

/* Take back what is still asked for: its memory goes. */
static void forget_requests(struct creating *creating)
{
    for (uint32_t index = 0; index < AT_ONCE_MAX; index++) {
        lq_link_forget(creating->link, &creating->slots[index].request);
        free(creating->slots[index].encoded);
    }
}

enum lq_result lq_arena_sessions_create(lq_link_t *link, const struct lq_arena_creation *creation,
                                        uint32_t *created, struct lq_error_message *message)
{
    *created = 0;
    enum lq_result rc = create_tenant(link, creation, message);
    if (rc != LQ_OK) {
        return rc;
    }
    struct creating *creating = lq_alloc(1, sizeof *creating);
    creating->creation = creation;
    creating->link = link;
    creating->message = message;
    creating->progress_at_ns = lq_clock_monotonic_ns();
    for (uint32_t index = 0; index < AT_ONCE_MAX; index++) {
        creating->slots[index].creating = creating;
        creating->slots[index].encoded = lq_alloc(LQ_HEADER_BYTES_MAX, 1);
    }
    rc = create_all(creating);
    *created = creating->created;
    forget_requests(creating);
    free(creating);
    return rc;
}
