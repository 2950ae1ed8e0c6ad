// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "cli/durability_text.h"

#include "cli/json_output.h"

#include <stdio.h>

const char *lq_durability_text(const struct lq_durability *durability,
                               char to[LQ_DURABILITY_TEXT_BYTES_MAX])
{
    int bytes =
        snprintf(to, LQ_DURABILITY_TEXT_BYTES_MAX, "%s, %s", lq_durability_name(durability->policy),
                 durability->own ? "for this tenant" : "by default");

    if (durability->flush_ms > 0) {
        bytes += snprintf(to + bytes, LQ_DURABILITY_TEXT_BYTES_MAX - (size_t)bytes, "; flush %u ms",
                          durability->flush_ms);
    }
    if (durability->history_days > 0) {
        snprintf(to + bytes, LQ_DURABILITY_TEXT_BYTES_MAX - (size_t)bytes, "; history %u days",
                 durability->history_days);
    }
    return to;
}

static json_t *number_or_null(uint32_t number)
{
    return number > 0 ? lq_json_output_number(number) : json_null();
}

json_t *lq_durability_text_json(const struct lq_durability *durability)
{
    return json_pack("{s:s,s:b,s:o,s:o}", "policy", lq_durability_name(durability->policy), "own",
                     (int)durability->own, "flush_ms", number_or_null(durability->flush_ms),
                     "history_days", number_or_null(durability->history_days));
}
