// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* client_window_v1.h - the client windows as load 1 judged: every id is a client of its own, and
 * a full table gives the entry away that was silent longest, if for LQ_CLIENT_V1_SILENT_FRAMES.
 * Frozen. Pure; depends on world/. */
#ifndef LQ_CLIENT_WINDOW_V1_H
#define LQ_CLIENT_WINDOW_V1_H

#include "world/client_window.h"

#define LQ_CLIENT_V1_SILENT_FRAMES 10000u /* silence after which an entry may be given away */

/* As lq_client_windows_judge() and lq_client_windows_use(); the tick makes frame `frame_now`. */
enum lq_window_verdict lq_client_window_v1_judge(const struct lq_client_windows *windows,
                                                 const struct lq_client_id *client,
                                                 uint64_t sequence, uint64_t frame_now,
                                                 uint64_t *frame);
void lq_client_window_v1_use(struct lq_client_windows *windows, const struct lq_client_id *client,
                             uint64_t sequence, uint64_t frame);

#endif
