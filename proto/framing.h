// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* framing.h - the four bytes before every header part: 'L', 'Q', the wire version, the kind.
 *
 * A message has a header part (framing, then one protobuf message of that kind) and at most one
 * body part (payloads back to back). docs/protocol.md is the prose.
 */
#ifndef LQ_FRAMING_H
#define LQ_FRAMING_H

#include "base/result.h"
#include "base/view.h"

#define LQ_FRAMING_BYTES 4
#define LQ_FRAMING_VERSION_AT 2 /* of the bytes */
#define LQ_WIRE_VERSION 2
#define LQ_HEADER_BYTES_MAX (256u * 1024u)
#define LQ_BODY_BYTES_MAX (4u * 1024u * 1024u)
#define LQ_BATCH_ITEMS_MAX 256u
/* Kernel buffer of a connection: a batch goes over in few system calls. The system may allow less.
 */
#define LQ_SOCKET_BUFFER_BYTES (1024 * 1024)

enum lq_message_kind {
    LQ_MESSAGE_READY = 1, /* actor to broker */
    LQ_MESSAGE_RESULT,
    LQ_MESSAGE_PAUSED,
    LQ_MESSAGE_RESOLVED,     /* a Result whose items answer a RESOLVE: 1 done (committed) 4 returned
                                (not) */
    LQ_MESSAGE_HEARTBEAT,    /* both ways */
    LQ_MESSAGE_GOODBYE,      /* a Heartbeat: I retire, nothing of mine is in flight */
    LQ_MESSAGE_WELCOME = 16, /* broker to actor and client */
    LQ_MESSAGE_DISPATCH,
    LQ_MESSAGE_RESOLVE,
    LQ_MESSAGE_HELLO = 32, /* client to broker */
    LQ_MESSAGE_SUBMIT,
    LQ_MESSAGE_ADMIN,
    LQ_MESSAGE_WATCH,
    LQ_MESSAGE_RECEIPT = 48, /* broker to client */
    LQ_MESSAGE_ADMIN_REPLY,
    LQ_MESSAGE_FRAME,
    LQ_MESSAGE_WATCHING
};

static inline void lq_framing_put(uint8_t *to, enum lq_message_kind kind)
{
    to[0] = 'L';
    to[1] = 'Q';
    to[LQ_FRAMING_VERSION_AT] = LQ_WIRE_VERSION;
    to[3] = (uint8_t)kind;
}

/* The kind of a header part, and the protobuf message behind it. LQ_ERR_MALFORMED: too short or not
 * ours; LQ_ERR_VERSION: another wire version; LQ_ERR_LIMIT: longer than LQ_HEADER_BYTES_MAX. */
LQ_MUST_CHECK enum lq_result lq_framing_get(struct lq_view part, enum lq_message_kind *kind,
                                            struct lq_view *message);

#endif
