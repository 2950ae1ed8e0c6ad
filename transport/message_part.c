// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "transport/message_part.h"

#include "base/contract.h"

#include <assert.h>
#include <stdlib.h>
#include <zmq.h>

static_assert(sizeof(struct lq_message_part) == sizeof(zmq_msg_t), "libzmq's message fits");
static_assert(_Alignof(struct lq_message_part) >= _Alignof(zmq_msg_t), "libzmq's message fits");

static zmq_msg_t *message_of(struct lq_message_part *part)
{
    return (zmq_msg_t *)(void *)part;
}

/* libzmq reads what it declares as not const. */
static zmq_msg_t *read_only(const struct lq_message_part *part)
{
    return (zmq_msg_t *)(uintptr_t)part;
}

void lq_message_part_init(struct lq_message_part *part)
{
    zmq_msg_init(message_of(part));
}

uint8_t *lq_message_part_init_size(struct lq_message_part *part, size_t bytes)
{
    int rc = zmq_msg_init_size(message_of(part), bytes);

    LQ_ASSERT(rc == 0);
    return zmq_msg_data(message_of(part));
}

void lq_message_part_init_copy(struct lq_message_part *part, struct lq_view bytes)
{
    uint8_t *to = lq_message_part_init_size(part, bytes.bytes);

    if (bytes.bytes > 0) {
        memcpy(to, bytes.data, bytes.bytes);
    }
}

void lq_message_part_init_lent(struct lq_message_part *part, void *memory, size_t bytes,
                               lq_message_part_give_back_fn give_back, void *hint)
{
    int rc = zmq_msg_init_data(message_of(part), memory, bytes, give_back, hint);

    LQ_ASSERT(rc == 0);
}

void lq_message_part_close(struct lq_message_part *part)
{
    zmq_msg_close(message_of(part));
}

void lq_message_part_move(struct lq_message_part *to, struct lq_message_part *from)
{
    int rc = zmq_msg_move(message_of(to), message_of(from));

    LQ_ASSERT(rc == 0);
}

void lq_message_part_share(struct lq_message_part *to, struct lq_message_part *from)
{
    int rc = zmq_msg_copy(message_of(to), message_of(from));

    LQ_ASSERT(rc == 0);
}

size_t lq_message_part_bytes(const struct lq_message_part *part)
{
    return zmq_msg_size(read_only(part));
}

struct lq_view lq_message_part_view(const struct lq_message_part *part)
{
    return lq_view_of(zmq_msg_data(read_only(part)), zmq_msg_size(read_only(part)));
}

int lq_message_part_descriptor(struct lq_message_part *part)
{
    return zmq_msg_get(message_of(part), ZMQ_SRCFD);
}

/* libzmq notes the credentials when it accepts a connection: "localhost:UID:GID:PID". */
uint32_t lq_message_part_pid(struct lq_message_part *part)
{
    const char *address = zmq_msg_gets(message_of(part), "Peer-Address");
    const char *last = address != NULL ? strrchr(address, ':') : NULL;

    return last != NULL ? (uint32_t)strtoul(last + 1, NULL, 10) : 0;
}

/* The guard names who is let in by the key. */
const char *lq_message_part_key(struct lq_message_part *part)
{
    const char *user = zmq_msg_gets(message_of(part), "User-Id");

    return user != NULL && *user != '\0' ? user : NULL;
}
