// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* send_quota.h - how many bytes may wait for peers that do not read.
 *
 * libzmq bounds a connection's queue by messages, whatever their size. Here each message is charged
 * to its connection until libzmq has sent it or thrown it away. Beyond its own bound, a connection
 * gets nothing more; beyond the bound of all, nobody does for whom anything waits, so that those
 * who read are served whatever the others do.
 */
#ifndef LQ_SEND_QUOTA_H
#define LQ_SEND_QUOTA_H

#include "transport/message_part.h"

typedef struct lq_send_quota lq_send_quota_t;

struct lq_send_limits {
    uint64_t bytes_per_peer_max, bytes_max;
};

lq_send_quota_t *lq_send_quota_new(uint32_t peers_max, const struct lq_send_limits *limits);

/* What libzmq still holds may come back later: the memory goes with the last of it. */
void lq_send_quota_destroy(lq_send_quota_t **quota);

/* Whether a message of so many bytes may be sent to this slot of the peer table now. */
bool lq_send_quota_allows(const lq_send_quota_t *quota, uint32_t slot, uint64_t bytes);

/* A part with these bytes (copied) for which `charged` bytes stand until libzmq is done with it;
 * charge those of the parts behind it, too. Sent or closed by the caller. */
void lq_send_quota_part(lq_send_quota_t *quota, uint32_t slot, struct lq_view bytes,
                        uint64_t charged, struct lq_message_part *part);

uint64_t lq_send_quota_waiting(const lq_send_quota_t *quota); /* bytes in all */

#endif
