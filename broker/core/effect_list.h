// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* effect_list.h - the ordered effects of one step. */
#ifndef LQ_EFFECT_LIST_H
#define LQ_EFFECT_LIST_H

#include "broker/core/core_tables.h"

/* The next effect, zeroed but for its kind. */
struct lq_broker_effect *lq_effect_list_add(struct lq_broker_effects *out,
                                            enum lq_broker_effect_kind kind);

/* Give back the core's reference to a payload of the tenant's, if there is one. */
void lq_effect_list_release(struct lq_broker_core *core, uint32_t tenant,
                            struct lq_payload *payload, struct lq_broker_effects *out);

/* An event's payload that the core did not keep goes back at once. */
void lq_effect_list_release_event(const struct lq_broker_event *event,
                                  struct lq_broker_effects *out);

/* A redrive of a letter was decided by a frame, or came to nothing. */
void lq_effect_list_letter_done(struct lq_broker_effects *out, uint64_t letter_id, uint64_t frame);
void lq_effect_list_letter_open(struct lq_broker_effects *out, uint64_t letter_id);

/* An administrative request comes to nothing. */
void lq_effect_list_admin_failed(struct lq_broker_effects *out, uint32_t peer, uint64_t tag,
                                 enum lq_result result, struct lq_view reason);

#endif
