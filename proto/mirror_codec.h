// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* mirror_codec.h - for admin_codec.c: policies of tenants, reports of the mirror, what is known of
 * it. Texts of what was taken lie where the message does. */
#ifndef LQ_MIRROR_CODEC_H
#define LQ_MIRROR_CODEC_H

#include "base/arena.h"
#include "proto/mirror_report.h"
#include "proto/wire_out.h"

struct Ledgerquest__V1__Durability;
struct Ledgerquest__V1__MirrorReport;
struct Ledgerquest__V1__MirrorOrders;
struct Ledgerquest__V1__MirrorState;

void lq_mirror_codec_put_policy(struct lq_wire_out *out, uint32_t number,
                                const struct lq_tenant_policy *policy);
LQ_MUST_CHECK enum lq_result
lq_mirror_codec_take_policy(const struct Ledgerquest__V1__Durability *from,
                            struct lq_tenant_policy *policy, const char **where);

void lq_mirror_codec_put_report(struct lq_wire_out *out, uint32_t number,
                                const struct lq_mirror_report *report);
LQ_MUST_CHECK enum lq_result
lq_mirror_codec_take_report(const struct Ledgerquest__V1__MirrorReport *from,
                            struct lq_arena *arena, struct lq_mirror_report *report,
                            const char **where);

void lq_mirror_codec_put_orders(struct lq_wire_out *out, uint32_t number,
                                const struct lq_mirror_orders *orders);
LQ_MUST_CHECK enum lq_result
lq_mirror_codec_take_orders(const struct Ledgerquest__V1__MirrorOrders *from,
                            struct lq_arena *arena, struct lq_mirror_orders *orders,
                            const char **where);

void lq_mirror_codec_put_state(struct lq_wire_out *out, uint32_t number,
                               const struct lq_mirror_state *state);
LQ_MUST_CHECK enum lq_result
lq_mirror_codec_take_state(const struct Ledgerquest__V1__MirrorState *from, struct lq_arena *arena,
                           struct lq_mirror_state *state, const char **where);

#endif
