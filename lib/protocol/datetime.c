/* SPDX-License-Identifier: Apache-2.0 */
/* Reads RFC 3339 date-times; knows no locale, no time zone and no clock. */
#include "datetime.h"

#include <stddef.h>

struct fields {
    int year, month, day, hour, minute, second, milliseconds, offset_minutes;
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Reads `digits` digits as a number between least and most; NULL (also for text NULL) if not. */
static const char *number(const char *text, int digits, int least, int most, int *out)
{
    if (text == NULL)
        return NULL;
    int value = 0;
    for (int i = 0; i < digits; i++) {
        if (!is_digit(text[i]))
            return NULL;
        value = value * 10 + (text[i] - '0');
    }
    *out = value;
    return value >= least && value <= most ? text + digits : NULL;
}

static const char *literal(const char *text, char expected)
{
    return text != NULL && *text == expected ? text + 1 : NULL;
}

/* RFC 3339 lets the letters be lower case. */
static const char *letter(const char *text, char upper)
{
    return text != NULL && (*text == upper || *text == upper - 'A' + 'a') ? text + 1 : NULL;
}

static int days_in_month(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return month == 2 && leap ? 29 : days[month - 1];
}

static const char *read_date(const char *text, struct fields *out)
{
    text = literal(number(text, 4, 1, 9999, &out->year), '-');
    text = literal(number(text, 2, 1, 12, &out->month), '-');
    if (text == NULL)
        return NULL;
    return number(text, 2, 1, days_in_month(out->year, out->month), &out->day);
}

static const char *read_time(const char *text, struct fields *out)
{
    text = literal(number(text, 2, 0, 23, &out->hour), ':');
    text = literal(number(text, 2, 0, 59, &out->minute), ':');
    return number(text, 2, 0, 60, &out->second);
}

static const char *read_fraction(const char *text, struct fields *out)
{
    out->milliseconds = 0;
    if (text == NULL || *text != '.')
        return text;
    if (!is_digit(*++text))
        return NULL;
    for (int unit = 100; is_digit(*text); text++, unit /= 10)
        out->milliseconds += unit * (*text - '0');
    return text;
}

static const char *read_offset(const char *text, struct fields *out)
{
    out->offset_minutes = 0;
    if (text == NULL || *text == '\0')
        return text;
    if (letter(text, 'Z') != NULL)
        return text + 1;
    if (*text != '+' && *text != '-')
        return NULL;
    int sign = *text == '+' ? 1 : -1;
    int hours, minutes;
    text = literal(number(text + 1, 2, 0, 23, &hours), ':');
    text = number(text, 2, 0, 59, &minutes);
    if (text != NULL)
        out->offset_minutes = sign * (hours * 60 + minutes);
    return text;
}

/* Days since 1970-01-01 in the Gregorian calendar. */
static int64_t days_since_epoch(const struct fields *date)
{
    int64_t past = date->year - 1; /* whole years before this one */
    int64_t days = past * 365 + past / 4 - past / 100 + past / 400;
    for (int month = 1; month < date->month; month++)
        days += days_in_month(date->year, month);
    return days + date->day - 1 - 719162; /* 0001-01-01 to 1970-01-01 */
}

bool evcp__datetime_parse(const char *text, int64_t *utc_ms)
{
    struct fields at;
    text = letter(read_date(text, &at), 'T');
    text = read_offset(read_fraction(read_time(text, &at), &at), &at);
    if (text == NULL || *text != '\0')
        return false;
    int64_t minutes = (days_since_epoch(&at) * 24 + at.hour) * 60 + at.minute - at.offset_minutes;
    *utc_ms = (minutes * 60 + at.second) * 1000 + at.milliseconds;
    return true;
}
