// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "pipeline/document/document_reader.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void lq_document_reader_enter_key(struct lq_document_reader *reader, const char *key)
{
    LQ_ASSERT(reader->depth < LQ_DOCUMENT_PATH_MAX);
    reader->path[reader->depth++] = (struct lq_document_step){key, 0};
}

void lq_document_reader_enter_index(struct lq_document_reader *reader, size_t index)
{
    LQ_ASSERT(reader->depth < LQ_DOCUMENT_PATH_MAX);
    reader->path[reader->depth++] = (struct lq_document_step){NULL, index};
}

void lq_document_reader_leave(struct lq_document_reader *reader)
{
    LQ_ASSERT(reader->depth > 0);
    reader->depth--;
}

enum lq_result lq_document_reader_refuse(struct lq_document_reader *reader, const char *key,
                                         const char *format, ...)
{
    struct lq_document_step path[LQ_DOCUMENT_PATH_MAX + 1];
    size_t depth = reader->depth;
    char what[320];
    va_list arguments;

    memcpy(path, reader->path, depth * sizeof path[0]);
    if (key != NULL) {
        path[depth++] = (struct lq_document_step){key, 0};
    }
    va_start(arguments, format);
    vsnprintf(what, sizeof what, format, arguments);
    va_end(arguments);
    lq_error_message_set(
        reader->message, "%s:%u: %s%.40s%s%s", reader->name,
        lq_document_lines_find(reader->text, path, depth), reader->state != NULL ? "state " : "",
        reader->state != NULL ? reader->state : "", reader->state != NULL ? ": " : "", what);
    return LQ_ERR_INVALID;
}

enum lq_result lq_document_reader_check_fields(struct lq_document_reader *reader,
                                               const json_t *object, const char *const *known,
                                               const char *where)
{
    const char *key;
    json_t *value;

    json_object_foreach((json_t *)object, key, value)
    {
        size_t index = 0;
        while (known[index] != NULL && strcmp(known[index], key) != 0) {
            index++;
        }
        if (known[index] == NULL) {
            return lq_document_reader_refuse(
                reader, key, "field %.80s is not one this engine knows in %s", key, where);
        }
    }
    return LQ_OK;
}

enum lq_result lq_document_reader_whole(struct lq_document_reader *reader, const json_t *object,
                                        const char *key, uint32_t least, uint32_t most,
                                        uint32_t *to)
{
    const json_t *value = json_object_get(object, key);

    if (value == NULL) {
        return LQ_OK;
    }
    if (!json_is_integer(value) || json_integer_value(value) < least ||
        json_integer_value(value) > most) {
        return lq_document_reader_refuse(reader, key, "%s must be a whole number from %u to %u",
                                         key, least, most);
    }
    *to = (uint32_t)json_integer_value(value);
    return LQ_OK;
}

enum lq_result lq_document_reader_check_text(struct lq_document_reader *reader,
                                             const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);

    if (value != NULL && !json_is_string(value)) {
        return lq_document_reader_refuse(reader, key, "%s must be a text", key);
    }
    return LQ_OK;
}
