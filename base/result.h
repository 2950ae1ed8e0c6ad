// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* result.h - the expected outcomes of a call. Bugs are assertions (contract.h), not results.
 *
 * State is unchanged on any result but LQ_OK, unless the function's comment says what changed.
 */
#ifndef LQ_RESULT_H
#define LQ_RESULT_H

#include "base/contract.h"

/* name, text */
#define LQ_RESULTS(X)                                                                              \
    X(OK, "ok")                                                                                    \
    X(ERR_INVALID, "invalid input")                                                                \
    X(ERR_LIMIT, "beyond a limit")                                                                 \
    X(ERR_MALFORMED, "malformed message")                                                          \
    X(ERR_VERSION, "unknown version")                                                              \
    X(ERR_NOT_FOUND, "not found")                                                                  \
    X(ERR_EXISTS, "exists already")                                                                \
    X(ERR_STALE, "stale")                                                                          \
    X(ERR_STATE, "not legal in this state")                                                        \
    X(ERR_FULL, "full")                                                                            \
    X(ERR_BUSY, "in use by another process")                                                       \
    X(ERR_CONFLICT, "conflict")                                                                    \
    X(ERR_CORRUPT, "corrupt")                                                                      \
    X(ERR_KEY, "wrong or missing key")                                                             \
    X(ERR_DISK_FULL, "disk full")                                                                  \
    X(ERR_MAP_FULL, "map full")                                                                    \
    X(ERR_IO, "input/output error")                                                                \
    X(ERR_UNREACHABLE, "unreachable")                                                              \
    X(ERR_TIMEOUT, "timed out")                                                                    \
    X(ERR_PERMISSION, "not permitted")

enum lq_result {
#define X(name, text) LQ_##name,
    LQ_RESULTS(X)
#undef X
};

/* The text of a result; static. */
const char *lq_result_text(enum lq_result result);

#endif
