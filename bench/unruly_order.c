// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "bench/unruly_order.h"

/* 0: no number within the bounds. */
static uint32_t read_ms(struct lq_view digits)
{
    uint32_t number = 0;

    for (size_t index = 0; index < digits.bytes; index++) {
        uint8_t digit = digits.data[index];
        if (digit < '0' || digit > '9') {
            return 0;
        }
        number = number * 10 + (uint32_t)(digit - '0');
        if (number > LQ_UNRULY_BURN_MS_MAX) {
            return 0;
        }
    }
    return number;
}

struct lq_unruly_order lq_unruly_order_read(struct lq_view text)
{
    static const char burn[] = "burn ";
    const size_t burn_bytes = sizeof burn - 1;
    struct lq_unruly_order order = {.deed = LQ_UNRULY_NOTHING};

    if (lq_view_equal(text, lq_view_text("crash"))) {
        order.deed = LQ_UNRULY_CRASH;
    } else if (text.bytes > burn_bytes && memcmp(text.data, burn, burn_bytes) == 0) {
        order.burn_ms = read_ms(lq_view_of(text.data + burn_bytes, text.bytes - burn_bytes));
        order.deed = order.burn_ms > 0 ? LQ_UNRULY_BURN : LQ_UNRULY_NOTHING;
    }
    return order;
}
