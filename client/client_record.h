// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* client_record.h - what a client is made of, for the sources of the library alone. */
#ifndef LQ_CLIENT_RECORD_H
#define LQ_CLIENT_RECORD_H

#include "client/broker_link.h"
#include "client/client.h"
#include "client/client_history.h"
#include "client/outstanding.h"
#include "client/quota_wait.h"
#include "client/request_table.h"
#include "client/session_table.h"
#include "proto/client_codec.h"

#define LQ_CLIENT_BODY_BYTES_MAX (1024u * 1024u)
#define LQ_CLIENT_COMMAND_BYTES_MAX (LQ_CUSTOM_BYTES_MAX + 256u)

struct lq_client {
    struct lq_client_id id;
    struct lq_client_history history;
    char tenant[LQ_TENANT_NAME_BYTES_MAX + 1];
    lq_client_receipt_fn on_receipt;
    void *context;
    struct lq_broker_link link;
    struct lq_outstanding outstanding;
    struct lq_quota_wait quota_wait;
    bool hears_quota; /* refusals for a quota are handed out like any other */
    struct lq_session_table sessions;
    struct lq_request_table requests;
    uint64_t resends;
    uint64_t rewound_at_ns;
    uint32_t receipts_this_turn;
    bool turning;
    bool queued; /* since the last turn: something waits to be sent */
    bool stuck;  /* the last turn could not send everything */
    bool left;   /* after the last turn there was something for another */
    struct lq_arena arena;
    struct lq_submit_command *submit_commands;
    uint8_t *header;
    uint8_t *body;
};

#endif
