// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* outstanding.h - the commands of clients that have no receipt yet: slots that all of a link share,
 * and a list for each client, in the order of submission.
 *
 *   FREE --add--> QUEUED --mark_sent--> SENT --remove (receipt)--> FREE
 *                    ^                    |
 *                    +------ rewind ------+   everything is to be sent again, in order
 *
 * A slot is named by a tag: its index and its generation, so that a late answer cannot hit the next
 * command in the same slot, and no answer needs a look-up; and the round it was sent in
 * (quota_wait.h). What one message carries are slots of a list in a row, and only what has its
 * answer leaves the list: a run of a message is a run of the list. No socket, no clock; all memory
 * but that of long bodies is taken at the start. Depends on base/.
 */
#ifndef LQ_OUTSTANDING_H
#define LQ_OUTSTANDING_H

#include "base/result.h"
#include "base/view.h"

#define LQ_OUTSTANDING_NONE UINT32_MAX
#define LQ_OUTSTANDING_INDEX_BITS 20 /* of a tag; 12 more are the round's */
#define LQ_OUTSTANDING_SLOTS_MAX (UINT32_C(1) << LQ_OUTSTANDING_INDEX_BITS)
#define LQ_OUTSTANDING_SHORT_BYTES 64 /* longer bodies get memory of their own */

struct lq_client;

struct lq_outstanding_slot {
    uint64_t sequence;
    uint64_t submitted_ns;
    void *context;
    uint8_t *long_body;       /* NULL: the body is in short_body */
    struct lq_client *client; /* whose list it is in */
    uint64_t order;           /* grows from each slot of a list to the next */
    uint64_t sent_mark; /* of the message that had the last copy; grows with each of its lane */
    uint32_t generation;
    uint32_t session; /* the client's handle */
    uint32_t previous, next;
    uint32_t body_bytes;
    uint32_t sent_count; /* copies handed to the socket, but those of which it is known that they
                            were refused for a quota */
    uint32_t sent_round; /* of the last copy, as in its tag, plus one; 0: it was refused */
    bool is_old;         /* goes under the id before the client's (client_history.h) */
    bool sent_before;    /* by somebody else, perhaps: never counted as refused */
    uint8_t short_body[LQ_OUTSTANDING_SHORT_BYTES];
};

/* All of it is the caller's when it adds a command. */
struct lq_outstanding_command {
    struct lq_client *client;
    uint32_t session;
    uint64_t sequence;
    bool sent_before;
    struct lq_view body; /* copied */
    void *context;
};

/* The commands of one client. */
struct lq_outstanding_list {
    uint32_t count;
    uint32_t first; /* the oldest */
    uint32_t last;
    uint32_t unsent; /* the first that is to be sent; everything behind it as well */
};

struct lq_outstanding {
    struct lq_outstanding_slot *slots;
    uint32_t slot_count;
    uint32_t count; /* in use, of all lists */
    uint32_t free;  /* a list by `next` */
    uint64_t order; /* of the newest */
};

/* Memory for `slot_count` commands (may be 0). Released by lq_outstanding_release(). */
void lq_outstanding_init(struct lq_outstanding *table, uint32_t slot_count);
void lq_outstanding_release(struct lq_outstanding *table);

void lq_outstanding_list_init(struct lq_outstanding_list *list);

/* Append a command. LQ_OUTSTANDING_NONE: the table is full. */
uint32_t lq_outstanding_add(struct lq_outstanding *table, struct lq_outstanding_list *list,
                            const struct lq_outstanding_command *command, uint64_t now_ns);

/* The name of a slot's command towards the broker, for a message of this round (12 bits). */
uint64_t lq_outstanding_tag(const struct lq_outstanding *table, uint32_t index, uint32_t round);
uint32_t lq_outstanding_round(uint64_t tag);

/* The slot of a tag, or LQ_OUTSTANDING_NONE when that command has its receipt already (normal). */
uint32_t lq_outstanding_find(const struct lq_outstanding *table, uint64_t tag);

struct lq_view lq_outstanding_body(const struct lq_outstanding *table, uint32_t index);

/* How many copies of it may be executed, or may have been, as far as is known. */
uint32_t lq_outstanding_copies(const struct lq_outstanding *table, uint32_t index);

/* The command at `unsent` was handed to the socket, in this round and the message of this mark.
 * True: it is a copy of one that was sent before. */
bool lq_outstanding_mark_sent(struct lq_outstanding *table, struct lq_outstanding_list *list,
                              uint32_t round, uint64_t mark);

/* The copy of this round came back refused: it was not executed, and is none any more. */
void lq_outstanding_mark_refused(struct lq_outstanding *table, uint32_t index, uint32_t round);

/* Send everything of the list again, in order; or from this slot on, if it has been sent; or what
 * was sent in messages behind that of this mark. */
void lq_outstanding_rewind(struct lq_outstanding_list *list);
void lq_outstanding_rewind_to(const struct lq_outstanding *table, struct lq_outstanding_list *list,
                              uint32_t index);
void lq_outstanding_rewind_behind(const struct lq_outstanding *table,
                                  struct lq_outstanding_list *list, uint64_t mark);

/* Whether a run of one list can go from one slot to the other. */
bool lq_outstanding_in_order(const struct lq_outstanding *table, uint32_t first, uint32_t last);

/* The command has its answer: its slot is free again. */
void lq_outstanding_remove(struct lq_outstanding *table, struct lq_outstanding_list *list,
                           uint32_t index);

#endif
