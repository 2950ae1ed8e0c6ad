// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* message_reader.h - the text of a client's message, read strictly: one JSON object, no name twice,
 * no field that its type does not have, every value in the range of its row in messages.def.
 */
#ifndef LQ_MESSAGE_READER_H
#define LQ_MESSAGE_READER_H

#include "gateway/domain/player_message.h"

/* Where custom bytes of the message read last lie; the rest is in the message itself. */
struct lq_message_reader {
    uint8_t custom[LQ_CUSTOM_BYTES_MAX];
};

/* LQ_ERR_MALFORMED: it is no message of this protocol; LQ_ERR_INVALID: it is one, of type
 * message->type and with the number that is given, but a field is missing or out of range. `reason`
 * (LQ_REASON_BYTES_MAX) names the field. Time and memory are bounded by the text's length. */
LQ_MUST_CHECK enum lq_result lq_message_reader_read(struct lq_message_reader *reader,
                                                    struct lq_view text,
                                                    struct lq_player_message *message,
                                                    char *reason);

#endif
