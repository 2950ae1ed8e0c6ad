// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "world/tick.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

static bool whole_valid(uint32_t value, uint32_t min, uint32_t max, const char *field, char *reason)
{
    if (value < min || value > max) {
        snprintf(reason, LQ_REASON_BYTES_MAX, "%s: not between %" PRIu32 " and %" PRIu32, field,
                 min, max);
        return false;
    }
    return true;
}

static bool length_valid(double value, const char *field, char *reason)
{
    if (!isfinite(value) || value <= 0.0 || value > LQ_POSITION_MAX) {
        snprintf(reason, LQ_REASON_BYTES_MAX, "%s: not above 0 and at most %" PRId64, field,
                 (int64_t)LQ_POSITION_MAX);
        return false;
    }
    return true;
}

static bool rate_valid(const struct lq_session_config *config, char *reason)
{
    if (!whole_valid(config->rate_numerator, 0, LQ_RATE_PART_MAX, "rate_numerator", reason) ||
        !whole_valid(config->rate_denominator, 1, LQ_RATE_PART_MAX, "rate_denominator", reason)) {
        return false;
    }
    if (config->rate_numerator > (uint64_t)config->rate_denominator * LQ_RATE_HZ_MAX) {
        snprintf(reason, LQ_REASON_BYTES_MAX, "rate_numerator: more than %d ticks a second",
                 LQ_RATE_HZ_MAX);
        return false;
    }
    return true;
}

enum lq_result lq_session_config_check(const struct lq_session_config *config, char *reason)
{
    if (!rate_valid(config, reason) ||
        !whole_valid(config->steps_per_command, 1, LQ_STEPS_PER_TICK_MAX, "steps_per_command",
                     reason) ||
        !length_valid(config->width, "width", reason) ||
        !length_valid(config->height, "height", reason)) {
        return LQ_ERR_INVALID;
    }
    if (config->attended && config->rate_numerator == 0) {
        snprintf(reason, LQ_REASON_BYTES_MAX, "attended: a session without a rate has no grid");
        return LQ_ERR_INVALID;
    }
    if (!(config->restitution >= 0.0f) || config->restitution > 1.0f ||
        signbit(config->restitution)) {
        snprintf(reason, LQ_REASON_BYTES_MAX, "restitution: not between 0 and 1");
        return LQ_ERR_INVALID;
    }
    return LQ_OK;
}
