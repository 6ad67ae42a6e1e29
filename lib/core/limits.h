/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every limit of the library in one place. Limits of the standard say where they come from; the
 * others are ours and may be raised.
 */
#ifndef EVCP_CORE_LIMITS_H
#define EVCP_CORE_LIMITS_H

#include <stdint.h>

/* OCPP 1.6 field lengths in characters */
#define EVCP__ID_TOKEN_MAX    20  /* 7.28 IdToken */
#define EVCP__KEY_MAX         50  /* 7.17 CiString50 */
#define EVCP__VALUE_MAX       500 /* 6.9 ChangeConfiguration.req */
#define EVCP__MESSAGE_ID_MAX  36  /* OCPP-J 4.1.4 */
#define EVCP__ERROR_TEXT_MAX  255 /* OCPP-J 4.2.3 */
#define EVCP__INFO_MAX        50  /* 6.47 StatusNotification.req */
#define EVCP__VENDOR_ID_MAX   255 /* 6.17 DataTransfer.req */
#define EVCP__VENDOR_CODE_MAX 50  /* 6.47 */
#define EVCP__SCHEMA_PATH_MAX 96  /* text of the place of a schema fault */

/* ours */
#define EVCP__CONNECTORS_MAX     64
#define EVCP__SAMPLES_MAX        64       /* readings of one instant */
#define EVCP__STORE_KEY_MAX      64       /* bytes of a key inside its space */
#define EVCP__RECORD_MAX         8192     /* bytes of one stored record */
#define EVCP__LOCAL_LIST_CEILING 1000000u /* entries, most that can be configured */
#define EVCP__DATA_ANSWER_MAX    2048     /* bytes of a DataTransfer answer */
#define EVCP__DATA_MAX           65536    /* bytes of DataTransfer data passed to the vendor */
#define EVCP__POST_QUEUE_MAX     256      /* reports waiting for the next turn */
#define EVCP__TX_DATA_DEFAULT    100      /* StopTransactionMaxMeterValues */
#define EVCP__GET_KEYS_MAX       100      /* GetConfigurationMaxKeys */
#define EVCP__MEASURAND_ITEMS    22       /* items of a measurand key: one of each measurand */
#define EVCP__JSON_DEPTH_MAX     16       /* nesting of an incoming frame */
#define EVCP__MESSAGE_BYTES_MAX  (16u * 1024u * 1024u) /* default of evcp_config.message_max */
#define EVCP__QUARANTINE_MAX     1000 /* messages kept after the central system refused them */

/* of the network edge */
#define EVCP__LOOP_FDS          1024 /* connections of one loop */
#define EVCP__NET_ADDRESSES_MAX 8    /* of a host name, tried one after the other */
#define EVCP__NET_KEY_MAX       64   /* bytes of the HTTP Basic password */
#define EVCP__NET_WHY_MAX       256  /* reason of a disconnection */
#define EVCP__NET_QUEUE_MAX     64   /* messages waiting for the socket */
#define EVCP__NET_QUEUE_BYTES   (8u * 1024u * 1024u)
#define EVCP__URL_HOST_MAX      110  /* libwebsockets writes "Host: name:port" into 128 bytes */
#define EVCP__URL_PATH_MAX      1024 /* with the encoded identity */
#define EVCP__ENERGY_MOST_WH    INT64_C(1000000000000000) /* registers above are a broken meter */

#endif
