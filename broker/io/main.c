// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* lq-broker: carries ticks between actors. Wiring only. */
#include "broker/io/broker_parts.h"

#include "base/descriptor_limit.h"
#include "base/error_message.h"
#include "base/log.h"
#include "base/readiness.h"
#include "base/standard_output.h"
#include "broker/io/signal_flags.h"
#include "config.h"
#include "config/program_configuration.h"
#include "pipeline/document/pipeline_document.h"
#include "store/lmdb/map_guard.h"
#include "transport/accept_gate.h"
#include "transport/processor_turns.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define PROCESSES_WATCHED_MAX 512u /* pidfds */

enum { EXIT_TRY_AGAIN = 71 };

static void read_configuration(struct lq_broker_parts *parts, const struct lq_program *program,
                               const char *path, const char *instance)
{
    struct lq_error_message message;

    lq_program_configuration_read(program, path, instance, &parts->cluster, &parts->config);
    if (lq_broker_config_check(&parts->config, &message) != LQ_OK ||
        lq_pipeline_document_load(parts->config.pipeline, parts->config.policy, &parts->pipeline,
                                  &message) != LQ_OK) {
        lq_log_error("%s", message.text);
        exit(LQ_PROGRAM_EXIT_CONFIG);
    }
}

/* One broker a folder of sockets: the lock comes before anything is opened or bound, because
 * binding an ipc path silently takes it from whoever has it. Held until the process ends. */
static void lock_folder(const char *folder)
{
    char path[LQ_OPTION_TEXT_BYTES_MAX + 32];
    struct stat found;

    if (stat(folder, &found) != 0 || !S_ISDIR(found.st_mode) || (found.st_mode & 077) != 0) {
        lq_log_error("%s: must be a folder with mode 0700", folder);
        exit(LQ_PROGRAM_EXIT_CONFIG);
    }
    snprintf(path, sizeof path, "%s/broker.lock", folder);
    int descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (descriptor < 0 || flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
        lq_log_error("%s: %s", path,
                     errno == EWOULDBLOCK ? "another broker serves this folder" : strerror(errno));
        exit(EXIT_TRY_AGAIN);
    }
}

static bool is_same_folder(const char *one, const char *other)
{
    struct stat of_one, of_other;

    return stat(one, &of_one) == 0 && stat(other, &of_other) == 0 &&
           of_one.st_dev == of_other.st_dev && of_one.st_ino == of_other.st_ino;
}

/* Room for every connection that the options allow, before anything depends on it. */
static void raise_descriptor_limit(const struct lq_broker_parts *parts)
{
    struct lq_error_message message;
    uint64_t needed = LQ_DESCRIPTOR_LIMIT_BASE + PROCESSES_WATCHED_MAX +
                      LQ_ACCEPT_GATE_DESCRIPTORS(LQ_BROKER_ACTOR_CONNECTIONS_MAX) +
                      LQ_ACCEPT_GATE_DESCRIPTORS(parts->config.clients_max) +
                      LQ_ACCEPT_GATE_DESCRIPTORS(parts->config.watchers_max);

    if (lq_descriptor_limit_raise(needed, &message) != LQ_OK) {
        lq_log_error("%s, or lower broker/clients_max (%llu) or broker/watchers_max (%llu)",
                     message.text, (unsigned long long)parts->config.clients_max,
                     (unsigned long long)parts->config.watchers_max);
        exit(LQ_PROGRAM_EXIT_CONFIG);
    }
}

static void lock_folders(const struct lq_broker_parts *parts)
{
    const char *runtime_dir = parts->cluster.runtime_dir;
    const char *bind_dir = parts->config.bind_dir;

    lock_folder(runtime_dir);
    if (bind_dir[0] != '\0' && !is_same_folder(bind_dir, runtime_dir)) {
        lock_folder(bind_dir);
    }
}

static lq_broker_store_t *open_store(struct lq_broker_parts *parts)
{
    char folder[LQ_OPTION_TEXT_BYTES_MAX + 16];
    struct lq_error_message message;
    lq_broker_store_t *store;
    char made_file[sizeof folder];
    const struct lq_broker_store_options options = {
        .folder = folder,
        .map_bytes = parts->config.store_map_bytes,
        .made_file = made_file,
        .outbox_bytes_max = parts->config.outbox_bytes_max,
    };

    snprintf(folder, sizeof folder, "%s/broker", parts->cluster.data_dir);
    snprintf(made_file, sizeof made_file, "%s/broker.made", parts->cluster.data_dir);
    lq_map_guard_arm("lq-broker", LQ_PROGRAM_EXIT_CONFIG);
    enum lq_result result = lq_broker_store_open(&options, &store, &parts->epoch, &message);
    lq_map_guard_disarm();
    if (result != LQ_OK) {
        lq_log_error("%s", message.text);
        exit(result == LQ_ERR_BUSY || result == LQ_ERR_DISK_FULL ? EXIT_TRY_AGAIN
                                                                 : LQ_PROGRAM_EXIT_CONFIG);
    }
    return store;
}

/* Bind last: whoever connects finds a broker that serves. */
static void bind_sockets(struct lq_broker_parts *parts)
{
    struct lq_error_message message;

    enum lq_result result = lq_broker_parts_bind(parts, &message);
    if (result != LQ_OK) {
        lq_log_error("%s", message.text);
        exit(result == LQ_ERR_LIMIT ? EXIT_TRY_AGAIN : LQ_PROGRAM_EXIT_CONFIG);
    }
}

/* Sessions and letters of before. Read under the guard: a damaged page may lead out of the file. */
static void recall(struct lq_broker_parts *parts, lq_broker_store_t *store)
{
    char folder[LQ_OPTION_TEXT_BYTES_MAX + 16];

    snprintf(folder, sizeof folder, "%s/broker", parts->cluster.data_dir);
    lq_map_guard_arm("lq-broker", LQ_PROGRAM_EXIT_CONFIG);
    lq_map_guard_enter(folder, "sessions and letters");
    enum lq_result result = lq_recall_run(&parts->recall, store);
    lq_map_guard_leave();
    lq_map_guard_disarm();
    if (result != LQ_OK) {
        lq_log_error("broker store %s: its sessions or letters cannot be read (%s)", folder,
                     lq_result_text(result));
        exit(result == LQ_ERR_CORRUPT || result == LQ_ERR_NOT_FOUND ? LQ_PROGRAM_EXIT_CONFIG
                                                                    : EXIT_TRY_AGAIN);
    }
}

int main(int argc, char **argv)
{
    static struct lq_broker_parts parts;
    const char *instance = "broker";

    lq_signal_flags_catch();
    lq_standard_output_open("lq-broker");
    lq_log_open("lq-broker", instance, LQ_LOG_INFO);
    struct lq_program program = {.name = "lq-broker", .version = PACKAGE_VERSION};
    program.options = lq_broker_config_options(&program.option_count);
    const char *path = lq_program_arguments_parse(&program, argc, argv, &instance);
    read_configuration(&parts, &program, path, instance);
    signal(SIGPIPE, SIG_IGN); /* only now: --help into a pipe that closes ends as anywhere */
    raise_descriptor_limit(&parts);
    lock_folders(&parts);
    lq_processor_turns_shorten();
    lq_broker_store_t *store = open_store(&parts);
    lq_broker_parts_create(&parts, store);
    recall(&parts, store);
    umask(077);
    bind_sockets(&parts);
    lq_storage_thread_start(parts.storage);
    lq_readiness_notify();
    lq_log_info("serves: epoch %llu, pipeline of %u states", (unsigned long long)parts.epoch,
                parts.pipeline.state_count);
    lq_broker_loop_run(&parts.loop, lq_signal_flags_stop());
    lq_log_info("stops as asked");
    lq_log_settle();
    lq_broker_parts_destroy(&parts);
    lq_broker_store_close(&store);
    return EXIT_SUCCESS;
}
