// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* client_record.h - what a client is made of, for the sources of the library alone. */
#ifndef LQ_CLIENT_RECORD_H
#define LQ_CLIENT_RECORD_H

#include "client/client.h"
#include "client/client_history.h"
#include "client/client_list.h"
#include "client/link_record.h"
#include "client/outstanding.h"
#include "client/session_table.h"

#define LQ_CLIENT_COMMAND_BYTES_MAX (LQ_CUSTOM_BYTES_MAX + 256u)

struct lq_client {
    struct lq_link *link;
    struct lq_tenant_lane *lane;
    struct lq_client_place places[LQ_CLIENT_LIST_KINDS];
    struct lq_client_id id;
    struct lq_client_history history;
    lq_client_receipt_fn on_receipt;
    void *context;
    struct lq_outstanding_list outstanding;
    uint32_t outstanding_max;
    bool own_numbers;
    uint64_t rewound_at_ns;
    struct lq_session_table sessions;
};

/* All that it has outstanding is to be sent again. */
void lq_client_rewind(struct lq_client *client, uint64_t now_ns);

/* Whether it has something to send has changed, or whether it has anything outstanding. */
void lq_client_settle(struct lq_client *client);

#endif
