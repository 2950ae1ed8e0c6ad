// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* wire_limits.h - what a message may be before anything decodes it.
 *
 * protobuf-c has no limit of its own: deep nesting overflows the stack, empty repeated messages
 * cost 70 times their size. So every message is walked once, without recursion, against its
 * descriptor: depth, fields, elements per column, wire types, unknown fields, truncation, UTF-8 of
 * strings, finite numbers. Only then is it unpacked, into an arena that is its budget.
 */
#ifndef LQ_WIRE_LIMITS_H
#define LQ_WIRE_LIMITS_H

#include "base/arena.h"
#include "base/result.h"
#include "base/view.h"

#define LQ_WIRE_DEPTH_MAX 8u
#define LQ_WIRE_FIELDS_MAX 16384u /* keys in one message, submessages included */
#define LQ_WIRE_ELEMENTS_MAX                                                                       \
    16384u /* entries of one repeated field: the outcomes of a full batch */

struct ProtobufCMessageDescriptor;
struct ProtobufCMessage;

/* LQ_ERR_MALFORMED or LQ_ERR_LIMIT; *where names the field (static text of the descriptor). */
LQ_MUST_CHECK enum lq_result
lq_wire_limits_check(const struct ProtobufCMessageDescriptor *descriptor, struct lq_view message,
                     const char **where);

/* Check, then unpack into `arena` (LQ_ERR_LIMIT when its budget is spent). The result lives as long
 * as the arena is not reset; nothing is to be freed. */
LQ_MUST_CHECK enum lq_result lq_wire_unpack(const struct ProtobufCMessageDescriptor *descriptor,
                                            struct lq_view message, struct lq_arena *arena,
                                            struct ProtobufCMessage **unpacked, const char **where);

#endif
