// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* admin_codec.h - administration: requests of lqctl and their answers, and dead letters as stored.
 */
#ifndef LQ_ADMIN_CODEC_H
#define LQ_ADMIN_CODEC_H

#include "base/arena.h"
#include "proto/actor_counts.h"
#include "proto/framing.h"
#include "proto/mirror_report.h"
#include "proto/quota.h"
#include "proto/reading.h"
#include "proto/session_life.h"
#include "world/tick.h"

enum lq_admin_kind {
    LQ_ADMIN_STATUS = 1,    /* answered by the broker */
    LQ_ADMIN_CREATE_TENANT, /* executed by persist */
    LQ_ADMIN_CREATE_SESSION,
    LQ_ADMIN_LIST_TENANTS, /* answered by load */
    LQ_ADMIN_SHOW_TENANT,
    LQ_ADMIN_LIST_SESSIONS,
    LQ_ADMIN_SHOW_SESSION,
    LQ_ADMIN_RESUME_SESSIONS, /* by the broker */
    LQ_ADMIN_LIST_LETTERS,
    LQ_ADMIN_SHOW_LETTER,
    LQ_ADMIN_ACKNOWLEDGE_LETTERS, /* the end of a drain: exactly these ids go */
    LQ_ADMIN_REDRIVE_LETTERS,
    LQ_ADMIN_PURGE_LETTERS,
    LQ_ADMIN_SET_QUOTA, /* by the broker; names no kind: as they are */
    LQ_ADMIN_LIST_LOADS,
    LQ_ADMIN_SHOW_FEED,         /* by load */
    LQ_ADMIN_SET_CURSOR,        /* by persist */
    LQ_ADMIN_SET_BROKER_CURSOR, /* by the broker, of the outbox of its store */
    LQ_ADMIN_SHOW_BROKER_FEED,
    LQ_ADMIN_REPORT_MIRROR,
    LQ_ADMIN_SHOW_MIRROR,
    LQ_ADMIN_SET_DURABILITY,
    LQ_ADMIN_SHOW_DURABILITY,
    LQ_ADMIN_SHRED_TENANT,       /* by persist */
    LQ_ADMIN_TELL_LEDGER_AGAIN,  /* by persist: a step */
    LQ_ADMIN_TELL_BROKER_AGAIN,  /* by the broker, of its store: a step */
    LQ_ADMIN_READ = 32,          /* by load; the Worlds are the reply's body part */
    LQ_ADMIN_WINDOW,             /* by load */
    LQ_ADMIN_FIND_COMMAND,       /* by the broker */
    LQ_ADMIN_CHANGE_SESSION,     /* by the broker; changes nothing: as it is */
    LQ_ADMIN_DELETE_SESSION,     /* by persist, of a stopped one */
    LQ_ADMIN_SET_RETENTION = 38, /* by persist */
    LQ_ADMIN_ACCEPT_CLOCK        /* by persist: its wall clock is right as it is */
};

#define LQ_ADMIN_PAGE_MAX 256u
#define LQ_ADMIN_LETTER_IDS_MAX 1024u
#define LQ_OPERATOR_BYTES_MAX 63u
#define LQ_OPERATOR_REASON_BYTES_MAX 255u

/* FeedCursor and FeedState of client.proto, by the same names. */
#define LQ_ADMIN_CURSORS_MAX 16u

struct lq_cursor_entry {
    struct lq_view name;
    uint64_t ledger_sequence, outbox_sequence;
};

struct lq_feed_report {
    uint8_t history[16];
    uint64_t ledger_sequence, outbox_sequence;
    uint64_t first_outbox_sequence, outbox_count, outbox_bytes;
    uint32_t cursor_count;
    struct lq_cursor_entry cursors[LQ_ADMIN_CURSORS_MAX];
};

/* Telling of client.proto, by the same names. */
#define LQ_ADMIN_PLACE_BYTES_MAX 255u

struct lq_telling_report {
    struct lq_view place;
    uint64_t first, last;
    uint32_t told;
    uint64_t all;
};

struct lq_admin_request {
    uint64_t epoch;
    uint64_t tag;
    struct lq_client_id client;
    uint8_t kind; /* enum lq_admin_kind */
    struct lq_view tenant, session, stage, error, after;
    uint64_t after_letter;
    uint32_t count_max;
    bool dry_run;
    bool all;
    uint32_t letter_id_count;
    const uint64_t *letter_ids;
    bool has_config;
    struct lq_session_config config;
    bool has_quota;
    struct lq_quota_change quota; /* set quota */
    bool has_cursor;
    struct lq_cursor_entry cursor; /* set cursor */
    bool drop_cursor;
    const struct lq_mirror_report *mirror; /* report mirror; else NULL */
    bool has_durability;
    struct lq_durability durability; /* set durability; not own: give it back */
    struct lq_view operator_name;    /* who asks; at most LQ_OPERATOR_BYTES_MAX */
    struct lq_view reason;           /* and why; at most LQ_OPERATOR_REASON_BYTES_MAX */
    bool has_read;
    struct lq_read_range read; /* read */
    bool has_player;
    uint8_t player[LQ_PLAYER_BYTES]; /* window */
    struct lq_view world; /* create session: an encoded World; decode it with lq_world_decode() */
    struct lq_view place; /* tell again; up to LQ_ADMIN_PLACE_BYTES_MAX */
    bool has_command;
    struct lq_command_name command; /* find command */
    uint64_t retention_s;           /* set retention; 0: for ever */
    bool has_change;
    struct lq_session_change change; /* change session */
};

struct lq_session_entry {
    struct lq_view tenant, name;
    uint64_t frame;
    uint8_t hash[32];
    uint64_t record_count;
    bool has_config; /* lists name sessions only; show says all */
    struct lq_session_config config;
    uint32_t body_count, agent_count, player_count, client_count;
    uint64_t step_count, missed_count;
    bool deleted; /* frame and hash are its last ones */
};

struct lq_tenant_entry {
    struct lq_view name;
    uint64_t number;
    bool shredded;        /* its keys were destroyed */
    uint64_t retention_s; /* its frames are kept for so long; 0: for ever */
    bool own_retention;   /* else the configuration's */
};

enum lq_letter_state { LQ_LETTER_OPEN = 1, LQ_LETTER_REDRIVING, LQ_LETTER_DONE };

struct lq_letter_command {
    struct lq_client_id client;
    uint64_t sequence;
    struct lq_view body;
};

/* A death before a redrive. */
struct lq_letter_round {
    uint32_t round, version, tries;
    struct lq_view stage, error, cause;
    uint64_t wall_ns;
};

/* The first death and the newest ones are kept. */
#define LQ_LETTER_ROUNDS_MAX 16u

struct lq_letter {
    uint64_t id;
    uint8_t state; /* enum lq_letter_state */
    uint32_t round;
    struct lq_view tenant, session, stage;
    uint32_t version;
    struct lq_view error, cause;
    uint32_t tries;
    uint64_t first_wall_ns, last_wall_ns;
    uint32_t command_count;
    struct lq_letter_command commands[LQ_COMMANDS_PER_TICK_MAX];
    struct lq_view payload;
    uint32_t payload_bytes;
    uint32_t steps;
    uint64_t done_frame;
    bool parked;
    uint32_t kind;
    uint32_t died_round; /* of stage, error, cause, tries */
    uint32_t round_count;
    struct lq_letter_round rounds[LQ_LETTER_ROUNDS_MAX];
};

struct lq_stage_status {
    struct lq_view name, resource;
    uint32_t version, actors, queued, in_flight;
    uint64_t done, retries, failures, dispatches, dispatch_items, dispatch_bytes;
    uint32_t batch_p50, batch_p90, oldest_ms, waiting_retry;
};

enum lq_actor_state {
    LQ_ACTOR_READY = 1,
    LQ_ACTOR_PAUSED,
    LQ_ACTOR_UNROUTED, /* serves a version that no state of the pipeline asks for */
    LQ_ACTOR_LOST,     /* dead or frozen; its next incarnation is awaited */
    LQ_ACTOR_SILENT    /* a process that lives, gives no sign of it and has not said READY */
};

struct lq_actor_status {
    struct lq_view instance, stage, reason;
    uint32_t version, pid;
    uint8_t state; /* enum lq_actor_state */
    uint32_t batches_in_flight, credit;
    uint64_t items;
    uint32_t service_us;
    bool remote; /* its pid is not proven */
    struct lq_actor_counts counts;
};

/* What a tenant uses of one kind: QuotaUse of client.proto. */
struct lq_quota_use {
    struct lq_view name;
    bool own;
    uint64_t limit; /* LQ_QUOTA_NO_LIMIT: none */
    uint64_t used, left, refused;
    uint32_t next_ms;
};

struct lq_stage_load {
    struct lq_view stage;
    uint32_t waiting, in_flight;
};

#define LQ_LOAD_REASONS_MAX 16u
#define LQ_ADMIN_LOADS_MAX 64u

/* TenantLoad of client.proto. */
struct lq_tenant_load {
    struct lq_view name;
    bool resident; /* the broker knows it at the moment */
    uint32_t weight, share_ppm;
    uint64_t service_us, ticks, receipts;
    uint32_t ticks_per_s, commands_per_s, wait_p50_us, wait_p99_us, debt_us;
    uint64_t throttled_ticks;
    uint32_t sessions, sessions_parked;
    uint32_t quota_count, stage_count, reason_count;
    struct lq_quota_use quotas[LQ_QUOTA_KINDS];
    struct lq_stage_load stages[LQ_STAGES_MAX];
    struct lq_view reasons[LQ_LOAD_REASONS_MAX];
};

#define LQ_STATUS_ACTORS_MAX 256u
#define LQ_STATUS_TENANTS_MAX 16u

/* The counters of Status in client.proto, by the same names. */
struct lq_status {
    uint64_t epoch;
    uint32_t pid;
    uint64_t uptime_ms;
    struct lq_view version;
    uint32_t stage_count;
    struct lq_stage_status stages[LQ_STAGES_MAX + 2];
    uint32_t actor_count;
    struct lq_actor_status actors[LQ_STATUS_ACTORS_MAX];
    uint64_t ticks_committed, receipts, commands_refused, duplicates, retries, conflicts, resolves;
    uint64_t letters_total;
    uint32_t letters_open, sessions_resident, sessions_live, sessions_parked, executions_open;
    uint64_t payload_bytes, missed_ticks;
    uint32_t lateness_p50_us, lateness_p99_us, mailbox_commands;
    uint64_t stale_results, resends;
    uint64_t malformed;   /* messages dropped because of what they are */
    uint32_t turn_max_us; /* the longest turn of the broker's loop so far */
    uint32_t connections, watches;
    uint64_t refused_connections;
    uint32_t tenants_resident;
    uint32_t sessions_resting; /* live ones that nobody attends */
    uint32_t sessions_stopped; /* by an operator */
    uint32_t tenant_count;
    struct lq_tenant_load tenants[LQ_STATUS_TENANTS_MAX]; /* the largest shares, that first */
};

struct lq_admin_reply {
    uint64_t tag;
    enum lq_result result;
    struct lq_view message;
    uint64_t count;
    bool more;
    uint32_t tenant_count;
    struct lq_tenant_entry *tenants;
    uint32_t session_count;
    struct lq_session_entry *sessions;
    uint32_t letter_count;
    struct lq_letter *letters;
    struct lq_status *status; /* NULL unless asked for */
    uint32_t load_count;
    struct lq_tenant_load *loads;
    bool has_quota;
    struct lq_quota quota;       /* all limits as they are, own or not */
    struct lq_feed_report *feed; /* NULL unless asked for, or changed */
    struct lq_mirror_orders *orders;
    struct lq_mirror_state *mirror;
    bool has_durability;
    struct lq_durability durability; /* set durability, show durability: as it is then */
    uint32_t frame_count;
    struct lq_frame_entry *frames; /* read */
    uint64_t next_frame;           /* read, when there are more */
    struct lq_view
        body; /* read: the Worlds of `frames`, back to back; not a field of the message */
    struct lq_window_entry *window; /* NULL unless asked for */
    bool has_telling;
    struct lq_telling_report telling; /* tell again; lives as long as the decoded message */
    uint64_t oldest_frame;            /* read: the first that is kept of the session */
    uint64_t newest_frame;            /* read: its newest, when the answer was begun */
    bool has_sighting;
    struct lq_command_sighting sighting; /* find command */
    bool has_life;
    struct lq_session_life life; /* change session: as it is then */
};

#define LQ_CODEC(name)                                                                             \
    LQ_MUST_CHECK enum lq_result lq_##name##_encode(const struct lq_##name *message, uint8_t *to,  \
                                                    size_t bytes_max, size_t *written);            \
    LQ_MUST_CHECK enum lq_result lq_##name##_decode(struct lq_view from, struct lq_arena *arena,   \
                                                    struct lq_##name *message, const char **where)
LQ_CODEC(admin_request); /* framed */
LQ_CODEC(admin_reply);   /* framed */
LQ_CODEC(letter);        /* not framed: a value in the broker's store */
#undef LQ_CODEC

#endif
