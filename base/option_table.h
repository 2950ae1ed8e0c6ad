// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* option_table.h - one table of a process's options: it fills the struct, prints the help and the
 * effective configuration. Reading the file is config/'s business.
 */
#ifndef LQ_OPTION_TABLE_H
#define LQ_OPTION_TABLE_H

#include "base/error_message.h"
#include "base/result.h"

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum lq_option_type {
    LQ_OPTION_TEXT = 1, /* char[LQ_OPTION_TEXT_BYTES_MAX] */
    LQ_OPTION_NUMBER,   /* uint64_t, with an optional suffix K, M, G, T (powers of 1024) */
    LQ_OPTION_LEVEL     /* uint64_t, an enum lq_log_level: its name, or 1 (debug) to 4 (error) */
};

#define LQ_OPTION_TEXT_BYTES_MAX 256

struct lq_option {
    const char *key; /* "broker/sessions_max" */
    enum lq_option_type type;
    size_t offset;        /* of the field in the process's struct */
    const char *unit;     /* "ms", "bytes", "" */
    uint64_t least, most; /* NUMBER */
    const char *usual;    /* the default, as text */
    const char *help;
};

/* Set every field to its default. Asserts that defaults are valid. */
void lq_option_table_defaults(const struct lq_option *table, size_t count, void *fields);

/* Set one option from text. LQ_ERR_NOT_FOUND: no such key. LQ_ERR_INVALID: `message`
 * says what was wrong and what is allowed. */
LQ_MUST_CHECK enum lq_result lq_option_table_set(const struct lq_option *table, size_t count,
                                                 void *fields, const char *key, const char *value,
                                                 struct lq_error_message *message);

/* The help text of all options. */
void lq_option_table_help(const struct lq_option *table, size_t count, FILE *to);

/* "key=value key=value ..." for the log, at most `bytes_max`. */
void lq_option_table_effective(const struct lq_option *table, size_t count, const void *fields,
                               char *to, size_t bytes_max);

#endif
