// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* json_output.h - documents for programs: one JSON object a line on stdout, with its schema first.
 * What a document holds may grow, never change. */
#ifndef LQ_JSON_OUTPUT_H
#define LQ_JSON_OUTPUT_H

#include "base/view.h"
#include "world/tick.h"

#include <jansson.h>
#include <stdio.h>

/* Print `document` as "lqctl.NAME/v1" and release it. */
void lq_json_output_print(const char *name, json_t *document);

/* The same to a file; false: it could not be written. */
bool lq_json_output_write(const char *name, json_t *document, FILE *to);

/* New values: text (bytes that are no UTF-8 become hexadecimal digits), bytes as hexadecimal
 * digits, "dlq_<16 digits>", a 64-bit number, a session's configuration, a world as lists of
 * objects. */
json_t *lq_json_output_text(struct lq_view text);
json_t *lq_json_output_hex(const uint8_t *bytes, size_t count);
json_t *lq_json_output_letter_id(uint64_t id);
json_t *lq_json_output_number(uint64_t number);
json_t *lq_json_output_config(const struct lq_session_config *config);
json_t *lq_json_output_world(const struct lq_world *world);

#endif
