// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* zpl_reader.h - a text in ZPL, the property language of ZeroMQ's RFC 4, one entry after the other,
 * each with its line. Pure: it reads memory that the caller lends.
 *
 *     # a comment; blank lines and comments are no entries
 *     section                     level 0
 *         key = value             level 1, and so on: 4 blanks a level
 *         key = "a # value"       in quotes of either kind; what is in them stands for itself
 *
 * A name has letters, digits and $-_@.&+/ and neither begins nor ends with a slash.
 */
#ifndef LQ_ZPL_READER_H
#define LQ_ZPL_READER_H

#include "base/result.h"
#include "base/view.h"

#define LQ_ZPL_LINE_BYTES_MAX 1024u

/* The views lie in the text. */
struct lq_zpl_entry {
    uint32_t line; /* from 1 */
    uint32_t level;
    struct lq_view name;
    struct lq_view value;
    bool has_value; /* there is a "=" */
};

struct lq_zpl_reader {
    struct lq_view rest;
    uint32_t line;      /* the newest that was read */
    uint32_t level_max; /* that the next entry may have */
    const char *wrong;  /* what is wrong with `line`, when something is */
};

struct lq_zpl_reader lq_zpl_reader_of(struct lq_view text);

/* LQ_OK: `entry` is the next. LQ_ERR_NOT_FOUND: there is none. LQ_ERR_INVALID: `reader->line` is
 * not well formed, and `reader->wrong` says in what way; the reader is of no more use. */
LQ_MUST_CHECK enum lq_result lq_zpl_reader_next(struct lq_zpl_reader *reader,
                                                struct lq_zpl_entry *entry);

#endif
