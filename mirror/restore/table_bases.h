// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* table_bases.h - the bases of a tenant's sessions: of each session the newest whole one, read page
 * by page. */
#ifndef LQ_TABLE_BASES_H
#define LQ_TABLE_BASES_H

#include "mirror/domain/base_reader.h"
#include "mirror/restore/table_walk.h"

enum { LQ_TABLE_BASES_RUN_BYTES_MAX = 8 * 1024 * 1024 };

/* The newest whole base of a session; `reader` is before its first record. Anything but LQ_OK ends
 * the walk and is returned; *why then says what is wrong with it (static; NULL: nothing is). */
typedef enum lq_result (*lq_table_bases_fn)(void *context, const struct lq_base_header *base,
                                            struct lq_base_reader *reader, const char **why);

struct lq_table_bases_options {
    struct lq_table_asker *asker;
    const struct lq_table_stream *stream; /* the tenant's */
    uint32_t partition;
    uint64_t *unfinished; /* counts slots whose pieces are not of one base; NULL: nobody asks */
    /* A piece that is not what it says itself, of which nothing comes; NULL: nobody asks */
    void (*on_damaged)(void *context, uint64_t session_number, const char *what);
    lq_table_bases_fn each;
    void *context;
};

/* A slot with pieces of two bases is passed over: it was being written. LQ_ERR_CORRUPT: an item
 * that is none; LQ_ERR_LIMIT: a base is longer than any may be; LQ_ERR_IO; `message`. */
LQ_MUST_CHECK enum lq_result lq_table_bases_read(const struct lq_table_bases_options *options,
                                                 struct lq_error_message *message);

#endif
