// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "bench/process_usage.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NS_PER_S UINT64_C(1000000000)

/* The kernel's own count in nanoseconds, where it keeps one; it is per thread. */
static bool read_thread(const char *folder, const char *thread, uint64_t *cpu_ns)
{
    char path[512];
    char text[128];

    snprintf(path, sizeof path, "%s/%s/schedstat", folder, thread);
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        return false;
    }
    bool read = fgets(text, sizeof text, file) != NULL;
    fclose(file);
    *cpu_ns = read ? strtoull(text, NULL, 10) : 0;
    return read;
}

static bool read_threads(pid_t pid, uint64_t *cpu_ns)
{
    char path[64];
    const struct dirent *entry;
    bool any = false;

    snprintf(path, sizeof path, "/proc/%d/task", (int)pid);
    DIR *threads = opendir(path);
    if (threads == NULL) {
        return false;
    }
    while ((entry = readdir(threads)) != NULL) {
        uint64_t thread_ns;
        if (entry->d_name[0] != '.' && read_thread(path, entry->d_name, &thread_ns)) {
            *cpu_ns += thread_ns;
            any = true;
        }
    }
    closedir(threads);
    return any;
}

/* In clock ticks, 10 ms as a rule: fields 14 and 15, counted from behind the name in brackets. */
static bool read_stat(pid_t pid, uint64_t *cpu_ns)
{
    char path[64];
    char text[1024];
    uint64_t user;
    uint64_t kernel;

    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        return false;
    }
    const char *line = fgets(text, sizeof text, file);
    fclose(file);
    const char *behind_name = line != NULL ? strrchr(text, ')') : NULL;
    if (behind_name == NULL ||
        sscanf(behind_name + 1, " %*c %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %" SCNu64 " %" SCNu64,
               &user, &kernel) != 2) {
        return false;
    }
    *cpu_ns = (user + kernel) * (NS_PER_S / (uint64_t)sysconf(_SC_CLK_TCK));
    return true;
}

static bool read_memory(pid_t pid, struct lq_process_usage *usage)
{
    char path[64];
    char line[256];

    snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        return false;
    }
    while (fgets(line, sizeof line, file) != NULL) {
        if (strncmp(line, "RssAnon:", 8) == 0 || strncmp(line, "RssShmem:", 9) == 0) {
            usage->own_bytes += strtoull(strchr(line, ':') + 1, NULL, 10) * 1024;
        } else if (strncmp(line, "RssFile:", 8) == 0) {
            usage->file_bytes = strtoull(line + 8, NULL, 10) * 1024;
        }
    }
    fclose(file);
    return true;
}

bool lq_process_usage_read(pid_t pid, struct lq_process_usage *usage)
{
    *usage = (struct lq_process_usage){0};
    if (!read_threads(pid, &usage->cpu_ns) && !read_stat(pid, &usage->cpu_ns)) {
        return false;
    }
    return read_memory(pid, usage);
}
