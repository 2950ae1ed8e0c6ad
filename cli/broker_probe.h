// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* broker_probe.h - whether a broker listens in a runtime folder, without waiting for its answer. */
#ifndef LQ_BROKER_PROBE_H
#define LQ_BROKER_PROBE_H

#include "config/config_file.h"

#include <stdbool.h>

#define LQ_BROKER_PROBE_MS 2000u /* a broker that restarts is back sooner */

/* Try to connect to the clients' socket until it works, for patience_ms at most. A socket that a
 * dead broker left behind refuses; a frozen broker's still accepts. Blocks. */
bool lq_broker_probe_listens(const struct lq_cluster_config *cluster, uint32_t patience_ms);

#endif
