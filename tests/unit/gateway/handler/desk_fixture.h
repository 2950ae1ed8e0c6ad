// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* desk_fixture.h - a desk of players whose server, link, feed, attendance and clock are tables here
 * (desk_edges.c): what the desk asks of them is written down, and what they answer is set. */
#ifndef LQ_DESK_FIXTURE_H
#define LQ_DESK_FIXTURE_H

#include "client/administration.h"
#include "gateway/handler/player_desk.h"

#define LQ_FIXTURE_CONNECTIONS 4u
#define LQ_FIXTURE_PLACES 4u
#define LQ_FIXTURE_REQUESTS 4u
#define LQ_FIXTURE_CLIENTS 4u
#define LQ_FIXTURE_TEXT_BYTES 16384u

struct lq_fixture_connection {
    bool is_upgraded;
    uint16_t close; /* 0: it was not ended */
    char said[LQ_FIXTURE_TEXT_BYTES];
    size_t said_bytes;    /* of all messages, one after the other */
    size_t waiting, room; /* as the server tells */
    bool is_behind, asked_room;
};

struct lq_fixture_request {
    struct lq_admin_request *request; /* NULL: answered or taken back */
    lq_link_reply_fn on_reply;
    void *context;
};

struct lq_client { /* as the desk made it */
    lq_client_receipt_fn on_receipt;
    void *context;
    struct lq_client_id id;
    struct lq_command command; /* the last that was submitted */
    struct lq_client_number number;
    uint32_t outstanding;
    bool is_used;
};

struct lq_desk_fixture {
    struct lq_player_desk desk;
    struct lq_gateway_config config;
    struct lq_gateway_events events;
    struct lq_feed_events feed_events;
    struct lq_session_feed *feed; /* the only session: READY, frame 1, without bodies */
    struct lq_signed_in who;      /* the sign-in of the next request */
    struct lq_fixture_connection connections[LQ_FIXTURE_CONNECTIONS];
    struct lq_fixture_request requests[LQ_FIXTURE_REQUESTS];
    struct lq_client clients[LQ_FIXTURE_CLIENTS];
    struct lq_attendance_slot places[LQ_FIXTURE_PLACES];
    uint32_t places_free; /* that are given away yet */
    uint64_t now_ns, wall_ns;
};

extern struct lq_desk_fixture lq_fixture;

void lq_desk_fixture_begin(void);
void lq_desk_fixture_end(void);

/* `player` signs in at a connection, says hello, and hears of the WINDOW that the session knows it
 * by incarnation `known` (0: not at all). */
struct lq_player *lq_desk_fixture_connect(uint32_t connection, uint8_t player, uint64_t known);

void lq_desk_fixture_say(uint32_t connection, const char *text);
void lq_desk_fixture_close(uint32_t connection);

/* Whether a connection was told something that contains it. */
bool lq_desk_fixture_was_told(uint32_t connection, const char *words);

/* The next frame, in which `player` has a body; NULL: nobody has. */
void lq_desk_fixture_commit(const struct lq_client_id *player);

/* The answer to the oldest request that is open; asserts that there is one of this kind. */
void lq_desk_fixture_reply(enum lq_admin_kind kind, const struct lq_admin_reply *reply);
void lq_desk_fixture_reply_window(bool known, uint64_t incarnation);

/* The client of an id, NULL: none; and the receipt of its last command. */
struct lq_client *lq_desk_fixture_client(const struct lq_client_id *id);
void lq_desk_fixture_receive(struct lq_client *client, enum lq_outcome outcome, uint64_t frame,
                             const char *reason);

/* A player whose turn to leave has come. */
uint32_t lq_desk_fixture_put_cut(uint8_t player, uint64_t incarnation);

#endif
