// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* contact_v1.h - circles that overlap push each other apart.
 *
 * The pairs are those that overlap before any of them is resolved; they are resolved one after the
 * other by ascending (id of a, id of b), each seeing what the ones before did. Mass is radius
 * squared. The two ways to search yield the same pairs in the same order. Pure; depends on world/.
 */
#ifndef LQ_CONTACT_V1_H
#define LQ_CONTACT_V1_H

#include "actors/physics/domain/collisions.h"
#include "actors/physics/domain/motion_v1.h"

enum lq_contact_v1_search {
    LQ_CONTACT_V1_ALL_PAIRS = 1,
    LQ_CONTACT_V1_SWEEP, /* sorted along x, ties by id */
};

/* collisions  told of each pair that meets; NULL: nobody asks. It changes no number. */
void lq_contact_v1_resolve(struct lq_motion_v1 *motion, double restitution,
                           enum lq_contact_v1_search search, struct lq_collisions *collisions);

#endif
