// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "proto/wire_text.h"

#include "base/little_endian.h"

static bool continues(uint8_t byte)
{
    return (byte & 0xc0) == 0x80;
}

/* The bytes of the sequence at `text` that a lead byte above 0x7f starts; 0: it is none. */
static size_t sequence_bytes(const uint8_t *text, size_t bytes)
{
    uint8_t lead = text[0];

    if (lead >= 0xc2 && lead <= 0xdf) {
        return bytes >= 2 && continues(text[1]) ? 2 : 0;
    }
    if (lead >= 0xe0 && lead <= 0xef) {
        bool whole = bytes >= 3 && continues(text[1]) && continues(text[2]);
        bool overlong = lead == 0xe0 && bytes >= 2 && text[1] < 0xa0;
        bool surrogate = lead == 0xed && bytes >= 2 && text[1] > 0x9f;
        return whole && !overlong && !surrogate ? 3 : 0;
    }
    if (lead >= 0xf0 && lead <= 0xf4) {
        bool whole = bytes >= 4 && continues(text[1]) && continues(text[2]) && continues(text[3]);
        bool overlong = lead == 0xf0 && bytes >= 2 && text[1] < 0x90;
        bool beyond = lead == 0xf4 && bytes >= 2 && text[1] > 0x8f;
        return whole && !overlong && !beyond ? 4 : 0;
    }
    return 0;
}

/* Whether eight bytes are all ASCII and none of them is NUL. */
static bool eight_plain(const uint8_t *text)
{
    uint64_t bytes = lq_get_u64(text);
    uint64_t tops = UINT64_C(0x8080808080808080);

    return ((bytes | (bytes - UINT64_C(0x0101010101010101))) & tops) == 0;
}

bool lq_wire_text_valid(const uint8_t *text, size_t bytes)
{
    size_t offset = 0;

    while (offset < bytes) {
        if (bytes - offset >= 8 && eight_plain(text + offset)) {
            offset += 8;
        } else if (text[offset] >= 0x80) {
            size_t sequence = sequence_bytes(text + offset, bytes - offset);
            if (sequence == 0) {
                return false;
            }
            offset += sequence;
        } else if (text[offset] == 0) {
            return false;
        } else {
            offset++;
        }
    }
    return true;
}
