// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* stall.h - the loop stood still: nobody else is to blame for the time that passed. */
#ifndef LQ_STALL_H
#define LQ_STALL_H

#include "broker/core/core_tables.h"

/* Leases and limits of silence move by the gap. The grid stays put. */
void lq_stall_forgive(struct lq_broker_core *core, uint64_t gap_ns);

#endif
