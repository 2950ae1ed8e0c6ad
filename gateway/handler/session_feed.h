// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* session_feed.h - a session as this gateway follows it, once for all who are connected to it.
 *
 *   ASKING --there is none, and a rule makes it--> CREATING
 *     |  ^                                            |
 *     |  +--------------------------------------------+
 *     +--it is there, the watch has begun--> READING the head --> READY
 *     +--it is not--> FAILED
 *
 * "Watch, marker, then the head" leaves no gap. Frames missed later, by their numbers or because a
 * broker is new, are read again; events that cannot be had are told as a gap. Events are told in
 * the order of frames; states wait for nothing: the newest frame makes the next one.
 */
#ifndef LQ_SESSION_FEED_H
#define LQ_SESSION_FEED_H

#include "client/administration.h"
#include "client/watch.h"
#include "gateway/domain/player_rules.h"
#include "gateway/domain/snapshot_ring.h"
#include "gateway/domain/state_text.h"
#include "gateway/infrastructure/attendance.h"

#define LQ_FEED_KEPT_MAX 256u  /* frames whose events wait for those before them */
#define LQ_FEED_READ_MAX 1024u /* missed frames that are read; of more, a gap is told at once */
#define LQ_FEED_STATES_MAX 4u  /* contents kept for others with the same base */

enum lq_feed_phase {
    LQ_FEED_ASKING = 1,
    LQ_FEED_CREATING,
    LQ_FEED_READING,
    LQ_FEED_READY,
    LQ_FEED_FAILED
};

/* Events of a frame, as text; NULL: it has none. */
struct lq_kept_events {
    uint64_t frame;
    char *text;
    size_t bytes;
};

/* The content of a state between two snapshots, for views of everything. */
struct lq_feed_state {
    uint64_t base_serial, serial;
    char *text;
    size_t bytes;
};

typedef struct lq_feed_table lq_feed_table_t;

struct lq_session_feed {
    lq_feed_table_t *table;
    struct lq_session_feed *next; /* of its bucket */
    char tenant[LQ_TENANT_NAME_BYTES_MAX + 1];
    char session[LQ_SESSION_NAME_BYTES_MAX + 1];
    enum lq_feed_phase phase;
    enum lq_player_close close; /* FAILED: why, for the clients */
    char reason[LQ_CLOSE_REASON_BYTES_MAX + 1];
    struct lq_session_config config; /* known from READING on */
    bool has_config;
    bool may_create;
    struct lq_creation_rule creation;
    lq_watch_t *watch;
    bool watch_began, head_known;
    struct lq_admin_request show, read;
    bool show_pending, read_pending;
    uint64_t frame; /* the newest known */
    uint64_t told;  /* events up to this frame were told */
    struct lq_kept_events kept[LQ_FEED_KEPT_MAX];
    uint32_t kept_count;
    struct lq_snapshot_ring ring;
    uint64_t serial;
    struct lq_feed_state states[LQ_FEED_STATES_MAX];
    uint32_t next_state;
    struct lq_player *members; /* the desk's list */
    uint32_t member_count;
    uint64_t due_ns; /* the desk's: when a member may get its next state; UINT64_MAX: none waits */
    uint64_t empty_since_ns; /* when the last member went; 0: there are some */
};

struct lq_feed_events {
    void *context;
    void (*on_ready)(void *context, struct lq_session_feed *feed);
    void (*on_failed)(void *context, struct lq_session_feed *feed);
    void (*on_snapshot)(void *context, struct lq_session_feed *feed);
    /* A command that a frame decided. */
    void (*on_command)(void *context, struct lq_session_feed *feed, const struct lq_client_id *id,
                       uint64_t sequence);
    /* A whole message to all who are served. */
    void (*on_events)(void *context, struct lq_session_feed *feed, struct lq_view text);
};

struct lq_feed_table_options {
    lq_link_t *link;
    lq_attendance_t *attendance;
    size_t ring_bytes;
    struct lq_feed_events events; /* called from turns of the link alone, but for on_snapshot */
};

/* All borrowed until _close(). */
lq_feed_table_t *lq_feed_table_open(const struct lq_feed_table_options *options);
void lq_feed_table_close(lq_feed_table_t **table);

/* The feed of a session, begun if it is not followed yet; `creation` may be NULL. */
struct lq_session_feed *lq_feed_table_follow(lq_feed_table_t *table, const char *tenant,
                                             const char *session,
                                             const struct lq_creation_rule *creation);

/* Nobody is interested any more: it is gone. Not from its own callbacks. */
void lq_session_feed_end(struct lq_session_feed *feed);

/* The cluster goes on from another store: what is known of the session may be of frames that are
 * gone. All of it is dropped and asked for anew; members get nothing of before. Not from its own
 * callbacks. */
void lq_session_feed_restart(struct lq_session_feed *feed);

/* It cannot be followed: on_failed, once. */
void lq_session_feed_fail(struct lq_session_feed *feed, enum lq_player_close close,
                          const char *reason);

/* Whether a refusal says that the session was deleted, or its tenant shredded: it is over, for
 * good. */
bool lq_session_feed_is_over(struct lq_view refusal);
#define LQ_FEED_OVER_TEXT "the session was deleted, or its tenant's contents destroyed"

/* Each feed in turn: NULL begins. The one that was given last may be ended. */
struct lq_session_feed *lq_feed_table_next(lq_feed_table_t *table, struct lq_session_feed *last);
uint32_t lq_feed_table_count(const lq_feed_table_t *table);

/* Who is attached may have changed: a new snapshot, if it did for a player of this world. */
void lq_session_feed_look(struct lq_session_feed *feed);

/* The content of the state from `base` (NULL: from nothing) to the newest snapshot, as keys of an
 * open object; it lives until the next call. */
struct lq_view lq_session_feed_state(struct lq_session_feed *feed,
                                     const struct lq_world_snapshot *base,
                                     const struct lq_view_rectangle *base_view,
                                     const struct lq_view_rectangle *view);

#endif
