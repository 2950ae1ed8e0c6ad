// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "gateway/domain/utf8_check.h"

/* The first byte of a character of more than one byte. */
static bool begin(struct lq_utf8_check *check, uint8_t byte)
{
    check->lowest = 0x80;
    check->highest = 0xbf;
    if (byte >= 0xc2 && byte <= 0xdf) {
        check->left = 1;
    } else if (byte >= 0xe0 && byte <= 0xef) {
        check->left = 2;
        check->lowest = byte == 0xe0 ? 0xa0 : 0x80;  /* else it would fit in two bytes */
        check->highest = byte == 0xed ? 0x9f : 0xbf; /* else a surrogate */
    } else if (byte >= 0xf0 && byte <= 0xf4) {
        check->left = 3;
        check->lowest = byte == 0xf0 ? 0x90 : 0x80;
        check->highest = byte == 0xf4 ? 0x8f : 0xbf;
    } else {
        return false;
    }
    return true;
}

bool lq_utf8_check_add(struct lq_utf8_check *check, struct lq_view bytes)
{
    for (size_t index = 0; index < bytes.bytes; index++) {
        uint8_t byte = bytes.data[index];
        if (check->left > 0) {
            if (byte < check->lowest || byte > check->highest) {
                return false;
            }
            check->left--;
            check->lowest = 0x80;
            check->highest = 0xbf;
        } else if (byte >= 0x80 && !begin(check, byte)) {
            return false;
        }
    }
    return true;
}

bool lq_utf8_check_complete(const struct lq_utf8_check *check)
{
    return check->left == 0;
}
