// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* From the request to the welcome: who it is, which session, under which incarnation. */
#include "gateway/handler/player_desk.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"
#include "client/id_randomness.h"
#include "gateway/domain/base64url.h"
#include "gateway/domain/message_text.h"
#include "gateway/infrastructure/rules_file.h"
#include "world/client_id.h"

#include <stdio.h>
#include <stdlib.h>

#define WELCOME_BYTES_MAX 8192

struct lq_desk_tenant *lq_player_opening_tenant(struct lq_player_desk *desk, const char *name,
                                                uint64_t now_ns)
{
    struct lq_desk_tenant *tenant = NULL;
    struct lq_error_message message;

    for (uint32_t at = 0; tenant == NULL && at < desk->tenant_count; at++) {
        tenant = strcmp(desk->tenants[at]->name, name) == 0 ? desk->tenants[at] : NULL;
    }
    if (tenant == NULL && desk->tenant_count < LQ_DESK_TENANTS_MAX) {
        tenant = lq_alloc(1, sizeof *tenant);
        snprintf(tenant->name, sizeof tenant->name, "%s", name);
        desk->tenants[desk->tenant_count++] = tenant;
    }
    if (tenant != NULL && (!tenant->has_rules || now_ns - tenant->read_at_ns >= LQ_DESK_RULES_NS)) {
        if (lq_rules_file_read(desk->folder, name, &tenant->rules, &message) != LQ_OK) {
            lq_log_rarely(LQ_LOG_WARNING, "%s; its players may send nothing", message.text);
        }
        tenant->has_rules = true;
        tenant->read_at_ns = now_ns;
    }
    return tenant;
}

/* ---- resume tokens ---- */

static enum lq_result open_token(const struct lq_player_desk *desk, struct lq_view text,
                                 int64_t now_s, struct lq_resume_token *token)
{
    uint8_t bytes[LQ_RESUME_TOKEN_BYTES_MAX];
    size_t count;

    if (lq_base64url_decode(text, bytes, sizeof bytes, &count) != LQ_OK ||
        count <= LQ_RESUME_TOKEN_HASH_BYTES) {
        return LQ_ERR_PERMISSION;
    }
    count -= LQ_RESUME_TOKEN_HASH_BYTES;
    if (!lq_sign_in_mac_is_right(desk->sign_in, lq_view_of(bytes, count), bytes + count) ||
        lq_resume_token_decode(lq_view_of(bytes, count), token) != LQ_OK) {
        return LQ_ERR_PERMISSION;
    }
    return token->claims.expires_at_s > now_s &&
                   lq_sign_in_key_known(desk->sign_in, token->claims.tenant, token->key_id)
               ? LQ_OK
               : LQ_ERR_PERMISSION;
}

/* "": the sign-in does not fit. */
static void make_token(const struct lq_player *player, char *text)
{
    static const char empty[] = "";
    const struct lq_player_opening *opening = player->opening;
    struct lq_resume_token token = {.claims = opening->who.claims,
                                    .incarnation = lq_client_id_incarnation(&player->id)};
    uint8_t bytes[LQ_RESUME_TOKEN_BYTES_MAX];
    size_t count;

    memcpy(text, empty, sizeof empty);
    memcpy(token.player, player->id.bytes, sizeof token.player);
    snprintf(token.key_id, sizeof token.key_id, "%s", opening->who.key_id);
    snprintf(token.session, sizeof token.session, "%s", player->feed->session);
    if (lq_resume_token_encode(&token, bytes, &count) == LQ_OK) {
        lq_sign_in_mac(player->desk->sign_in, lq_view_of(bytes, count), bytes + count);
        lq_base64url_encode(lq_view_of(bytes, count + LQ_RESUME_TOKEN_HASH_BYTES), text);
    }
}

enum lq_result lq_player_opening_resume(struct lq_player_desk *desk, struct lq_view text,
                                        int64_t now_s, struct lq_signed_in *who)
{
    struct lq_resume_token token;

    if (open_token(desk, text, now_s, &token) != LQ_OK) {
        return LQ_ERR_PERMISSION;
    }
    *who = (struct lq_signed_in){.claims = token.claims};
    memcpy(who->player, token.player, sizeof who->player);
    memcpy(who->key_id, token.key_id, sizeof who->key_id);
    return LQ_OK;
}

/* ---- hello ---- */

static void take_resume(struct lq_player *player, const struct lq_player_message *message)
{
    struct lq_player_opening *opening = player->opening;
    int64_t now_s = (int64_t)(lq_clock_wall_ns() / LQ_NS_PER_S);

    if (!lq_player_message_has(message, LQ_PLAYER_FIELD_HELLO_top_resume) ||
        open_token(player->desk, lq_view_text(message->resume), now_s, &opening->resume) != LQ_OK) {
        return;
    }
    opening->has_resume =
        player->core.may_command &&
        memcmp(opening->resume.player, player->id.bytes, sizeof opening->resume.player) == 0 &&
        strcmp(opening->resume.claims.tenant, player->tenant->name) == 0 &&
        strcmp(opening->resume.session, player->feed->session) == 0;
}

static void join_feed(struct lq_player *player, struct lq_session_feed *feed)
{
    player->feed = feed;
    player->next = feed->members;
    if (feed->members != NULL) {
        feed->members->before = player;
    }
    feed->members = player;
    feed->member_count++;
    feed->empty_since_ns = 0;
}

void lq_player_opening_hello(struct lq_player *player, const struct lq_player_message *message)
{
    struct lq_player_desk *desk = player->desk;
    struct lq_player_opening *opening = player->opening;
    uint32_t right = player->core.may_command ? LQ_RIGHT_PLAY : LQ_RIGHT_WATCH;
    const struct lq_creation_rule *creation = NULL;
    char name[LQ_SESSION_NAME_BYTES_MAX + 1];

    snprintf(name, sizeof name, "%s", message->session);
    if (lq_player_message_has(message, LQ_PLAYER_FIELD_HELLO_top_create)) {
        creation = lq_player_rules_creation(&player->tenant->rules, &player->id, message->create,
                                            message->session, name);
        if (creation == NULL) {
            desk->counts.refused_session++;
            lq_player_desk_end(player, LQ_PLAYER_CLOSE_NOT_CREATED, "no rule makes this session");
            return;
        }
    }
    if (!lq_session_name_valid(lq_view_text(name)) ||
        !lq_token_claims_allow(&opening->who.claims, right, lq_view_text(name))) {
        desk->counts.refused_right++;
        lq_player_desk_end(player, LQ_PLAYER_CLOSE_NO_RIGHT, "the sign-in is not good for it");
        return;
    }
    opening->deadline_ns = lq_clock_monotonic_ns() + desk->config->answer_ms * LQ_NS_PER_MS;
    opening->has_have = lq_player_message_has(message, LQ_PLAYER_FIELD_HELLO_have_frame);
    opening->have_frame = (uint64_t)message->have_frame;
    memcpy(opening->have_hash, message->have_hash, sizeof opening->have_hash);
    player->core.commands_per_s = player->tenant->rules.commands_per_s;
    join_feed(player, lq_feed_table_follow(desk->feeds, player->tenant->name, name, creation));
    take_resume(player, message);
    if (player->feed->phase == LQ_FEED_READY) {
        lq_player_opening_go_on(player);
    } else if (player->feed->phase == LQ_FEED_FAILED) {
        lq_player_desk_end(player, player->feed->close, player->feed->reason);
    }
}

/* ---- welcome ---- */

static void end_elder(struct lq_player *player)
{
    for (struct lq_player *other = player->feed->members; other != NULL; other = other->next) {
        if (other != player && other->core.may_command && !other->is_ending &&
            other->core.phase == LQ_PLAYER_SERVING &&
            lq_client_id_same_player(&other->id, &player->id)) {
            other->is_superseded = true;
            player->desk->counts.superseded++;
            lq_player_desk_end(other, LQ_PLAYER_CLOSE_SUPERSEDED,
                               "the player is connected elsewhere");
        }
    }
}

static bool choose_incarnation(struct lq_player *player)
{
    uint8_t random[LQ_CLIENT_ID_RANDOM_BYTES];
    uint64_t floor = player->opening->floor;
    struct lq_client_id last;

    if (player->opening->has_resume) {
        player->previous_incarnation = player->opening->resume.incarnation;
        player->core.has_previous = true;
        floor = player->previous_incarnation > floor ? player->previous_incarnation : floor;
    }
    last = lq_client_id_of(lq_client_id_player(&player->id), floor);
    if (lq_id_randomness_take(random, sizeof random) != LQ_OK) {
        return false;
    }
    player->id = lq_client_id_next(&last, random, lq_clock_wall_ns());
    return true;
}

static void take_have(struct lq_player *player)
{
    const struct lq_player_opening *opening = player->opening;
    const struct lq_world_snapshot *base =
        opening->has_have ? lq_snapshot_ring_find_frame(&player->feed->ring, opening->have_frame,
                                                        opening->have_hash)
                          : NULL;

    if (base != NULL) {
        player->core.base_serial = base->serial;
        player->core.base_is_have = true;
    }
}

static void say_welcome(struct lq_player *player)
{
    static char text[WELCOME_BYTES_MAX];
    char resume[LQ_RESUME_TEXT_BYTES_MAX + 1];
    struct lq_json_writer writer;
    const struct lq_welcome_text welcome = {.id = player->id,
                                            .previous = player->previous_incarnation,
                                            .resume = resume,
                                            .session = player->feed->session,
                                            .frame = player->feed->frame,
                                            .states_per_s = player->core.states_per_s,
                                            .rules = &player->tenant->rules};

    make_token(player, resume);
    lq_json_writer_start(&writer, text, sizeof text);
    lq_message_text_welcome(&writer, &welcome);
    LQ_ASSERT(writer.bytes <= writer.bytes_max);
    player->desk->counts.welcomes++;
    player->desk->counts.resumed += player->previous_incarnation != 0 ? 1 : 0;
    lq_player_desk_say(player, lq_view_of(text, writer.bytes));
}

static void welcome(struct lq_player *player)
{
    struct lq_player_desk *desk = player->desk;

    if (!choose_incarnation(player)) {
        lq_player_desk_end(player, LQ_PLAYER_CLOSE_TOO_MANY, "retry_ms=1000");
        return;
    }
    if (player->core.may_command) {
        const struct lq_attendance_who who = {player->tenant->name, player->feed->session,
                                              player->id.bytes,
                                              lq_client_id_incarnation(&player->id)};
        player->place = lq_attendance_attach(desk->attendance, &who);
        if (player->place == LQ_ATTENDANCE_NONE) {
            desk->counts.refused_process++;
            lq_player_desk_end(player, LQ_PLAYER_CLOSE_TOO_MANY, "retry_ms=10000");
            return;
        }
        end_elder(player);
    }
    take_have(player);
    say_welcome(player);
    player->core.phase = LQ_PLAYER_SERVING;
    lq_player_opening_end(player);
    lq_state_sender_wake(desk, player->feed);
}

static void take_window(void *context, const struct lq_admin_reply *reply)
{
    struct lq_player *player = context;
    struct lq_player_opening *opening = player->opening;

    opening->window_pending = false;
    if (player->is_ending) {
        return;
    }
    if (reply->result != LQ_OK && lq_session_feed_is_over(reply->message)) {
        lq_session_feed_fail(player->feed, LQ_PLAYER_CLOSE_STOPPED, LQ_FEED_OVER_TEXT);
        return;
    }
    if (reply->result != LQ_OK || reply->window == NULL) {
        player->desk->counts.no_cluster++;
        lq_player_desk_end(player, LQ_PLAYER_CLOSE_NO_CLUSTER, lq_result_text(reply->result));
        return;
    }
    opening->floor = reply->window->lowest_incarnation;
    if (reply->window->known) {
        uint64_t known = lq_client_id_incarnation(&reply->window->client);
        opening->floor = known > opening->floor ? known : opening->floor;
    }
    welcome(player);
}

void lq_player_opening_go_on(struct lq_player *player)
{
    struct lq_player_opening *opening = player->opening;

    if (player->core.phase != LQ_PLAYER_OPENING || player->is_ending || opening == NULL ||
        opening->window_pending) {
        return;
    }
    if (!player->core.may_command) {
        welcome(player);
        return;
    }
    opening->window = (struct lq_admin_request){.kind = LQ_ADMIN_WINDOW,
                                                .tenant = lq_view_text(player->tenant->name),
                                                .session = lq_view_text(player->feed->session),
                                                .has_player = true};
    memcpy(opening->window.player, player->id.bytes, sizeof opening->window.player);
    opening->window_pending =
        lq_link_request(player->desk->link, &opening->window, take_window, player) == LQ_OK;
    if (!opening->window_pending) {
        lq_player_desk_end(player, LQ_PLAYER_CLOSE_TOO_MANY, "retry_ms=2000");
    }
}

void lq_player_opening_end(struct lq_player *player)
{
    if (player->opening != NULL && player->opening->window_pending) {
        lq_link_forget(player->desk->link, &player->opening->window);
    }
    free(player->opening);
    player->opening = NULL;
}
