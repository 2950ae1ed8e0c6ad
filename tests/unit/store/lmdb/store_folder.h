// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* store_folder.h - a folder of its own for a test, under TMPDIR, and files in it. */
#ifndef LQ_STORE_FOLDER_H
#define LQ_STORE_FOLDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { LQ_STORE_FOLDER_PATH_MAX = 300 };

/* Make one; the path to `path` (LQ_STORE_FOLDER_PATH_MAX). */
void lq_store_folder_make(char *path);

/* Remove it with all that is in it. */
void lq_store_folder_remove(const char *path);

/* In every place of `file` where `found` lies, flip one bit of the byte `offset` bytes from it. How
 * often that was. LMDB leaves old copies of a page behind, hence every place. */
uint32_t lq_store_folder_flip(const char *file, const uint8_t *found, size_t found_bytes,
                              long offset);

/* Run `act` in a process of its own; what it returned. */
int lq_store_folder_in_child(int (*act)(void *context), void *context);

#endif
