// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* tenant_text.h - what tenants use, as text and as JSON: for status, top, tenant and quota. */
#ifndef LQ_TENANT_TEXT_H
#define LQ_TENANT_TEXT_H

#include "proto/admin_codec.h"

#include <jansson.h>
#include <stdio.h>

/* The tenants of a status as a table, the largest share first, and how many there are beside them.
 * Nothing where there are none. */
void lq_tenant_text_print_shares(const struct lq_status *status, FILE *to);

/* All that is known of one, and why it waits. */
void lq_tenant_text_print(const struct lq_tenant_load *load, FILE *to);

/* Without the reasons, which only an answer about one tenant has. */
json_t *lq_tenant_text_json(const struct lq_tenant_load *load);
json_t *lq_tenant_text_reasons_json(const struct lq_tenant_load *load);

#endif
