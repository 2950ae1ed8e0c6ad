// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* tick.h - everything a stage may know about one tick, and all that it may change.
 *
 * load makes a tick from a session's newest record and the commands of an execution. physics, ai
 * and users' stages change its world, its commands' outcomes and its events. persist turns it into
 * the next record. A tick is the argument of every pure stage function:
 *
 *     void lq_physics_v1_step(struct lq_tick *tick);
 *
 * Pure; depends on base/.
 */
#ifndef LQ_TICK_H
#define LQ_TICK_H

#include "world/client_window.h"
#include "world/command.h"
#include "world/world.h"

/* What a session is created with; part of every record. */
struct lq_session_config {
    uint64_t seed;
    uint32_t rate_numerator;    /* grid ticks in rate_denominator seconds; 0: no grid */
    uint32_t rate_denominator;  /* 1 or more */
    uint32_t steps_per_command; /* steps of a tick of a session without a rate; 1 or more */
    double width, height;       /* metres; the walls are 0 and width, 0 and height */
    float restitution;          /* 0 to 1 */
    bool attended;              /* with a rate: the grid rests while nobody watches for play */
};

struct lq_stage_version {
    char name[LQ_STAGE_NAME_BYTES_MAX + 1];
    uint32_t version;
};

/* Something that others want to hear of: beside the frame, not in its record. Numbers that an event
 * has no use for are 0. */
struct lq_tick_event {
    char type[32]; /* "PlayerJoined", ...; NUL-terminated */
    uint32_t body_id;
    uint32_t other_id; /* a second body */
    uint32_t count;    /* how many things it stands for */
    float impulse;     /* kg m/s, between both bodies */
    double x, y;       /* metres: where; finite */
    struct lq_client_id client;
    bool is_passing; /* told to whoever is there; kept only where its tenant subscribes to it */
};

struct lq_tick {
    char tenant[LQ_TENANT_NAME_BYTES_MAX + 1];
    char session[LQ_SESSION_NAME_BYTES_MAX + 1];
    uint64_t frame;        /* the frame this tick makes: the head's plus one */
    uint32_t steps;        /* steps of the world's clock in this tick; 0 for a command tick */
    uint64_t step_count;   /* steps of the world's clock before this tick */
    uint64_t missed_count; /* grid points missed before this tick, in all */
    uint64_t wall_time_ns; /* data only */
    uint8_t pipeline_hash[32];
    struct lq_session_config config;

    uint32_t stage_count; /* stages that ran, in order */
    struct lq_stage_version stages[LQ_STAGES_MAX];

    uint32_t command_count; /* in the broker's order of arrival */
    struct lq_command commands[LQ_COMMANDS_PER_TICK_MAX];

    uint32_t event_count;
    struct lq_tick_event events[LQ_EVENTS_PER_TICK_MAX];

    struct lq_client_windows windows;
    struct lq_world world;
};

/* An empty tick: counts zeroed, an empty world. Does not touch the columns. */
void lq_tick_clear(struct lq_tick *tick);

/* The length of one step in seconds: the denominator of the session's rate over its numerator, and
 * 1/60 s in a session without a rate. */
double lq_tick_step_seconds(const struct lq_tick *tick);

/* Append an event; `client` is NULL for an event that concerns none. Beyond LQ_EVENTS_PER_TICK_MAX
 * it is dropped and the last event's type becomes "EventsDropped", so that the loss shows. */
void lq_tick_emit(struct lq_tick *tick, const char *type, uint32_t body_id,
                  const struct lq_client_id *client);

/* Likewise one with whatever else it says. */
void lq_tick_emit_event(struct lq_tick *tick, const struct lq_tick_event *event);

/* The end of every pipeline: a command that no stage took is refused ("no stage takes Custom").
 * persist and replay both end a tick with it. */
void lq_tick_conclude(struct lq_tick *tick);

/* In range: rate, steps, width, height, restitution. `reason` as in lq_command_check(). */
LQ_MUST_CHECK enum lq_result lq_session_config_check(const struct lq_session_config *config,
                                                     char *reason);

/* ---- not installed: for load, the runtime and replay ---- */

/* Start tick n from the content of record n-1: keep world, windows and configuration; advance the
 * frame and the step count; clear commands, events and stages. load and replay begin a tick with
 * it. */
void lq_tick_advance(struct lq_tick *tick);

/* Append (name, version) to the stages that ran. LQ_ERR_LIMIT: LQ_STAGES_MAX are there already. */
LQ_MUST_CHECK enum lq_result lq_tick_add_stage(struct lq_tick *tick, const char *name,
                                               uint32_t version);

#endif
