// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* letter_writer.h - an execution that died becomes a letter to be stored: all that is needed to
 * understand and repeat it. */
#ifndef LQ_LETTER_WRITER_H
#define LQ_LETTER_WRITER_H

#include "broker/io/dispatch_writer.h"
#include "broker/io/storage_job.h"

struct lq_letter_writer {
    const lq_broker_core_t *core;
    const lq_payload_buffers_t *buffers;
    lq_dispatch_writer_t *dispatches; /* makes the request that load was given */
};

/* A PUT_LETTER job, the caller's; the log has a line of it. */
struct lq_storage_job *lq_letter_writer_write(const struct lq_letter_writer *writer,
                                              uint32_t execution, uint64_t now_ns);

#endif
