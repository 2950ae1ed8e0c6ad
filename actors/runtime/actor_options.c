// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "actors/runtime/actor_options.h"

#include "base/error_message.h"
#include "base/standard_output.h"
#include "config.h"

#include <getopt.h>
#include <stdio.h>

#define FIELD(name) offsetof(struct lq_actor_settings, name)

static const struct lq_option actor_table[] = {
    {"actor/credit", LQ_OPTION_NUMBER, FIELD(credit), "batches", 1, LQ_ACTOR_CREDIT_MAX, "2",
     "batches in flight to one actor"},
    {"actor/items_max", LQ_OPTION_NUMBER, FIELD(items_max), "items", 1, LQ_BATCH_ITEMS_MAX, "256",
     "items of one batch"},
    {"actor/bytes_max", LQ_OPTION_NUMBER, FIELD(bytes_max), "bytes", LQ_TICK_BYTES_MAX,
     LQ_BODY_BYTES_MAX, "1M", "payload bytes of one batch"},
    {"actor/log_level", LQ_OPTION_LEVEL, FIELD(log_level), "", 1, 4, "info",
     "debug, info, warning or error"},
};
#define ACTOR_TABLE_COUNT (sizeof actor_table / sizeof actor_table[0])

static void print_help(const struct lq_actor_options *options, const struct lq_batch_stage *stage)
{
    size_t count;
    const struct lq_option *cluster = lq_cluster_options(&count);

    printf("Usage: %s --config FILE [--instance NAME] [--help] [--version]\n\n"
           "Serves stage %s, version %u, of a LedgerQuest cluster.\n\n"
           "  --config FILE     the cluster's configuration\n"
           "  --instance NAME   name of this process, default %s-1\n"
           "  --help            this text\n"
           "  --version         of the program\n\n"
           "Keys of the configuration:\n",
           options->program, stage->name, stage->version, stage->name);
    lq_option_table_help(cluster, count, stdout);
    lq_option_table_help(actor_table, ACTOR_TABLE_COUNT, stdout);
    if (stage->options != NULL) {
        lq_option_table_help(stage->options, stage->option_count, stdout);
    }
}

/* The name becomes a file's. */
static bool instance_valid(const char *name)
{
    return name[0] != '.' && lq_session_name_valid(lq_view_text(name));
}

static bool read_files(struct lq_actor_options *options, const struct lq_batch_stage *stage)
{
    struct lq_error_message message;
    size_t count;
    const struct lq_option *cluster = lq_cluster_options(&count);

    if (lq_config_file_load(options->config_path, cluster, count, &options->cluster, &message) !=
            LQ_OK ||
        lq_config_file_load(options->config_path, actor_table, ACTOR_TABLE_COUNT,
                            &options->settings, &message) != LQ_OK ||
        (stage->options != NULL &&
         lq_config_file_load(options->config_path, stage->options, stage->option_count,
                             stage->option_fields, &message) != LQ_OK)) {
        lq_log_error("%s", message.text);
        return false;
    }
    return true;
}

static void log_effective(const struct lq_actor_options *options)
{
    char text[1000];
    size_t count;
    const struct lq_option *cluster = lq_cluster_options(&count);

    lq_option_table_effective(cluster, count, &options->cluster, text, sizeof text);
    lq_log_info("configuration: %s", text);
    lq_option_table_effective(actor_table, ACTOR_TABLE_COUNT, &options->settings, text,
                              sizeof text);
    lq_log_info("configuration: %s", text);
}

/* False: *exit_code says why the process ends here. */
static bool read_arguments(struct lq_actor_options *options, const struct lq_batch_stage *stage,
                           int argc, char **argv, int *exit_code)
{
    static const struct option long_options[] = {{"config", required_argument, NULL, 'c'},
                                                 {"instance", required_argument, NULL, 'i'},
                                                 {"help", no_argument, NULL, 'h'},
                                                 {"version", no_argument, NULL, 'V'},
                                                 {NULL, 0, NULL, 0}};
    int letter;

    while ((letter = getopt_long(argc, argv, "c:i:h", long_options, NULL)) != -1) {
        switch (letter) {
        case 'c':
            options->config_path = optarg;
            break;
        case 'i':
            if (!instance_valid(optarg)) {
                lq_log_error("--instance \"%.80s\": 1 to 64 of A-Z a-z 0-9 . _ -, no dot first",
                             optarg);
                *exit_code = LQ_ACTOR_EXIT_USAGE;
                return false;
            }
            snprintf(options->instance, sizeof options->instance, "%s", optarg);
            break;
        case 'h':
            print_help(options, stage);
            *exit_code = LQ_ACTOR_EXIT_OK;
            return false;
        case 'V':
            printf("%s %s\n", options->program, PACKAGE_VERSION);
            *exit_code = LQ_ACTOR_EXIT_OK;
            return false;
        default:
            *exit_code = LQ_ACTOR_EXIT_USAGE;
            return false;
        }
    }
    if (options->config_path == NULL || optind != argc) {
        lq_log_error("usage: %s --config FILE [--instance NAME] [--help]", options->program);
        *exit_code = LQ_ACTOR_EXIT_USAGE;
        return false;
    }
    return true;
}

/* As it was called: a user's stage need not be named after its program. */
static void name_program(struct lq_actor_options *options, const struct lq_batch_stage *stage,
                         const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *base = slash != NULL ? slash + 1 : path;

    if (base[0] != '\0') {
        snprintf(options->program, sizeof options->program, "%s", base);
    } else {
        snprintf(options->program, sizeof options->program, "lq-%s", stage->name);
    }
}

bool lq_actor_options_read(struct lq_actor_options *options, const struct lq_batch_stage *stage,
                           int argc, char **argv, int *exit_code)
{
    memset(options, 0, sizeof *options);
    name_program(options, stage, argc > 0 ? argv[0] : "");
    lq_standard_output_open(options->program);
    snprintf(options->instance, sizeof options->instance, "%s-1", stage->name);
    lq_log_open(options->program, "", LQ_LOG_INFO);
    if (!read_arguments(options, stage, argc, argv, exit_code)) {
        return false;
    }
    lq_log_open(options->program, options->instance, LQ_LOG_INFO);
    if (!read_files(options, stage)) {
        *exit_code = LQ_ACTOR_EXIT_CONFIG;
        return false;
    }
    lq_log_open(options->program, options->instance,
                (enum lq_log_level)options->settings.log_level);
    log_effective(options);
    return true;
}
