// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* key_file.h - a 32-byte key as 64 hex digits and a newline in a file of mode 0600. */
#ifndef LQ_KEY_FILE_H
#define LQ_KEY_FILE_H

#include "base/error_message.h"
#include "base/result.h"
#include "store/seal/sealed_box.h"

/* Read one. `message` says what is wrong with it.
 * LQ_ERR_NOT_FOUND: no such file. LQ_ERR_PERMISSION: others than its owner may read or write it, or
 * we may not. LQ_ERR_KEY: not 64 hex digits and a newline. */
LQ_MUST_CHECK enum lq_result lq_key_file_read(const char *path, uint8_t key[LQ_SEAL_KEY_BYTES],
                                              struct lq_error_message *message);

/* Zero a key that is no longer needed. */
void lq_key_file_forget(uint8_t key[LQ_SEAL_KEY_BYTES]);

/* Make a random key and store it; the file and its folder (0700 if made) are on disk on return.
 * LQ_ERR_EXISTS: a file is there already, whole or not, and is left as it is; read it. LQ_ERR_IO.
 */
LQ_MUST_CHECK enum lq_result lq_key_file_create(const char *path, struct lq_error_message *message);

#endif
