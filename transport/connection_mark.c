// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "transport/connection_mark.h"

#include <sys/stat.h>

static uint64_t inode_of(int descriptor)
{
    struct stat found;

    return descriptor >= 0 && fstat(descriptor, &found) == 0 ? (uint64_t)found.st_ino : 0;
}

struct lq_connection_mark lq_connection_mark_of(struct lq_message_part *part)
{
    int descriptor = lq_message_part_descriptor(part);

    return (struct lq_connection_mark){descriptor, inode_of(descriptor)};
}

bool lq_connection_mark_stands(const struct lq_connection_mark *mark)
{
    return mark->inode != 0 && inode_of(mark->descriptor) == mark->inode;
}
