// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* descriptor_limit.h - room for every descriptor that the options of a process can ask for.
 *
 * libzmq ends the process when the kernel refuses it a descriptor, so a limit that is too low must
 * show at the start and not when it is reached.
 */
#ifndef LQ_DESCRIPTOR_LIMIT_H
#define LQ_DESCRIPTOR_LIMIT_H

#include "base/error_message.h"
#include "base/result.h"

#include <stdint.h>

/* Raise the soft limit (RLIMIT_NOFILE) to what the process needs, if it is lower. LQ_ERR_LIMIT: the
 * hard limit is too low as well; `message` says so. */
LQ_MUST_CHECK enum lq_result lq_descriptor_limit_raise(uint64_t needed,
                                                       struct lq_error_message *message);

/* What a process needs beside what its options ask for: files, logs, the descriptors of libzmq's
 * threads and sockets. */
#define LQ_DESCRIPTOR_LIMIT_BASE UINT64_C(64)

#endif
