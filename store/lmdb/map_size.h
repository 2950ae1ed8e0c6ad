// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* map_size.h - the size of an LMDB map while it is in use.
 *
 *   writer:  a group does not fit --abort--> the map is raised --> the same group again
 *   reader:  begin or renew says MDB_MAP_RESIZED --> it takes the size in the file --> again
 *
 * LMDB takes a map off and puts another one on, at another address, and does not look whether
 * somebody reads in it: no transaction of this process may be open, but those that were reset. The
 * new size comes into the file with the writer's next commit; a process that dies before has
 * changed nothing. Readers go on in what they see, and follow with their next transaction that
 * needs it.
 */
#ifndef LQ_MAP_SIZE_H
#define LQ_MAP_SIZE_H

#include "base/result.h"

#include <lmdb.h>
#include <stdint.h>

/* Of a writer that has just opened: go on with the size that the file has grown to, if the bound
 * still allows that. */
LQ_MUST_CHECK enum lq_result lq_map_size_begin(MDB_env *env, uint64_t map_bytes,
                                               uint64_t map_bytes_max);

/* Raise the map once, as store/core/map_growth.h says; between transactions. LQ_ERR_MAP_FULL,
 * LQ_ERR_DISK_FULL: it stays. LQ_ERR_IO: there is no map any more, close the environment. */
LQ_MUST_CHECK enum lq_result lq_map_size_raise(MDB_env *env, uint64_t map_bytes_max);

/* As mdb_txn_begin() and mdb_txn_renew(), following a map that a writer has raised, and raised
 * again, meanwhile. LMDB's codes. Without addresses for the larger map the process aborts. */
int lq_map_size_txn_begin(MDB_env *env, unsigned flags, MDB_txn **txn);
int lq_map_size_txn_renew(MDB_env *env, MDB_txn *txn);

#endif
