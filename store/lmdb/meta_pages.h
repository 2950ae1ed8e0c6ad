// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* meta_pages.h - the first two pages of an LMDB file, looked at from outside.
 *
 * Transaction n writes its meta page at page n % 2, and LMDB believes the one with the greater
 * number. So the two numbers differ by one, the even one in the first page: anything else means
 * that one was damaged or an older one was put in its place, and LMDB would show an older state of
 * the file, or none. A single bit can do that and leave two numbers that still follow each other;
 * so whoever writes a transaction also notes what the meta page of the one before looked like.
 * Layout: lmdb.h 0.9 on 64 bits (page header 16 bytes: number, pad, flags; then magic, version,
 * address, map size, free list, main tree, last page, transaction).
 */
#ifndef LQ_META_PAGES_H
#define LQ_META_PAGES_H

#include "base/result.h"
#include "store/core/hash_chain.h"

#include <stddef.h>

/* Look at `file`. LQ_ERR_NOT_FOUND: no such file, or one without a byte in it. LQ_ERR_STATE: it
 * ends within these two pages, because it was cut off or is only being made. LQ_ERR_CORRUPT: `why`
 * says which page and what. Reads again for a while before it says either, because a writer may be
 * writing one of them. LQ_ERR_IO, LQ_ERR_PERMISSION: it cannot be read, `why` says so. */
LQ_MUST_CHECK enum lq_result lq_meta_pages_check(const char *file, char *why, size_t why_bytes);

/* Digest of the meta page of `transaction` in the open file `fd`. LQ_ERR_STALE: it has been
 * overwritten by a newer one. LQ_ERR_CORRUPT: it cannot be read. */
LQ_MUST_CHECK enum lq_result lq_meta_pages_digest(int fd, uint64_t transaction,
                                                  uint8_t digest[LQ_HASH_BYTES]);

/* The size of the map that the newest meta page of the open file `fd` names. LQ_ERR_CORRUPT: it
 * cannot be read. */
LQ_MUST_CHECK enum lq_result lq_meta_pages_map_bytes(int fd, uint64_t *map_bytes);

#endif
