/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file evcp.h
 * @brief libevcp: an EV charge point client library (OCPP 1.6J).
 *
 * The firmware gives the library two callbacks (contactor and energy register), tells it what
 * happens (a cable, a card, a vehicle) and runs its loop. The library talks to the central
 * system, keeps a copy of who may charge, decides, records and delivers, with or without the
 * network.
 *
 * Rules that hold for every function here unless its text says otherwise:
 * - Functions return #EVCP_OK (0) or one of the negative codes of #evcp_result.
 * - One thread calls all functions of one host and of its stations. evcp_post() alone may be
 *   called from any thread.
 * - Callbacks run on that thread, from within evcp_host_run() and evcp_host_service() (with a
 *   foreign loop: from that loop). The callbacks that only read (energy, measure,
 *   contactor_closed) are also called by evcp_new() and evcp_setting_set(). From within a callback
 *   the `evcp_report_*` functions, evcp_post() and the reading functions may be called;
 *   evcp_host_run(), evcp_host_service(), evcp_free() and evcp_host_free() may not.
 * - Text that is passed in is copied; text that is passed to a callback lives until it returns.
 * - Connectors are numbered from 1; 0 is the charge point as a whole.
 * - Times are milliseconds since 1970-01-01T00:00:00Z, energies are watt-hours.
 * - Configuration structures begin with their size (set it with sizeof); zero in any other member
 *   means the default; members are only ever appended.
 */
#ifndef EVCP_EVCP_H
#define EVCP_EVCP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define EVCP_API        __attribute__((visibility("default")))
#define EVCP_MUST_CHECK __attribute__((warn_unused_result))
#else
/** Marks a function that the shared library exports. */
#define EVCP_API
/** Marks a function whose result has to be looked at. */
#define EVCP_MUST_CHECK
#endif

/** Version of this header, major part. */
#define EVCP_VERSION_MAJOR 0
/** Version of this header, minor part. */
#define EVCP_VERSION_MINOR 1
/** Version of this header, patch part. */
#define EVCP_VERSION_PATCH 0

/** Longest token value in characters that the library keeps (OCPP 1.6 sends at most 20). */
#define EVCP_TOKEN_MAX 36
/** Most connectors of one station. */
#define EVCP_CONNECTORS_MAX 64
/** Most readings that one call of evcp_hardware::measure may return. */
#define EVCP_SAMPLES_MAX 64

/** @name Results */
/** @{ */

/** What functions return, grouped by what the caller can do about it. */
enum evcp_result {
    /** Done. */
    EVCP_OK = 0,
    /** From a hardware callback only: begun, a report will confirm it. */
    EVCP_PENDING = 1,
    /** An argument or a configuration value is wrong: correct the program or its configuration. */
    EVCP_EINVAL = -1,
    /** Out of memory: nothing was changed, try again when memory is free. */
    EVCP_ENOMEM = -2,
    /** The thing asked for does not exist (key, connector, value, file). */
    EVCP_ENOENT = -3,
    /** The store cannot be read or written: check the directory, its rights and its medium. */
    EVCP_ESTORE = -4,
    /** A limit or the store's quota is reached: free space or raise the limit. */
    EVCP_EFULL = -5,
    /** A stored record is damaged; it has been set aside. */
    EVCP_ECORRUPT = -6,
    /** The store was written by a newer library: update this one, the store is left untouched. */
    EVCP_EVERSION = -7,
    /** A token or text is longer than the protocol's field; it is refused, never cut. */
    EVCP_ETOOLONG = -8,
    /** Not possible in the present state (already running, called from a callback). */
    EVCP_ESTATE = -9,
    /** The network layer failed: address, socket or libwebsockets. */
    EVCP_ENET = -10,
    /** TLS material is missing or wrong: check CA file, certificate and key. */
    EVCP_ETLS = -11,
    /** A hardware callback reported a failure. */
    EVCP_EHARDWARE = -12,
    /** The peer's message was not understood. */
    EVCP_EPROTO = -13
};

/**
 * @brief A short English sentence for a result.
 * @param result one of #evcp_result; unknown values are named as such
 * @return a constant text, never NULL. Callable from anywhere.
 */
EVCP_API const char *evcp_strerror(int result);

/**
 * @brief Version of the linked library.
 * @return a constant text such as "0.1.0". Callable from anywhere.
 */
EVCP_API const char *evcp_version(void);

/** @} */
/** @name Vocabulary */
/** @{ */

/** What kind of identification a token is (ARCHITECTURE: a token is {value, type}). */
enum evcp_token_type {
    EVCP_TOKEN_UNKNOWN = 0,      /**< type not known; matches as a card */
    EVCP_TOKEN_ISO14443,         /**< RFID card, UID as hex, byte 0 first (OCPP 1.6 3.9) */
    EVCP_TOKEN_ISO15693,         /**< RFID vicinity card */
    EVCP_TOKEN_VIN,              /**< vehicle identification number, for instance from GB/T 27930 */
    EVCP_TOKEN_EVCCID,           /**< EVCCID of ISO 15118 or DIN 70121 (Autocharge) */
    EVCP_TOKEN_MAC,              /**< MAC address of the vehicle's modem (Autocharge) */
    EVCP_TOKEN_EMAID,            /**< contract id of ISO 15118 Plug and Charge */
    EVCP_TOKEN_KEYCODE,          /**< typed by the driver */
    EVCP_TOKEN_LOCAL,            /**< made by the charge point itself */
    EVCP_TOKEN_CENTRAL,          /**< came with a RemoteStartTransaction */
    EVCP_TOKEN_NO_AUTHORIZATION, /**< a button; no identification */
    EVCP_TOKEN_TYPES             /**< number of types */
};

/** An identification: a card, a vehicle, a code. Compared without regard to case. */
struct evcp_token {
    enum evcp_token_type type;      /**< what it is */
    char value[EVCP_TOKEN_MAX + 1]; /**< printable ASCII, zero-terminated */
};

/** How a reader's bytes become the text of a token. */
struct evcp_token_format {
    bool text;          /**< bytes are text already; false: they become two hex digits each */
    bool reverse_bytes; /**< last byte first */
    bool lower_case;    /**< false: letters become upper case */
    bool keep_case;     /**< leave letters as they are (overrides lower_case) */
    const char *prefix; /**< put before the value, for instance "VID:"; NULL: none */
    uint8_t max_length; /**< refuse longer results; 0: the protocol's limit (20 in OCPP 1.6) */
};

/** Which stored knowledge may accept a token of some type while the central system is away. */
enum evcp_token_rule_bits {
    EVCP_RULE_NONE = 0,    /**< never without the central system's own answer */
    EVCP_RULE_LIST = 1,    /**< an entry of the local authorization list is enough */
    EVCP_RULE_CACHE = 2,   /**< an entry of the authorization cache is enough; answers are cached */
    EVCP_RULE_UNKNOWN = 4, /**< AllowOfflineTxForUnknownId applies to it */
    EVCP_RULE_DEFAULT = 128 /**< the library's default for this type (see docs/PORTING.md) */
};

/** Status of an idTag in answers, list and cache (OCPP 1.6 7.2 AuthorizationStatus). */
enum evcp_auth_status {
    EVCP_AUTH_ACCEPTED,     /**< may charge */
    EVCP_AUTH_BLOCKED,      /**< known and barred */
    EVCP_AUTH_EXPIRED,      /**< known, its time is over */
    EVCP_AUTH_INVALID,      /**< not known */
    EVCP_AUTH_CONCURRENT_TX /**< charges elsewhere already */
};

/** Status of a connector (OCPP 1.6 7.7 ChargePointStatus). */
enum evcp_status {
    EVCP_STATUS_AVAILABLE,      /**< free for a new driver */
    EVCP_STATUS_PREPARING,      /**< cable or token is there, energy may not flow yet */
    EVCP_STATUS_CHARGING,       /**< the contactor is closed, the vehicle takes energy */
    EVCP_STATUS_SUSPENDED_EV,   /**< energy is offered, the vehicle takes none */
    EVCP_STATUS_SUSPENDED_EVSE, /**< a transaction runs, no energy is offered */
    EVCP_STATUS_FINISHING,      /**< the transaction is over, the connector is not free yet */
    EVCP_STATUS_RESERVED,       /**< kept for a driver */
    EVCP_STATUS_UNAVAILABLE,    /**< taken out of service */
    EVCP_STATUS_FAULTED         /**< out of order by a fault */
};

/** errorCode of a StatusNotification (OCPP 1.6 7.6 ChargePointErrorCode). */
enum evcp_error_code {
    EVCP_ERROR_NO_ERROR,               /**< nothing is wrong */
    EVCP_ERROR_CONNECTOR_LOCK_FAILURE, /**< the cable cannot be locked or unlocked */
    EVCP_ERROR_EV_COMMUNICATION_ERROR, /**< no understanding with the vehicle */
    EVCP_ERROR_GROUND_FAILURE,         /**< ground fault circuit interrupter has tripped */
    EVCP_ERROR_HIGH_TEMPERATURE,       /**< too hot inside */
    EVCP_ERROR_INTERNAL_ERROR,         /**< internal hardware or software */
    EVCP_ERROR_LOCAL_LIST_CONFLICT,    /**< the central system contradicts the local list */
    EVCP_ERROR_OTHER_ERROR,            /**< something else; the vendor's code says what */
    EVCP_ERROR_OVER_CURRENT_FAILURE,   /**< over-current protection has tripped */
    EVCP_ERROR_OVER_VOLTAGE,           /**< voltage too high */
    EVCP_ERROR_POWER_METER_FAILURE,    /**< the meter cannot be read */
    EVCP_ERROR_POWER_SWITCH_FAILURE,   /**< the contactor does not obey */
    EVCP_ERROR_READER_FAILURE,         /**< a reader of identifications is broken */
    EVCP_ERROR_RESET_FAILURE,          /**< the restart did not come about */
    EVCP_ERROR_UNDER_VOLTAGE,          /**< voltage too low */
    EVCP_ERROR_WEAK_SIGNAL             /**< radio signal too weak */
};

/** What the vehicle does, as the control pilot tells. */
enum evcp_ev_state {
    EVCP_EV_ABSENT,  /**< no vehicle at the cable (pilot state A), also after an EV-side unplug */
    EVCP_EV_WAITING, /**< connected, does not ask for energy (state B) */
    EVCP_EV_READY    /**< connected, asks for energy (state C or D) */
};

/** Why a transaction ended (OCPP 1.6 7.36 Reason). */
enum evcp_stop_reason {
    EVCP_STOP_LOCAL,           /**< by the driver, at the charge point */
    EVCP_STOP_REMOTE,          /**< by RemoteStopTransaction */
    EVCP_STOP_EV_DISCONNECTED, /**< the cable was pulled */
    EVCP_STOP_DE_AUTHORIZED,   /**< the central system withdrew its consent */
    EVCP_STOP_UNLOCK_COMMAND,  /**< by UnlockConnector */
    EVCP_STOP_SOFT_RESET,      /**< by Reset, soft */
    EVCP_STOP_HARD_RESET,      /**< by Reset, hard */
    EVCP_STOP_REBOOT,          /**< restart that nobody asked for, for instance a watchdog's */
    EVCP_STOP_POWER_LOSS,      /**< the power was cut */
    EVCP_STOP_EMERGENCY_STOP,  /**< the emergency stop button */
    EVCP_STOP_OTHER            /**< anything else */
};

/** What is measured (OCPP 1.6 7.31 Measurand). */
enum evcp_measurand {
    EVCP_ENERGY_ACTIVE_IMPORT_REGISTER,   /**< Wh to the vehicle, register of the meter */
    EVCP_ENERGY_ACTIVE_EXPORT_REGISTER,   /**< Wh from the vehicle, register */
    EVCP_ENERGY_REACTIVE_IMPORT_REGISTER, /**< varh to the vehicle, register */
    EVCP_ENERGY_REACTIVE_EXPORT_REGISTER, /**< varh from the vehicle, register */
    EVCP_ENERGY_ACTIVE_IMPORT_INTERVAL,   /**< Wh to the vehicle in the interval */
    EVCP_ENERGY_ACTIVE_EXPORT_INTERVAL,   /**< Wh from the vehicle in the interval */
    EVCP_ENERGY_REACTIVE_IMPORT_INTERVAL, /**< varh to the vehicle in the interval */
    EVCP_ENERGY_REACTIVE_EXPORT_INTERVAL, /**< varh from the vehicle in the interval */
    EVCP_POWER_ACTIVE_EXPORT,             /**< W from the vehicle, now */
    EVCP_POWER_ACTIVE_IMPORT,             /**< W to the vehicle, now */
    EVCP_POWER_FACTOR,                    /**< power factor, now */
    EVCP_POWER_OFFERED,                   /**< W that the vehicle may take */
    EVCP_POWER_REACTIVE_EXPORT,           /**< var from the vehicle, now */
    EVCP_POWER_REACTIVE_IMPORT,           /**< var to the vehicle, now */
    EVCP_CURRENT_EXPORT,                  /**< A from the vehicle, now */
    EVCP_CURRENT_IMPORT,                  /**< A to the vehicle, now */
    EVCP_CURRENT_OFFERED,                 /**< A that the vehicle may take */
    EVCP_VOLTAGE,                         /**< V, now */
    EVCP_FREQUENCY,                       /**< Hz, now */
    EVCP_TEMPERATURE,                     /**< degrees Celsius, now */
    EVCP_SOC,                             /**< charge of the vehicle in percent */
    EVCP_RPM,                             /**< fan, revolutions per minute */
    EVCP_MEASURANDS                       /**< number of measurands */
};

/** Phase of a reading, from the meter's view (OCPP 1.6 7.34). */
enum evcp_phase {
    EVCP_PHASE_NONE,  /**< no phase: all together, or direct current */
    EVCP_PHASE_L1,    /**< phase 1 */
    EVCP_PHASE_L2,    /**< phase 2 */
    EVCP_PHASE_L3,    /**< phase 3 */
    EVCP_PHASE_N,     /**< neutral */
    EVCP_PHASE_L1_N,  /**< phase 1 against neutral */
    EVCP_PHASE_L2_N,  /**< phase 2 against neutral */
    EVCP_PHASE_L3_N,  /**< phase 3 against neutral */
    EVCP_PHASE_L1_L2, /**< phase 1 against 2 */
    EVCP_PHASE_L2_L3, /**< phase 2 against 3 */
    EVCP_PHASE_L3_L1  /**< phase 3 against 1 */
};

/** Where a reading was taken (OCPP 1.6 7.30). */
enum evcp_location {
    EVCP_LOCATION_OUTLET, /**< at the outlet of the charge point */
    EVCP_LOCATION_INLET,  /**< at its grid connection */
    EVCP_LOCATION_CABLE,  /**< in the cable */
    EVCP_LOCATION_BODY,   /**< inside the charge point */
    EVCP_LOCATION_EV      /**< by the vehicle */
};

/** One reading. */
struct evcp_sample {
    uint8_t measurand; /**< #evcp_measurand */
    uint8_t phase;     /**< #evcp_phase */
    uint8_t location;  /**< #evcp_location */
    /**
     * Value in thousandths of the measurand's unit: Wh, varh, W, var, A, V, Hz, degrees Celsius,
     * percent, revolutions per minute; power factor without unit.
     */
    int64_t milli;
};

/** How far a Reset.req goes (OCPP 1.6 7.42). */
enum evcp_reset_kind {
    EVCP_RESET_SOFT, /**< restart the application */
    EVCP_RESET_HARD  /**< restart all hardware */
};

/** A fault or a warning of a connector (0: of the charge point). */
struct evcp_fault {
    enum evcp_error_code code; /**< not #EVCP_ERROR_NO_ERROR */
    bool warning;              /**< report it only; charging goes on (OCPP 1.6 4.9) */
    char info[51];             /**< free text, at most 50 characters */
    char vendor_id[256];       /**< reversed DNS name, at most 255 characters */
    char vendor_code[51];      /**< vendorErrorCode, at most 50 characters */
};

/** @} */
/** @name Events: what the library tells */
/** @{ */

/** State of the link to the central system. */
enum evcp_link_state {
    EVCP_LINK_DOWN,       /**< no connection; waiting for the next attempt */
    EVCP_LINK_CONNECTING, /**< name resolution, TCP, TLS, WebSocket */
    EVCP_LINK_BOOTING,    /**< connected; BootNotification not answered yet */
    EVCP_LINK_PENDING,    /**< registration is Pending */
    EVCP_LINK_REJECTED,   /**< registration is Rejected */
    EVCP_LINK_ONLINE      /**< Accepted */
};

/** Why a token was accepted or refused. */
enum evcp_decision_reason {
    EVCP_BY_CENTRAL_SYSTEM,   /**< the central system's answer */
    EVCP_BY_LIST,             /**< entry of the local authorization list */
    EVCP_BY_CACHE,            /**< entry of the authorization cache */
    EVCP_BY_UNKNOWN_POLICY,   /**< AllowOfflineTxForUnknownId */
    EVCP_BY_SAME_TOKEN,       /**< the token that started the transaction */
    EVCP_BY_GROUP,            /**< same parentIdTag as the token that started it */
    EVCP_BY_REMOTE_REQUEST,   /**< RemoteStartTransaction, AuthorizeRemoteTxRequests=false */
    EVCP_BY_LIST_EXPIRED,     /**< list entry past its expiryDate */
    EVCP_BY_CACHE_EXPIRED,    /**< cache entry past its expiryDate */
    EVCP_BY_OFFLINE_DISABLED, /**< LocalAuthorizeOffline is false */
    EVCP_BY_UNKNOWN,          /**< unknown, and unknown ids are not allowed */
    EVCP_BY_TOKEN_RULE,       /**< the rule for this token type forbids it */
    EVCP_BY_NOT_REGISTERED,   /**< Pending or Rejected, or never accepted before */
    EVCP_BY_UNAVAILABLE,      /**< connector inoperative, faulted or busy */
    EVCP_BY_STORE,            /**< the store has no room left for another offline transaction */
    EVCP_BY_TIMEOUT,          /**< nobody answered and nothing is known */
    EVCP_BY_OTHER_TOKEN       /**< another token holds the connector */
};

/** Kinds of #evcp_event. */
enum evcp_event_kind {
    EVCP_EVENT_LINK,        /**< state of the link changed */
    EVCP_EVENT_STATUS,      /**< status of a connector changed */
    EVCP_EVENT_DECISION,    /**< a token was accepted or refused */
    EVCP_EVENT_CONTACTOR,   /**< the contactor is told to close or to open */
    EVCP_EVENT_TRANSACTION, /**< a transaction was started or ended (already durable) */
    EVCP_EVENT_DELIVERED,   /**< the central system acknowledged a start or an end */
    EVCP_EVENT_QUARANTINE,  /**< a message was refused for good and set aside */
    EVCP_EVENT_FRAME,       /**< a frame was sent or received */
    EVCP_EVENT_SETTING,     /**< a configuration key changed */
    EVCP_EVENT_CLOCK,       /**< the time became known or was corrected */
    EVCP_EVENT_STORE,       /**< the store had a problem; text says which */
    EVCP_EVENT_HARDWARE     /**< a hardware callback failed; text says which */
};

/** One thing that happened. Texts live until the callback returns. */
struct evcp_event {
    enum evcp_event_kind kind;       /**< which of the members below are set */
    uint16_t connector;              /**< 0 where it has no meaning */
    int64_t utc_ms;                  /**< time of the event, 0 while the time is unknown */
    enum evcp_link_state link;       /**< LINK */
    enum evcp_status status;         /**< STATUS */
    enum evcp_error_code error_code; /**< STATUS */
    struct evcp_token token;         /**< DECISION, TRANSACTION */
    bool accepted;                   /**< DECISION: may charge; CONTACTOR: close; TRANSACTION:
                                          started (false: ended); FRAME: outgoing; DELIVERED:
                                          the start (false: the end) */
    bool stop;                       /**< DECISION: the token was presented to end a transaction */
    enum evcp_auth_status auth_status; /**< DECISION: status known for the token */
    enum evcp_decision_reason reason;  /**< DECISION */
    enum evcp_stop_reason stop_reason; /**< TRANSACTION ended */
    uint64_t transaction;              /**< TRANSACTION, DELIVERED, QUARANTINE: the library's own
                                            number of the transaction, stable over power loss */
    int32_t transaction_id;            /**< DELIVERED: the central system's transactionId */
    int64_t energy_wh;                 /**< TRANSACTION: energy register; DELIVERED likewise */
    const char *text;                  /**< FRAME: the frame; SETTING: "Key=value"; LINK, STORE,
                                            HARDWARE, QUARANTINE, CLOCK: what happened and what to
                                            do; may be NULL */
};

/** @} */
/** @name Hardware: what the library asks for */
/** @{ */

/**
 * Callbacks to the vendor's hardware layer. Only `contactor` and `energy` are required. The table
 * has to live as long as the station. No callback may block longer than a few milliseconds.
 */
struct evcp_hardware {
    size_t size; /**< sizeof(struct evcp_hardware) */

    /**
     * Close or open the contactor. Told to close only after the decision and the transaction
     * record are durable. Return #EVCP_OK: done and seen; #EVCP_PENDING: begun, the firmware will
     * call evcp_report_contactor(), or a fault (PowerSwitchFailure) follows after the key
     * ContactorTimeout; negative: it failed, with the same consequence at once.
     */
    int (*contactor)(void *user, uint16_t connector, bool close);

    /**
     * Read the active import energy register in Wh, as the meter shows it: never reset, never
     * decreasing. Connector 0 is the main meter of the charge point; return #EVCP_ENOENT if there
     * is none. Return the latest known value at once. Negative: the meter cannot be read; then a
     * new transaction is refused with PowerMeterFailure; a running one goes on with its last value,
     * and the failure is reported as a warning.
     */
    int (*energy)(void *user, uint16_t connector, int64_t *wh);

    /**
     * Lock or unlock the cable. NULL: fixed cable. #EVCP_OK: done; #EVCP_PENDING: the firmware
     * will call evcp_report_lock(); negative: it failed (ConnectorLockFailure; a failed lock
     * prevents the transaction, OCPP 1.6 7.6). At power-on it is told to unlock, unless a
     * transaction is resumed.
     */
    int (*lock)(void *user, uint16_t connector, bool lock);

    /**
     * All readings of the meter, of one instant. Write at most `capacity` samples, return their
     * number or a negative code. NULL: the energy register is all there is.
     */
    int (*measure)(void *user, uint16_t connector, struct evcp_sample *out, size_t capacity);

    /**
     * The current that the vehicle may draw, in milliamperes per phase; INT32_MAX: no limit from
     * the library; 0 announces that energy is withheld, just before the contactor opens.
     */
    int (*limit)(void *user, uint16_t connector, int32_t milliampere);

    /**
     * Restart (Reset.req). Called after transactions are ended and stored. Return #EVCP_OK if the
     * restart is under way. Negative: tried again ResetRetries times, then ResetFailure is
     * reported. NULL: Reset.req is answered Rejected.
     */
    int (*reset)(void *user, enum evcp_reset_kind kind);

    /** The time as the central system has it; set the real-time clock. NULL: not wanted. */
    int (*clock_set)(void *user, int64_t utc_ms);

    /**
     * State of the contactor at power-on, asked once per connector while a station is made. NULL:
     * taken as open.
     */
    int (*contactor_closed)(void *user, uint16_t connector, bool *closed);

    /**
     * DataTransfer.req from the central system (OCPP 1.6 5.6). `message_id` and `data` may be
     * NULL. Write an answer of at most `answer_size` bytes, zero-terminated, or an empty one.
     * Return #EVCP_OK: Accepted; #EVCP_EINVAL: Rejected; #EVCP_ENOENT: UnknownVendorId;
     * #EVCP_ESTATE: UnknownMessageId. NULL: UnknownVendorId.
     */
    int (*data_transfer)(void *user, const char *vendor_id, const char *message_id,
                         const char *data, char *answer, size_t answer_size);

    /** Something happened: for displays, logs, tests. NULL: not wanted. */
    void (*event)(void *user, const struct evcp_event *event);
};

/** An ID reader that the library reads by itself. */
struct evcp_reader {
    const char *name;                /**< for messages; copied */
    uint16_t connector;              /**< connector it belongs to; 0: shared by all */
    enum evcp_token_type type;       /**< what it reads */
    struct evcp_token_format format; /**< how bytes become text */
    int fd;                          /**< readable when there is something; -1: poll */
    uint32_t poll_ms;                /**< interval of polling if fd is -1, at least 10 */
    /** Read one identification: number of bytes written, 0 if there is none, negative: broken. */
    int (*read)(void *user, uint8_t *out, size_t capacity);
    void *user; /**< passed to read */
};

/** @} */
/** @name Host: loop, store and network of one or more stations */
/** @{ */

/** Shared by the stations of a process: one loop, one store, one commit. */
typedef struct evcp_host evcp_host_t;

/** Whose event loop is used. */
enum evcp_loop_kind {
    EVCP_LOOP_OWN, /**< evcp_host_run(), or evcp_host_fd() and evcp_host_service() */
    EVCP_LOOP_UV,  /**< a uv_loop_t by libwebsockets' plugin */
    EVCP_LOOP_EV,  /**< a struct ev_loop by libwebsockets' plugin */
    EVCP_LOOP_GLIB /**< a GMainLoop by libwebsockets' plugin */
};

/** Configuration of a host. */
struct evcp_host_config {
    size_t size;           /**< sizeof(struct evcp_host_config) */
    const char *store_dir; /**< existing writable directory; required */
    uint64_t store_bytes;  /**< size limit of the store; default 64 MiB */
    uint32_t soon_ms;      /**< longest delay of writes that may wait; default 60000 */
    int64_t build_time_ms; /**< the time is never earlier than this; default: the library's build */
    enum evcp_loop_kind loop; /**< default #EVCP_LOOP_OWN */
    void *foreign_loop;       /**< uv_loop_t, struct ev_loop or GMainLoop of `loop` */
    /** UTC of the system's clock in ms, 0 if it is not set; NULL: the operating system's. */
    int64_t (*wall_clock)(void *user);
    /** Diagnostic text for people; level 0 error, 1 warning, 2 notice, 3 debug. NULL: none. */
    void (*log)(void *user, int level, const char *text);
    void *user; /**< passed to wall_clock and log */
};

/**
 * @brief Make a host: opens the store, makes the loop.
 * @param config copied
 * @param host set on success; free it with evcp_host_free()
 * @return #EVCP_OK, #EVCP_EINVAL, #EVCP_ENOMEM, #EVCP_ESTORE, #EVCP_EVERSION, #EVCP_ENET. A store
 * that cannot be read is set aside (renamed), reported by an event, and rebuilt.
 */
EVCP_API EVCP_MUST_CHECK int evcp_host_new(const struct evcp_host_config *config,
                                           evcp_host_t **host);

/** @brief Free a host after its stations. NULL is allowed. Open writes are committed first. */
EVCP_API void evcp_host_free(evcp_host_t *host);

/**
 * @brief Wait for events for at most `timeout_ms` (negative: without end) and handle them: one
 * turn of the loop.
 * @return #EVCP_OK, also after the time is over; #EVCP_ESTATE from a callback or with a foreign
 * loop; #EVCP_ENET if the loop itself failed. Only with #EVCP_LOOP_OWN.
 */
EVCP_API EVCP_MUST_CHECK int evcp_host_run(evcp_host_t *host, int timeout_ms);

/**
 * @brief A file descriptor that becomes readable when evcp_host_service() has to be called.
 * @return the descriptor, owned by the host, or -1 with a foreign loop.
 */
EVCP_API int evcp_host_fd(const evcp_host_t *host);

/**
 * @brief Milliseconds until evcp_host_service() has to be called even if the descriptor is quiet.
 * @return 0 or more; never longer than an hour.
 */
EVCP_API int evcp_host_deadline_ms(const evcp_host_t *host);

/** @brief Handle what is due, without waiting. Returns as evcp_host_run() does. */
EVCP_API EVCP_MUST_CHECK int evcp_host_service(evcp_host_t *host);

/** @} */
/** @name Station: one charge point */
/** @{ */

/** One charge point: an identity at the central system, with its connectors. */
typedef struct evcp evcp_t;

/** A configuration key and its value. */
struct evcp_setting {
    const char *key;   /**< OCPP configuration key */
    const char *value; /**< as in ChangeConfiguration.req */
};

/** What one connector is made of. */
struct evcp_connector_config {
    uint16_t evse;          /**< EVSE it belongs to; default: its own number */
    int32_t max_current_ma; /**< given to evcp_hardware::limit while charging; default INT32_MAX */
};

/** Configuration of a station. */
struct evcp_config {
    size_t size;    /**< sizeof(struct evcp_config) */
    const char *id; /**< charge point identity, last part of the URL; required */
    const char
        *url; /**< ws:// or wss:// URL of the central system, without the identity; required */
    const char *vendor;       /**< chargePointVendor, at most 20 characters; required */
    const char *model;        /**< chargePointModel, at most 20 characters; required */
    const char *serial;       /**< chargePointSerialNumber, at most 25 */
    const char *firmware;     /**< firmwareVersion, at most 50 */
    const char *iccid;        /**< of the SIM card, at most 20 */
    const char *imsi;         /**< of the SIM card, at most 20 */
    const char *meter_type;   /**< at most 25 */
    const char *meter_serial; /**< at most 25 */

    uint16_t connectors; /**< number of connectors, default 1, at most #EVCP_CONNECTORS_MAX */
    const struct evcp_connector_config *connector; /**< array of `connectors`; NULL: defaults */

    const char *authorization_key; /**< HTTP Basic key for the first connection, 32 to 40 hex
                                        digits; later the configuration key rules */
    const char *ca_file;           /**< PEM of trusted roots; default: the system's */
    const char *cert_file;         /**< PEM client certificate with chain; NULL: none */
    const char *key_file;          /**< PEM private key of it */
    bool tls_unverified; /**< do NOT verify the central system: for a desk, never in the field */

    const struct evcp_setting
        *settings;        /**< values for the first boot; afterwards the store rules */
    size_t setting_count; /**< number of settings */

    uint32_t local_list_max; /**< LocalAuthListMaxLength, default 100000, at most 1000000 */
    uint32_t send_list_max;  /**< SendLocalListMaxLength, default local_list_max */
    uint32_t cache_max;      /**< entries of the authorization cache, default 1000; UINT32_MAX:
                                  no cache */
    uint32_t outbox_max;     /**< queued transaction messages, default 10000 */
    uint32_t measurands;     /**< bit per #evcp_measurand that `measure` delivers; default: energy
                                  register only */
    size_t message_max;      /**< largest message accepted, bytes; default 16 MiB */

    const uint8_t *token_rules;        /**< array of #EVCP_TOKEN_TYPES rule bits; NULL: defaults */
    const struct evcp_reader *readers; /**< readers that the library reads; copied */
    size_t reader_count;               /**< number of readers */

    bool restarted; /**< the last run ended by a restart (watchdog, update), not by a power loss:
                         transactions that are stopped for it get reason Reboot */
    const struct evcp_hardware *hardware; /**< required; has to outlive the station */
    void *user;                           /**< passed to the callbacks */
};

/**
 * @brief Make a station: loads its state, decides what to do with transactions that a power cut
 * interrupted, and begins to connect at the next turn of the loop. It verifies and charges from
 * the first turn, connected or not.
 * @param host outlives the station
 * @param config copied, except `hardware`
 * @param station set on success; free it with evcp_free()
 * @return #EVCP_OK, #EVCP_EINVAL (the log says which member), #EVCP_ENOMEM, #EVCP_ESTORE,
 * #EVCP_ETLS, #EVCP_ETOOLONG.
 */
EVCP_API EVCP_MUST_CHECK int evcp_new(evcp_host_t *host, const struct evcp_config *config,
                                      evcp_t **station);

/**
 * @brief Free a station. NULL is allowed. Running transactions stay in the store and are treated
 * as after a power cut by the next evcp_new(). Not callable from a callback.
 */
EVCP_API void evcp_free(evcp_t *station);

/**
 * @brief Allow or forbid connecting, for instance while the modem is off. Default: allowed.
 * @return #EVCP_OK.
 */
EVCP_API EVCP_MUST_CHECK int evcp_set_online(evcp_t *station, bool allowed);

/** @} */
/** @name Reports: what the firmware tells */
/** @{ */

/** Kinds of #evcp_report. */
enum evcp_report_kind {
    EVCP_REPORT_PLUGGED,   /**< as evcp_report_plugged() */
    EVCP_REPORT_EV,        /**< as evcp_report_ev() */
    EVCP_REPORT_SUPPLY,    /**< as evcp_report_supply() */
    EVCP_REPORT_CONTACTOR, /**< as evcp_report_contactor() */
    EVCP_REPORT_LOCK,      /**< as evcp_report_lock() */
    EVCP_REPORT_FAULT,     /**< as evcp_report_fault() */
    EVCP_REPORT_CLEAR,     /**< as evcp_report_clear() */
    EVCP_REPORT_TOKEN,     /**< as evcp_report_token() */
    EVCP_REPORT_STOP       /**< as evcp_report_stop() */
};

/** Something that the firmware saw. evcp_post() takes it; the evcp_report_ functions make it. */
struct evcp_report {
    enum evcp_report_kind kind;   /**< which member counts */
    uint16_t connector;           /**< where; 0: the charge point */
    bool on;                      /**< PLUGGED, SUPPLY, CONTACTOR (closed), LOCK (locked) */
    enum evcp_ev_state ev;        /**< EV */
    struct evcp_fault fault;      /**< FAULT */
    struct evcp_token token;      /**< TOKEN */
    enum evcp_stop_reason reason; /**< STOP */
};

/** @brief The cable was plugged into, or pulled from, the connector of the charge point (for a
 * fixed cable: the vehicle). @return #EVCP_OK, #EVCP_EINVAL, #EVCP_EFULL (too many reports wait).
 */
EVCP_API EVCP_MUST_CHECK int evcp_report_plugged(evcp_t *station, uint16_t connector, bool plugged);

/** @brief What the vehicle does. @return as evcp_report_plugged(). */
EVCP_API EVCP_MUST_CHECK int evcp_report_ev(evcp_t *station, uint16_t connector,
                                            enum evcp_ev_state state);

/** @brief Whether the charge point offers energy; false: it pauses for its own reasons, for
 * instance load management (SuspendedEVSE). @return as evcp_report_plugged(). */
EVCP_API EVCP_MUST_CHECK int evcp_report_supply(evcp_t *station, uint16_t connector, bool offered);

/** @brief The contactor's auxiliary contact. @return as evcp_report_plugged(). */
EVCP_API EVCP_MUST_CHECK int evcp_report_contactor(evcp_t *station, uint16_t connector,
                                                   bool closed);

/** @brief The cable lock. @return as evcp_report_plugged(). */
EVCP_API EVCP_MUST_CHECK int evcp_report_lock(evcp_t *station, uint16_t connector, bool locked);

/** @brief A fault or a warning began (OCPP 1.6 5.x StatusNotification). @return as
 * evcp_report_plugged(). */
EVCP_API EVCP_MUST_CHECK int evcp_report_fault(evcp_t *station, uint16_t connector,
                                               const struct evcp_fault *fault);

/** @brief All faults and warnings of the connector are gone. @return as evcp_report_plugged(). */
EVCP_API EVCP_MUST_CHECK int evcp_report_clear(evcp_t *station, uint16_t connector);

/**
 * @brief A card was read, or a vehicle told its code: plugging in can be the identification.
 * @param connector where; 0: a reader shared by all connectors
 * @param type what it is
 * @param value text of the token, already in the form the central system knows
 * @return as evcp_report_plugged(), or #EVCP_ETOOLONG: longer than OCPP 1.6's 20 characters; it
 * is refused, never cut: use a shorter format or prefix.
 */
EVCP_API EVCP_MUST_CHECK int evcp_report_token(evcp_t *station, uint16_t connector,
                                               enum evcp_token_type type, const char *value);

/**
 * @brief Make a token's text from a reader's bytes.
 * @param format NULL: upper-case hex, byte 0 first
 * @param token filled on success
 * @return #EVCP_OK, #EVCP_EINVAL (no bytes, or not printable), #EVCP_ETOOLONG (does not fit the
 * protocol's 20 characters; refused, never cut). Pure; callable from anywhere.
 */
EVCP_API EVCP_MUST_CHECK int evcp_token_make(const struct evcp_token_format *format,
                                             enum evcp_token_type type, const uint8_t *bytes,
                                             size_t count, struct evcp_token *token);

/** @brief The driver or the firmware ends the transaction: a button, the emergency stop, a
 * watchdog. @return as evcp_report_plugged(). */
EVCP_API EVCP_MUST_CHECK int evcp_report_stop(evcp_t *station, uint16_t connector,
                                              enum evcp_stop_reason reason);

/**
 * @brief Report from any thread. The report is copied and handled in the next turn of the loop.
 * @return #EVCP_OK, #EVCP_EINVAL, #EVCP_EFULL (too many reports wait: the loop is not running).
 * The only function that may be called from other threads; the station has to exist meanwhile.
 */
EVCP_API EVCP_MUST_CHECK int evcp_post(evcp_t *station, const struct evcp_report *report);

/** @} */
/** @name Reading the state */
/** @{ */

/** What a connector is doing now. */
struct evcp_connector_state {
    enum evcp_status status;         /**< as it would be reported */
    enum evcp_error_code error_code; /**< as it would be reported */
    bool plugged;                    /**< as last reported */
    bool contactor_closed;           /**< as confirmed */
    bool transaction;                /**< a transaction is running */
    uint64_t transaction_number;     /**< the library's own number of it */
    int64_t meter_start_wh;          /**< register at its start */
    struct evcp_token token;         /**< token that started it */
};

/** @brief State of one connector, or of the charge point (0). @return #EVCP_OK, #EVCP_EINVAL.
 * Callable from a callback. */
EVCP_API EVCP_MUST_CHECK int evcp_connector(const evcp_t *station, uint16_t connector,
                                            struct evcp_connector_state *out);

/** @brief State of the link. Callable from a callback. */
EVCP_API enum evcp_link_state evcp_link(const evcp_t *station);

/** @brief Number of transaction messages that wait for delivery. Callable from a callback. */
EVCP_API size_t evcp_outbox_count(const evcp_t *station);

/** @brief Time of the station in ms UTC, 0 while unknown. Callable from a callback. */
EVCP_API int64_t evcp_utc_ms(const evcp_t *station);

/**
 * @brief Read a configuration key. Write-only keys (AuthorizationKey) read as #EVCP_ENOENT.
 * @param out at least 501 bytes for any value
 * @return #EVCP_OK, #EVCP_ENOENT, #EVCP_EFULL (out is too small). Callable from a callback.
 */
EVCP_API EVCP_MUST_CHECK int evcp_setting_get(const evcp_t *station, const char *key, char *out,
                                              size_t out_size);

/**
 * @brief Change a configuration key as ChangeConfiguration.req does; durable when it returns.
 * @return #EVCP_OK, #EVCP_ENOENT (no such key), #EVCP_EINVAL (value refused, or read-only),
 * #EVCP_ESTORE. Not callable from a callback.
 */
EVCP_API EVCP_MUST_CHECK int evcp_setting_set(evcp_t *station, const char *key, const char *value);

/** @} */

#ifdef __cplusplus
}
#endif

#endif
