// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* upkeep.h - what the mirror does beside the streams so that they may stay short: bases of sessions
 * (base_port.h), and behind these the expiry of old segments (expiry_port.h). Both wait first where
 * the write units of a second are used up (write_budget.h).
 *
 * Their questions have tags of the kind UPKEEP, and the place of a flight: first those of bases,
 * then those of expiry. */
#ifndef LQ_UPKEEP_H
#define LQ_UPKEEP_H

#include "mirror/handler/base_port.h"
#include "mirror/handler/expiry_port.h"
#include "mirror/handler/mirror_config.h"

struct lq_upkeep {
    struct lq_write_budget budget;
    struct lq_base_port bases;
    struct lq_expiry_port expiry;
    uint64_t based;          /* the record up to which all have bases, when it was looked at last */
    uint64_t looked_ns;      /* when that was */
    uint64_t looked_changes; /* of the schedule, by then */
    bool is_made;
};

void lq_upkeep_init(struct lq_upkeep *upkeep, const struct lq_mirror_config *config,
                    lq_dynamodb_gateway_t *gateway, struct lq_ledger_source *source,
                    struct lq_mirror_streams *streams);
void lq_upkeep_destroy(struct lq_upkeep *upkeep);

/* The feed is read behind a position from now on; up to `based` records have bases. */
void lq_upkeep_begin(struct lq_upkeep *upkeep, uint64_t based);

/* Everything that can be asked now is asked. `read`: the newest record of the feed that was taken;
 * `ends`: whoever has no base yet gets one, and nothing expires any more. */
void lq_upkeep_turn(struct lq_upkeep *upkeep, uint64_t read, uint64_t now_ns, bool ends);

/* What a write was estimated at, before its answer is heard. */
uint64_t lq_upkeep_estimated(const struct lq_upkeep *upkeep,
                             const struct lq_dynamodb_answer *answer);
void lq_upkeep_hear(struct lq_upkeep *upkeep, const struct lq_dynamodb_answer *answer,
                    uint64_t now_ns);

/* When something is due though nobody speaks; UINT64_MAX: never. */
uint64_t lq_upkeep_next_ns(struct lq_upkeep *upkeep, uint64_t now_ns);

/* All sessions have bases, and `based` says so. */
bool lq_upkeep_is_done(const struct lq_upkeep *upkeep, uint64_t read);

#endif
