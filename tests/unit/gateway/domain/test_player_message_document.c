// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* The tables of docs/gateway-protocol.md are those of messages.def. LQ_TABLES_WRITE=FILE writes the
 * document with the tables as they are to be. */
#include "gateway/domain/player_message.h"

#include "tests/support/suite.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

TCase *lq_test_protocol_document(void);

#define BEGINS "<!-- messages.def -->\n"
#define ENDS "<!-- end of messages.def -->\n"

TCase *lq_test_protocol_document(void);

static char tables[65536];
static size_t tables_bytes;

static void LQ_PRINTF(1, 2) add(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    int bytes = vsnprintf(tables + tables_bytes, sizeof tables - tables_bytes, format, arguments);
    va_end(arguments);
    ck_assert(bytes >= 0 && tables_bytes + (size_t)bytes < sizeof tables);
    tables_bytes += (size_t)bytes;
}

static const char *type_text(const struct lq_player_field_row *row)
{
    static char text[96];

    switch (row->type) {
    case LQ_PLAYER_FIELD_TEXT:
        snprintf(text, sizeof text, "text, %.0f to %.0f bytes", row->least, row->most);
        break;
    case LQ_PLAYER_FIELD_COUNT_NUMBER:
        snprintf(text, sizeof text, "whole number, %.0f to %.0f", row->least, row->most);
        break;
    case LQ_PLAYER_FIELD_DOUBLE:
    case LQ_PLAYER_FIELD_FLOAT:
        snprintf(text, sizeof text, "number, %g to %g", row->least, row->most);
        break;
    case LQ_PLAYER_FIELD_FLAG:
        return "true or false";
    case LQ_PLAYER_FIELD_HEX:
        snprintf(text, sizeof text, "%.0f hex digits", row->most);
        break;
    case LQ_PLAYER_FIELD_BASE64:
        snprintf(text, sizeof text, "base64, at most %.0f bytes", row->most);
        break;
    default:
        return "a word";
    }
    return text;
}

static void add_client_fields(enum lq_player_message_type type)
{
    const struct lq_player_field_row *rows = lq_player_message_fields();
    bool has_any = false;

    for (uint32_t field = 0; field < LQ_PLAYER_FIELD_COUNT; field++) {
        const struct lq_player_field_row *row = &rows[field];
        if (row->message != type) {
            continue;
        }
        add("%s", has_any ? "" : "\n| field | | value | means |\n| --- | --- | --- | --- |\n");
        has_any = true;
        add("| `%s%s%s` | %s | %s | %s |\n", row->group, row->group[0] != '\0' ? "." : "",
            row->name, row->required ? "must" : "may", type_text(row), row->text);
    }
    add("\n");
}

static void add_client_messages(void)
{
    add("### From the client\n\n");
#define FROM_CLIENT(message, type, text)                                                           \
    add("**`%s`**: %s.\n", type, text);                                                            \
    add_client_fields(LQ_PLAYER_MESSAGE_##message);
#include "gateway/domain/messages.def"
    add("What a `command` has beside `number`, `kind` and `previous`:\n\n| kind | field | |\n"
        "| --- | --- | --- |\n");
#define NEED_TEXT_MUST "must"
#define NEED_TEXT_MAY "may"
#define COMMAND_FIELD(kind, field, need)                                                           \
    add("| `%s` | `%s` | %s |\n", lq_command_kind_name(LQ_COMMAND_##kind), #field,                 \
        NEED_TEXT_##need);
#include "gateway/domain/messages.def"
    add("\n");
}

struct gateway_row {
    const char *message, *field, *type, *need, *text;
};

static const struct gateway_row gateway_rows[] = {
#define GATEWAY_FIELD(message, field, type, need, text)                                            \
    {#message, field, type, NEED_TEXT_##need, text},
#include "gateway/domain/messages.def"
};

static void add_gateway_fields(const char *message)
{
    add("\n| field | | value | means |\n| --- | --- | --- | --- |\n");
    for (size_t at = 0; at < sizeof gateway_rows / sizeof gateway_rows[0]; at++) {
        const struct gateway_row *row = &gateway_rows[at];
        if (strcmp(row->message, message) == 0) {
            add("| `%s` | %s | %s | %s |\n", row->field, row->need, row->type, row->text);
        }
    }
    add("\n");
}

static void add_gateway_messages(void)
{
    add("### From the gateway\n\n");
#define TO_CLIENT(message, type, text)                                                             \
    add("**`%s`**: %s.\n", type, text);                                                            \
    add_gateway_fields(#message);
#include "gateway/domain/messages.def"
    add("### Close codes\n\n| code | word | means | an SDK |\n| --- | --- | --- | --- |\n");
#define CLOSE(name, code, word, means, sdk)                                                        \
    add("| %d | `%s` | %s | %s |\n", (int)(code), word, means, sdk);
#include "gateway/domain/messages.def"
}

static char *read_document(void)
{
    FILE *file = fopen(LQ_PROTOCOL_DOCUMENT, "r");
    static char text[131072];

    ck_assert_msg(file != NULL, "%s is not there", LQ_PROTOCOL_DOCUMENT);
    size_t bytes = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    text[bytes] = '\0';
    return text;
}

START_TEST(test_tables)
{
    char *text = read_document();
    const char *write_to = getenv("LQ_TABLES_WRITE");

    add_client_messages();
    add_gateway_messages();
    char *begins = strstr(text, BEGINS);
    const char *ends = strstr(text, ENDS);
    ck_assert_ptr_nonnull(begins);
    ck_assert_ptr_nonnull(ends);
    begins += strlen(BEGINS);
    if (write_to != NULL) {
        FILE *file = fopen(write_to, "w");
        ck_assert_ptr_nonnull(file);
        fprintf(file, "%.*s%s%s", (int)(begins - text), text, tables, ends);
        fclose(file);
        return;
    }
    ck_assert_msg((size_t)(ends - begins) == tables_bytes &&
                      memcmp(begins, tables, tables_bytes) == 0,
                  "the document's tables are not those of messages.def; LQ_TABLES_WRITE=FILE");
}
END_TEST

TCase *lq_test_protocol_document(void)
{
    TCase *tests = tcase_create("protocol_document");

    tcase_add_test(tests, test_tables);
    return tests;
}
