// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* session_entry_key.h - the key of a session in the broker's store: tenant NUL session. */
#ifndef LQ_SESSION_ENTRY_KEY_H
#define LQ_SESSION_ENTRY_KEY_H

#include "world/identity.h"
#include "world/world_limits.h"

#define LQ_SESSION_ENTRY_KEY_BYTES_MAX (LQ_TENANT_NAME_BYTES_MAX + 1 + LQ_SESSION_NAME_BYTES_MAX)

/* Into LQ_SESSION_ENTRY_KEY_BYTES_MAX bytes; the view is of them. */
struct lq_view lq_session_entry_key_make(uint8_t *to, struct lq_session_names names);

/* And back; false for what is not such a key. The names lie in the key. */
bool lq_session_entry_key_split(struct lq_view key, struct lq_session_names *names);

#endif
