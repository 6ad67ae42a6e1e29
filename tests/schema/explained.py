# SPDX-License-Identifier: Apache-2.0
"""The disagreements between the walker and the official schemas that are meant.

Each has a reason and a narrow test; README.md says more. A case that fits none of them makes
compare.py fail, and so does a reason that no case meets any more.
"""

import re
from decimal import Decimal

# The security extension is a later step: its actions are NotImplemented.
LATER_ACTIONS = {
    "CertificateSigned",
    "DeleteCertificate",
    "ExtendedTriggerMessage",
    "GetInstalledCertificateIds",
    "GetLog",
    "InstallCertificate",
    "LogStatusNotification",
    "SecurityEventNotification",
    "SignCertificate",
    "SignedFirmwareStatusNotification",
    "SignedUpdateFirmware",
}

NO_OFFSET = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?$", re.ASCII)
LEAP_SECOND = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:60(\.\d+)?(Z|[+-]\d\d:\d\d)$", re.ASCII)


def at(value, path):
    """The element that the walker's path names."""
    for name, index in re.findall(r"([^.\[\]]+)|\[(\d+)\]", path):
        value = value[name] if name else value[int(index)]
    return value


def last_name(path):
    return re.sub(r"\[\d+\]", "", path).rpartition(".")[2]


def is_integer(value):
    return isinstance(value, int) and not isinstance(value, bool)


def only(errors, keyword, test):
    """All that the validator found is this keyword, on values that pass the test."""
    return bool(errors) and all(e.validator == keyword and test(e.instance) for e in errors)


def empty_list(case, value, code, path, errors):
    lists = ("meterValue", "sampledValue", "chargingSchedulePeriod")
    return code == "OccurenceConstraintViolation" and last_name(path) in lists and (
        at(value, path) == []
    )


def beyond_32_bits(case, value, code, path, errors):
    if code != "PropertyConstraintViolation":
        return False
    number = at(value, path)
    register = last_name(path) in ("meterStart", "meterStop")
    return is_integer(number) and not register and not -(2**31) <= number < 2**31


def below_zero(case, value, code, path, errors):
    if code != "PropertyConstraintViolation":
        return False
    if last_name(path) not in ("connectorId", "stackLevel"):
        return False
    number = at(value, path)
    least = 1 if case.action == "StartTransaction" else 0
    return is_integer(number) and number < least


def hertz(case, value, code, path, errors):
    return code == "PropertyConstraintViolation" and last_name(path) == "unit" and (
        at(value, path) == "Hertz"
    )


def no_offset(case, value, code, path, errors):
    return code == "OK" and only(errors, "format", NO_OFFSET.match)


def leap_second(case, value, code, path, errors):
    return code == "OK" and only(errors, "format", LEAP_SECOND.match)


def final_newline(case, value, code, path, errors):
    return code == "PropertyConstraintViolation" and str(at(value, path)).endswith("Z\n")


def rounding(case, value, code, path, errors):
    def close(number):
        tenths = Decimal(number) * 10
        return abs(tenths - round(tenths)) <= Decimal("1e-14") * max(1, abs(tenths))

    return code == "OK" and only(errors, "multipleOf", close)


def unreadable(case, value, code, path, errors):
    signs = ('{"x":1,"x":1', "\\u0000", "\\ud800", "1e400", "9223372036854775808")
    return code == "UNREADABLE" and any(sign in case.text for sign in signs)


REASONS = {
    "a list that the standard says has one element at least is empty": empty_list,
    "an integer beyond 32 bits": beyond_32_bits,
    "a connectorId or stackLevel below the least value of the standard's table": below_zero,
    "unit Hertz, which OCPP 1.6 does not have (errata 3.86)": hertz,
    "a date-time without an offset, taken as UTC": no_offset,
    "second 60, which RFC 3339 allows and the validator does not know": leap_second,
    "a line feed after the date-time, which the validator overlooks": final_newline,
    "a multiple of 0.1 but for rounding": rounding,
    "refused by the JSON reader: duplicate name, NUL, surrogate, number out of range": unreadable,
}


def find(case, value, code, path, errors):
    """The reason of a disagreement, None if there is none."""
    for reason, test in REASONS.items():
        if test(case, value, code, path, errors):
            return reason
    return None
