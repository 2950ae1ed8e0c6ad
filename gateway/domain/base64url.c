// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "gateway/domain/base64url.h"

static int value_of(uint8_t digit)
{
    return digit >= 'A' && digit <= 'Z'   ? digit - 'A'
           : digit >= 'a' && digit <= 'z' ? digit - 'a' + 26
           : digit >= '0' && digit <= '9' ? digit - '0' + 52
           : digit == '-'                 ? 62
           : digit == '_'                 ? 63
                                          : -1;
}

enum lq_result lq_base64url_decode(struct lq_view text, uint8_t *to, size_t bytes_max,
                                   size_t *bytes)
{
    uint32_t held = 0;
    uint32_t held_bits = 0;
    size_t done = 0;

    if (text.bytes % 4 == 1) {
        return LQ_ERR_MALFORMED;
    }
    if (text.bytes / 4 * 3 + (text.bytes % 4 == 0 ? 0 : text.bytes % 4 - 1) > bytes_max) {
        return LQ_ERR_LIMIT;
    }
    for (size_t index = 0; index < text.bytes; index++) {
        int value = value_of(text.data[index]);
        if (value < 0) {
            return LQ_ERR_MALFORMED;
        }
        held = held << 6 | (uint32_t)value;
        held_bits += 6;
        if (held_bits >= 8) {
            held_bits -= 8;
            to[done] = (uint8_t)(held >> held_bits);
            done++;
            held &= (UINT32_C(1) << held_bits) - 1;
        }
    }
    if (held != 0) {
        return LQ_ERR_MALFORMED;
    }
    *bytes = done;
    return LQ_OK;
}

size_t lq_base64url_encode(struct lq_view bytes, char *to)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    size_t count = lq_base64url_digits(bytes.bytes);

    for (size_t index = 0; index < count; index++) {
        size_t bit = index * 6;
        uint32_t pair = (uint32_t)bytes.data[bit / 8] << 8;
        if (bit / 8 + 1 < bytes.bytes) {
            pair |= bytes.data[bit / 8 + 1];
        }
        to[index] = digits[pair >> (10 - bit % 8) & 63];
    }
    to[count] = '\0';
    return count;
}
