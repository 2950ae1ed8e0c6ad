// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "examples/arena/arena_options.h"

#include "config.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { EXIT_USAGE = 2 };

static const char help[] =
    "usage: lq-arena [OPTION ...]\n"
    "\n"
    "Creates arena sessions and plays in them: each has a bot that joins, thrusts and pushes.\n"
    "\n"
    "example:\n"
    "  lq-arena --config run/ledgerquest.cfg --sessions 100 --seconds 20 --json\n"
    "\n"
    "options:\n"
    "  --config FILE             the cluster's configuration (else LQ_CONFIG,\n"
    "                            else ./run/ledgerquest.cfg)\n"
    "  --tenant NAME             (demo)\n"
    "  --prefix NAME             sessions are NAME-00001, NAME-00002, ... (arena)\n"
    "  --sessions N              (100)\n"
    "  --bodies N                in each session (20)\n"
    "  --agents N                in each session (10)\n"
    "  --rate N[/D]              grid ticks: N in D seconds (10)\n"
    "  --seconds S               how long to play; 0: until Ctrl-C (0)\n"
    "  --commands-per-second R   of each session (2)\n"
    "  --seed N                  of the worlds and the bots (1)\n"
    "  --json                    the summary as one JSON document on stdout\n"
    "  --version                 of this program\n"
    "\n"
    "exit codes: 0 played, 1 failed, 2 usage, 69 no broker\n";

static const struct option long_options[] = {
    {"config", required_argument, NULL, 'c'},
    {"tenant", required_argument, NULL, 't'},
    {"prefix", required_argument, NULL, 'p'},
    {"sessions", required_argument, NULL, 's'},
    {"bodies", required_argument, NULL, 'b'},
    {"agents", required_argument, NULL, 'a'},
    {"rate", required_argument, NULL, 'r'},
    {"seconds", required_argument, NULL, 'S'},
    {"commands-per-second", required_argument, NULL, 'C'},
    {"seed", required_argument, NULL, 'e'},
    {"json", no_argument, NULL, 'j'},
    {"help", no_argument, NULL, 'h'},
    {"version", no_argument, NULL, 'V'},
    {NULL, 0, NULL, 0},
};

static bool whole(const char *text, uint64_t most, uint64_t *value)
{
    char *end = NULL;

    *value = strtoull(text, &end, 10);
    return end != text && *end == '\0' && text[0] != '-' && *value <= most;
}

static bool number(const char *text, uint32_t most, uint32_t *value)
{
    uint64_t wide = 0;
    bool valid = whole(text, most, &wide);

    *value = (uint32_t)wide;
    return valid;
}

static bool decimal(const char *text, double most, double *value)
{
    char *end = NULL;

    *value = strtod(text, &end);
    return end != text && *end == '\0' && *value >= 0 && *value <= most;
}

static bool rate(const char *text, struct lq_arena_options *options)
{
    char rest = '\0';

    options->rate_denominator = 1;
    int count =
        sscanf(text, "%9u/%9u%c", &options->rate_numerator, &options->rate_denominator, &rest);
    bool whole_number = count == 1 && strspn(text, "0123456789") == strlen(text);
    return (whole_number || (count == 2 && text[0] != '-')) && options->rate_denominator > 0;
}

/* What the value of an option must be. */
static const char *wanted(int letter)
{
    switch (letter) {
    case 't':
        return "1 to 32 of [A-Za-z0-9._-]";
    case 'p':
        return "1 to 56 of [A-Za-z0-9._-]";
    case 's':
        return "1 to 1000000";
    case 'b':
    case 'a':
        return "0 to 2048";
    case 'r':
        return "N ticks a second, or N/D for N ticks in D seconds";
    case 'S':
        return "seconds from 0 to 1e9";
    case 'C':
        return "a number from 0 to 1e6";
    default:
        return "a whole number from 0 to 18446744073709551615";
    }
}

static bool set_option(struct lq_arena_options *options, int letter, const char *value)
{
    switch (letter) {
    case 'c':
        options->config_path = value;
        return true;
    case 't':
        options->tenant = value;
        return lq_tenant_name_valid(lq_view_text(value));
    case 'p':
        options->prefix = value;
        return lq_session_name_valid(lq_view_text(value)) &&
               strlen(value) + 8 <= LQ_SESSION_NAME_BYTES_MAX;
    case 's':
        return number(value, 1000000, &options->session_count) && options->session_count > 0;
    case 'b':
        return number(value, LQ_BODIES_MAX, &options->body_count);
    case 'a':
        return number(value, LQ_AGENTS_MAX, &options->agent_count);
    case 'r':
        return rate(value, options);
    case 'S':
        return decimal(value, 1e9, &options->seconds);
    case 'C':
        return decimal(value, 1e6, &options->commands_per_second);
    case 'e':
        return whole(value, UINT64_MAX, &options->seed);
    default:
        options->json = true;
        return true;
    }
}

bool lq_arena_options_read(int argc, char **argv, struct lq_arena_options *options, int *code)
{
    int letter = 0;
    int index = 0;

    *options = (struct lq_arena_options){
        .config_path = getenv("LQ_CONFIG"),
        .tenant = "demo",
        .prefix = "arena",
        .session_count = 100,
        .body_count = 20,
        .agent_count = 10,
        .rate_numerator = 10,
        .rate_denominator = 1,
        .commands_per_second = 2,
        .seed = 1,
    };
    *code = EXIT_USAGE;
    while ((letter = getopt_long(argc, argv, "h", long_options, &index)) != -1) {
        if (letter == 'h') {
            fputs(help, stdout);
            *code = EXIT_SUCCESS;
            return false;
        }
        if (letter == 'V') {
            puts("lq-arena " PACKAGE_VERSION);
            *code = EXIT_SUCCESS;
            return false;
        }
        if (letter == '?') {
            return false; /* getopt has said it */
        }
        if (!set_option(options, letter, optarg)) {
            fprintf(stderr, "lq-arena: --%s %s: must be %s\n", long_options[index].name, optarg,
                    wanted(letter));
            return false;
        }
    }
    if (optind < argc || options->agent_count > options->body_count) {
        fputs(optind < argc ? "lq-arena: only options are known; see --help\n"
                            : "lq-arena: an agent needs a body: --agents is more than --bodies\n",
              stderr);
        return false;
    }
    if (options->config_path == NULL || options->config_path[0] == '\0') {
        options->config_path = "./run/ledgerquest.cfg";
    }
    return true;
}
