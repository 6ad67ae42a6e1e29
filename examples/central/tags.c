/* SPDX-License-Identifier: Apache-2.0 */
/* The idTags this central system knows, and CSV files of them. */
#include "tags.h"

#include "csv.h"
#include "memory.h"
#include "timestamp.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define ID_TAG_MAX      20
#define BYTE_ORDER_MARK "\xef\xbb\xbf"

/* Keys are idTags in lower case, values are idTagInfo objects. */
struct tags {
    json_t *by_id_tag;
};

/* One file while it is read. */
struct reading {
    const char *path;
    enum tags_use use;
    unsigned line;
    json_t *entries;
    json_t *seen;
    char *problem;
};

static void fold_case(const char *id_tag, char folded[ID_TAG_MAX + 1])
{
    size_t i = 0;
    for (; i < ID_TAG_MAX && id_tag[i] != '\0'; i++) {
        folded[i] = (char)tolower((unsigned char)id_tag[i]);
    }
    folded[i] = '\0';
}

static bool complain(const struct reading *reading, const char *what)
{
    snprintf(reading->problem, TAGS_PROBLEM_SIZE, "%s line %u: %s", reading->path, reading->line,
             what);
    return false;
}

static const char *known_status(const char *word)
{
    static const char *const statuses[] = {"Accepted", "Blocked", "Expired", "Invalid",
                                           "ConcurrentTx"};
    for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++) {
        if (strcasecmp(word, statuses[i]) == 0) {
            return statuses[i];
        }
    }
    return NULL;
}

static bool is_id_tag(const char *text)
{
    size_t length = strlen(text);
    for (size_t i = 0; i < length; i++) {
        if (!isprint((unsigned char)text[i])) {
            return false;
        }
    }
    return length >= 1 && length <= ID_TAG_MAX;
}

/* fields: idTag, status, expiryDate, parentIdTag; missing ones are empty. */
static bool check_fields(const struct reading *reading, char *const fields[4])
{
    int64_t ignored;
    if (!is_id_tag(fields[0])) {
        return complain(reading, "an idTag has 1 to 20 printable ASCII characters");
    }
    if (fields[1][0] == '\0') {
        bool lone = fields[2][0] == '\0' && fields[3][0] == '\0';
        return (lone && reading->use == TAGS_DIFFERENTIAL) ||
               complain(reading, "the status is missing; write idTag,status");
    }
    if (known_status(fields[1]) == NULL) {
        return complain(reading,
                        "the status must be Accepted, Blocked, Expired, Invalid or ConcurrentTx");
    }
    if (fields[2][0] != '\0' && !timestamp_parse(fields[2], &ignored)) {
        return complain(reading, "the expiryDate must look like 2030-12-31T23:59:59Z");
    }
    if (fields[3][0] != '\0' && !is_id_tag(fields[3])) {
        return complain(reading, "a parentIdTag has 1 to 20 printable ASCII characters");
    }
    return true;
}

static json_t *info_from(char *const fields[4])
{
    if (fields[1][0] == '\0') {
        return NULL;
    }
    return json_pack("{s:s,s:s*,s:s*}", "status", known_status(fields[1]), "expiryDate",
                     fields[2][0] ? fields[2] : NULL, "parentIdTag",
                     fields[3][0] ? fields[3] : NULL);
}

static bool add_entry(struct reading *reading, char *const fields[4])
{
    char folded[ID_TAG_MAX + 1];
    if (!check_fields(reading, fields)) {
        return false;
    }
    fold_case(fields[0], folded);
    if (json_object_get(reading->seen, folded) != NULL) {
        return complain(reading, "this idTag is already in the file");
    }
    json_object_set_new(reading->seen, folded, json_true());
    json_array_append_new(reading->entries, json_pack("{s:s,s:o*}", "idTag", fields[0], "idTagInfo",
                                                      info_from(fields)));
    return true;
}

static bool is_header(const struct reading *reading, const char *first_field)
{
    return json_array_size(reading->entries) == 0 && strcasecmp(first_field, "idTag") == 0;
}

static bool read_line(struct reading *reading, char *line)
{
    char *fields[CSV_MAX_FIELDS];
    char empty[] = "";
    const char *problem = NULL;
    size_t count = 0;
    if (reading->line == 1 && strncmp(line, BYTE_ORDER_MARK, strlen(BYTE_ORDER_MARK)) == 0) {
        line += strlen(BYTE_ORDER_MARK);
    }
    if (line[strspn(line, " \t\r\n")] == '\0' || line[0] == '#') {
        return true;
    }
    if (!csv_split(line, fields, &count, &problem)) {
        return complain(reading, problem);
    }
    if (count > 4) {
        return complain(reading, "there are more than four fields");
    }
    while (count < 4) {
        fields[count++] = empty;
    }
    return is_header(reading, fields[0]) || add_entry(reading, fields);
}

static bool read_lines(struct reading *reading, FILE *file)
{
    char *line = NULL;
    size_t size = 0;
    bool good = true;
    ssize_t length;
    while (good && (length = getline(&line, &size, file)) >= 0) {
        reading->line++;
        good = strlen(line) == (size_t)length ? read_line(reading, line)
                                              : complain(reading, "there is a zero byte");
    }
    if (good && ferror(file)) {
        good = complain(reading, strerror(errno));
    }
    free(line);
    return good;
}

json_t *tags_read_list(const char *path, enum tags_use use, char problem[TAGS_PROBLEM_SIZE])
{
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        snprintf(problem, TAGS_PROBLEM_SIZE, "%s: %s", path, strerror(errno));
        return NULL;
    }
    struct reading reading = {path, use, 0, json_array(), json_object(), problem};
    bool good = read_lines(&reading, file);
    fclose(file);
    json_decref(reading.seen);
    if (!good) {
        json_decref(reading.entries);
        return NULL;
    }
    return reading.entries;
}

struct tags *tags_load(const char *path, char problem[TAGS_PROBLEM_SIZE])
{
    json_t *entries = path ? tags_read_list(path, TAGS_WHOLE, problem) : json_array();
    if (entries == NULL) {
        return NULL;
    }
    struct tags *tags = memory_zeroed(sizeof *tags);
    tags->by_id_tag = json_object();
    size_t i;
    json_t *entry;
    json_array_foreach(entries, i, entry)
    {
        char folded[ID_TAG_MAX + 1];
        fold_case(json_string_value(json_object_get(entry, "idTag")), folded);
        json_object_set(tags->by_id_tag, folded, json_object_get(entry, "idTagInfo"));
    }
    json_decref(entries);
    return tags;
}

void tags_free(struct tags *tags)
{
    if (tags != NULL) {
        json_decref(tags->by_id_tag);
        free(tags);
    }
}

size_t tags_count(const struct tags *tags)
{
    return json_object_size(tags->by_id_tag);
}

static bool is_past(const json_t *expiry_date)
{
    int64_t ms;
    const char *text = json_string_value(expiry_date);
    return text != NULL && timestamp_parse(text, &ms) && ms <= timestamp_now();
}

json_t *tags_info(const struct tags *tags, const char *id_tag)
{
    char folded[ID_TAG_MAX + 1];
    json_t *known = NULL;
    if (strlen(id_tag) <= ID_TAG_MAX) {
        fold_case(id_tag, folded);
        known = json_object_get(tags->by_id_tag, folded);
    }
    if (known == NULL) {
        return json_pack("{s:s}", "status", "Invalid");
    }
    json_t *info = json_copy(known);
    const char *status = json_string_value(json_object_get(info, "status"));
    if (strcmp(status, "Accepted") == 0 && is_past(json_object_get(info, "expiryDate"))) {
        json_object_set_new(info, "status", json_string("Expired"));
    }
    return info;
}
