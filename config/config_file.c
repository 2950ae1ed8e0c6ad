// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "config/config_file.h"

#include "base/alloc.h"

#include <czmq.h>

#define FILE_BYTES_MAX (64u * 1024u)
#define KEY_BYTES_MAX 128

/* The text of a file, and the line of each of its settings. zconfig forgets lines, but makes one
 * node, in order, of each line that is neither white space nor a comment: so the n-th node stands
 * on the n-th such line. */
struct source {
    const char *path;
    char *text;
    size_t bytes;
    uint32_t *lines;
    size_t line_count;
};

/* What one pass over the tree carries along. */
struct filling {
    const struct source *source;
    const struct lq_option *table;
    size_t count;
    void *fields;
    uint32_t *set_on_line; /* of each option; 0: not set yet */
    size_t node_index;     /* nodes seen so far */
    struct lq_error_message *message;
};

static enum lq_result read_source(struct source *source, struct lq_error_message *message)
{
    FILE *file = fopen(source->path, "rb");

    if (file == NULL) {
        lq_error_message_set(message, "%s: %s", source->path, strerror(errno));
        return errno == ENOENT ? LQ_ERR_NOT_FOUND : LQ_ERR_IO;
    }
    source->text = lq_alloc(FILE_BYTES_MAX + 1, 1);
    source->bytes = fread(source->text, 1, FILE_BYTES_MAX + 1, file);
    bool failed = ferror(file) != 0;
    fclose(file);
    if (failed || source->bytes > FILE_BYTES_MAX) {
        lq_error_message_set(message, "%s: %s", source->path,
                             failed ? "cannot be read" : "longer than 64 KiB");
        return failed ? LQ_ERR_IO : LQ_ERR_LIMIT;
    }
    if (memchr(source->text, '\0', source->bytes) != NULL) {
        lq_error_message_set(message, "%.256s: not a text file in UTF-8", source->path);
        return LQ_ERR_INVALID;
    }
    source->text[source->bytes] = '\0';
    /* Some editors put a byte order mark in front, which says nothing in UTF-8. */
    if (source->bytes >= 3 && memcmp(source->text, "\xEF\xBB\xBF", 3) == 0) {
        source->bytes -= 3;
        memmove(source->text, source->text + 3, source->bytes + 1);
    }
    return LQ_OK;
}

static void find_lines(struct source *source)
{
    uint32_t line = 1;

    source->lines = lq_alloc(source->bytes + 1, sizeof *source->lines);
    for (const char *at = source->text; *at != '\0'; line++) {
        const char *first = at + strspn(at, " \t\v\f\r");
        if (*first != '\0' && *first != '#' && *first != '\n') {
            source->lines[source->line_count++] = line;
        }
        at += strcspn(at, "\n");
        at += *at == '\n';
    }
}

static zconfig_t *parse_text(const char *text, size_t bytes)
{
    zchunk_t *chunk = zchunk_new(text, bytes);
    zconfig_t *root = zconfig_chunk_load(chunk);

    zchunk_destroy(&chunk);
    return root;
}

/* Behind the first `lines` lines; the end when there are fewer. */
static const char *skip_lines(const char *at, uint32_t lines)
{
    while (lines > 0 && *at != '\0') {
        at += strcspn(at, "\n");
        at += *at == '\n';
        lines--;
    }
    return at;
}

static bool lines_well_formed(const struct source *source, uint32_t lines)
{
    const char *end = skip_lines(source->text, lines);
    zconfig_t *root = parse_text(source->text, (size_t)(end - source->text));
    bool well_formed = root != NULL;

    zconfig_destroy(&root);
    return well_formed;
}

/* The first line with which the file stops being well formed, by halving: zconfig itself only
 * prints it, and takes time with the square of the lines. */
static uint32_t find_bad_line(const struct source *source)
{
    uint32_t good = 0;
    uint32_t bad = 1;

    for (const char *at = source->text; *at != '\0'; at++) {
        bad += *at == '\n';
    }
    while (bad - good > 1) {
        uint32_t middle = good + (bad - good) / 2;
        if (lines_well_formed(source, middle)) {
            good = middle;
        } else {
            bad = middle;
        }
    }
    return bad;
}

static uint32_t node_line(const struct filling *filling)
{
    LQ_ASSERT(filling->node_index > 0);
    LQ_ASSERT(filling->node_index <= filling->source->line_count);
    return filling->source->lines[filling->node_index - 1];
}

static enum lq_result blame_line(const struct filling *filling, enum lq_result result,
                                 const char *what)
{
    lq_error_message_set(filling->message, "%.256s:%u: %s", filling->source->path,
                         node_line(filling), what);
    return result;
}

static bool knows_section(const struct filling *filling, const char *section)
{
    size_t bytes = strlen(section);

    for (size_t index = 0; index < filling->count; index++) {
        const char *key = filling->table[index].key;
        if (strncmp(key, section, bytes) == 0 && key[bytes] == '/') {
            return true;
        }
    }
    return false;
}

static enum lq_result fill_key(struct filling *filling, const char *section, zconfig_t *node)
{
    char key[KEY_BYTES_MAX];
    char what[256];

    snprintf(key, sizeof key, "%.60s/%.60s", section, zconfig_name(node));
    for (size_t index = 0; index < filling->count; index++) {
        if (strcmp(filling->table[index].key, key) != 0) {
            continue;
        }
        if (filling->set_on_line[index] != 0) {
            snprintf(what, sizeof what, "%s: set twice, first on line %u", key,
                     filling->set_on_line[index]);
            return blame_line(filling, LQ_ERR_INVALID, what);
        }
        filling->set_on_line[index] = node_line(filling);
    }
    const char *value = zconfig_value(node);
    struct lq_error_message message;
    if (lq_option_table_set(filling->table, filling->count, filling->fields, key,
                            value != NULL ? value : "", &message) != LQ_OK) {
        return blame_line(filling, LQ_ERR_INVALID, message.text);
    }
    return LQ_OK;
}

static int count_node(zconfig_t *node, void *count, int level)
{
    (void)node;
    (void)level;
    *(size_t *)count += 1;
    return 0;
}

/* Of `node` and all below it. */
static size_t count_nodes(zconfig_t *node)
{
    size_t count = 0;

    zconfig_execute(node, count_node, &count);
    return count;
}

static enum lq_result fill_section(struct filling *filling, zconfig_t *section)
{
    const char *name = zconfig_name(section);
    const char *value = zconfig_value(section);

    if (!knows_section(filling, name)) {
        filling->node_index += count_nodes(section);
        return LQ_OK;
    }
    filling->node_index++;
    if (value != NULL && value[0] != '\0') {
        return blame_line(filling, LQ_ERR_INVALID, "a section has no value of its own");
    }
    for (zconfig_t *node = zconfig_child(section); node != NULL; node = zconfig_next(node)) {
        filling->node_index++;
        enum lq_result result = fill_key(filling, name, node);
        if (result != LQ_OK) {
            return result;
        }
        if (zconfig_child(node) != NULL) {
            filling->node_index++;
            return blame_line(filling, LQ_ERR_INVALID, "a key has nothing below it");
        }
    }
    return LQ_OK;
}

static enum lq_result fill_from_tree(struct filling *filling, zconfig_t *root)
{
    for (zconfig_t *node = zconfig_child(root); node != NULL; node = zconfig_next(node)) {
        enum lq_result result = fill_section(filling, node);
        if (result != LQ_OK) {
            return result;
        }
    }
    return LQ_OK;
}

static enum lq_result load_source(struct source *source, const struct lq_option *table,
                                  size_t count, void *fields, struct lq_error_message *message)
{
    enum lq_result result = read_source(source, message);

    if (result != LQ_OK) {
        return result;
    }
    find_lines(source);
    zconfig_t *root = parse_text(source->text, source->bytes);
    if (root == NULL) {
        lq_error_message_set(
            message, "%.256s:%u: not well formed (indent by 4 blanks, then NAME or NAME = VALUE)",
            source->path, find_bad_line(source));
        return LQ_ERR_INVALID;
    }
    struct filling filling = {source, table, count, fields, NULL, 0, message};
    filling.set_on_line = lq_alloc(count + 1, sizeof *filling.set_on_line);
    result = fill_from_tree(&filling, root);
    free(filling.set_on_line);
    zconfig_destroy(&root);
    return result;
}

enum lq_result lq_config_file_load(const char *path, const struct lq_option *table, size_t count,
                                   void *fields, struct lq_error_message *message)
{
    struct source source = {.path = path};

    lq_option_table_defaults(table, count, fields);
    enum lq_result result = load_source(&source, table, count, fields, message);
    free(source.text);
    free(source.lines);
    return result == LQ_OK ? lq_cluster_complete(path, table, fields, message) : result;
}
