// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* actor_table.h - the actors this broker knows: who is behind which connection, and in which state.
 */
#ifndef LQ_ACTOR_TABLE_H
#define LQ_ACTOR_TABLE_H

#include "broker/core/core_tables.h"

/* The actor behind a connection, or 0. */
uint32_t lq_actor_table_find_peer(const struct lq_broker_core *core, uint32_t peer);

/* The actor of that instance, in any state, or 0. */
uint32_t lq_actor_table_find_instance(const struct lq_broker_core *core, const char *instance);

/* A slot for another actor; 0: LQ_ACTORS_MAX are known. It is not zeroed. */
uint32_t lq_actor_table_free_slot(struct lq_broker_core *core);

/* Its connection may have been superseded by another one under the same low bits. */
void lq_actor_table_disconnect(struct lq_broker_core *core, uint32_t actor);

/* Every change of its state goes through here: its queue counts who serves it. */
void lq_actor_table_change(struct lq_broker_core *core, uint32_t actor, enum lq_actor_state state,
                           bool retiring);

/* What its READY says of it. It is in the table, connected to nobody. */
void lq_actor_table_enter(struct lq_broker_core *core, uint32_t actor,
                          const struct lq_broker_event *event, uint64_t now_ns);

/* It gave a sign of life. */
void lq_actor_table_heard(struct lq_broker_core *core, uint32_t peer, uint64_t now_ns);

void lq_actor_table_paused(struct lq_broker_core *core, const struct lq_broker_event *event);

/* Take an actor that holds nothing out of the table. */
void lq_actor_table_forget(struct lq_broker_core *core, uint32_t actor);

#endif
