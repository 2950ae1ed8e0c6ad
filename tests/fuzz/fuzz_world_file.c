// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* The first world of a session, as lqctl reads it from JSON: a world within its limits, or a
 * message. */
#include "base/contract.h"
#include "base/error_message.h"
#include "cli/world_file.h"

#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    static struct lq_world world;
    static int descriptor = -1;
    char path[64];
    struct lq_error_message message = {""};
    const char *where = NULL;

    if (descriptor < 0) {
        descriptor = memfd_create("world", 0);
        LQ_ASSERT(descriptor >= 0);
    }
    LQ_ASSERT(ftruncate(descriptor, 0) == 0);
    LQ_ASSERT(pwrite(descriptor, data, bytes, 0) == (ssize_t)bytes);
    snprintf(path, sizeof path, "/proc/self/fd/%d", descriptor);
    enum lq_result result = lq_world_file_read(path, &world, &message);
    if (result == LQ_OK) {
        LQ_ASSERT(lq_world_check(&world, &where) == LQ_OK);
    } else {
        LQ_ASSERT(result == LQ_ERR_INVALID);
        LQ_ASSERT(message.text[0] != '\0');
    }
    return 0;
}
