// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "gateway/domain/leave_incarnation.h"

#include "world/client_id.h"

uint64_t lq_leave_incarnation_choose(uint64_t cut, const struct lq_player_memory *memory,
                                     uint64_t by_time)
{
    uint64_t below = cut;

    if (memory->is_known && memory->incarnation > cut) {
        return 0;
    }
    if (!memory->is_known && !memory->is_full) {
        return 0;
    }
    if (!memory->is_known) {
        below = memory->lowest > below ? memory->lowest : below;
        below = by_time > below ? by_time : below;
    }
    return below < LQ_INCARNATION_MAX ? below + 1 : 0; /* above the highest there is none */
}
