/* SPDX-License-Identifier: Apache-2.0 */
/* Results in words, and the version of the library. */
#include <evcp/evcp.h>

#define EVCP__TEXT_OF(x)      #x
#define EVCP__DOTTED(a, b, c) EVCP__TEXT_OF(a) "." EVCP__TEXT_OF(b) "." EVCP__TEXT_OF(c)

static const char *text_of(enum evcp_result result)
{
    switch (result) {
    case EVCP_OK: return "done";
    case EVCP_PENDING: return "begun, a report will confirm it";
    case EVCP_EINVAL: return "an argument or a configuration value is wrong: correct it";
    case EVCP_ENOMEM: return "out of memory: nothing was changed, try again later";
    case EVCP_ENOENT: return "it does not exist: check the key, connector or file name";
    case EVCP_ESTORE:
        return "the store cannot be read or written: check the directory, its rights and its "
               "medium";
    case EVCP_EFULL:
        return "a limit or the store's quota is reached: free space or raise the limit";
    case EVCP_ECORRUPT: return "a stored record is damaged: it has been set aside";
    case EVCP_EVERSION:
        return "the store was written by a newer version: update the library, the store is "
               "untouched";
    case EVCP_ETOOLONG:
        return "longer than the protocol's field: use a shorter format or prefix, it is never cut";
    case EVCP_ESTATE: return "not possible in this state: check where it is called from";
    case EVCP_ENET: return "the network layer failed: check the address and the interface";
    case EVCP_ETLS: return "TLS material is missing or wrong: check CA file, certificate and key";
    case EVCP_EHARDWARE: return "a hardware callback reported a failure: check the device";
    case EVCP_EPROTO: return "the peer's message was not understood: see the log for its reason";
    }
    return "not a result of this library";
}

const char *evcp_strerror(int result)
{
    return text_of((enum evcp_result)result);
}

const char *evcp_version(void)
{
    return EVCP__DOTTED(EVCP_VERSION_MAJOR, EVCP_VERSION_MINOR, EVCP_VERSION_PATCH);
}
