/* SPDX-License-Identifier: Apache-2.0 */
/* Times as text and back, and the clocks of this machine. */
#include "timestamp.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

void timestamp_print(int64_t utc_ms, char out[TIMESTAMP_SIZE])
{
    time_t seconds = (time_t)(utc_ms / 1000);
    struct tm parts;
    char date[24];

    gmtime_r(&seconds, &parts);
    strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &parts);
    snprintf(out, TIMESTAMP_SIZE, "%s.%03dZ", date, (int)(utc_ms % 1000));
}

static bool parse_fraction(const char **at, int64_t *ms)
{
    int64_t unit = 100;

    *ms = 0;
    if (**at != '.')
        return true;
    if (!isdigit((unsigned char)*++*at))
        return false;
    for (; isdigit((unsigned char)**at); ++*at, unit /= 10)
        *ms += unit * (**at - '0');
    return true;
}

bool timestamp_parse(const char *text, int64_t *utc_ms)
{
    struct tm parts = {.tm_sec = 0};
    const char *at = strptime(text, "%Y-%m-%dT%H:%M:%S", &parts);
    time_t seconds = 0;
    int64_t ms = 0;
    int day = parts.tm_mday;

    if (!at || !parse_fraction(&at, &ms) || strcmp(at, "Z") != 0)
        return false;
    seconds = timegm(&parts); /* makes the 2nd of March of the 30th of February */
    if (seconds <= 0 || parts.tm_mday != day)
        return false;
    *utc_ms = (int64_t)seconds * 1000 + ms;
    return true;
}

static int64_t read_clock(clockid_t clock)
{
    struct timespec t;

    clock_gettime(clock, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int64_t timestamp_wall_ms(void)
{
    return read_clock(CLOCK_REALTIME);
}

uint64_t timestamp_mono_ms(void)
{
    return (uint64_t)read_clock(CLOCK_MONOTONIC);
}
