// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* notes_again.h - the notes of the ledger that are told again, when entries of its outbox are gone
 * that the table lacks.
 *
 *     gone --begin--> each step's notes --read ahead of all else--> control stream --told--> the
 *     feed goes on where it stood: records, events; notes that are there already are passed over
 *
 * So a tenant's records never come before its name, and the records, none of which is ever trimmed,
 * all come, in their order. What is lost are events that were trimmed. */
#ifndef LQ_NOTES_AGAIN_H
#define LQ_NOTES_AGAIN_H

#include "mirror/handler/feed_note.h"
#include "mirror/handler/telling_port.h"

struct lq_notes_again {
    struct lq_ledger_source *source;
    struct lq_mirror_streams *streams;
    struct lq_table_port *port;
    struct lq_asked_telling *asked;
    struct lq_feed_run run; /* memory of its own */
    uint32_t next;          /* of them, the one to be packed next */
    uint64_t at;            /* the outbox is read ahead up to here */
    uint64_t told_to;       /* all notes up to here are packed, told again; 0: none was */
    uint64_t kept_after;    /* what lies behind this was kept when that was last looked at */
    uint64_t look_ns;       /* when to read on though nobody wakes it; UINT64_MAX: never */
};

void lq_notes_again_open(struct lq_notes_again *notes, struct lq_ledger_source *source,
                         struct lq_mirror_streams *streams, struct lq_table_port *port,
                         struct lq_asked_telling *asked);
void lq_notes_again_close(struct lq_notes_again *notes);

/* What follows entry `after` of the outbox is gone. Everything is to be told again; or, where it
 * was told again since, only events are lost. LQ_ERR_FULL: more tenants than mirror/tenants_max. */
LQ_MUST_CHECK enum lq_result lq_notes_again_begin(struct lq_notes_again *notes, uint64_t after);

/* Look what is kept now. */
LQ_MUST_CHECK enum lq_result lq_notes_again_look(struct lq_notes_again *notes);

static inline bool lq_notes_again_is_active(const struct lq_notes_again *notes)
{
    return lq_telling_is_active(&notes->asked->telling);
}

/* While it is active: read and pack notes, as much as has room. As lq_ledger_feed_read(). */
LQ_MUST_CHECK enum lq_result lq_notes_again_turn(struct lq_notes_again *notes, uint64_t now_ns);

#endif
