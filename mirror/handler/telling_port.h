// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* telling_port.h - asks persist and the broker, by way of the broker, to tell again what the tables
 * of the ledger and of the broker's store hold (mirror/domain/telling.h), where entries are gone
 * that the table lacks. */
#ifndef LQ_TELLING_PORT_H
#define LQ_TELLING_PORT_H

#include "client/administration.h"
#include "mirror/domain/telling.h"

/* One of the two. */
struct lq_asked_telling {
    struct lq_telling telling;
    const char *of; /* for people */
    struct lq_admin_request request;
    bool is_asked;
    bool is_outdated;  /* what is asked is of one that was begun anew since */
    uint64_t retry_ns; /* it was refused: not before */
};

struct lq_telling_port {
    lq_link_t *link; /* borrowed */
    struct lq_asked_telling ledger, broker;
};

void lq_telling_port_open(struct lq_telling_port *port, lq_link_t *link);
void lq_telling_port_close(struct lq_telling_port *port); /* before the link */

/* Tell all of it again, from the beginning. */
void lq_telling_port_begin(struct lq_asked_telling *asked);

/* What can be asked now is. */
void lq_telling_port_turn(struct lq_telling_port *port, uint64_t now_ns);

/* When something is asked though nobody wakes it; UINT64_MAX: nothing is. */
uint64_t lq_telling_port_next_ns(const struct lq_telling_port *port);

/* Entries of the tables of both, told so far and in all; zeros where nothing is told again. */
void lq_telling_port_count(const struct lq_telling_port *port, uint64_t *told, uint64_t *all);

#endif
