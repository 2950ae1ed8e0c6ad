// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* export_reader.h - an export (store/seal/export_seal.h) record by record, each checked before it
 * is given out. What the file says of lengths is believed within bounds alone. */
#ifndef LQ_EXPORT_READER_H
#define LQ_EXPORT_READER_H

#include "base/error_message.h"
#include "store/lmdb/ledger.h"
#include "store/seal/export_seal.h"
#include "world/world_limits.h"

#include <stdio.h>

struct lq_export_reader {
    FILE *stream; /* borrowed */
    uint8_t key[LQ_SEAL_KEY_BYTES];
    struct lq_export_header header;
    uint64_t next;               /* frame */
    bool over;                   /* the last one was read, and the end of the file is where it is */
    uint8_t hash[LQ_HASH_BYTES]; /* of the record before */
    uint8_t record[LQ_EXPORT_RECORD_EXTRA_BYTES + LQ_TICK_BYTES_MAX];
    uint8_t plain[LQ_RECORD_SALT_BYTES + LQ_TICK_BYTES_MAX];
};

/* The header. Any result but LQ_OK: `message` says why. LQ_ERR_MALFORMED: no export. LQ_ERR_KEY:
 * changed, or another key. LQ_ERR_VERSION, LQ_ERR_CORRUPT, LQ_ERR_IO. */
LQ_MUST_CHECK enum lq_result lq_export_reader_begin(struct lq_export_reader *reader, FILE *stream,
                                                    const uint8_t key[LQ_SEAL_KEY_BYTES],
                                                    struct lq_error_message *message);

/* The next record; its content lives until the next call. Of `info` frame, D, H and salt are set.
 * LQ_ERR_NOT_FOUND: all were read, the last is the one that the header vouches for, and nothing
 * follows. Else `message` says what is wrong with which frame: LQ_ERR_CORRUPT, LQ_ERR_VERSION,
 * LQ_ERR_IO. */
LQ_MUST_CHECK enum lq_result lq_export_reader_next(struct lq_export_reader *reader,
                                                   struct lq_record_info *info,
                                                   struct lq_view *content,
                                                   struct lq_error_message *message);

#endif
