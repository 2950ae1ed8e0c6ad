// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* What documents and other languages say of a world's columns is what columns.def says.
 * LQ_COLUMNS_WRITE=1 writes those parts of them that are made from it. */
#include "world/world.h"

#include "tests/support/suite.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

TCase *lq_test_column_document(void);

struct row {
    const char *group, *name, *type, *form, *rule, *view, *json, *text;
    double limit;
    size_t bytes;
    unsigned wire;
};

static const struct row rows[] = {
#define LQ_COLUMN(group, name, type, form, rule, limit, initial, predictor, rate, wire, view,      \
                  json, text)                                                                      \
    {#group, #name, #type, #form, #rule, #view, json, text, limit, sizeof(LQ_COLUMN_##type), wire},
#include "world/columns.def"
};

#define ROWS (sizeof rows / sizeof rows[0])

static char part[16384];
static size_t part_bytes;

static void LQ_PRINTF(1, 2) add(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    int bytes = vsnprintf(part + part_bytes, sizeof part - part_bytes, format, arguments);
    va_end(arguments);
    ck_assert(bytes >= 0 && part_bytes + (size_t)bytes < sizeof part);
    part_bytes += (size_t)bytes;
}

static bool is(const char *word, const char *other)
{
    return strcmp(word, other) == 0;
}

/* ---- docs/ledger-format.md ---- */

static const char *type_text(const struct row *row)
{
    static const char *const texts[][2] = {
        {"U8", "`u8`"},   {"U32", "`u32`"},     {"I32", "`i32`"},    {"F32", "`f32`"},
        {"F64", "`f64`"}, {"BEHAVIOR", "`u8`"}, {"CLIENT", "client"}};

    for (size_t at = 0; at < sizeof texts / sizeof texts[0]; at++) {
        if (is(row->type, texts[at][0])) {
            return texts[at][1];
        }
    }
    ck_abort_msg("no text for type %s", row->type);
}

static void add_form(const struct row *row)
{
    if (is(row->form, "STEPS")) {
        add("short, steps of %s", type_text(row));
    } else if (is(row->form, "BODY_ROWS")) {
        add("short, `u16` row among the bodies, from 1, or 0");
    } else {
        add("%s, %s", is(row->form, "SHORT") ? "short" : "whole", type_text(row));
    }
}

static void add_rule(const struct row *row)
{
    if (is(row->rule, "WITHIN")) {
        add("%g to %g", -row->limit, row->limit);
    } else if (is(row->rule, "ABOVE_ZERO")) {
        add("above 0, to %g", row->limit);
    } else if (is(row->rule, "FROM_ZERO")) {
        add("0 to %g", row->limit);
    } else if (is(row->rule, "KNOWN")) {
        add("1 to %g", row->limit);
    } else if (is(row->rule, "ASCENDING")) {
        add("1 or more, ascending");
    } else if (is(row->rule, "OWNERS")) {
        add("ids of bodies, ascending");
    } else if (is(row->rule, "BODY")) {
        add("an id of a body");
    } else if (is(row->rule, "BODY_OR_NONE")) {
        add("an id of a body, or none");
    } else if (is(row->rule, "ORDERED")) {
        add("ascending, byte by byte");
    } else {
        ck_assert_str_eq(row->rule, "ANY");
        add("any");
    }
}

static void add_group(const char *group, const char *title, unsigned rows_max)
{
    add("\n**%s**, at most %u rows:\n\n| column | written | values | |\n"
        "| --- | --- | --- | --- |\n",
        title, rows_max);
    for (size_t at = 0; at < ROWS; at++) {
        if (is(rows[at].group, group)) {
            add("| `%s` | ", rows[at].name);
            add_form(&rows[at]);
            add(" | ");
            add_rule(&rows[at]);
            add(" | %s |\n", rows[at].text);
        }
    }
}

static void make_format_page(void)
{
    add_group("body", "bodies", LQ_BODIES_MAX);
    add_group("agent", "agents", LQ_AGENTS_MAX);
    add_group("player", "players", LQ_PLAYERS_MAX);
    add_group("tenant_bytes", "tenant bytes", LQ_TENANT_BYTES_MAX);
    add("\n");
}

/* ---- the Python reader ---- */

static void add_python(const char *group, const char *name)
{
    add("%s = (\n", name);
    for (size_t at = 0; at < ROWS; at++) {
        const struct row *row = &rows[at];
        bool is_short = is(row->form, "SHORT") || is(row->form, "BODY_ROWS");

        if (is(row->group, group)) {
            add("    (\"%s\", \"%s\", %zu),\n", row->name,
                is(row->form, "STEPS") ? "steps"
                : is_short             ? "short"
                                       : "whole",
                is(row->form, "BODY_ROWS") ? sizeof(uint16_t) : row->bytes);
        }
    }
    add(")\n");
}

static void make_python(void)
{
    add_python("body", "BODIES");
    add_python("agent", "AGENTS");
    add_python("player", "PLAYERS");
    add_python("tenant_bytes", "TENANT_BYTES");
}

/* ---- the SDK ---- */

static void add_words(const char *group, const char *view, const char *type)
{
    bool has_any = false;

    for (size_t at = 0; at < ROWS; at++) {
        const struct row *row = &rows[at];

        if ((group == NULL || is(row->group, group)) && (view == NULL || is(row->view, view)) &&
            (type == NULL || is(row->type, type))) {
            add("%s'%s'", has_any ? ", " : "", row->json);
            has_any = true;
        }
    }
}

static void make_sdk(void)
{
    add("const MOTION = [");
    add_words("body", "MOVES", NULL);
    add("];\nconst COLUMNS = [");
    add_words("body", NULL, NULL);
    add("];\nconst FLOATS = new Set([");
    add_words(NULL, NULL, "F32");
    add("]);\nconst LISTS = {\n  agents: [");
    add_words("agent", NULL, NULL);
    add("],\n  players: [");
    add_words("player", NULL, NULL);
    add(", 'attached'],\n};\n");
}

/* ---- the schema ---- */

static const char *schema_type(const struct row *row)
{
    static const char *const texts[][2] = {{"U32", "repeated fixed32"},
                                           {"I32", "repeated sfixed32"},
                                           {"F32", "repeated float"},
                                           {"F64", "repeated double"}};

    for (size_t at = 0; at < sizeof texts / sizeof texts[0]; at++) {
        if (is(row->type, texts[at][0])) {
            return texts[at][1];
        }
    }
    return "bytes";
}

static void make_schema(void)
{
    for (size_t at = 0; at < ROWS; at++) {
        const struct row *row = &rows[at];

        add("  %s %s = %u;", schema_type(row), row->name, row->wire);
        if (is(schema_type(row), "bytes")) {
            add(" // %zu a row", row->bytes);
        }
        add("\n");
    }
}

/* ---- */

static const struct {
    const char *path, *begins, *ends;
    void (*make)(void);
} documents[] = {
    {"docs/ledger-format.md", "<!-- columns.def -->\n", "<!-- end of columns.def -->\n",
     make_format_page},
    {"examples/verify_in_python/world_columns.py", "# columns.def\n", "# end of columns.def\n",
     make_python},
    {"clients/js/src/world_columns.js", "// columns.def\n", "// end of columns.def\n", make_sdk},
    {"proto/ledgerquest/v1/tick.proto", "  // columns.def\n", "  // end of columns.def\n",
     make_schema},
};

static char *read_document(const char *path)
{
    static char text[262144];
    char whole[1024];

    snprintf(whole, sizeof whole, "%s/%s", LQ_TOP_SOURCE, path);
    FILE *file = fopen(whole, "r");
    ck_assert_msg(file != NULL, "%s is not there", whole);
    size_t bytes = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    text[bytes] = '\0';
    return text;
}

static void write_document(const char *path, const char *text, const char *begins, const char *ends)
{
    char whole[1024];

    snprintf(whole, sizeof whole, "%s/%s", LQ_TOP_SOURCE, path);
    FILE *file = fopen(whole, "w");
    ck_assert_ptr_nonnull(file);
    fprintf(file, "%.*s%s%s", (int)(begins - text), text, part, ends);
    fclose(file);
}

START_TEST(test_made_parts)
{
    const char *path = documents[_i].path;
    const char *text = read_document(path);
    const char *begins = strstr(text, documents[_i].begins);
    const char *ends = strstr(text, documents[_i].ends);

    ck_assert_msg(begins != NULL && ends != NULL && begins < ends, "%s has no marks", path);
    begins += strlen(documents[_i].begins);
    part_bytes = 0;
    documents[_i].make();
    if (getenv("LQ_COLUMNS_WRITE") != NULL) {
        write_document(path, text, begins, ends);
        return;
    }
    ck_assert_msg((size_t)(ends - begins) == part_bytes && memcmp(begins, part, part_bytes) == 0,
                  "%s does not say what columns.def says; LQ_COLUMNS_WRITE=1", path);
}
END_TEST

/* Lists of names inside a sentence. */
START_TEST(test_gateway_page)
{
    const char *text = read_document("docs/gateway-protocol.md");
    static const struct {
        const char *field, *group, *key, *view;
    } fields[] = {{"bodies", "body", NULL, NULL},
                  {"moved", "body", "KEY", "MOVES"},
                  {"agents", "agent", NULL, NULL},
                  {"players", "player", NULL, NULL}};

    for (size_t index = 0; index < sizeof fields / sizeof fields[0]; index++) {
        const char *between = " | may | columns | ";

        part_bytes = 0;
        add("| `%s`", fields[index].field);
        for (size_t at = 0; at < ROWS; at++) {
            if (is(rows[at].group, fields[index].group) &&
                (fields[index].view == NULL || is(rows[at].view, fields[index].view) ||
                 is(rows[at].view, fields[index].key))) {
                add("%s`%s`", between, rows[at].json);
                between = ", ";
            }
        }
        ck_assert_msg(strstr(text, part) != NULL, "docs/gateway-protocol.md lacks: %s", part);
    }
}
END_TEST

START_TEST(test_types_of_the_sdk)
{
    const char *text = read_document("clients/js/ledgerquest.d.ts");

    for (size_t at = 0; at < ROWS; at++) {
        if (!is(rows[at].group, "tenant_bytes")) {
            part_bytes = 0;
            add("\n  readonly %s: readonly ", rows[at].json);
            ck_assert_msg(strstr(text, part) != NULL, "ledgerquest.d.ts lacks: %s", part);
        }
    }
}
END_TEST

TCase *lq_test_column_document(void)
{
    TCase *tests = tcase_create("column_document");

    tcase_add_loop_test(tests, test_made_parts, 0, sizeof documents / sizeof documents[0]);
    tcase_add_test(tests, test_gateway_page);
    tcase_add_test(tests, test_types_of_the_sdk);
    return tests;
}
