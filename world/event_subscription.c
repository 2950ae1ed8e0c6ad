// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "world/event_subscription.h"

#include "world/world_limits.h"

#include <stdio.h>
#include <string.h>

struct pattern {
    struct lq_view text; /* as it stands in the list */
    struct lq_view type; /* without what stands around it */
    bool excludes, is_prefix;
};

static bool is_plain(uint8_t byte)
{
    return (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= 'a' && byte <= 'z') || (byte != '\0' && strchr("-._~", byte) != NULL);
}

/* Take a pattern from the front of the list. False: there is none any more. */
static bool take_pattern(struct lq_view *rest, struct pattern *pattern)
{
    const uint8_t *comma = rest->bytes > 0 ? memchr(rest->data, ',', rest->bytes) : NULL;
    size_t bytes = comma != NULL ? (size_t)(comma - rest->data) : rest->bytes;

    if (rest->data == NULL) {
        return false;
    }
    pattern->text = lq_view_of(rest->data, bytes);
    *rest = comma != NULL ? lq_view_of(comma + 1, rest->bytes - bytes - 1) : lq_view_of(NULL, 0);
    pattern->excludes = bytes > 0 && pattern->text.data[0] == '!';
    pattern->is_prefix = bytes > 0 && pattern->text.data[bytes - 1] == '*';
    pattern->type = lq_view_of(pattern->text.data + pattern->excludes,
                               bytes - pattern->excludes - pattern->is_prefix);
    return true;
}

static bool begins_with(struct lq_view text, struct lq_view with)
{
    return text.bytes >= with.bytes &&
           (with.bytes == 0 || memcmp(text.data, with.data, with.bytes) == 0);
}

static bool fits(const struct pattern *pattern, struct lq_view type)
{
    return pattern->is_prefix ? begins_with(type, pattern->type)
                              : lq_view_equal(type, pattern->type);
}

/* Whether there may be an event that it fits. */
static bool fits_something(const struct pattern *pattern)
{
    static const char *const types[] = {
        LQ_EVENT_SESSION_CREATED, LQ_EVENT_SESSION_ENDED,  LQ_EVENT_SESSION_PARKED,
        LQ_EVENT_SESSION_RESUMED, LQ_EVENT_LETTER_STORED,  LQ_EVENT_LETTER_REDRIVEN,
        LQ_EVENT_LETTER_PURGED,   LQ_EVENT_QUOTA_EXCEEDED, LQ_EVENT_TICK};

    for (size_t index = 0; index < sizeof types / sizeof types[0]; index++) {
        if (fits(pattern, lq_view_text(types[index]))) {
            return true;
        }
    }
    struct lq_view tick = lq_view_text(LQ_EVENT_TICK);
    return begins_with(pattern->type, tick) && pattern->type.bytes > tick.bytes &&
           pattern->type.bytes <= LQ_EVENT_TYPE_BYTES_MAX;
}

static const char *fault_of(const struct pattern *pattern)
{
    if (pattern->text.bytes == 0) {
        return "an empty pattern";
    }
    if (pattern->type.bytes == 0 && !pattern->is_prefix) {
        return "a pattern without a type";
    }
    for (size_t at = 0; at < pattern->type.bytes; at++) {
        if (!is_plain(pattern->type.data[at])) {
            return "a type has letters, digits and . - _ ~, \"!\" before it and \"*\" behind it";
        }
    }
    return fits_something(pattern) ? NULL : "there is no such event";
}

enum lq_result lq_event_subscription_check(struct lq_view list, char *reason)
{
    struct lq_view rest = list;
    struct pattern pattern;
    uint32_t count = 0;

    if (list.bytes == 0 || list.bytes > LQ_EVENT_SUBSCRIPTION_BYTES_MAX) {
        snprintf(reason, LQ_REASON_BYTES_MAX, "a list has 1 to %d bytes",
                 LQ_EVENT_SUBSCRIPTION_BYTES_MAX);
        return LQ_ERR_INVALID;
    }
    while (take_pattern(&rest, &pattern)) {
        const char *fault = fault_of(&pattern);
        if (fault != NULL) {
            int shown = pattern.text.bytes < 40 ? (int)pattern.text.bytes : 40;
            snprintf(reason, LQ_REASON_BYTES_MAX, "%.*s: %s", shown,
                     (const char *)pattern.text.data, fault);
            return LQ_ERR_INVALID;
        }
        if (++count > LQ_EVENT_PATTERNS_MAX) {
            snprintf(reason, LQ_REASON_BYTES_MAX, "a list has at most %d patterns",
                     LQ_EVENT_PATTERNS_MAX);
            return LQ_ERR_INVALID;
        }
    }
    return LQ_OK;
}

bool lq_event_subscription_wants(struct lq_view list, struct lq_view type)
{
    struct lq_view rest = list.bytes > 0 ? list : lq_view_text(LQ_EVENT_SUBSCRIPTION_USUAL);
    struct pattern pattern;
    bool wanted = false;

    while (take_pattern(&rest, &pattern)) {
        if (fits(&pattern, type)) {
            wanted = !pattern.excludes;
        }
    }
    return wanted;
}

void lq_event_subscription_tick_type(struct lq_view name, char to[LQ_EVENT_TYPE_BYTES_MAX + 1])
{
    size_t at = strlen(LQ_EVENT_TICK);

    memcpy(to, LQ_EVENT_TICK, at);
    for (size_t index = 0; index < name.bytes && at < LQ_EVENT_TYPE_BYTES_MAX; index++) {
        to[at++] = is_plain(name.data[index]) ? (char)name.data[index] : '_';
    }
    to[at] = '\0';
}
