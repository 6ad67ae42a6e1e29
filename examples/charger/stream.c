/* SPDX-License-Identifier: Apache-2.0 */
/* A stream of commands, one a line: standard input, or the script. */
#include "stream.h"

#include "charger.h"
#include "output.h"
#include "timestamp.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

void stream_begin(struct stream *stream, int fd, const char *name)
{
    int flags = fcntl(fd, F_GETFL);

    *stream = (struct stream){.name = name, .fd = flags < 0 ? -1 : fd};
    if (flags >= 0)
        (void)fcntl(fd, F_SETFL, flags | O_NONBLOCK);
}

static char *line_end(struct stream *stream)
{
    return memchr(stream->buffer, '\n', stream->used);
}

bool stream_wants_input(const struct stream *stream)
{
    return stream->fd >= 0 && !memchr(stream->buffer, '\n', stream->used);
}

bool stream_ended(const struct stream *stream)
{
    return stream->fd < 0 && stream->used == 0 && !stream->wait_until_ms;
}

static void end(struct stream *stream)
{
    stream->fd = -1;
    if (stream->used)
        stream->buffer[stream->used++] = '\n';
}

/* One place is kept for the newline that a last line may lack. */
void stream_read(struct stream *stream)
{
    size_t room = sizeof(stream->buffer) - 1 - stream->used;
    ssize_t count = 0;

    if (!stream_wants_input(stream))
        return;
    if (room == 0) {
        stream->overlong = true;
        stream->used = 0;
        room = sizeof(stream->buffer) - 1;
    }
    count = read(stream->fd, stream->buffer + stream->used, room);
    if (count > 0)
        stream->used += (size_t)count;
    else if (count == 0 || (errno != EAGAIN && errno != EINTR))
        end(stream);
}

static bool waits(struct stream *stream)
{
    if (stream->wait_until_ms > timestamp_mono_ms())
        return true;
    stream->wait_until_ms = 0;
    return false;
}

static void obey(struct stream *stream, struct charger *charger, const char *line)
{
    if (stream->overlong) {
        stream->failed = true;
        output_error("%s, line %u: is longer than %d bytes; it was passed over", stream->name,
                     stream->line_number, STREAM_LINE_MAX - 1);
    } else if (!command_obey(charger, stream, line)) {
        stream->failed = true;
    }
    stream->overlong = false;
}

bool stream_obey_one(struct stream *stream, struct charger *charger)
{
    char line[STREAM_LINE_MAX];
    char *newline = line_end(stream);
    size_t length = 0;

    if (!newline || waits(stream))
        return false;
    length = (size_t)(newline - stream->buffer);
    memcpy(line, stream->buffer, length);
    line[length] = '\0';
    stream->used -= length + 1;
    memmove(stream->buffer, newline + 1, stream->used);
    stream->line_number++;
    if (strlen(line) != length) {
        stream->failed = true;
        output_error("%s, line %u: holds a zero byte; it was passed over", stream->name,
                     stream->line_number);
        return true;
    }
    obey(stream, charger, line);
    return true;
}

int stream_due_ms(const struct stream *stream)
{
    uint64_t now = timestamp_mono_ms();

    if (stream->wait_until_ms)
        return stream->wait_until_ms > now ? (int)(stream->wait_until_ms - now) : 0;
    return memchr(stream->buffer, '\n', stream->used) ? 0 : -1;
}
