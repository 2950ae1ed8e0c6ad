// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* world_file.h - the first world of a session, read from JSON. */
#ifndef LQ_WORLD_FILE_H
#define LQ_WORLD_FILE_H

#include "base/error_message.h"
#include "world/world.h"

/* From a file, or stdin for "-". LQ_ERR_INVALID: `message` says what and where. */
LQ_MUST_CHECK enum lq_result lq_world_file_read(const char *path, struct lq_world *world,
                                                struct lq_error_message *message);

#endif
