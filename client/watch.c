// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "client/watch.h"

#include "base/alloc.h"
#include "client/link_record.h"
#include "client/watch_record.h"
#include "proto/play_codec.h"
#include "proto/tick_codec.h"

#include <stdlib.h>

static enum lq_result check_options(const struct lq_watch_options *options,
                                    struct lq_error_message *message)
{
    if (options->tenant == NULL || options->session == NULL || options->on_frame == NULL) {
        lq_error_message_set(message, "tenant, session or on_frame is not set");
        return LQ_ERR_INVALID;
    }
    if (!lq_tenant_name_valid(lq_view_text(options->tenant)) ||
        !lq_session_name_valid(lq_view_text(options->session))) {
        lq_error_message_set(message, "%s/%s is no name of a session", options->tenant,
                             options->session);
        return LQ_ERR_INVALID;
    }
    return LQ_OK;
}

/* FNV-1a of both names and what stands between them. */
static uint32_t hash_names(const char *tenant, const char *session)
{
    const char *names[] = {tenant, session};
    uint32_t hash = UINT32_C(2166136261);

    for (uint32_t index = 0; index < 2; index++) {
        for (const char *name = names[index]; *name != '\0'; name++) {
            hash = (hash ^ (uint8_t)*name) * UINT32_C(16777619);
        }
        hash *= UINT32_C(16777619);
    }
    return hash;
}

static bool is_watched(const struct lq_watch_desk *desk, const struct lq_watch *watch)
{
    for (uint32_t index = 0; index < desk->watches_max; index++) {
        const struct lq_watch *other = desk->watches[index];
        if (other != NULL && other->names_hash == watch->names_hash &&
            strcmp(other->tenant, watch->tenant) == 0 &&
            strcmp(other->session, watch->session) == 0) {
            return true;
        }
    }
    return false;
}

/* Its place in the table, and a tag that says it. */
static void take_place(struct lq_watch_desk *desk, struct lq_watch *watch)
{
    while (desk->watches[desk->cursor] != NULL) {
        desk->cursor = desk->cursor + 1 < desk->watches_max ? desk->cursor + 1 : 0;
    }
    desk->watches[desk->cursor] = watch;
    desk->watch_count++;
    watch->tag = (uint64_t)++desk->generation << 32 | desk->cursor;
}

enum lq_result lq_watch_new(lq_link_t *link, const struct lq_watch_options *options,
                            lq_watch_t **watch, struct lq_error_message *message)
{
    struct lq_watch_desk *desk = &link->watches;
    struct lq_watch made = {.desk = desk,
                            .on_frame = options->on_frame,
                            .on_answer = options->on_answer,
                            .context = options->context,
                            .with_world = options->with_world,
                            .play = options->play};
    enum lq_result rc = check_options(options, message);

    if (rc != LQ_OK) {
        return rc;
    }
    if (desk->watch_count == desk->watches_max) {
        lq_error_message_set(message, "%u sessions are watched on the link, as many as may be",
                             desk->watch_count);
        return LQ_ERR_FULL;
    }
    memcpy(made.tenant, options->tenant, strlen(options->tenant) + 1);
    memcpy(made.session, options->session, strlen(options->session) + 1);
    made.names_hash = hash_names(made.tenant, made.session);
    if (is_watched(desk, &made)) {
        lq_error_message_set(message, "%s/%s is watched on the link already", made.tenant,
                             made.session);
        return LQ_ERR_EXISTS;
    }
    rc = lq_watch_desk_socket(desk, &made.socket, message);
    if (rc != LQ_OK) {
        return rc;
    }
    *watch = lq_alloc(1, sizeof **watch);
    **watch = made;
    desk->sockets[made.socket].watch_count++;
    take_place(desk, *watch);
    lq_watch_desk_step_in(*watch, &desk->asked);
    link->queued = true;
    return LQ_OK;
}

void lq_watch_destroy(lq_watch_t **watch)
{
    struct lq_watch *gone = *watch;

    if (gone == NULL) {
        return;
    }
    struct lq_watch_desk *desk = gone->desk;
    if (gone->answered_epoch != 0) {
        (void)lq_watch_desk_say(gone, true); /* else it is forgotten by itself */
    }
    lq_watch_desk_step_out(gone);
    desk->watches[(uint32_t)gone->tag] = NULL;
    desk->watch_count--;
    desk->sockets[gone->socket].watch_count--;
    free(gone);
    *watch = NULL;
}

enum lq_result lq_watch_world(const lq_watch_t *watch, const struct lq_watch_frame *frame,
                              struct lq_world *world)
{
    const char *where = NULL;

    if (frame->encoded_world.bytes == 0) {
        return LQ_ERR_NOT_FOUND;
    }
    lq_arena_reset(&watch->desk->arena);
    return lq_world_decode(frame->encoded_world, &watch->desk->arena, world, &where) == LQ_OK
               ? LQ_OK
               : LQ_ERR_MALFORMED;
}

enum lq_result lq_watch_play(const lq_watch_t *watch, const struct lq_watch_frame *frame,
                             struct lq_play *play)
{
    const char *where = NULL;

    if (frame->encoded_play.data == NULL) {
        return LQ_ERR_NOT_FOUND;
    }
    lq_arena_reset(&watch->desk->arena);
    return lq_play_decode(frame->encoded_play, &watch->desk->arena, play, &where) == LQ_OK
               ? LQ_OK
               : LQ_ERR_MALFORMED;
}
