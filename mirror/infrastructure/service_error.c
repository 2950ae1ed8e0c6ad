// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "mirror/infrastructure/service_error.h"

#include <string.h>

static const char *first_text(const json_t *root, const char *const *names)
{
    const char *text = NULL;

    while (*names != NULL && text == NULL) {
        text = json_string_value(json_object_get(root, *names++));
    }
    return text != NULL ? text : "";
}

static void copy_printable(char *to, size_t bytes_max, const char *from, size_t bytes)
{
    bytes = bytes < bytes_max - 1 ? bytes : bytes_max - 1;
    for (size_t at = 0; at < bytes; at++) {
        to[at] = from[at];
        if (from[at] < ' ' || from[at] > '~') {
            to[at] = '?';
        }
    }
    to[bytes] = '\0';
}

void lq_service_error_read(const json_t *root, char *code, size_t code_bytes_max, char *text,
                           size_t text_bytes_max)
{
    static const char *const code_names[] = {"__type", "code", "Code", NULL};
    static const char *const text_names[] = {"message", "Message", NULL};
    const char *type = first_text(root, code_names);
    const char *words = first_text(root, text_names);
    const char *hash = strrchr(type, '#');

    type = hash != NULL ? hash + 1 : type;
    copy_printable(code, code_bytes_max, type, strcspn(type, ":"));
    copy_printable(text, text_bytes_max, words, strcspn(words, "\r\n"));
}
