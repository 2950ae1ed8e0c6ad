// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "cli/session_rate.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

bool lq_session_rate_read(const char *text, const char *what, struct lq_session_rate *rate,
                          struct lq_error_message *message)
{
    unsigned numerator = 0;
    unsigned denominator = 1;
    char rest = '\0';
    int count = sscanf(text, "%9u/%9u%c", &numerator, &denominator, &rest);
    bool whole = count == 1 && strspn(text, "0123456789") == strlen(text);

    if (!whole && (count != 2 || text[0] == '-')) {
        lq_error_message_set(
            message, "%s %s: say N ticks a second, or N/D for N ticks in D seconds", what, text);
        return false;
    }
    *rate = (struct lq_session_rate){numerator, denominator};
    return true;
}

const char *lq_session_rate_text(struct lq_session_rate rate, char text[LQ_SESSION_RATE_TEXT_BYTES])
{
    if (rate.numerator == 0) {
        return "no rate";
    }
    snprintf(text, LQ_SESSION_RATE_TEXT_BYTES, "%" PRIu32 " ticks in %" PRIu32 " s", rate.numerator,
             rate.denominator);
    return text;
}
