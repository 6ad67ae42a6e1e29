/* SPDX-License-Identifier: Apache-2.0 */
/* Writes RFC 3339 date-times; knows no locale, no time zone and no clock. */
#include "iso8601.h"

#define MS_PER_DAY INT64_C(86400000)
#define LATEST_MS  (INT64_C(253402300800000) - 1) /* 9999-12-31T23:59:59.999Z */

struct date {
    int year, month, day;
};

static char *put_number(char *at, int value, int digits)
{
    for (int i = digits - 1; i >= 0; i--) {
        at[i] = (char)('0' + value % 10);
        value /= 10;
    }
    return at + digits;
}

/* Counts in years that begin in March, so that the leap day is the last of its year. */
static struct date date_of(int64_t days_since_epoch)
{
    int64_t days = days_since_epoch + 719468; /* since 0000-03-01 */
    int64_t era = days / 146097;              /* 400 years each */
    int64_t of_era = days % 146097;
    int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
    int month = (int)((5 * of_year + 2) / 153); /* 0 is March */
    struct date date = {.year = (int)(era * 400 + year) + (month >= 10 ? 1 : 0),
                        .month = month < 10 ? month + 3 : month - 9,
                        .day = (int)of_year - (153 * month + 2) / 5 + 1};
    return date;
}

static char *put_date(char *at, int64_t days_since_epoch)
{
    struct date date = date_of(days_since_epoch);
    at = put_number(at, date.year, 4);
    *at++ = '-';
    at = put_number(at, date.month, 2);
    *at++ = '-';
    return put_number(at, date.day, 2);
}

static char *put_time(char *at, int ms_of_day)
{
    at = put_number(at, ms_of_day / 3600000, 2);
    *at++ = ':';
    at = put_number(at, ms_of_day / 60000 % 60, 2);
    *at++ = ':';
    at = put_number(at, ms_of_day / 1000 % 60, 2);
    if (ms_of_day % 1000 == 0)
        return at;
    *at++ = '.';
    return put_number(at, ms_of_day % 1000, 3);
}

const char *evcp__iso8601_format(int64_t utc_ms, char out[EVCP__ISO8601_SIZE])
{
    if (utc_ms < 0)
        utc_ms = 0;
    if (utc_ms > LATEST_MS)
        utc_ms = LATEST_MS;
    char *at = put_date(out, utc_ms / MS_PER_DAY);
    *at++ = 'T';
    at = put_time(at, (int)(utc_ms % MS_PER_DAY));
    *at++ = 'Z';
    *at = '\0';
    return out;
}
