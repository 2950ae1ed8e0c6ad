// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* The configuration file: whatever the bytes, each table is filled with values in their ranges, or
 * the message begins with the file's name and a line that the file has. */
#include "base/error_message.h"
#include "broker/io/broker_config.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static char path[64];

static int open_file(void)
{
    static int descriptor = -1;

    if (descriptor < 0) {
        descriptor = memfd_create("config", 0);
        LQ_ASSERT(descriptor >= 0);
        snprintf(path, sizeof path, "/proc/self/fd/%d", descriptor);
    }
    return descriptor;
}

static struct lq_view find_line(struct lq_view text, unsigned long number)
{
    const uint8_t *newline = memchr(text.data, '\n', text.bytes);

    while (--number > 0) {
        LQ_ASSERT(newline != NULL);
        text.bytes -= (size_t)(newline + 1 - text.data);
        text.data = newline + 1;
        newline = memchr(text.data, '\n', text.bytes);
    }
    return newline != NULL ? lq_view_of(text.data, (size_t)(newline - text.data)) : text;
}

/* FILE:LINE: SECTION/KEY: what, and other texts behind the line; or FILE: what. */
static void check_message(const struct lq_error_message *message, struct lq_view text)
{
    LQ_ASSERT(memchr(message->text, 0, sizeof message->text) != NULL);
    LQ_ASSERT(strncmp(message->text, path, strlen(path)) == 0);
    LQ_ASSERT(message->text[strlen(path)] == ':');
    char *rest;
    unsigned long number = strtoul(message->text + strlen(path) + 1, &rest, 10);
    if (number == 0) {
        return;
    }
    struct lq_view line = find_line(text, number);
    const char *slash = strchr(rest, '/');
    size_t key_bytes = slash != NULL ? strcspn(slash + 1, ":") : 0;
    LQ_ASSERT(slash == NULL || memmem(line.data, line.bytes, slash + 1, key_bytes) != NULL);
}

static void check_fields(const struct lq_option *table, size_t count, const void *fields)
{
    for (size_t index = 0; index < count; index++) {
        const uint8_t *field = (const uint8_t *)fields + table[index].offset;
        if (table[index].type == LQ_OPTION_TEXT) {
            LQ_ASSERT(memchr(field, '\0', LQ_OPTION_TEXT_BYTES_MAX) != NULL);
        } else {
            uint64_t number;
            memcpy(&number, field, sizeof number);
            LQ_ASSERT(number >= table[index].least);
            LQ_ASSERT(number <= table[index].most);
        }
    }
}

static void load(const struct lq_option *table, size_t count, void *fields, struct lq_view text)
{
    struct lq_error_message message = {""};

    if (lq_config_file_load(path, table, count, fields, &message) == LQ_OK) {
        check_fields(table, count, fields);
    } else {
        check_message(&message, text);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    int descriptor = open_file();
    size_t count;
    struct lq_cluster_config cluster;
    struct lq_broker_config broker;

    LQ_ASSERT(ftruncate(descriptor, 0) == 0);
    LQ_ASSERT(pwrite(descriptor, data, bytes, 0) == (ssize_t)bytes);
    const struct lq_option *table = lq_cluster_options(&count);
    load(table, count, &cluster, lq_view_of(data, bytes));
    table = lq_broker_config_options(&count);
    load(table, count, &broker, lq_view_of(data, bytes));
    return 0;
}
