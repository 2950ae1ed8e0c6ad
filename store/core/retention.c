// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "store/core/retention.h"

#include <inttypes.h>
#include <stdio.h>

#define NS_PER_S UINT64_C(1000000000)

/* In the order in which a span is written: days before weeks. Seconds are not read: they are too
 * short to mean. */
static const struct {
    char letter;
    uint64_t seconds;
} units[] = {{'d', 86400}, {'w', 604800}, {'h', 3600}, {'m', 60}, {'s', 1}};

enum { UNITS_TO_READ = sizeof units / sizeof units[0] - 1 };

static enum lq_result read_count(struct lq_view digits, uint64_t *count)
{
    *count = 0;
    if (digits.bytes == 0) {
        return LQ_ERR_INVALID;
    }
    for (size_t index = 0; index < digits.bytes; index++) {
        if (digits.data[index] < '0' || digits.data[index] > '9') {
            return LQ_ERR_INVALID;
        }
        /* Beyond the longest span it makes no difference by how much. */
        if (*count <= LQ_RETENTION_S_MAX) {
            *count = 10 * *count + (uint64_t)(digits.data[index] - '0');
        }
    }
    return LQ_OK;
}

enum lq_result lq_retention_parse(struct lq_view text, uint64_t *seconds)
{
    uint64_t count;

    if (lq_view_equal(text, lq_view_text("forever"))) {
        *seconds = LQ_RETENTION_FOREVER;
        return LQ_OK;
    }
    if (text.bytes < 2) {
        return LQ_ERR_INVALID;
    }
    for (size_t unit = 0; unit < UNITS_TO_READ; unit++) {
        if (text.data[text.bytes - 1] != units[unit].letter) {
            continue;
        }
        enum lq_result result = read_count(lq_view_of(text.data, text.bytes - 1), &count);
        if (result != LQ_OK) {
            return result;
        }
        if (count > LQ_RETENTION_S_MAX / units[unit].seconds ||
            count * units[unit].seconds < LQ_RETENTION_S_MIN) {
            return LQ_ERR_LIMIT;
        }
        *seconds = count * units[unit].seconds;
        return LQ_OK;
    }
    return LQ_ERR_INVALID;
}

bool lq_retention_valid(uint64_t seconds)
{
    return seconds == LQ_RETENTION_FOREVER ||
           (seconds >= LQ_RETENTION_S_MIN && seconds <= LQ_RETENTION_S_MAX);
}

bool lq_retention_is_over(uint64_t seconds, uint64_t now_ns, uint64_t wall_ns)
{
    return seconds != LQ_RETENTION_FOREVER && now_ns > wall_ns &&
           (now_ns - wall_ns) / NS_PER_S >= seconds;
}

void lq_retention_text(uint64_t seconds, char text[LQ_RETENTION_TEXT_BYTES])
{
    if (seconds == LQ_RETENTION_FOREVER) {
        snprintf(text, LQ_RETENTION_TEXT_BYTES, "forever");
        return;
    }
    size_t unit = 0;
    while (seconds % units[unit].seconds != 0) {
        unit++; /* ends at seconds, which divide everything */
    }
    snprintf(text, LQ_RETENTION_TEXT_BYTES, "%" PRIu64 "%c", seconds / units[unit].seconds,
             units[unit].letter);
}
