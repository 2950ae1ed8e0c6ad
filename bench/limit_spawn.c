// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "bench/limit_spawn.h"

#include <inttypes.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

const char *const lq_limit_stage_names[LQ_LIMIT_STAGES] = {"load", "physics", "ai", "persist"};

/* The plan goes along as options, in the order of `names`. */
static void start(struct lq_limit_process *process, const struct lq_limit_plan *plan)
{
    const struct {
        const char *name;
        uint64_t value;
    } numbers[] = {
        {"--sessions", plan->sessions},
        {"--bytes", plan->bytes},
        {"--first-bytes", plan->first_bytes},
        {"--last-bytes", plan->last_bytes},
        {"--record-bytes", plan->record_bytes},
        {"--batch", plan->batch_max},
        {"--credit", plan->credit},
        {"--actors", plan->actors},
    };
    enum { NUMBERS = sizeof numbers / sizeof numbers[0] };
    char values[NUMBERS][24];
    char name[] = "lq-limit";
    char role_name[] = "--role";
    char dir_name[] = "--dir";
    char folder[LQ_OPTION_TEXT_BYTES_MAX];
    char *arguments[6 + 2 * NUMBERS] = {name, role_name, process->role, dir_name, folder};

    memcpy(folder, plan->folder, sizeof folder);
    for (size_t index = 0; index < NUMBERS; index++) {
        snprintf(values[index], sizeof values[index], "%" PRIu64, numbers[index].value);
        arguments[5 + 2 * index] = (char *)(uintptr_t)numbers[index].name;
        arguments[6 + 2 * index] = values[index];
    }
    int code = posix_spawn(&process->pid, "/proc/self/exe", NULL, NULL, arguments, environ);
    lq_limit_demand(code == 0, "spawn a process");
}

void lq_limit_spawn_start(struct lq_limit_spawn *spawn, const struct lq_limit_plan *plan)
{
    struct lq_limit_process *process = &spawn->processes[0];

    snprintf(process->role, sizeof process->role, "broker");
    snprintf(process->name, sizeof process->name, "broker");
    start(process, plan);
    spawn->count = 1;
    for (uint32_t stage = 0; stage < LQ_LIMIT_STAGES; stage++) {
        for (uint32_t actor = 1; actor <= lq_limit_actors(plan, stage); actor++) {
            process = &spawn->processes[spawn->count++];
            snprintf(process->role, sizeof process->role, "%u.%u", stage, actor);
            snprintf(process->name, sizeof process->name, "%s-%u", lq_limit_stage_names[stage],
                     actor);
            start(process, plan);
        }
    }
}

bool lq_limit_spawn_end(struct lq_limit_spawn *spawn)
{
    bool well = true;

    for (uint32_t index = 0; index < spawn->count; index++) {
        kill(spawn->processes[index].pid, SIGTERM);
    }
    for (uint32_t index = 0; index < spawn->count; index++) {
        int status = 0;
        if (waitpid(spawn->processes[index].pid, &status, 0) < 0 || !WIFEXITED(status) ||
            WEXITSTATUS(status) != 0) {
            fprintf(stderr, "lq-limit: %s did not end well\n", spawn->processes[index].name);
            well = false;
        }
    }
    spawn->count = 0;
    return well;
}
