// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* table_walk.h - the entries of one stream of the table, in order, read page by page and checked by
 * segment_reader.h.
 *
 *     begin --read up to a segment--> entries --read on, later, up to another--> entries ...
 *
 * A stream may be read in parts, with others in between: what is kept of it is small. Where a part
 * ends in the middle of an entry, the next one begins with the segment in which that entry began.
 * Memory does not grow with the stream.
 *
 * A tenant's stream may begin with a later segment than 1, when those before have expired; whether
 * they have is for who has its bases (table_bases.h). */
#ifndef LQ_TABLE_WALK_H
#define LQ_TABLE_WALK_H

#include "mirror/domain/segment_key.h"
#include "mirror/domain/segment_reader.h"
#include "mirror/restore/table_asker.h"

/* A stream, and how far it was read. */
struct lq_table_stream {
    struct lq_segment_key key; /* its pk */
    uint64_t tenant_number;    /* 0: the control stream */
    uint64_t first_number;     /* of the oldest segment read; above 1: those before have expired */
    uint64_t first_before;     /* records up to this one were in segments before that */
    uint64_t number;           /* the newest segment read; 0: none */
    uint64_t after[LQ_SEGMENT_SOURCES]; /* sequences of the newest entries that were given */
    uint64_t whole_number;              /* a segment that ended with an entry; 0: none yet */
    uint8_t whole_digest[LQ_HASH_BYTES];
    uint64_t claim; /* of the newest segment read */
};

struct lq_table_walk {
    struct lq_table_asker *asker;
    uint32_t partition;
    struct lq_segment_reader reader;
    uint8_t *buffer; /* the reader's */
    uint64_t segments, entries, bytes;
};

/* `asker` outlives it. Closed by lq_table_walk_close(). */
void lq_table_walk_open(struct lq_table_walk *walk, struct lq_table_asker *asker,
                        uint32_t partition);
void lq_table_walk_close(struct lq_table_walk *walk);

/* An empty tenant: the control stream. */
void lq_table_walk_stream(struct lq_table_stream *stream, struct lq_view tenant, uint32_t partition,
                          uint64_t tenant_number);

/* The number of the stream's newest segment; 0: it has none. LQ_ERR_IO, `message`. */
LQ_MUST_CHECK enum lq_result lq_table_walk_newest(struct lq_table_walk *walk,
                                                  const struct lq_table_stream *stream,
                                                  uint64_t *number,
                                                  struct lq_error_message *message);

/* Called with each entry, in order, each once. Anything but LQ_OK ends the walk and is returned;
 * *why then says what is wrong with the entry (static; NULL: nothing is). */
typedef enum lq_result (*lq_table_walk_fn)(void *context, const struct lq_segment_entry *entry,
                                           const char **why);

/* Read on up to segment `end`, which is there, and behind what was read; 0: to the end.
 *
 * LQ_ERR_CORRUPT  a segment is missing or damaged, or an entry is; `message` names the stream, the
 *                 segment and what is wrong.
 * LQ_ERR_VERSION  a segment of a newer program, likewise.
 * LQ_ERR_IO       the table does not answer. */
LQ_MUST_CHECK enum lq_result lq_table_walk_read(struct lq_table_walk *walk,
                                                struct lq_table_stream *stream, uint64_t end,
                                                lq_table_walk_fn each, void *context,
                                                struct lq_error_message *message);

#endif
