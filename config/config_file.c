// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "config/config_file.h"

#include "base/alloc.h"
#include "config/zpl_reader.h"

#include <errno.h>
#include <stdlib.h>

#define FILE_BYTES_MAX (64u * 1024u)

/* The sections that programs of this tree read. Any other belongs to a stage of a user's own. */
static const char *const house_sections[] = {"actor", "broker", "cluster", "keys", "store"};

/* What one pass over the entries carries along. */
struct filling {
    const char *path;
    const struct lq_option *table;
    size_t count;
    void *fields;
    uint32_t *set_on_line;       /* of each option; 0: not set yet */
    struct lq_zpl_entry section; /* the one at work; line 0: none yet */
    bool section_is_ours;        /* it has keys in the table */
    size_t section_entries;
    struct lq_error_message *message;
};

static enum lq_result read_file(const char *path, uint8_t *text, size_t *bytes,
                                struct lq_error_message *message)
{
    FILE *file = fopen(path, "rb");

    if (file == NULL) {
        lq_error_message_set(message, "%s: %s", path, strerror(errno));
        return errno == ENOENT ? LQ_ERR_NOT_FOUND : LQ_ERR_IO;
    }
    *bytes = fread(text, 1, FILE_BYTES_MAX + 1, file);
    bool failed = ferror(file) != 0;
    int error = errno;
    fclose(file);
    if (failed || *bytes > FILE_BYTES_MAX) {
        lq_error_message_set(message, "%s: %s", path,
                             failed ? strerror(error) : "longer than 64 KiB");
        return failed ? LQ_ERR_IO : LQ_ERR_LIMIT;
    }
    return LQ_OK;
}

static enum lq_result blame_line(const struct filling *filling, uint32_t line, const char *what)
{
    lq_error_message_set(filling->message, "%.256s:%u: %s", filling->path, line, what);
    return LQ_ERR_INVALID;
}

static bool is_section_of(const char *key, struct lq_view section)
{
    return strlen(key) > section.bytes && memcmp(key, section.data, section.bytes) == 0 &&
           key[section.bytes] == '/';
}

static bool table_has_section(const struct filling *filling, struct lq_view section)
{
    for (size_t index = 0; index < filling->count; index++) {
        if (is_section_of(filling->table[index].key, section)) {
            return true;
        }
    }
    return false;
}

static bool house_has_section(struct lq_view section)
{
    for (size_t index = 0; index < sizeof house_sections / sizeof house_sections[0]; index++) {
        if (lq_view_equal(lq_view_text(house_sections[index]), section)) {
            return true;
        }
    }
    return false;
}

static enum lq_result note_line(struct filling *filling, const char *key, uint32_t line)
{
    for (size_t index = 0; index < filling->count; index++) {
        if (strcmp(filling->table[index].key, key) != 0) {
            continue;
        }
        if (filling->set_on_line[index] != 0) {
            char what[128];
            snprintf(what, sizeof what, "%.64s: set twice, first on line %u", key,
                     filling->set_on_line[index]);
            return blame_line(filling, line, what);
        }
        filling->set_on_line[index] = line;
    }
    return LQ_OK;
}

static enum lq_result fill_key(struct filling *filling, const struct lq_zpl_entry *entry)
{
    char key[2 * LQ_ZPL_LINE_BYTES_MAX];
    char value[LQ_ZPL_LINE_BYTES_MAX + 1];
    struct lq_error_message message;

    snprintf(key, sizeof key, "%.*s/%.*s", (int)filling->section.name.bytes,
             (const char *)filling->section.name.data, (int)entry->name.bytes,
             (const char *)entry->name.data);
    if (!entry->has_value) {
        lq_error_message_set(&message, "%.64s: no = VALUE behind the name", key);
        return blame_line(filling, entry->line, message.text);
    }
    enum lq_result result = note_line(filling, key, entry->line);
    if (result != LQ_OK) {
        return result;
    }
    snprintf(value, sizeof value, "%.*s", (int)entry->value.bytes, (const char *)entry->value.data);
    result =
        lq_option_table_set(filling->table, filling->count, filling->fields, key, value, &message);
    return result == LQ_OK ? LQ_OK : blame_line(filling, entry->line, message.text);
}

/* A name alone that nobody knows is a slip: a section of another program has something in it. */
static enum lq_result end_section(const struct filling *filling)
{
    if (filling->section.line == 0 || filling->section_entries > 0 || filling->section_is_ours ||
        house_has_section(filling->section.name)) {
        return LQ_OK;
    }
    return blame_line(filling, filling->section.line, "an unknown section, and nothing is in it");
}

static enum lq_result begin_section(struct filling *filling, const struct lq_zpl_entry *entry)
{
    enum lq_result result = end_section(filling);

    filling->section = *entry;
    filling->section_is_ours = table_has_section(filling, entry->name);
    filling->section_entries = 0;
    if (result == LQ_OK && entry->has_value) {
        return blame_line(filling, entry->line,
                          "a section has no value of its own, and a key stands in a section, "
                          "indented by 4 blanks");
    }
    return result;
}

static enum lq_result fill_entry(struct filling *filling, const struct lq_zpl_entry *entry)
{
    if (entry->level == 0) {
        return begin_section(filling, entry);
    }
    filling->section_entries++;
    if (!filling->section_is_ours) {
        return LQ_OK;
    }
    if (entry->level > 1) {
        return blame_line(filling, entry->line, "a key has nothing below it");
    }
    return fill_key(filling, entry);
}

/* Before anything is filled: what is not well formed comes first, wherever it stands. */
static enum lq_result check_lines(const struct filling *filling, struct lq_view text)
{
    struct lq_zpl_reader reader = lq_zpl_reader_of(text);
    struct lq_zpl_entry entry;
    enum lq_result result;

    do {
        result = lq_zpl_reader_next(&reader, &entry);
    } while (result == LQ_OK);
    if (result == LQ_ERR_NOT_FOUND) {
        return LQ_OK;
    }
    lq_error_message_set(filling->message, "%.256s:%u: not well formed: %s", filling->path,
                         reader.line, reader.wrong);
    return LQ_ERR_INVALID;
}

static enum lq_result fill_from_text(struct filling *filling, struct lq_view text)
{
    struct lq_zpl_reader reader = lq_zpl_reader_of(text);
    struct lq_zpl_entry entry;
    enum lq_result result = check_lines(filling, text);

    while (result == LQ_OK && lq_zpl_reader_next(&reader, &entry) == LQ_OK) {
        result = fill_entry(filling, &entry);
    }
    return result == LQ_OK ? end_section(filling) : result;
}

enum lq_result lq_config_file_load(const char *path, const struct lq_option *table, size_t count,
                                   void *fields, struct lq_error_message *message)
{
    struct filling filling = {
        .path = path, .table = table, .count = count, .fields = fields, .message = message};
    uint8_t *text = lq_alloc(FILE_BYTES_MAX + 1, 1);
    size_t bytes;

    lq_option_table_defaults(table, count, fields);
    enum lq_result result = read_file(path, text, &bytes, message);
    if (result == LQ_OK) {
        filling.set_on_line = lq_alloc(count + 1, sizeof *filling.set_on_line);
        result = fill_from_text(&filling, lq_view_of(text, bytes));
        free(filling.set_on_line);
    }
    free(text);
    return result == LQ_OK ? lq_cluster_complete(path, table, fields, message) : result;
}
