// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "gateway/infrastructure/port_holder.h"

#include <ctype.h>
#include <dirent.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
    PATH_BYTES = 300,
    LINE_BYTES = 512,
    LISTENING = 0x0a, /* TCP_LISTEN, as the kernel's table has it */
    COMMAND_BYTES_MAX = 200,
    LINES_MAX = 1 << 20 /* of the table */
};

struct holder {
    uint64_t inode;
    unsigned user;
};

/* A line of /proc/net/tcp or tcp6: "1: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000
 * 00000000 1000 0 12345 ...", numbers in hexadecimal but for user and inode. */
static bool find_listener(const char *table, uint16_t port, struct holder *holder)
{
    char line[LINE_BYTES];
    FILE *file = fopen(table, "re");
    bool found = false;

    for (int count = 0;
         file != NULL && !found && count < LINES_MAX && fgets(line, sizeof line, file) != NULL;
         count++) {
        unsigned at, state;
        found = sscanf(line,
                       " %*d: %*[0-9A-Fa-f]:%x %*[0-9A-Fa-f]:%*x %x %*[^ ] %*[^ ] %*[^ ] %u %*u "
                       "%" SCNu64,
                       &at, &state, &holder->user, &holder->inode) == 4 &&
                at == port && state == LISTENING;
    }
    if (file != NULL) {
        fclose(file);
    }
    return found;
}

static bool has_socket(const char *pid, uint64_t inode)
{
    char path[PATH_BYTES];
    char link[64];
    char wanted[64];
    bool found = false;

    snprintf(path, sizeof path, "/proc/%.16s/fd", pid);
    snprintf(wanted, sizeof wanted, "socket:[%" PRIu64 "]", inode);
    DIR *folder = opendir(path);
    const struct dirent *entry;
    while (folder != NULL && !found && (entry = readdir(folder)) != NULL) {
        snprintf(path, sizeof path, "/proc/%.16s/fd/%.16s", pid, entry->d_name);
        ssize_t bytes = readlink(path, link, sizeof link - 1);
        link[bytes < 0 ? 0 : bytes] = '\0';
        found = strcmp(link, wanted) == 0;
    }
    if (folder != NULL) {
        closedir(folder);
    }
    return found;
}

static void tell_process(const char *pid, char text[LQ_PORT_HOLDER_BYTES])
{
    char path[PATH_BYTES];
    char command[COMMAND_BYTES_MAX + 1];

    snprintf(path, sizeof path, "/proc/%.16s/cmdline", pid);
    FILE *file = fopen(path, "re");
    size_t bytes = file == NULL ? 0 : fread(command, 1, COMMAND_BYTES_MAX, file);
    if (file != NULL) {
        fclose(file);
    }
    while (bytes > 0 && command[bytes - 1] == '\0') {
        bytes--;
    }
    for (size_t at = 0; at < bytes; at++) {
        command[at] = isprint((unsigned char)command[at]) ? command[at] : ' ';
    }
    command[bytes] = '\0';
    snprintf(text, LQ_PORT_HOLDER_BYTES, "pid %.16s (%s)", pid, command);
}

void lq_port_holder_find(uint16_t port, char text[LQ_PORT_HOLDER_BYTES])
{
    struct holder holder = {.inode = 0};
    const struct dirent *entry;

    text[0] = '\0';
    if (!find_listener("/proc/net/tcp", port, &holder) &&
        !find_listener("/proc/net/tcp6", port, &holder)) {
        return;
    }
    snprintf(text, LQ_PORT_HOLDER_BYTES, "a program of user %u", holder.user);
    DIR *processes = opendir("/proc");
    while (processes != NULL && (entry = readdir(processes)) != NULL) {
        if (isdigit((unsigned char)entry->d_name[0]) && has_socket(entry->d_name, holder.inode)) {
            tell_process(entry->d_name, text);
            break;
        }
    }
    if (processes != NULL) {
        closedir(processes);
    }
}
