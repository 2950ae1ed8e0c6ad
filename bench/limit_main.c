// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* lq-limit: how fast the transport and the disk alone would be. The same number of processes as a
 * cluster relay the same bytes in the same batches; the last one appends them to LMDB with an fsync
 * a batch; nothing else happens. The first process spawns the others and is their client. */
#include "base/alloc.h"
#include "base/clock.h"
#include "bench/command_line.h"
#include "bench/limit_client.h"
#include "bench/limit_report.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

volatile int lq_limit_stop;

struct settings {
    struct lq_limit_plan plan;
    uint64_t seconds, warmup, json;
    char role[LQ_OPTION_TEXT_BYTES_MAX];
};

#define NUMBER(key, field, unit, least, most, usual, help)                                         \
    {                                                                                              \
        key, LQ_OPTION_NUMBER, offsetof(struct settings, field), unit, least, most, usual, help    \
    }

static const struct lq_option options[] = {
    NUMBER("sessions", plan.sessions, "", 1, 1000000, "1000", "tokens under way"),
    NUMBER("bytes", plan.bytes, "bytes", 1, 65536, "1300", "of an item between load and persist"),
    NUMBER("first-bytes", plan.first_bytes, "bytes", 1, 65536, "120", "of an item towards load"),
    NUMBER("last-bytes", plan.last_bytes, "bytes", 1, 65536, "64", "of an item back from persist"),
    NUMBER("record-bytes", plan.record_bytes, "bytes", 0, 65536, "0",
           "of an item that are stored; 0: all"),
    NUMBER("batch", plan.batch_max, "items", 1, LQ_LIMIT_BATCH_MAX, "256", "in a message, at most"),
    NUMBER("credit", plan.credit, "batches", 1, 8, "2", "in flight for an actor"),
    NUMBER("actors", plan.actors, "", 1, LQ_LIMIT_ACTORS_MAX, "2",
           "of load, physics and ai each; persist has one"),
    NUMBER("seconds", seconds, "s", 1, 3600, "5", "measured"),
    NUMBER("warmup", warmup, "s", 0, 3600, "1", "before that"),
    {"dir", LQ_OPTION_TEXT, offsetof(struct settings, plan.folder), "", 0, 0, "/tmp",
     "where a folder for sockets and store is made, and removed at the end"},
    NUMBER("json", json, "flag", 0, 1, "0", "one JSON object on stdout"),
    {"role", LQ_OPTION_TEXT, offsetof(struct settings, role), "", 0, 0, "",
     "of a process that lq-limit spawns itself"},
};

static void on_stop_signal(int number)
{
    (void)number;
    lq_limit_stop = 1;
}

static void catch_stop_signals(void)
{
    struct sigaction action = {.sa_handler = on_stop_signal};

    sigemptyset(&action.sa_mask);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
}

static int run_role(const struct lq_limit_plan *plan, const char *role)
{
    pid_t parent = getppid();
    char *end = NULL;

    /* Whoever spawned us may be killed; then nobody else would end us. */
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != parent) {
        return EXIT_FAILURE;
    }
    if (strcmp(role, "broker") == 0) {
        return lq_limit_broker_run(plan);
    }
    unsigned long stage = strtoul(role, &end, 10);
    lq_limit_demand(stage < LQ_LIMIT_STAGES && *end == '.', role);
    return lq_limit_stage_run(plan, (uint32_t)stage, (uint32_t)strtoul(end + 1, NULL, 10));
}

static void make_folder(struct lq_limit_plan *plan)
{
    static const char name[] = "/lq-limit-XXXXXX";

    /* A socket's address has 107 bytes: with the longest name in the folder it has to fit. */
    lq_limit_demand(strlen(plan->folder) < 70, "--dir is too long for a socket's path");
    memcpy(plan->folder + strlen(plan->folder), name, sizeof name);
    lq_limit_demand(mkdtemp(plan->folder) != NULL, plan->folder);
}

static void remove_folder(const struct lq_limit_plan *plan)
{
    static const char *const names[] = {"store/data.mdb", "store/lock.mdb", "meter", "relay.sock"};
    char path[LQ_OPTION_TEXT_BYTES_MAX + 32];

    for (size_t index = 0; index < sizeof names / sizeof names[0]; index++) {
        snprintf(path, sizeof path, "%s/%s", plan->folder, names[index]);
        unlink(path);
    }
    snprintf(path, sizeof path, "%s/store", plan->folder);
    rmdir(path);
    rmdir(plan->folder);
}

/* The store is made by persist; its growth is what a tick costs on disk. */
static bool measure(const struct settings *settings, struct lq_limit_report *report)
{
    struct lq_limit_spawn spawn = {0};
    struct lq_limit_meter *meter = lq_limit_meter_map(&settings->plan);
    lq_limit_client_t *client = lq_limit_client_new(&settings->plan);
    uint64_t start_ns = lq_clock_monotonic_ns();

    lq_limit_spawn_start(&spawn, &settings->plan);
    (void)lq_limit_client_run(client, start_ns + settings->warmup * LQ_NS_PER_S, NULL);
    lq_limit_report_begin(report, &spawn, meter);
    start_ns = lq_clock_monotonic_ns();
    uint64_t ticks =
        lq_limit_client_run(client, start_ns + settings->seconds * LQ_NS_PER_S, &report->latency);
    lq_limit_report_end(report, &spawn, meter, ticks, lq_clock_monotonic_ns() - start_ns);
    lq_limit_client_destroy(&client);
    return lq_limit_spawn_end(&spawn);
}

int main(int argc, char **argv)
{
    struct settings settings;

    catch_stop_signals();
    lq_command_line_read(argc, argv, "how fast transport and disk alone relay ticks", options,
                         sizeof options / sizeof options[0], &settings);
    if (settings.plan.record_bytes == 0 || settings.plan.record_bytes > settings.plan.bytes) {
        settings.plan.record_bytes = settings.plan.bytes;
    }
    if (settings.role[0] != '\0') {
        return run_role(&settings.plan, settings.role);
    }
    struct lq_limit_report *report = lq_alloc(1, sizeof *report);
    make_folder(&settings.plan);
    bool well = measure(&settings, report);
    remove_folder(&settings.plan);
    lq_limit_report_print(report, settings.json != 0);
    free(report);
    return well && !lq_limit_stop ? EXIT_SUCCESS : EXIT_FAILURE;
}
