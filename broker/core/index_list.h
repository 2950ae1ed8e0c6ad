// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* index_list.h - lists of records that are linked by index.
 *
 *   list.first -> record -> record -> record <- list.last        a link of 0: the end
 *
 * The records of a pool keep their links in themselves; a record is in one list at a time for each
 * link that it has. Index 0 of every pool is no record. Pure, and all of it inline: the stride of
 * the links is known where it is called.
 */
#ifndef LQ_INDEX_LIST_H
#define LQ_INDEX_LIST_H

#include "base/contract.h"

#include <stddef.h>
#include <stdint.h>

struct lq_index_list {
    uint32_t first, last, count;
};

/* Where the records of a pool keep their links: that of record i lies i strides behind the base. */
struct lq_index_links {
    unsigned char *base;
    size_t stride;
};
#define LQ_INDEX_LINKS(records, link)                                                              \
    ((struct lq_index_links){(unsigned char *)&(records)->link, sizeof *(records)})

static inline uint32_t *lq_index_list_link(struct lq_index_links links, uint32_t index)
{
    return (uint32_t *)(void *)(links.base + links.stride * index);
}

static inline void lq_index_list_append(struct lq_index_list *list, struct lq_index_links links,
                                        uint32_t index)
{
    *lq_index_list_link(links, index) = 0;
    if (list->last != 0) {
        *lq_index_list_link(links, list->last) = index;
    } else {
        list->first = index;
    }
    list->last = index;
    list->count++;
}

static inline void lq_index_list_prepend(struct lq_index_list *list, struct lq_index_links links,
                                         uint32_t index)
{
    *lq_index_list_link(links, index) = list->first;
    list->first = index;
    if (list->last == 0) {
        list->last = index;
    }
    list->count++;
}

/* Take the first record out, or 0: the list is empty. Its link is no longer part of the list, but
 * left as it was. */
static inline uint32_t lq_index_list_take_first(struct lq_index_list *list,
                                                struct lq_index_links links)
{
    uint32_t index = list->first;

    if (index != 0) {
        list->first = *lq_index_list_link(links, index);
        list->count--;
        if (list->first == 0) {
            list->last = 0;
        }
    }
    return index;
}

/* Take a record out of the middle: as many steps as stand before it. It must be in the list. */
static inline void lq_index_list_remove(struct lq_index_list *list, struct lq_index_links links,
                                        uint32_t index)
{
    uint32_t *link = &list->first;
    uint32_t before = 0;

    while (*link != index) {
        LQ_ASSERT(*link != 0);
        before = *link;
        link = lq_index_list_link(links, before);
    }
    *link = *lq_index_list_link(links, index);
    if (list->last == index) {
        list->last = before;
    }
    list->count--;
}

/* Take up to `count_max` records off the front, as a list of their own in the same order. */
static inline struct lq_index_list lq_index_list_take_front(struct lq_index_list *list,
                                                            struct lq_index_links links,
                                                            uint32_t count_max)
{
    struct lq_index_list taken = {0};

    while (taken.count < count_max && list->first != 0) {
        lq_index_list_append(&taken, links, lq_index_list_take_first(list, links));
    }
    return taken;
}

/* One list of two; neither is one of its own any more. */
static inline struct lq_index_list lq_index_list_join(struct lq_index_links links,
                                                      struct lq_index_list front,
                                                      struct lq_index_list back)
{
    if (front.count == 0) {
        return back;
    }
    if (back.count == 0) {
        return front;
    }
    *lq_index_list_link(links, front.last) = back.first;
    return (struct lq_index_list){front.first, back.last, front.count + back.count};
}

#endif
