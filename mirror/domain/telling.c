// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "mirror/domain/telling.h"

void lq_telling_begin(struct lq_telling *telling)
{
    *telling = (struct lq_telling){.state = LQ_TELLING_WANTED};
}

void lq_telling_asked(struct lq_telling *telling)
{
    LQ_ASSERT(telling->state == LQ_TELLING_WANTED);
    telling->state = LQ_TELLING_ASKED;
}

void lq_telling_refused(struct lq_telling *telling)
{
    if (telling->state == LQ_TELLING_ASKED) {
        telling->state = LQ_TELLING_WANTED;
    }
}

enum lq_result lq_telling_answered(struct lq_telling *telling, const struct lq_telling_step *step)
{
    if (telling->state != LQ_TELLING_ASKED) {
        return LQ_ERR_STATE;
    }
    /* The first step writes one at least; a last one may have had nothing left to tell. */
    bool writes = step->last >= step->first;
    if (step->place.bytes > LQ_TELLING_PLACE_MAX || step->first <= telling->last ||
        step->last + 1 < step->first || (telling->first == 0 && !writes)) {
        lq_telling_begin(telling);
        return LQ_ERR_MALFORMED;
    }
    telling->first = telling->first == 0 ? step->first : telling->first;
    telling->last = writes ? step->last : telling->last;
    telling->told += step->told;
    telling->all = step->all;
    telling->place_bytes = (uint32_t)step->place.bytes;
    if (step->place.bytes > 0) {
        memcpy(telling->place, step->place.data, step->place.bytes);
    }
    telling->state = LQ_TELLING_READING;
    return LQ_OK;
}

bool lq_telling_read(struct lq_telling *telling, uint64_t sequence)
{
    if (telling->state != LQ_TELLING_READING || sequence < telling->last) {
        return false;
    }
    telling->state = telling->place_bytes > 0 ? LQ_TELLING_WANTED : LQ_TELLING_IDLE;
    return telling->state == LQ_TELLING_IDLE;
}
