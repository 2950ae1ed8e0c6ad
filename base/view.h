// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* view.h - a borrowed run of bytes. It dies with the scope that the lending function names. */
#ifndef LQ_VIEW_H
#define LQ_VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct lq_view {
    const uint8_t *data;
    size_t bytes;
};

static inline struct lq_view lq_view_of(const void *data, size_t bytes)
{
    struct lq_view view = {(const uint8_t *)data, bytes};

    return view;
}

static inline struct lq_view lq_view_text(const char *text)
{
    return lq_view_of(text, strlen(text));
}

static inline bool lq_view_equal(struct lq_view a, struct lq_view b)
{
    return a.bytes == b.bytes && (a.bytes == 0 || memcmp(a.data, b.data, a.bytes) == 0);
}

/* At most bytes_max bytes of a UTF-8 text, whole characters: half of one would be malformed. */
static inline struct lq_view lq_view_cut(struct lq_view text, size_t bytes_max)
{
    if (text.bytes > bytes_max) {
        text.bytes = bytes_max;
        while (text.bytes > 0 && (text.data[text.bytes] & 0xc0) == 0x80) {
            text.bytes--;
        }
    }
    return text;
}

#endif
