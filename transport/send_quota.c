// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "transport/send_quota.h"

#include "base/alloc.h"
#include "base/contract.h"

#include <stdatomic.h>
#include <stdlib.h>

struct lq_send_quota {
    struct lq_send_limits limits;
    _Atomic uint64_t holders; /* the owner, and each part with libzmq */
    _Atomic uint64_t waiting;
    uint32_t slots_max;
    _Atomic uint64_t waiting_of[];
};

struct charged_part {
    lq_send_quota_t *quota;
    uint64_t charged;
    uint32_t slot;
    uint8_t bytes[];
};

lq_send_quota_t *lq_send_quota_new(uint32_t peers_max, const struct lq_send_limits *limits)
{
    lq_send_quota_t *quota =
        lq_alloc(1, sizeof *quota + ((size_t)peers_max + 1) * sizeof quota->waiting_of[0]);

    quota->limits = *limits;
    quota->slots_max = peers_max;
    atomic_store(&quota->holders, 1);
    return quota;
}

static void let_go(lq_send_quota_t *quota)
{
    if (atomic_fetch_sub(&quota->holders, 1) == 1) {
        free(quota);
    }
}

void lq_send_quota_destroy(lq_send_quota_t **quota)
{
    if (*quota != NULL) {
        let_go(*quota);
        *quota = NULL;
    }
}

bool lq_send_quota_allows(const lq_send_quota_t *quota, uint32_t slot, uint64_t bytes)
{
    LQ_ASSERT(slot <= quota->slots_max);
    uint64_t own = atomic_load(&quota->waiting_of[slot]);

    return own == 0 || (own + bytes <= quota->limits.bytes_per_peer_max &&
                        atomic_load(&quota->waiting) + bytes <= quota->limits.bytes_max);
}

/* In libzmq's thread. */
static void give_back(void *data, void *hint)
{
    struct charged_part *part = hint;
    lq_send_quota_t *quota = part->quota;

    (void)data;
    atomic_fetch_sub(&quota->waiting_of[part->slot], part->charged);
    atomic_fetch_sub(&quota->waiting, part->charged);
    free(part);
    let_go(quota);
}

void lq_send_quota_part(lq_send_quota_t *quota, uint32_t slot, struct lq_view bytes,
                        uint64_t charged, struct lq_message_part *part)
{
    struct charged_part *made = lq_alloc(1, sizeof *made + bytes.bytes);

    LQ_ASSERT(slot <= quota->slots_max);
    made->quota = quota;
    made->slot = slot;
    made->charged = charged;
    memcpy(made->bytes, bytes.data, bytes.bytes);
    atomic_fetch_add(&quota->holders, 1);
    atomic_fetch_add(&quota->waiting, charged);
    atomic_fetch_add(&quota->waiting_of[slot], charged);
    lq_message_part_init_lent(part, made->bytes, bytes.bytes, give_back, made);
}

uint64_t lq_send_quota_waiting(const lq_send_quota_t *quota)
{
    return atomic_load(&quota->waiting);
}
