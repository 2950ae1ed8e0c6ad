// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* lq-broker: carries ticks between actors. Wiring only. */
#include "broker/io/broker_shell.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/descriptor_limit.h"
#include "base/error_message.h"
#include "base/log.h"
#include "base/readiness.h"
#include "base/standard_output.h"
#include "broker/io/signal_flags.h"
#include "config.h"
#include "pipeline/document/pipeline_document.h"
#include "store/lmdb/map_guard.h"
#include "transport/accept_gate.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define ACTOR_CONNECTIONS_MAX 1024u
#define PROCESSES_WATCHED_MAX 512u /* pidfds */

enum { EXIT_USAGE = 64, EXIT_TRY_AGAIN = 71, EXIT_CONFIG = 78 };

static void print_help(void)
{
    size_t count;
    const struct lq_option *options = lq_broker_config_options(&count);

    puts("usage: lq-broker --config FILE [--instance NAME] [--help] [--version]\n\noptions of the "
         "configuration file:");
    lq_option_table_help(options, count, stdout);
    options = lq_cluster_options(&count);
    lq_option_table_help(options, count, stdout);
}

static const char *parse_arguments(int argc, char **argv, const char **instance)
{
    static const struct option names[] = {{"config", required_argument, NULL, 'c'},
                                          {"instance", required_argument, NULL, 'i'},
                                          {"help", no_argument, NULL, 'h'},
                                          {"version", no_argument, NULL, 'V'},
                                          {NULL, 0, NULL, 0}};
    const char *config = NULL;
    int name;

    while ((name = getopt_long(argc, argv, "c:i:h", names, NULL)) != -1) {
        if (name == 'c') {
            config = optarg;
        } else if (name == 'i') {
            *instance = optarg;
        } else if (name == 'V') {
            puts("lq-broker " PACKAGE_VERSION);
            exit(EXIT_SUCCESS);
        } else {
            print_help();
            exit(name == 'h' ? EXIT_SUCCESS : EXIT_USAGE);
        }
    }
    if (config == NULL) {
        fputs("lq-broker: --config FILE is required\n", stderr);
        exit(EXIT_USAGE);
    }
    return config;
}

static void read_configuration(struct lq_broker_shell *shell, const char *path)
{
    struct lq_error_message message;
    char effective[1024];
    size_t count;
    const struct lq_option *options = lq_broker_config_options(&count);
    size_t cluster_count;
    const struct lq_option *cluster = lq_cluster_options(&cluster_count);

    if (lq_config_file_load(path, cluster, cluster_count, &shell->cluster, &message) != LQ_OK ||
        lq_config_file_load(path, options, count, &shell->config, &message) != LQ_OK ||
        lq_pipeline_document_load(shell->config.pipeline, shell->config.policy, &shell->pipeline,
                                  &message) != LQ_OK) {
        lq_log_error("%s", message.text);
        exit(EXIT_CONFIG);
    }
    lq_log_open("lq-broker", "broker", (enum lq_log_level)shell->config.log_level);
    lq_option_table_effective(options, count, &shell->config, effective, sizeof effective);
    lq_log_info("configuration: %s", effective);
}

/* One broker a folder of sockets: the lock comes before anything is opened or bound, because
 * binding an ipc path silently takes it from whoever has it. Held until the process ends. */
static void lock_folder(const char *folder)
{
    char path[LQ_OPTION_TEXT_BYTES_MAX + 32];
    struct stat found;

    if (stat(folder, &found) != 0 || !S_ISDIR(found.st_mode) || (found.st_mode & 077) != 0) {
        lq_log_error("%s: must be a folder with mode 0700", folder);
        exit(EXIT_CONFIG);
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
static void raise_descriptor_limit(const struct lq_broker_shell *shell)
{
    struct lq_error_message message;
    uint64_t needed = LQ_DESCRIPTOR_LIMIT_BASE + PROCESSES_WATCHED_MAX +
                      LQ_ACCEPT_GATE_DESCRIPTORS(ACTOR_CONNECTIONS_MAX) +
                      LQ_ACCEPT_GATE_DESCRIPTORS(shell->config.clients_max) +
                      LQ_ACCEPT_GATE_DESCRIPTORS(shell->config.watchers_max);

    if (lq_descriptor_limit_raise(needed, &message) != LQ_OK) {
        lq_log_error("%s, or lower clients_max (%llu) or broker/watchers_max (%llu)", message.text,
                     (unsigned long long)shell->config.clients_max,
                     (unsigned long long)shell->config.watchers_max);
        exit(EXIT_CONFIG);
    }
}

static void lock_folders(const struct lq_broker_shell *shell)
{
    const char *runtime_dir = shell->cluster.runtime_dir;
    const char *bind_dir = shell->config.bind_dir;

    lock_folder(runtime_dir);
    if (bind_dir[0] != '\0' && !is_same_folder(bind_dir, runtime_dir)) {
        lock_folder(bind_dir);
    }
}

static lq_broker_store_t *open_store(struct lq_broker_shell *shell)
{
    char folder[LQ_OPTION_TEXT_BYTES_MAX + 16];
    struct lq_error_message message;
    lq_broker_store_t *store;
    char made_file[sizeof folder];
    struct lq_broker_store_options options = {folder, shell->config.store_map_bytes, made_file};

    snprintf(folder, sizeof folder, "%s/broker", shell->cluster.data_dir);
    snprintf(made_file, sizeof made_file, "%s/broker.made", shell->cluster.data_dir);
    lq_map_guard_arm("lq-broker", EXIT_CONFIG);
    enum lq_result result = lq_broker_store_open(&options, &store, &shell->epoch, &message);
    lq_map_guard_disarm();
    if (result != LQ_OK) {
        lq_log_error("%s", message.text);
        exit(result == LQ_ERR_BUSY || result == LQ_ERR_DISK_FULL ? EXIT_TRY_AGAIN : EXIT_CONFIG);
    }
    return store;
}

static void create_core(struct lq_broker_shell *shell)
{
    struct lq_broker_core_config config = {.epoch = shell->epoch, .pipeline = shell->pipeline};

    lq_broker_config_core(&shell->config, &config);
    if (config.seed == 0) {
        config.seed = lq_clock_wall_ns();
    }
    size_t bytes = shell->core_bytes = lq_broker_core_bytes(&config);
    /* Zero pages that nobody touches cost nothing: the pools are sized for a crowd. */
    shell->core_memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                              MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    LQ_ASSERT(shell->core_memory != MAP_FAILED);
    shell->core = lq_broker_core_new(&config, shell->core_memory, bytes);
}

static bool world_wanted(void *context, struct lq_view tenant, struct lq_view session)
{
    const struct lq_broker_shell *shell = context;

    return lq_frame_publisher_world_wanted(shell->publisher, tenant, session);
}

static void create_parts(struct lq_broker_shell *shell)
{
    shell->now_ns = shell->started_ns = lq_clock_monotonic_ns();
    shell->effects.count_max = LQ_SHELL_EFFECTS_MAX;
    shell->effects.entries = lq_alloc(LQ_SHELL_EFFECTS_MAX, sizeof *shell->effects.entries);
    shell->arena = (struct lq_arena){lq_alloc(1, LQ_SHELL_ARENA_BYTES), LQ_SHELL_ARENA_BYTES, 0};
    shell->scratch = lq_alloc(1, LQ_HEADER_BYTES_MAX);
    shell->meter = lq_alloc(1, sizeof *shell->meter);
    shell->buffers = lq_payload_buffers_new();
    shell->processes = lq_process_watch_new();
    shell->dispatches =
        lq_dispatch_writer_new(shell->epoch, shell->pipeline.hash, world_wanted, shell);
    shell->receipts = lq_receipt_writer_new(shell->epoch);
    create_core(shell);
}

static enum lq_result bind_endpoint(const struct lq_broker_shell *shell, enum lq_endpoint which,
                                    char *endpoint, size_t bytes_max,
                                    struct lq_error_message *message)
{
    return shell->config.bind_dir[0] == '\0'
               ? lq_cluster_endpoint(&shell->cluster, which, endpoint, bytes_max, message)
               : lq_cluster_endpoint_in(shell->config.bind_dir, "broker/bind_dir", which, endpoint,
                                        bytes_max, message);
}

static enum lq_result bind_router(struct lq_broker_shell *shell, enum lq_endpoint which,
                                  struct lq_router_options *options, lq_router_socket_t **router,
                                  struct lq_error_message *message)
{
    char endpoint[LQ_OPTION_TEXT_BYTES_MAX + 32];
    enum lq_result result = bind_endpoint(shell, which, endpoint, sizeof endpoint, message);

    options->endpoint = endpoint;
    options->part_bytes_max = LQ_BODY_BYTES_MAX;
    return result != LQ_OK ? result : lq_router_socket_open(options, router, message);
}

/* Bind last: whoever connects finds a broker that serves. */
static void bind_sockets(struct lq_broker_shell *shell)
{
    char endpoint[LQ_OPTION_TEXT_BYTES_MAX + 32];
    struct lq_error_message message;
    struct lq_router_options of_actors = {.peers_max = ACTOR_CONNECTIONS_MAX,
                                          .received_messages_max = 1024};
    /* Receipts are small; who does not read them sends again. */
    struct lq_router_options of_clients = {
        .peers_max = (uint32_t)shell->config.clients_max,
        .received_messages_max = 64,
        .send = {UINT64_C(16) << 20, UINT64_C(128) << 20},
    };
    enum lq_result result =
        bind_endpoint(shell, LQ_ENDPOINT_FRAMES, endpoint, sizeof endpoint, &message);

    if (result == LQ_OK) {
        result = lq_frame_publisher_open(endpoint, (uint32_t)shell->config.watchers_max,
                                         &shell->publisher, &message);
    }
    if (result == LQ_OK) {
        result = bind_router(shell, LQ_ENDPOINT_ACTORS, &of_actors, &shell->actors, &message);
    }
    if (result == LQ_OK) {
        result = bind_router(shell, LQ_ENDPOINT_CLIENTS, &of_clients, &shell->clients, &message);
    }
    if (result != LQ_OK) {
        lq_log_error("%s", message.text);
        lq_router_socket_close(&shell->actors);
        lq_frame_publisher_close(&shell->publisher);
        exit(EXIT_CONFIG);
    }
}

static void destroy_parts(struct lq_broker_shell *shell)
{
    lq_storage_thread_destroy(&shell->storage);
    lq_router_socket_close(&shell->clients);
    lq_router_socket_close(&shell->actors);
    lq_frame_publisher_close(&shell->publisher);
    lq_receipt_writer_destroy(&shell->receipts);
    lq_dispatch_writer_destroy(&shell->dispatches);
    lq_process_watch_destroy(&shell->processes);
    lq_payload_buffers_destroy(&shell->buffers);
    free(shell->meter);
    free(shell->scratch);
    free(shell->arena.memory);
    free(shell->effects.entries);
    munmap(shell->core_memory, shell->core_bytes);
}

/* Sessions and letters of before. Read under the guard: a damaged page may lead out of the file. */
static void recall(struct lq_broker_shell *shell, lq_broker_store_t *store)
{
    char folder[LQ_OPTION_TEXT_BYTES_MAX + 16];

    snprintf(folder, sizeof folder, "%s/broker", shell->cluster.data_dir);
    lq_map_guard_arm("lq-broker", EXIT_CONFIG);
    lq_map_guard_enter(folder, "sessions and letters");
    enum lq_result result = lq_storage_port_recall(shell, store);
    lq_map_guard_leave();
    lq_map_guard_disarm();
    if (result != LQ_OK) {
        lq_log_error("broker store %s: its sessions or letters cannot be read (%s)", folder,
                     lq_result_text(result));
        exit(result == LQ_ERR_CORRUPT || result == LQ_ERR_NOT_FOUND ? EXIT_CONFIG : EXIT_TRY_AGAIN);
    }
}

int main(int argc, char **argv)
{
    static struct lq_broker_shell shell;
    const char *instance = "broker";

    lq_signal_flags_catch();
    lq_standard_output_open("lq-broker");
    lq_log_open("lq-broker", instance, LQ_LOG_INFO);
    read_configuration(&shell, parse_arguments(argc, argv, &instance));
    signal(SIGPIPE, SIG_IGN); /* only now: --help into a pipe that closes ends as anywhere */
    raise_descriptor_limit(&shell);
    lock_folders(&shell);
    lq_broker_store_t *store = open_store(&shell);
    create_parts(&shell);
    shell.storage = lq_storage_thread_new(store);
    recall(&shell, store);
    umask(077);
    bind_sockets(&shell);
    lq_storage_thread_start(shell.storage);
    lq_readiness_notify();
    lq_log_info("serves: epoch %llu, pipeline of %u states", (unsigned long long)shell.epoch,
                shell.pipeline.state_count);
    lq_broker_loop_run(&shell, lq_signal_flags_stop());
    lq_log_info("stops as asked");
    lq_log_settle();
    destroy_parts(&shell);
    lq_broker_store_close(&store);
    return EXIT_SUCCESS;
}
