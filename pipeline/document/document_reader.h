// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* document_reader.h - a JSON document being read: where in it the reader is, for messages that name
 * the line, and the checks that every object needs.
 */
#ifndef LQ_DOCUMENT_READER_H
#define LQ_DOCUMENT_READER_H

#include "base/error_message.h"
#include "base/result.h"
#include "pipeline/document/document_lines.h"
#include "pipeline/plan.h"

#include <jansson.h>

#define LQ_DOCUMENT_PATH_MAX 6u
#define LQ_DOCUMENT_SECONDS_MAX 1000000u
#define LQ_DOCUMENT_MS_MAX 1000000000u

/* A text under examination, and where in it: for messages. */
struct lq_document_reader {
    struct lq_view text;
    const char *name;
    struct lq_error_message *message;
    struct lq_document_step path[LQ_DOCUMENT_PATH_MAX];
    size_t depth;
    const char *state; /* NULL: outside of the states */
};

/* Go into a member or an element, and out again. */
void lq_document_reader_enter_key(struct lq_document_reader *reader, const char *key);
void lq_document_reader_enter_index(struct lq_document_reader *reader, size_t index);
void lq_document_reader_leave(struct lq_document_reader *reader);

/* LQ_ERR_INVALID, with the message "FILE:LINE: state X: what" about the place where the reader is,
 * or about `key` in it. */
LQ_MUST_CHECK enum lq_result lq_document_reader_refuse(struct lq_document_reader *reader,
                                                       const char *key, const char *format, ...)
    LQ_PRINTF(3, 4);

/* Every field of `object` is one of `known` (NULL ends the list). */
LQ_MUST_CHECK enum lq_result lq_document_reader_check_fields(struct lq_document_reader *reader,
                                                             const json_t *object,
                                                             const char *const *known,
                                                             const char *where);

/* The member is a text or absent. */
LQ_MUST_CHECK enum lq_result lq_document_reader_check_text(struct lq_document_reader *reader,
                                                           const json_t *object, const char *key);

/* A whole number in [least, most]; *to is untouched when the key is absent. */
LQ_MUST_CHECK enum lq_result lq_document_reader_whole(struct lq_document_reader *reader,
                                                      const json_t *object, const char *key,
                                                      uint32_t least, uint32_t most, uint32_t *to);

#endif
