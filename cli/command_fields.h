// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* command_fields.h - the fields of a command by name: from KEY=VALUE words, from a JSON object, and
 * back to JSON. Names are those of world/command.h. Custom bytes are written "custom" (text) or
 * "custom_hex". */
#ifndef LQ_COMMAND_FIELDS_H
#define LQ_COMMAND_FIELDS_H

#include "base/error_message.h"
#include "world/command.h"

#include <jansson.h>

/* A command and the memory of its custom bytes. */
struct lq_command_draft {
    struct lq_command command;
    uint8_t custom[LQ_CUSTOM_BYTES_MAX];
    uint32_t given; /* a bit for each field that was set */
};

/* Empty, of the kind that is named ("Join", in any case of letters). LQ_ERR_NOT_FOUND. */
LQ_MUST_CHECK enum lq_result lq_command_fields_begin(struct lq_command_draft *draft,
                                                     const char *kind,
                                                     struct lq_error_message *message);

/* "x=5", each field once. LQ_ERR_INVALID: `message` says why. */
LQ_MUST_CHECK enum lq_result lq_command_fields_set(struct lq_command_draft *draft, const char *word,
                                                   struct lq_error_message *message);

/* All of a JSON object's keys but "session" and "tenant". */
LQ_MUST_CHECK enum lq_result lq_command_fields_from_json(struct lq_command_draft *draft,
                                                         json_t *object,
                                                         struct lq_error_message *message);

/* The kind and the fields that are not zero. */
json_t *lq_command_fields_to_json(const struct lq_command *command);

const char *lq_command_fields_behavior_name(uint8_t behavior); /* "seek", ...; "?" */

/* A behaviour by name or number; 0: none. */
uint8_t lq_command_fields_behavior(const char *text);

#endif
