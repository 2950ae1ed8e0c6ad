// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* json_writer.h - JSON (RFC 8259) as text in memory that the caller lends, bounded by it.
 *
 *     begin_object, key, text, key, begin_array, number, number, end_array, end_object
 *
 * Commas are set here. What is not UTF-8 becomes U+FFFD, so that whatever a stage has put into a
 * text, the result is JSON. Beyond the memory nothing more is written and the bytes are counted
 * on: writer.bytes > writer.bytes_max tells it, and how much it would have been.
 *
 * Pure. Depends on base/.
 */
#ifndef LQ_JSON_WRITER_H
#define LQ_JSON_WRITER_H

#include "base/view.h"

enum { LQ_JSON_WRITER_DEPTH_MAX = 8 };

struct lq_json_writer {
    char *text; /* no NUL at its end */
    size_t bytes_max;
    size_t bytes; /* of the whole text, fitting or not */
    uint32_t depth;
    bool filled[LQ_JSON_WRITER_DEPTH_MAX + 1]; /* the next value of that depth needs a comma */
};

void lq_json_writer_start(struct lq_json_writer *writer, char *text, size_t bytes_max);

void lq_json_writer_begin_object(struct lq_json_writer *writer);
void lq_json_writer_end_object(struct lq_json_writer *writer);
void lq_json_writer_begin_array(struct lq_json_writer *writer);
void lq_json_writer_end_array(struct lq_json_writer *writer);

/* `name` is a literal of ours. */
void lq_json_writer_key(struct lq_json_writer *writer, const char *name);

void lq_json_writer_text(struct lq_json_writer *writer, struct lq_view text);
void lq_json_writer_number(struct lq_json_writer *writer, uint64_t number);
void lq_json_writer_signed(struct lq_json_writer *writer, int64_t number);
void lq_json_writer_double(struct lq_json_writer *writer, double number); /* finite; the shortest */
void lq_json_writer_float(struct lq_json_writer *writer, float number);   /* of number_text.h */
void lq_json_writer_boolean(struct lq_json_writer *writer, bool value);
void lq_json_writer_null(struct lq_json_writer *writer);

/* A text of hexadecimal digits, two a byte, lower case. */
void lq_json_writer_hex(struct lq_json_writer *writer, struct lq_view bytes);

/* A text in base64 (RFC 4648) with its padding. */
void lq_json_writer_base64(struct lq_json_writer *writer, struct lq_view bytes);

/* A key and its value. */
void lq_json_writer_key_text(struct lq_json_writer *writer, const char *name, struct lq_view text);
void lq_json_writer_key_number(struct lq_json_writer *writer, const char *name, uint64_t number);

#endif
