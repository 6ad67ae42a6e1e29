/* SPDX-License-Identifier: Apache-2.0 */
/* Dates of OCPP (RFC 3339) to and from milliseconds since 1970. */
#include "timestamp.h"

#include <stdio.h>
#include <time.h>

#define MS_PER_SECOND 1000
#define MS_PER_MINUTE (60 * MS_PER_SECOND)
#define DAYS_TO_1970  719468

struct date {
    int year, month, day, hour, minute, second, millisecond;
};

int64_t timestamp_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * MS_PER_SECOND + now.tv_nsec / 1000000;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool read_digits(const char **at, int count, int *value)
{
    int sum = 0;
    for (int i = 0; i < count; i++) {
        if (!is_digit((*at)[i])) {
            return false;
        }
        sum = sum * 10 + ((*at)[i] - '0');
    }
    *at += count;
    *value = sum;
    return true;
}

static bool read_mark(const char **at, char mark)
{
    if (**at != mark) {
        return false;
    }
    (*at)++;
    return true;
}

static bool read_fraction(const char **at, int *millisecond)
{
    *millisecond = 0;
    if (!read_mark(at, '.')) {
        return true;
    }
    if (!is_digit(**at)) {
        return false;
    }
    for (int weight = 100; is_digit(**at); weight /= 10, (*at)++) {
        *millisecond += weight * (**at - '0');
    }
    return true;
}

static bool read_zone(const char **at, int *minutes)
{
    *minutes = 0;
    if (**at == '\0' || read_mark(at, 'Z') || read_mark(at, 'z')) {
        return true;
    }
    int sign = **at == '-' ? -1 : 1;
    int hour = 0;
    int minute = 0;
    if (!read_mark(at, '-') && !read_mark(at, '+')) {
        return false;
    }
    if (!read_digits(at, 2, &hour) || !read_mark(at, ':') || !read_digits(at, 2, &minute)) {
        return false;
    }
    *minutes = sign * (hour * 60 + minute);
    return hour < 24 && minute < 60;
}

static bool read_date(const char **at, struct date *date)
{
    return read_digits(at, 4, &date->year) && read_mark(at, '-') &&
           read_digits(at, 2, &date->month) && read_mark(at, '-') && read_digits(at, 2, &date->day);
}

static bool read_time(const char **at, struct date *date)
{
    if (!read_mark(at, 'T') && !read_mark(at, 't')) {
        return false;
    }
    return read_digits(at, 2, &date->hour) && read_mark(at, ':') &&
           read_digits(at, 2, &date->minute) && read_mark(at, ':') &&
           read_digits(at, 2, &date->second) && read_fraction(at, &date->millisecond);
}

static int days_in_month(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return days[month - 1] + (month == 2 && leap ? 1 : 0);
}

static bool in_range(const struct date *date)
{
    return date->month >= 1 && date->month <= 12 && date->day >= 1 &&
           date->day <= days_in_month(date->year, date->month) && date->hour <= 23 &&
           date->minute <= 59 && date->second <= 60;
}

/* Days since 1970; the year is counted from March, so that the leap day is its last. */
static int64_t days_since_1970(const struct date *date)
{
    int64_t year = date->month <= 2 ? date->year - 1 : date->year;
    int64_t month = (date->month + 9) % 12;
    int64_t day_of_year = (153 * month + 2) / 5 + date->day - 1;
    return 365 * year + year / 4 - year / 100 + year / 400 + day_of_year - DAYS_TO_1970;
}

bool timestamp_parse(const char *text, int64_t *ms)
{
    struct date date;
    int zone = 0;
    const char *at = text;
    if (!read_date(&at, &date) || !read_time(&at, &date) || !read_zone(&at, &zone)) {
        return false;
    }
    if (*at != '\0' || !in_range(&date)) {
        return false;
    }
    int64_t minutes = (days_since_1970(&date) * 24 + date.hour) * 60 + date.minute - zone;
    *ms = minutes * MS_PER_MINUTE + (int64_t)date.second * MS_PER_SECOND + date.millisecond;
    return true;
}

void timestamp_format(int64_t ms, char text[TIMESTAMP_SIZE])
{
    time_t seconds = (time_t)(ms / MS_PER_SECOND);
    struct tm tm;
    char whole[24];
    gmtime_r(&seconds, &tm);
    strftime(whole, sizeof whole, "%Y-%m-%dT%H:%M:%S", &tm);
    snprintf(text, TIMESTAMP_SIZE, "%s.%03dZ", whole, (int)(ms % MS_PER_SECOND));
}
