// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* unruly_order.h - what the text of a Custom command tells lq-unruly to do. Pure; depends on base/.
 */
#ifndef LQ_UNRULY_ORDER_H
#define LQ_UNRULY_ORDER_H

#include "base/view.h"

#define LQ_UNRULY_BURN_MS_MAX 10000u

enum lq_unruly_deed {
    LQ_UNRULY_NOTHING = 1, /* any other text */
    LQ_UNRULY_CRASH,       /* "crash": the process aborts */
    LQ_UNRULY_BURN         /* "burn N": N milliseconds of CPU time */
};

struct lq_unruly_order {
    enum lq_unruly_deed deed;
    uint32_t burn_ms; /* BURN: 1 to LQ_UNRULY_BURN_MS_MAX; else 0 */
};

struct lq_unruly_order lq_unruly_order_read(struct lq_view text);

#endif
