// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "world/identity.h"

#include "world/world_limits.h"

static bool name_valid(struct lq_view name, size_t bytes_max)
{
    if (name.bytes == 0 || name.bytes > bytes_max || name.data[0] == '.') {
        return false;
    }
    for (size_t index = 0; index < name.bytes; index++) {
        uint8_t byte = name.data[index];
        bool letter = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
        bool digit = byte >= '0' && byte <= '9';

        if (!letter && !digit && byte != '.' && byte != '_' && byte != '-') {
            return false;
        }
    }
    return true;
}

bool lq_tenant_name_valid(struct lq_view name)
{
    return name_valid(name, LQ_TENANT_NAME_BYTES_MAX);
}

bool lq_session_name_valid(struct lq_view name)
{
    return name_valid(name, LQ_SESSION_NAME_BYTES_MAX);
}
