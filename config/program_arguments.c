// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "config/program_arguments.h"

#include "config/config_file.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

enum { EXIT_USAGE = 64 };

static void print_help(const struct lq_program *program)
{
    size_t count;
    const struct lq_option *cluster = lq_cluster_options(&count);

    printf("usage: %s --config FILE [--instance NAME] [--help] [--version]\n\noptions of the "
           "configuration file:\n",
           program->name);
    lq_option_table_help(program->options, program->option_count, stdout);
    lq_option_table_help(cluster, count, stdout);
}

const char *lq_program_arguments_parse(const struct lq_program *program, int argc, char **argv,
                                       const char **instance)
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
            printf("%s %s\n", program->name, program->version);
            exit(EXIT_SUCCESS);
        } else {
            print_help(program);
            exit(name == 'h' ? EXIT_SUCCESS : EXIT_USAGE);
        }
    }
    if (config == NULL) {
        fprintf(stderr, "%s: --config FILE is required\n", program->name);
        exit(EXIT_USAGE);
    }
    return config;
}
