/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads lines "ACTION request|response JSON" and prints the walker's verdict for each, a line:
 * "OK", or the CALLERROR code and the path. tests/schema/compare.py asks it.
 */
#define _POSIX_C_SOURCE 200809L /* getline */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../lib/core/limits.h"
#include "../../lib/protocol/schema.h"

static void judge(const struct evcp__schema *schema, const char *text)
{
    json_error_t error;
    json_t *payload = json_loads(text, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, &error);
    if (payload == NULL) {
        printf("UNREADABLE %s\n", error.text);
        return;
    }
    char path[EVCP__SCHEMA_PATH_MAX];
    enum evcp__schema_fault fault =
        evcp__schema_check(schema, payload, EVCP__SCHEMA_STRICT, path, sizeof path);
    json_decref(payload);
    if (fault == EVCP__SCHEMA_OK)
        puts("OK");
    else
        printf("%s %s\n", evcp__schema_fault_code(fault), path);
}

static int judge_line(char *line)
{
    char *rest = NULL;
    const char *action = strtok_r(line, " ", &rest);
    const char *side = strtok_r(NULL, " ", &rest);
    if (action == NULL || side == NULL || rest == NULL)
        return -1;
    const struct evcp__schema *schema = evcp__schema_find(
        &evcp__schema_ocpp16, action,
        strcmp(side, "response") == 0 ? EVCP__SCHEMA_RESPONSE : EVCP__SCHEMA_REQUEST);
    if (schema == NULL)
        puts("UNKNOWN");
    else
        judge(schema, rest);
    return 0;
}

int main(void)
{
    char *line = NULL;
    size_t size = 0;
    ssize_t length;
    while ((length = getline(&line, &size, stdin)) > 0) {
        if (line[length - 1] == '\n')
            line[length - 1] = '\0';
        if (judge_line(line) != 0) {
            fputs("schema_check: a line is: ACTION request|response JSON\n", stderr);
            free(line);
            return 2;
        }
    }
    free(line);
    return 0;
}
