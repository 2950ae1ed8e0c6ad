// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* watch_table.h - who watches which session's frames.
 *
 *   WATCH --> watched --said again--> watched
 *                |--silent too long, stop, connection gone--> forgotten
 *
 * Fixed pools: a bound for each connection and one for all. Knows nothing of sockets; time is an
 * argument.
 */
#ifndef LQ_WATCH_TABLE_H
#define LQ_WATCH_TABLE_H

#include "base/result.h"
#include "world/identity.h"

typedef struct lq_watch_table lq_watch_table_t;

struct lq_watch_limits {
    uint32_t watches_max;          /* in all */
    uint32_t watches_per_peer_max; /* of one connection */
};

/* One session watched by one connection. */
struct lq_watch_entry {
    uint32_t peer; /* of the router; its low 16 bits are a slot of the peer table */
    uint64_t tag;
    bool world; /* wants the worlds, too */
    bool play;  /* wants what players need: worlds, and what happened */
};

lq_watch_table_t *lq_watch_table_new(const struct lq_watch_limits *limits);
void lq_watch_table_destroy(lq_watch_table_t **table);

/* Watch, or go on watching, under this tag. *began: it watches from now on, or for more than
 * before. LQ_ERR_LIMIT: the connection watches as many sessions
 * as it may. LQ_ERR_FULL: all together do. */
LQ_MUST_CHECK enum lq_result lq_watch_table_put(lq_watch_table_t *table,
                                                const struct lq_watch_entry *entry,
                                                struct lq_session_names names, uint64_t now_ns,
                                                bool *began);

/* Watch no more; nothing if it did not. */
void lq_watch_table_stop(lq_watch_table_t *table, uint32_t peer, struct lq_session_names names);

/* Forget those that were not said again since `since_ns`, at most `count_max` in a call; how many.
 */
uint32_t lq_watch_table_expire(lq_watch_table_t *table, uint64_t since_ns, uint32_t count_max);

uint32_t lq_watch_table_count(const lq_watch_table_t *table);

/* The watches of a session, one after the other; 0 ends them. A watch may be removed once its
 * successor is known. */
uint32_t lq_watch_table_first(const lq_watch_table_t *table, struct lq_session_names names);
uint32_t lq_watch_table_next(const lq_watch_table_t *table, uint32_t watch);
const struct lq_watch_entry *lq_watch_table_entry(const lq_watch_table_t *table, uint32_t watch);
void lq_watch_table_remove(lq_watch_table_t *table, uint32_t watch);

/* What those who watch this session want. */
struct lq_watch_wishes {
    bool world, play;
};
struct lq_watch_wishes lq_watch_table_wishes(const lq_watch_table_t *table,
                                             struct lq_session_names names);

/* The newest frame of a session that its watchers were told of, as long as it has any; 0: none. */
void lq_watch_table_told(lq_watch_table_t *table, struct lq_session_names names, uint64_t frame);
uint64_t lq_watch_table_frame(const lq_watch_table_t *table, struct lq_session_names names);

#endif
