// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* reading.h - what READ and WINDOW ask, and what they are told. Plain structs. */
#ifndef LQ_READING_H
#define LQ_READING_H

#include "base/view.h"
#include "world/tick.h"

#define LQ_READ_ANSWER_BYTES_MAX (256u * 1024u) /* header part and body part together */
#define LQ_READ_FRAMES_MAX 64u                  /* of an answer */

/* ReadRange of client.proto, by the same names. */
struct lq_read_range {
    bool head;
    uint64_t from;
    uint32_t count; /* 0: up to the newest */
    uint32_t
        /* of the answer; 0: LQ_READ_ANSWER_BYTES_MAX. The first frame comes, however large it is */
        bytes;
    bool without_worlds;
};

struct lq_frame_command {
    struct lq_client_id client;
    uint64_t sequence;
    uint8_t outcome; /* enum lq_outcome: applied, refused */
    uint8_t kind;    /* enum lq_command_kind; 0: it was unreadable */
    struct lq_view reason;
    struct lq_view body; /* encoded; lq_command_decode() */
};

/* A frame as its record tells it. */
struct lq_frame_entry {
    uint64_t frame;
    uint8_t hash[32];
    uint32_t steps;
    uint64_t step_count, missed_count, wall_time_ns;
    uint32_t world_bytes; /* of the body part, behind those of the frames before it */
    uint32_t command_count;
    struct lq_frame_command *commands;
    bool without_bodies; /* the commands' bodies did not fit */
    bool events_known;   /* else they were trimmed, or some of them */
    uint32_t event_count;
    struct lq_tick_event *events;
    uint32_t record_bytes; /* as stored */
};

/* WindowEntry of client.proto, by the same names. */
struct lq_window_entry {
    uint64_t frame;
    bool known;
    struct lq_client_id client;
    uint64_t highest, used_map, last_frame;
    uint32_t count;
    uint64_t lowest_incarnation; /* of LQ_CLIENTS_MAX; else 0 */
};

/* CommandName of client.proto. */
struct lq_command_name {
    struct lq_client_id client;
    uint64_t sequence;
};

enum lq_command_place {
    LQ_COMMAND_NOWHERE,
    LQ_COMMAND_IN_MAILBOX,
    LQ_COMMAND_UNDER_WAY,
    LQ_COMMAND_HELD, /* its answer waits for the mirror's table */
    LQ_COMMAND_IN_LETTER,
    LQ_COMMAND_PLACE_LAST = LQ_COMMAND_IN_LETTER
};

/* CommandSighting of client.proto, by the same names. */
struct lq_command_sighting {
    uint8_t place; /* enum lq_command_place */
    uint32_t ahead;
    struct lq_view stage, parked_by;
    uint64_t letter_id;
};

#endif
