// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* identity.h - the names and numbers by which things are known.
 *
 * Tenant and session names are 1 to 32 and 1 to 64 bytes of [A-Za-z0-9._-], no dot first, so that
 * they can stand in keys, file names and URLs without quoting: "." and ".." are folders there.
 */
#ifndef LQ_IDENTITY_H
#define LQ_IDENTITY_H

#include "base/view.h"
#include "world/client_id.h"

/* A tick under way: the broker's epoch and a counter within it. Never used twice. */
struct lq_execution_id {
    uint64_t epoch;
    uint64_t counter;
};

/* What a session is called: its tenant's name and its own. Live as long as what they point into. */
struct lq_session_names {
    struct lq_view tenant, session;
};

static inline struct lq_session_names lq_session_names_of(const char *tenant, const char *session)
{
    struct lq_session_names names = {lq_view_text(tenant), lq_view_text(session)};

    return names;
}

bool lq_tenant_name_valid(struct lq_view name);
bool lq_session_name_valid(struct lq_view name);

static inline bool lq_session_names_equal(struct lq_session_names a, struct lq_session_names b)
{
    return lq_view_equal(a.tenant, b.tenant) && lq_view_equal(a.session, b.session);
}

static inline bool lq_execution_id_equal(struct lq_execution_id a, struct lq_execution_id b)
{
    return a.epoch == b.epoch && a.counter == b.counter;
}

#endif
