// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* message_part.h - a part of a message: bytes that are received, shared and sent without a copy.
 *
 * A value that must not be copied by assignment: short parts (below 34 bytes) lie in it. What is
 * initialised is closed, by whoever has it; moved or sent, it is empty.
 */
#ifndef LQ_MESSAGE_PART_H
#define LQ_MESSAGE_PART_H

#include "base/view.h"

struct lq_message_part {
    _Alignas(void *) unsigned char own[64]; /* libzmq's */
};

/* Called when the last use of lent bytes has ended, in any thread. */
typedef void (*lq_message_part_give_back_fn)(void *bytes, void *hint);

void lq_message_part_init(struct lq_message_part *part); /* empty */

/* With room for so many bytes, which are returned to be written. */
uint8_t *lq_message_part_init_size(struct lq_message_part *part, size_t bytes);
void lq_message_part_init_copy(struct lq_message_part *part, struct lq_view bytes);

/* Over memory that stays where it is until it is given back. */
void lq_message_part_init_lent(struct lq_message_part *part, void *memory, size_t bytes,
                               lq_message_part_give_back_fn give_back, void *hint);
void lq_message_part_close(struct lq_message_part *part);

/* Both are initialised; what `to` had is closed. */
void lq_message_part_move(struct lq_message_part *to, struct lq_message_part *from);
void lq_message_part_share(struct lq_message_part *to, struct lq_message_part *from);

size_t lq_message_part_bytes(const struct lq_message_part *part);
struct lq_view lq_message_part_view(const struct lq_message_part *part);

/* Of a received part: the descriptor of the connection it came over, -1 if there is none; the
 * process that made this connection, as the kernel told it then, 0 if it did not. */
int lq_message_part_descriptor(struct lq_message_part *part);
uint32_t lq_message_part_pid(struct lq_message_part *part);

/* The public key of who sent it, over a connection with keys that the guard has let in; NULL of any
 * other. Lives as long as the part. */
const char *lq_message_part_key(struct lq_message_part *part);

#endif
