// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "client/client_list.h"

#include "client/client_record.h"

void lq_client_list_append(struct lq_client_list *list, struct lq_client *client)
{
    struct lq_client_place *place = &client->places[list->kind];

    if (place->is_in) {
        return;
    }
    *place = (struct lq_client_place){.previous = list->last, .is_in = true};
    if (list->last == NULL) {
        list->first = client;
    } else {
        list->last->places[list->kind].next = client;
    }
    list->last = client;
}

void lq_client_list_remove(struct lq_client_list *list, struct lq_client *client)
{
    struct lq_client_place *place = &client->places[list->kind];

    if (!place->is_in) {
        return;
    }
    if (place->previous == NULL) {
        list->first = place->next;
    } else {
        place->previous->places[list->kind].next = place->next;
    }
    if (place->next == NULL) {
        list->last = place->previous;
    } else {
        place->next->places[list->kind].previous = place->previous;
    }
    *place = (struct lq_client_place){.is_in = false};
}
