// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* frame_text.h - a frame as READ tells it, as text and as JSON, without its world. */
#ifndef LQ_FRAME_TEXT_H
#define LQ_FRAME_TEXT_H

#include "cli/invocation.h"
#include "proto/reading.h"

#include <jansson.h>

/* "0123456789abcdef0123456789abcdef:7", as command show takes it, in `to`. */
#define LQ_FRAME_TEXT_NAME_BYTES 88
const char *lq_frame_text_name(const struct lq_client_id *client, uint64_t sequence, char *to);

/* Lines of commands, with what became of them, and of events; each begins with one of the labels.
 */
struct lq_frame_labels {
    const char *command, *event, *events;
};
void lq_frame_text_print(const struct lq_frame_entry *frame, const struct lq_frame_labels *labels);

const char *lq_frame_text_kind(const struct lq_frame_command *command); /* "Join" */
const char *lq_frame_text_outcome(uint8_t outcome);                     /* "applied", "refused" */

/* tenant, session, frame, hash, ..., commands, events; events are null where they are not known. */
json_t *lq_frame_text_json(const struct lq_session_path *path, const struct lq_frame_entry *frame);

#endif
