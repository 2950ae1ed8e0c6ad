// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* link_record.h - what a link is made of, for the sources of the library alone. */
#ifndef LQ_LINK_RECORD_H
#define LQ_LINK_RECORD_H

#include "client/broker_link.h"
#include "client/feed_reader.h"
#include "client/lane_table.h"
#include "client/link.h"
#include "client/outstanding.h"
#include "client/request_table.h"
#include "client/watch_desk.h"
#include "proto/client_codec.h"

#define LQ_LINK_BODY_BYTES_MAX (1024u * 1024u)

struct lq_link {
    struct lq_broker_link broker;
    struct lq_outstanding outstanding; /* of all clients */
    struct lq_lane_table lanes;
    struct lq_client_list clients;
    uint32_t client_count, clients_max;
    struct lq_request_table requests;
    struct lq_watch_desk watches;
    lq_feed_reader_t *feed_readers; /* a list */
    int poll_descriptor;            /* of both sockets' descriptors; -1: there are no watches */
    uint64_t resends;
    uint64_t sent_mark;  /* of the newest SUBMIT */
    uint64_t look_at_ns; /* when it is to be seen again whose answers have been missing for long */
    struct lq_client *answered; /* whose commands get their answers; NULL: it ended itself */
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
