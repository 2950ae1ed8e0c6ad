// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* client_list.h - clients in a row; each has a place in up to one list of each kind. No memory of
 * its own. Not part of the library's interface. */
#ifndef LQ_CLIENT_LIST_H
#define LQ_CLIENT_LIST_H

#include "base/contract.h"

#include <stdbool.h>

struct lq_client;

enum lq_client_list_kind {
    LQ_CLIENT_LIST_ALL,     /* of a link */
    LQ_CLIENT_LIST_BUSY,    /* of a lane: with commands outstanding */
    LQ_CLIENT_LIST_SENDING, /* of a lane: with commands to be sent; whose turn it is first */
    LQ_CLIENT_LIST_KINDS
};

/* A client's place in a list. */
struct lq_client_place {
    struct lq_client *previous, *next;
    bool is_in;
};

struct lq_client_list {
    enum lq_client_list_kind kind;
    struct lq_client *first, *last;
};

/* At the end; nothing if it is in. */
void lq_client_list_append(struct lq_client_list *list, struct lq_client *client);

/* Nothing if it is not in. */
void lq_client_list_remove(struct lq_client_list *list, struct lq_client *client);

#endif
