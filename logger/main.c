// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* lq-log: keeps what one instance writes on stderr, one JSON object a line, in a folder of files.
 */
#include "base/clock.h"
#include "base/contract.h"
#include "base/standard_output.h"
#include "config.h"
#include "logger/log_folder.h"
#include "logger/log_line.h"

#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { EXIT_USAGE = 64, OUT_BYTES = 2 * LQ_LOG_LINE_BYTES_MAX };

static volatile sig_atomic_t stop_asked;

/* Lines on their way: raw bytes without a newline yet, and objects not yet written. */
struct logger {
    struct lq_log_origin origin;
    struct lq_log_folder folder;
    char raw[LQ_LOG_LINE_RAW_BYTES_MAX];
    size_t raw_bytes;
    char out[OUT_BYTES];
    size_t out_bytes;
    uint64_t out_lines;
};

static void on_stop_signal(int number)
{
    (void)number;
    stop_asked = 1;
}

static void print_help(FILE *to)
{
    fputs(
        "usage: lq-log [--program NAME] [--instance NAME] [--level LEVEL] FOLDER\n\n"
        "Writes the lines of its standard input to FOLDER/current as JSON objects. What is not an\n"
        "object becomes the message of one, of the given program, instance and level (error).\n",
        to);
}

static const char *parse_arguments(int argc, char **argv, struct lq_log_origin *origin)
{
    static const struct option names[] = {
        {"program", required_argument, NULL, 'p'}, {"instance", required_argument, NULL, 'i'},
        {"level", required_argument, NULL, 'l'},   {"help", no_argument, NULL, 'h'},
        {"version", no_argument, NULL, 'v'},       {NULL, 0, NULL, 0}};
    int name;

    *origin = (struct lq_log_origin){"", "", "error"};
    while ((name = getopt_long(argc, argv, "h", names, NULL)) != -1) {
        switch (name) {
        case 'p':
            origin->program = optarg;
            break;
        case 'i':
            origin->instance = optarg;
            break;
        case 'l':
            origin->level = optarg;
            break;
        case 'v':
            puts("lq-log " PACKAGE_VERSION);
            exit(EXIT_SUCCESS);
        default:
            print_help(name == 'h' ? stdout : stderr);
            exit(name == 'h' ? EXIT_SUCCESS : EXIT_USAGE);
        }
    }
    if (optind + 1 != argc) {
        fputs("lq-log: wants one folder\n", stderr);
        exit(EXIT_USAGE);
    }
    return argv[optind];
}

/* As base/log.c writes it. */
static const char *format_time(char *to, size_t bytes_max)
{
    uint64_t now_ns = lq_clock_wall_ns();
    time_t seconds = (time_t)(now_ns / LQ_NS_PER_S);
    struct tm utc;
    size_t bytes;

    gmtime_r(&seconds, &utc);
    bytes = strftime(to, bytes_max, "%Y-%m-%dT%H:%M:%S", &utc);
    snprintf(to + bytes, bytes_max - bytes, ".%06uZ", (unsigned)(now_ns % LQ_NS_PER_S / 1000));
    return to;
}

static void add_line(struct logger *logger, const char *raw, size_t bytes)
{
    char time[64];
    size_t used = lq_log_line_form(&logger->origin, format_time(time, sizeof time), raw, bytes,
                                   logger->out + logger->out_bytes);

    logger->out_bytes += used;
    logger->out_lines += used > 0;
}

/* Says first what was lost before. */
static void add_loss(struct logger *logger)
{
    char text[160];

    snprintf(text, sizeof text, "%ju lines were lost here: the log could not be written: %s",
             (uintmax_t)logger->folder.lost_lines, strerror(logger->folder.lost_error));
    add_line(logger, text, strlen(text));
    logger->out_lines = 0;
}

/* What cannot be written is counted there: a full disk must not stop the work. */
static void write_out(struct logger *logger)
{
    if (logger->out_lines > 0) {
        lq_log_folder_write(&logger->folder, logger->out, logger->out_bytes, logger->out_lines);
    }
    logger->out_bytes = 0;
    logger->out_lines = 0;
}

static void take_line(struct logger *logger, const char *raw, size_t bytes)
{
    if (OUT_BYTES - logger->out_bytes < LQ_LOG_LINE_BYTES_MAX) {
        write_out(logger);
    }
    if (logger->out_bytes == 0 && logger->folder.lost_lines > 0) {
        add_loss(logger);
    }
    add_line(logger, raw, bytes);
}

/* All whole lines of what was read; a line longer than the buffer goes on as several. */
static void take_lines(struct logger *logger)
{
    const char *at = logger->raw;
    const char *end = logger->raw + logger->raw_bytes;
    const char *newline;

    while ((newline = memchr(at, '\n', (size_t)(end - at))) != NULL) {
        take_line(logger, at, (size_t)(newline - at));
        at = newline + 1;
    }
    if (at == logger->raw && logger->raw_bytes == sizeof logger->raw) {
        take_line(logger, at, logger->raw_bytes);
        at = end;
    }
    logger->raw_bytes = (size_t)(end - at);
    memmove(logger->raw, at, logger->raw_bytes);
    write_out(logger);
}

/* Until the last writer is gone, or, after a signal to stop, until nothing more is there. */
static void copy_input(struct logger *logger)
{
    struct sigaction action = {.sa_handler = on_stop_signal};
    struct pollfd input = {STDIN_FILENO, POLLIN, 0};
    static const struct timespec at_once = {0, 0};
    sigset_t stops, before;

    sigemptyset(&action.sa_mask);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    sigemptyset(&stops);
    sigaddset(&stops, SIGTERM);
    sigaddset(&stops, SIGINT);
    sigprocmask(SIG_BLOCK, &stops, &before);
    for (;;) {
        int ready = ppoll(&input, 1, stop_asked ? &at_once : NULL, &before);
        if (ready < 0 && errno == EINTR) {
            continue;
        }
        if (ready <= 0) {
            break;
        }
        ssize_t bytes = read(STDIN_FILENO, logger->raw + logger->raw_bytes,
                             sizeof logger->raw - logger->raw_bytes);
        if (bytes <= 0) {
            break;
        }
        logger->raw_bytes += (size_t)bytes;
        take_lines(logger);
    }
    if (logger->raw_bytes > 0) {
        take_line(logger, logger->raw, logger->raw_bytes);
        write_out(logger);
    }
}

int main(int argc, char **argv)
{
    static struct logger logger;
    lq_standard_output_open("lq-log");
    const char *folder = parse_arguments(argc, argv, &logger.origin);

    signal(SIGPIPE, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    lq_log_folder_open(&logger.folder, folder);
    copy_input(&logger);
    return EXIT_SUCCESS;
}
