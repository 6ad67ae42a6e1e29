/* SPDX-License-Identifier: Apache-2.0 */
/* Which of the two voices speaks, and what is common to both. */
#include "output.h"

#include "voices.h"

#include <stdarg.h>
#include <stdio.h>

static const struct voice *voice = &voice_timeline;

void output_begin(bool json)
{
    voice = json ? &voice_json : &voice_timeline;
    setvbuf(stdout, NULL, _IOLBF, 0);
}

void output_ready(const char *id)
{
    voice->ready(id);
}

void output_quit(void)
{
    voice->quit();
}

void output_event(const struct evcp_event *event)
{
    voice->event(event);
}

void output_state(struct charger *charger)
{
    voice->state(charger);
}

void output_setting(const char *key, const char *value)
{
    voice->setting(key, value);
}

void output_error(const char *format, ...)
{
    char text[512];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    voice->error(text);
}
