// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* ledger_model.h - a naive ledger for tests: what load would read and persist would commit. */
#ifndef LQ_LEDGER_MODEL_H
#define LQ_LEDGER_MODEL_H

#include "proto/actor_codec.h"
#include "proto/session_life.h"

#define LQ_MODEL_SESSIONS_MAX 2048u
#define LQ_MODEL_ENTRIES_MAX 65536u

struct lq_model_command {
    uint32_t client;
    uint64_t sequence;
    uint64_t letter_id;
};

struct lq_model_entry {
    uint32_t session;
    uint32_t client;
    uint64_t sequence;
    uint64_t frame;
};

/* The record of a sequence. */
struct lq_model_record {
    uint32_t session;
    uint64_t frame;
};

struct lq_model_session {
    char name[100]; /* tenant/session */
    uint64_t head;
    uint64_t last_execution; /* that made the head */
    uint64_t steps;          /* of the world's clock */
    uint64_t missed;
    uint32_t applied;
    struct lq_session_rate rate;
    uint64_t ledger_sequence; /* of the newest record; 0: it has none but frame 0 */
};

struct lq_ledger_model {
    uint32_t session_count;
    struct lq_model_session sessions[LQ_MODEL_SESSIONS_MAX];
    uint32_t entry_count;
    struct lq_model_entry entries[LQ_MODEL_ENTRIES_MAX];  /* applied commands, in order */
    uint64_t ledger_sequence;                             /* the newest of all */
    uint64_t outbox_sequence;                             /* of notes: creations, decided letters */
    struct lq_model_record records[LQ_MODEL_ENTRIES_MAX]; /* by their sequence */
};

/* Its number; made at the first mention. */
uint32_t lq_ledger_model_session(struct lq_ledger_model *ledger, const char *tenant,
                                 const char *session);

/* The frame that holds the command, or 0. */
uint64_t lq_ledger_model_find(const struct lq_ledger_model *ledger, uint32_t session,
                              uint32_t client, uint64_t sequence);

/* The sequence of a frame's record, or 0. */
uint64_t lq_ledger_model_sequence(const struct lq_ledger_model *ledger, uint32_t session,
                                  uint64_t frame);

/* A frame that an execution asks persist to commit. */
struct lq_model_tick {
    uint32_t session;
    uint32_t steps;
    uint64_t execution, frame, missed;
    struct lq_session_rate rate; /* denominator 0: it stays */
    const struct lq_model_command *commands;
    uint32_t command_count;
};

/* LQ_ITEM_DONE (also when this execution made that frame before) or LQ_ITEM_CONFLICT. Fills an
 * outcome per command, by what was applied before. */
enum lq_item_verdict lq_ledger_model_commit(struct lq_ledger_model *ledger,
                                            const struct lq_model_tick *tick,
                                            struct lq_outcome_entry *outcomes);

/* Fill the outcomes of a command list without committing; how many are not applied yet. */
uint32_t lq_ledger_model_judge(const struct lq_ledger_model *ledger, uint32_t session,
                               uint64_t frame, const struct lq_model_command *commands,
                               uint32_t count, struct lq_outcome_entry *outcomes);

#endif
