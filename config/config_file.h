// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* config_file.h - the configuration file of a cluster (ZPL, see zpl_reader.h), shared by all
 * programs.
 *
 * Every program reads the same file and takes the sections it knows; keys of a section it knows
 * must exist in its table. Unknown sections belong to other programs. Errors name file and line.
 */
#ifndef LQ_CONFIG_FILE_H
#define LQ_CONFIG_FILE_H

#include "base/error_message.h"
#include "base/option_table.h"

/* The keys every program needs. */
struct lq_cluster_config {
    char name[LQ_OPTION_TEXT_BYTES_MAX];
    char runtime_dir[LQ_OPTION_TEXT_BYTES_MAX];     /* sockets, locks, progress cells */
    char data_dir[LQ_OPTION_TEXT_BYTES_MAX];        /* ledger/PARTITION, broker, keys */
    char master_key_file[LQ_OPTION_TEXT_BYTES_MAX]; /* not set: DATA/keys/master.key */
    uint64_t map_bytes;                             /* of a partition at first */
    uint64_t map_bytes_max;   /* up to which it grows by itself; below map_bytes: not at all */
    uint64_t reserve_hours;   /* full sooner than in so many hours: DEGRADED; 0: never */
    uint64_t growth_window_s; /* over which growth is measured */
    uint64_t outbox_bytes_max;
    uint64_t keyframe_every; /* records from a keyframe to the last delta on it, both counted */
    uint64_t cache_bytes;    /* of a process, for contents at hand */
    uint64_t frames_hours;   /* frames are kept so long, unless a tenant has its own; 0: for ever */
    uint64_t partitions;
};

/* cluster/..., keys/..., store/... */
const struct lq_option *lq_cluster_options(size_t *count);

/* Fill `fields` from defaults, then from `path`. `message` is "FILE:LINE: what". A
 * program with several tables loads each; a section belongs to one table. Loading the cluster's
 * table ends with lq_cluster_complete(). */
LQ_MUST_CHECK enum lq_result lq_config_file_load(const char *path, const struct lq_option *table,
                                                 size_t count, void *fields,
                                                 struct lq_error_message *message);

/* When `table` is the cluster's: demand runtime_dir and data_dir, and say where the master key lies
 * when the file does not. Else nothing. `path` is for the message. */
LQ_MUST_CHECK enum lq_result lq_cluster_complete(const char *path, const struct lq_option *table,
                                                 struct lq_cluster_config *config,
                                                 struct lq_error_message *message);

/* Where a partition of the ledger lies: the folder data_dir/ledger/PARTITION, and beside them all
 * the note that it was made once. */
#define LQ_PARTITION_PATH_BYTES (LQ_OPTION_TEXT_BYTES_MAX + 32)
struct lq_partition_paths {
    char folder[LQ_PARTITION_PATH_BYTES];
    char made_file[LQ_PARTITION_PATH_BYTES];
};
struct lq_partition_paths lq_cluster_partition(const struct lq_cluster_config *config,
                                               uint32_t partition);

/* The endpoints in the runtime folder. LQ_ERR_LIMIT: the socket's path is longer than the 107 bytes
 * of a socket address; `message` says so. */
enum lq_endpoint { LQ_ENDPOINT_ACTORS = 1, LQ_ENDPOINT_CLIENTS, LQ_ENDPOINT_FRAMES };
LQ_MUST_CHECK enum lq_result lq_cluster_endpoint(const struct lq_cluster_config *config,
                                                 enum lq_endpoint which, char *to, size_t bytes_max,
                                                 struct lq_error_message *message);

/* The same in another folder; `key` is the one that names it, for the message. */
LQ_MUST_CHECK enum lq_result lq_cluster_endpoint_in(const char *folder, const char *key,
                                                    enum lq_endpoint which, char *to,
                                                    size_t bytes_max,
                                                    struct lq_error_message *message);

#endif
