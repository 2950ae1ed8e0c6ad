// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "broker/io/session_entry_key.h"

struct lq_view lq_session_entry_key_make(uint8_t *to, struct lq_session_names names)
{
    memcpy(to, names.tenant.data, names.tenant.bytes);
    to[names.tenant.bytes] = 0;
    memcpy(to + names.tenant.bytes + 1, names.session.data, names.session.bytes);
    return lq_view_of(to, names.tenant.bytes + 1 + names.session.bytes);
}

bool lq_session_entry_key_split(struct lq_view key, struct lq_session_names *names)
{
    const uint8_t *nul = memchr(key.data, 0, key.bytes);

    if (nul == NULL) {
        return false;
    }
    names->tenant = lq_view_of(key.data, (size_t)(nul - key.data));
    names->session = lq_view_of(nul + 1, key.bytes - names->tenant.bytes - 1);
    return lq_tenant_name_valid(names->tenant) && lq_session_name_valid(names->session);
}
