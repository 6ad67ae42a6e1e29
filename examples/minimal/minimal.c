/* SPDX-License-Identifier: Apache-2.0 */
/* The smallest charge point: two callbacks, a reader and a loop. A line on standard input is a
 * card at the reader; in firmware these functions are your drivers. */
#include <evcp/evcp.h>

#include <stdio.h>
#include <unistd.h>

static int64_t register_wh; /* your meter */
static bool ended;

static int contactor(void *user, uint16_t connector, bool close)
{
    (void)user;
    printf("contactor %u: %s\n", connector, close ? "closed" : "open");
    return EVCP_OK; /* done and seen; EVCP_PENDING if evcp_report_contactor() follows */
}

static int energy(void *user, uint16_t connector, int64_t *wh)
{
    (void)user;
    *wh = register_wh++;
    return connector == 0 ? EVCP_ENOENT : EVCP_OK; /* there is no main meter */
}

static int read_card(void *user, uint8_t *out, size_t capacity)
{
    int count = (int)read(STDIN_FILENO, out, capacity);

    (void)user;
    ended = count <= 0;
    return count > 0 ? count - 1 : count; /* without the line's end */
}

static void on_log(void *user, int level, const char *text)
{
    (void)user;
    if (level <= 1)
        fprintf(stderr, "%s\n", text);
}

int main(int argc, char **argv)
{
    const struct evcp_hardware hardware = {
        .size = sizeof(hardware), .contactor = contactor, .energy = energy};
    const struct evcp_reader reader = {.name = "keyboard",
                                       .type = EVCP_TOKEN_ISO14443,
                                       .format = {.text = true},
                                       .fd = STDIN_FILENO,
                                       .read = read_card};
    const struct evcp_host_config host_config = {
        .size = sizeof(host_config), .store_dir = argc > 3 ? argv[3] : NULL, .log = on_log};
    const struct evcp_config config = {.size = sizeof(config),
                                       .url = argc > 1 ? argv[1] : NULL, /* ws://host/ocpp */
                                       .id = argc > 2 ? argv[2] : NULL,
                                       .vendor = "ACME",
                                       .model = "Minimal",
                                       .readers = &reader,
                                       .reader_count = 1,
                                       .hardware = &hardware};
    evcp_host_t *host = NULL;
    evcp_t *station = NULL;
    int result = evcp_host_new(&host_config, &host);

    if (!result)
        result = evcp_new(host, &config, &station);
    if (!result)
        result = evcp_report_plugged(station, 1, true);
    if (!result)
        result = evcp_report_ev(station, 1, EVCP_EV_READY);
    while (!result && !ended)
        result = evcp_host_run(host, -1);
    evcp_free(station);
    evcp_host_free(host);
    if (result)
        fprintf(stderr, "evcp-minimal URL ID DIRECTORY: %s\n", evcp_strerror(result));
    return result ? 1 : 0;
}
