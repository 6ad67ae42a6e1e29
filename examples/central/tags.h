/* SPDX-License-Identifier: Apache-2.0 */
/* The idTags this central system knows, and CSV files of them. */
#ifndef CENTRAL_TAGS_H
#define CENTRAL_TAGS_H

#include <jansson.h>
#include <stdbool.h>

#define TAGS_PROBLEM_SIZE 512

struct tags;

enum tags_use { TAGS_WHOLE, TAGS_DIFFERENTIAL };

/* Reads "idTag,status,expiryDate,parentIdTag" lines as the entries of a
 * localAuthorizationList. In a differential file a lone idTag is an entry without idTagInfo.
 * NULL: problem says file, line and what is wrong. */
json_t *tags_read_list(const char *path, enum tags_use use, char problem[TAGS_PROBLEM_SIZE]);

/* NULL as path: no idTags. NULL as result: as above. */
struct tags *tags_load(const char *path, char problem[TAGS_PROBLEM_SIZE]);
void tags_free(struct tags *tags);
size_t tags_count(const struct tags *tags);

/* The idTagInfo that is answered for an idTag now; never NULL, owned by the caller. */
json_t *tags_info(const struct tags *tags, const char *id_tag);

#endif
