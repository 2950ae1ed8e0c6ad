// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "broker/io/parked_sessions.h"

#include "broker/io/session_entry_key.h"

enum lq_result lq_parked_sessions_put(lq_broker_store_t *store, struct lq_session_names names,
                                      struct lq_view stage)
{
    uint8_t key[LQ_SESSION_ENTRY_KEY_BYTES_MAX];

    return lq_broker_store_put(store, LQ_BROKER_TABLE_PARKED, lq_session_entry_key_make(key, names),
                               stage);
}

enum lq_result lq_parked_sessions_forget(lq_broker_store_t *store, struct lq_session_names names)
{
    uint8_t key[LQ_SESSION_ENTRY_KEY_BYTES_MAX];
    enum lq_result result = lq_broker_store_delete(store, LQ_BROKER_TABLE_PARKED,
                                                   lq_session_entry_key_make(key, names));

    return result == LQ_ERR_NOT_FOUND ? LQ_OK : result;
}

bool lq_parked_sessions_read(struct lq_view key, struct lq_session_names *names)
{
    return lq_session_entry_key_split(key, names);
}
