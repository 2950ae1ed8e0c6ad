// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* player_desk.h - connections on one side, the cluster on the other: every player who is connected
 * to this process.
 *
 *   request --sign-in--> upgraded --hello--> OPENING --feed ready, WINDOW--> SERVING --> cut
 *
 * player_desk.c has the server's callbacks and the commands, player_opening.c the way from hello to
 * welcome, state_sender.c the states, departures.c what becomes of who was cut.
 */
#ifndef LQ_PLAYER_DESK_H
#define LQ_PLAYER_DESK_H

#include "client/client.h"
#include "gateway/domain/player_connection.h"
#include "gateway/domain/resume_token.h"
#include "gateway/handler/gateway_config.h"
#include "gateway/handler/session_feed.h"
#include "gateway/infrastructure/attendance.h"
#include "gateway/infrastructure/gateway_server.h"
#include "gateway/infrastructure/http_routes.h"
#include "gateway/infrastructure/message_reader.h"
#include "gateway/infrastructure/sign_in.h"

#define LQ_DESK_TENANTS_MAX 1024u
#define LQ_DESK_RULES_NS UINT64_C(1000000000) /* a template is read again after so long */
#define LQ_DESK_SUBPROTOCOL "v1.json.ledgerquest"

/* What this process knows of a tenant; lives as long as the process. */
struct lq_desk_tenant {
    char name[LQ_TENANT_NAME_BYTES_MAX + 1];
    uint32_t connections;
    bool has_rules;
    uint64_t read_at_ns;
    struct lq_player_rules rules;
};

/* Between the request and the welcome. */
struct lq_player_opening {
    struct lq_signed_in who;
    struct lq_resume_token resume;
    bool has_resume; /* of this session and player */
    bool has_have;
    uint64_t have_frame;
    uint8_t have_hash[32];
    struct lq_admin_request window;
    bool window_pending;
    uint64_t floor;       /* the incarnation must be above it */
    uint64_t deadline_ns; /* 0: no hello yet */
};

struct lq_player_desk;

struct lq_player {
    struct lq_player_desk *desk;
    uint64_t connection;
    struct lq_player_connection core;
    struct lq_player_opening *opening; /* NULL: welcome was said */
    struct lq_desk_tenant *tenant;
    struct lq_session_feed *feed;    /* NULL: no hello yet */
    struct lq_player *next, *before; /* of its feed's members */
    struct lq_client_id id;          /* its first half from the request on */
    uint64_t previous_incarnation;   /* 0: none is to be settled */
    lq_client_t *client, *previous;  /* made when the first command comes */
    uint32_t handle, previous_handle;
    uint32_t place;          /* at the attendance */
    uint64_t answered_frame; /* the latest that a receipt named */
    int64_t expires_at_s;
    char key_id[LQ_TOKEN_KEY_ID_BYTES_MAX + 1];
    bool is_ending, is_superseded;
};

/* Counted since the start. name, what is counted */
#define LQ_DESK_COUNTS(X)                                                                          \
    X(welcomes, "players welcomed")                                                                \
    X(resumed, "of them with an earlier incarnation to settle")                                    \
    X(commands, "commands passed on")                                                              \
    X(settled, "of them sent before")                                                              \
    X(receipts, "receipts said")                                                                   \
    X(states, "states sent")                                                                       \
    X(whole_states, "of them whole")                                                               \
    X(events, "event messages sent")                                                               \
    X(refused_messages, "messages refused: malformed")                                             \
    X(refused_rules, "messages refused: by the rules")                                             \
    X(refused_rate, "messages refused: too many")                                                  \
    X(refused_sign_in, "connections refused: sign-in")                                             \
    X(refused_right, "connections refused: session or right")                                      \
    X(refused_session, "connections refused: no such session, or not to be made")                  \
    X(refused_tenant, "connections refused: too many of a tenant")                                 \
    X(refused_process, "connections refused: too many tenants or players of this process")         \
    X(superseded, "connections ended: the player is elsewhere")                                    \
    X(too_slow, "connections ended: what must not be dropped did not fit")                         \
    X(revoked, "connections ended: sign-in revoked or over")                                       \
    X(no_cluster, "connections ended: the cluster did not answer")                                 \
    X(cut, "players cut")                                                                          \
    X(departed, "players who left by their gateway")
struct lq_desk_counts {
#define X(name, text) uint64_t name;
    LQ_DESK_COUNTS(X)
#undef X
};

struct lq_departure;

struct lq_player_desk {
    const struct lq_gateway_config *config;
    const char *folder; /* data_dir/gateway */
    lq_gateway_server_t *server;
    lq_sign_in_t *sign_in;
    lq_static_files_t *files;
    lq_link_t *link;
    lq_attendance_t *attendance;
    lq_feed_table_t *feeds;
    struct lq_player **players; /* by index of the connection */
    uint32_t player_room, player_count;
    struct lq_desk_tenant *tenants[LQ_DESK_TENANTS_MAX];
    uint32_t tenant_count;
    struct lq_message_reader reader;
    struct lq_desk_counts counts;
    struct lq_departure *departures;
    uint32_t departure_count;
    uint64_t states_due_ns; /* when a state of any feed may be due */
    uint64_t cpu_states_ns; /* processor time spent on making and sending states */
    bool is_draining;
};

/* The parts are set by the caller; then this makes the table of players. */
void lq_player_desk_open(struct lq_player_desk *desk);
void lq_player_desk_close(struct lq_player_desk *desk);

/* For the server, the feeds and the sign-in; context: the desk. */
struct lq_gateway_events lq_player_desk_server_events(struct lq_player_desk *desk);
struct lq_feed_events lq_player_desk_feed_events(struct lq_player_desk *desk);
void lq_player_desk_revoked(void *context, const char *tenant, const char *key_id);

/* Each second: sign-ins that are over, hellos that wait too long, feeds that nobody follows. */
void lq_player_desk_sweep(struct lq_player_desk *desk, uint64_t now_ns);

/* ---- for the files of the desk ---- */

/* Say a whole message that may not be dropped; what does not fit ends the connection. */
void lq_player_desk_say(struct lq_player *player, struct lq_view text);
void lq_player_desk_end(struct lq_player *player, enum lq_player_close close, const char *reason);

/* player_opening.c */
struct lq_desk_tenant *lq_player_opening_tenant(struct lq_player_desk *desk, const char *name,
                                                uint64_t now_ns);
void lq_player_opening_hello(struct lq_player *player, const struct lq_player_message *message);
void lq_player_opening_go_on(struct lq_player *player); /* the feed is ready */
void lq_player_opening_end(struct lq_player *player);   /* what is asked is taken back */

/* The sign-in that a resume token is. LQ_ERR_PERMISSION: none of ours, or over. */
LQ_MUST_CHECK enum lq_result lq_player_opening_resume(struct lq_player_desk *desk,
                                                      struct lq_view text, int64_t now_s,
                                                      struct lq_signed_in *who);

/* state_sender.c: what is due of all feeds; desk->states_due_ns is then when the next one is. */
void lq_state_sender_turn(struct lq_player_desk *desk, uint64_t now_ns);
void lq_state_sender_wake(struct lq_player_desk *desk, struct lq_session_feed *feed); /* look */

/* departures.c: who was cut and did not come back leaves. */
void lq_departures_turn(struct lq_player_desk *desk, uint64_t wall_ms);
void lq_departures_close(struct lq_player_desk *desk);

#endif
