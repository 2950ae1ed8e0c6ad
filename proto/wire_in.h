// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* wire_in.h - from an unpacked message into our structs: every check names the field it fails for.
 */
#ifndef LQ_WIRE_IN_H
#define LQ_WIRE_IN_H

#include "base/result.h"
#include "base/view.h"
#include "world/identity.h"

/* false, and *where is `field`, unless `holds`. */
static inline bool lq_wire_in_require(bool holds, const char *field, const char **where)
{
    if (__builtin_expect(!holds, 0)) {
        *where = field;
    }
    return holds;
}

/* Copy `count` entries; an absent column has no memory. */
static inline void lq_wire_in_column(void *to, const void *from, size_t count, size_t entry_bytes)
{
    if (count > 0) {
        memcpy(to, from, count * entry_bytes);
    }
}

/* Copy a text into `bytes_max` bytes, NUL included; false when it is longer. */
static inline bool lq_wire_in_text(char *to, size_t bytes_max, const char *from)
{
    size_t bytes = strlen(from) + 1;

    if (bytes > bytes_max) {
        return false;
    }
    memcpy(to, from, bytes);
    return true;
}

/* A view of a text of at most `bytes_max` bytes, NUL not included; it may be empty. */
static inline bool lq_wire_in_view(struct lq_view *to, size_t bytes_max, const char *from)
{
    *to = lq_view_text(from);
    return to->bytes <= bytes_max;
}

/* Copy a client id; false unless it has its 16 bytes. */
static inline bool lq_wire_in_client(struct lq_client_id *to, const uint8_t *from, size_t bytes)
{
    if (bytes != LQ_CLIENT_ID_BYTES) {
        return false;
    }
    memcpy(to->bytes, from, LQ_CLIENT_ID_BYTES);
    return true;
}

#endif
