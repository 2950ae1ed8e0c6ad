// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "base/error_message.h"
#include "config/config_file.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define SOCKET_PATH_BYTES_MAX 107 /* sun_path without its NUL */
#define FIELD(name) offsetof(struct lq_cluster_config, name)

static const struct lq_option cluster_options[] = {
    {"cluster/name", LQ_OPTION_TEXT, FIELD(name), "", 0, 0, "ledgerquest",
     "name of this cluster, for people"},
    {"cluster/runtime_dir", LQ_OPTION_TEXT, FIELD(runtime_dir), "", 0, 0, "",
     "folder of sockets, locks and progress cells, mode 0700; must be set"},
    {"cluster/data_dir", LQ_OPTION_TEXT, FIELD(data_dir), "", 0, 0, "",
     "folder of the ledger, the broker's store and the keys; must be set"},
    {"keys/master_key_file", LQ_OPTION_TEXT, FIELD(master_key_file), "", 0, 0, "",
     "the master key; when empty, keys/master.key in the data folder"},
    {"store/map_bytes", LQ_OPTION_NUMBER, FIELD(map_bytes), "bytes", UINT64_C(1) << 20,
     UINT64_C(1) << 44, "64G", "size that a partition's memory map begins with"},
    {"store/map_bytes_max", LQ_OPTION_NUMBER, FIELD(map_bytes_max), "bytes", 0, UINT64_C(1) << 44,
     "4T", "size up to which a partition's memory map grows by itself"},
    {"store/reserve_hours", LQ_OPTION_NUMBER, FIELD(reserve_hours), "h", 0, 8760, "24",
     "DEGRADED when a partition's map or disk will be full sooner, as it grows; 0: never"},
    {"store/growth_window_s", LQ_OPTION_NUMBER, FIELD(growth_window_s), "s", 10, 604800, "3600",
     "over which a partition's growth is measured"},
    {"store/outbox_bytes_max", LQ_OPTION_NUMBER, FIELD(outbox_bytes_max), "bytes", 0,
     UINT64_C(1) << 44, "1G",
     "entries of a partition's outbox that a cursor has still to pass; beyond it the oldest go; "
     "0: no bound"},
    {"store/keyframe_every", LQ_OPTION_NUMBER, FIELD(keyframe_every), "", 1, 64, "64",
     "records of a session from one that holds its whole world to the last one that holds only "
     "what changed since, both counted"},
    {"store/cache_bytes", LQ_OPTION_NUMBER, FIELD(cache_bytes), "bytes", UINT64_C(1) << 20,
     UINT64_C(1) << 40, "64M",
     "memory of persist, and of each load, for the newest worlds: those that are not there are "
     "written and read whole"},
    {"store/frames_hours", LQ_OPTION_NUMBER, FIELD(frames_hours), "h", 0, 876000, "168",
     "for how long frames are kept of tenants that have no time of their own; 0: for ever"},
    {"store/partitions", LQ_OPTION_NUMBER, FIELD(partitions), "", 1, 1, "1",
     "partitions of the store"},
};

const struct lq_option *lq_cluster_options(size_t *count)
{
    *count = sizeof cluster_options / sizeof cluster_options[0];
    return cluster_options;
}

enum lq_result lq_cluster_complete(const char *path, const struct lq_option *table,
                                   struct lq_cluster_config *config,
                                   struct lq_error_message *message)
{
    if (table != cluster_options) {
        return LQ_OK;
    }
    if (config->runtime_dir[0] == '\0' || config->data_dir[0] == '\0') {
        lq_error_message_set(message, "%.256s: cluster/%s is not set", path,
                             config->runtime_dir[0] == '\0' ? "runtime_dir" : "data_dir");
        return LQ_ERR_INVALID;
    }
    if (config->master_key_file[0] == '\0') {
        int bytes = snprintf(config->master_key_file, sizeof config->master_key_file,
                             "%s/keys/master.key", config->data_dir);
        if (bytes < 0 || (size_t)bytes >= sizeof config->master_key_file) {
            lq_error_message_set(message, "%.256s: cluster/data_dir is too long a path", path);
            return LQ_ERR_INVALID;
        }
    }
    return LQ_OK;
}

struct lq_partition_paths lq_cluster_partition(const struct lq_cluster_config *config,
                                               uint32_t partition)
{
    struct lq_partition_paths paths;

    snprintf(paths.folder, sizeof paths.folder, "%s/ledger/%" PRIu32, config->data_dir, partition);
    snprintf(paths.made_file, sizeof paths.made_file, "%s/ledger-%" PRIu32 ".made",
             config->data_dir, partition);
    return paths;
}

enum lq_result lq_cluster_endpoint_in(const char *folder, const char *key, enum lq_endpoint which,
                                      char *to, size_t bytes_max, struct lq_error_message *message)
{
    static const char *const names[] = {"", "actors.sock", "clients.sock", "frames.sock"};

    LQ_ASSERT(which >= LQ_ENDPOINT_ACTORS);
    LQ_ASSERT(which <= LQ_ENDPOINT_FRAMES);
    int bytes = snprintf(to, bytes_max, "ipc://%s/%s", folder, names[which]);
    int path_bytes = bytes - (int)strlen("ipc://");
    if (bytes < 0 || (size_t)bytes >= bytes_max || path_bytes > SOCKET_PATH_BYTES_MAX) {
        lq_error_message_set(message,
                             "%.60s: the path %.256s/%s has %d bytes, a socket's path may have %d",
                             key, folder, names[which], path_bytes, SOCKET_PATH_BYTES_MAX);
        return LQ_ERR_LIMIT;
    }
    return LQ_OK;
}

enum lq_result lq_cluster_endpoint(const struct lq_cluster_config *config, enum lq_endpoint which,
                                   char *to, size_t bytes_max, struct lq_error_message *message)
{
    return lq_cluster_endpoint_in(config->runtime_dir, "cluster/runtime_dir", which, to, bytes_max,
                                  message);
}
