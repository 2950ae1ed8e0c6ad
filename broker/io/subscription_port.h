// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* subscription_port.h - which events of a tenant leave for the bus is set and shown. */
#ifndef LQ_SUBSCRIPTION_PORT_H
#define LQ_SUBSCRIPTION_PORT_H

#include "broker/io/core_feed.h"
#include "broker/io/storage_thread.h"
#include "proto/admin_codec.h"

/* SET_EVENTS, SHOW_EVENTS. Fills in the answer, whose texts live for ever; false: it comes when the
 * change is on disk. */
bool lq_subscription_port_answer(struct lq_core_feed *feed, lq_storage_thread_t *storage,
                                 uint32_t peer, const struct lq_admin_request *request,
                                 struct lq_admin_reply *answer);

#endif
