// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "proto/framing.h"

static bool kind_known(uint8_t kind)
{
    return (kind >= LQ_MESSAGE_READY && kind <= LQ_MESSAGE_GOODBYE) ||
           (kind >= LQ_MESSAGE_WELCOME && kind <= LQ_MESSAGE_RESOLVE) ||
           (kind >= LQ_MESSAGE_HELLO && kind <= LQ_MESSAGE_WATCH) ||
           (kind >= LQ_MESSAGE_RECEIPT && kind <= LQ_MESSAGE_WATCHING);
}

enum lq_result lq_framing_get(struct lq_view part, enum lq_message_kind *kind,
                              struct lq_view *message)
{
    if (part.bytes > LQ_HEADER_BYTES_MAX) {
        return LQ_ERR_LIMIT;
    }
    if (part.bytes < LQ_FRAMING_BYTES || part.data[0] != 'L' || part.data[1] != 'Q') {
        return LQ_ERR_MALFORMED;
    }
    if (part.data[LQ_FRAMING_VERSION_AT] != LQ_WIRE_VERSION) {
        return LQ_ERR_VERSION;
    }
    if (!kind_known(part.data[3])) {
        return LQ_ERR_MALFORMED;
    }
    *kind = (enum lq_message_kind)part.data[3];
    *message = lq_view_of(part.data + LQ_FRAMING_BYTES, part.bytes - LQ_FRAMING_BYTES);
    return LQ_OK;
}
