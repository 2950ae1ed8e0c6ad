// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* load_codec.h - for admin_codec.c and status_codec.c: a tenant's load inside an answer. */
#ifndef LQ_LOAD_CODEC_H
#define LQ_LOAD_CODEC_H

#include "proto/admin_codec.h"
#include "proto/wire_out.h"

struct Ledgerquest__V1__TenantLoad;

void lq_load_codec_put(struct lq_wire_out *out, uint32_t number, const struct lq_tenant_load *load);

LQ_MUST_CHECK enum lq_result lq_load_codec_take(const struct Ledgerquest__V1__TenantLoad *from,
                                                struct lq_tenant_load *load, const char **where);

#endif
