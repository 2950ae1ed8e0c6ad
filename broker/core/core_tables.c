// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "broker/core/core_tables.h"

void lq_core_tables_copy_text(char *to, size_t bytes_max, struct lq_view text)
{
    size_t bytes = lq_view_cut(text, bytes_max - 1).bytes;

    if (bytes > 0) {
        memcpy(to, text.data, bytes);
    }
    to[bytes] = '\0';
}
