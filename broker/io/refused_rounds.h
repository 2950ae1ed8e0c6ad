// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* refused_rounds.h - the rounds of SUBMITs in which a command was refused for a quota: of each
 * tenant that a connection speaks for, the latest one.
 *
 * What is kept guards the order of commands that were on their way when the first of them was
 * refused (client_port.c): milliseconds. When there is no room, what was noted longest ago goes: so
 * many refusals are later than all that was on its way then. All memory is taken at the start.
 */
#ifndef LQ_REFUSED_ROUNDS_H
#define LQ_REFUSED_ROUNDS_H

#include "base/view.h"

#include <stdint.h>

typedef struct lq_refused_rounds lq_refused_rounds_t;

lq_refused_rounds_t *lq_refused_rounds_new(uint32_t count_max);
void lq_refused_rounds_destroy(lq_refused_rounds_t **rounds);

/* 0: none is known. `tenant` is a name, of at most LQ_TENANT_NAME_BYTES_MAX. */
uint32_t lq_refused_rounds_find(const lq_refused_rounds_t *rounds, uint32_t peer,
                                struct lq_view tenant);
void lq_refused_rounds_note(lq_refused_rounds_t *rounds, uint32_t peer, struct lq_view tenant,
                            uint32_t round);

#endif
