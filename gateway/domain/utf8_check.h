// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* utf8_check.h - whether bytes are UTF-8 (RFC 3629: no surrogates, nothing longer than it must be,
 * nothing above U+10FFFF), in pieces of any size. Pure. */
#ifndef LQ_UTF8_CHECK_H
#define LQ_UTF8_CHECK_H

#include "base/view.h"

/* Zeroed: between two characters. */
struct lq_utf8_check {
    uint8_t left;            /* bytes that the character under way still needs */
    uint8_t lowest, highest; /* bounds of the next one of them */
};

/* False: a byte that cannot come here; the rest does not matter any more. */
bool lq_utf8_check_add(struct lq_utf8_check *check, struct lq_view bytes);

/* Whether no character is under way. */
bool lq_utf8_check_complete(const struct lq_utf8_check *check);

#endif
