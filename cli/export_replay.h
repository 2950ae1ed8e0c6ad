// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* export_replay.h - the frames of an export, each checked and recomputed from the one before it. No
 * ledger, no cluster, no configuration. */
#ifndef LQ_EXPORT_REPLAY_H
#define LQ_EXPORT_REPLAY_H

#include "cli/frame_replay.h"

/* Whether the argument of replay means a file: there is one, and it is an export, or no session is
 * called so. */
bool lq_export_replay_is_file(const char *argument);

/* key_path NULL: PATH.key. `path` is whose frames they are. LQ_ERR_CORRUPT, LQ_ERR_KEY,
 * LQ_ERR_VERSION, LQ_ERR_MALFORMED, LQ_ERR_NOT_FOUND, LQ_ERR_IO, ...: `message` says what. */
LQ_MUST_CHECK enum lq_result lq_export_replay_file(struct lq_frame_replay *replay, const char *file,
                                                   const char *key_path,
                                                   struct lq_session_path *path,
                                                   struct lq_frame_replay_counts *counts,
                                                   struct lq_error_message *message);

#endif
