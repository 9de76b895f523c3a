"""Adapter of the golden vectors for recipients: numbers, addresses, spreadsheets and the small rules."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from notifyrules import file_types, ids, letter_timings, london_time, names, recipients, text
from notifyrules.countries import find_country
from notifyrules.csv_recipients import CsvRow, CsvRules, read_csv_recipients
from notifyrules.email_addresses import (
    MESSAGE,
    InvalidEmailAddress,
    format_email_address,
    is_government_email_address,
    parse_email_address,
)
from notifyrules.phone_numbers import (
    InvalidPhoneNumber,
    PhoneNumber,
    check_allowed,
    parse_phone_number,
    parse_service_contact_number,
)
from notifyrules.postage import Postage
from notifyrules.postal_addresses import (
    normalise_postcode,
    parse_postal_address,
    postal_address_from_personalisation,
)
from notifyrules.statuses import NotificationStatus
from notifyrules.templates import EmailTemplate, LetterTemplate, SmsTemplate

__all__ = ["csv_recipients", "email_addresses", "misc", "phone_numbers", "postal_addresses"]


def phone_numbers(input: dict[str, Any]) -> dict[str, Any]:
    parsed = error = None
    try:
        if input.get("operation") == "service_contact":
            parse_service_contact_number(input["number"])
        else:
            parsed = parse_phone_number(input["number"])
            check_allowed(
                parsed,
                allow_international=input.get("allow_international", False),
                allow_landline=input.get("allow_landline", False),
            )
    except InvalidPhoneNumber as refused:
        error = refused.error
    return {
        "valid": error is None,
        "error_code": error,
        "error": error and error.message,
        "api_error": error and error.api_message,
        "parsed": parsed and _phone_number(parsed),
    }


def _phone_number(number: PhoneNumber) -> dict[str, Any]:
    return {
        "normalised": number.normalised,
        "human_readable": number.human_readable,
        "uk": number.is_uk,
        "international": number.is_international,
        "crown_dependency": number.is_crown_dependency,
        "country_prefix": number.country_prefix,
        "rate_multiplier": number.rate_multiplier,
        "numeric_sender": number.needs_numeric_sender,
    }


def csv_recipients(input: dict[str, Any]) -> dict[str, Any]:
    options = {name: value for name, value in (input.get("options") or {}).items() if value is not None}
    spreadsheet = read_csv_recipients(input["csv"], _template(**input["template"]), CsvRules(**options))
    return {
        "column_headers": spreadsheet.column_headers,
        "missing_column_headers": spreadsheet.missing_column_headers,
        "duplicate_recipient_column_headers": spreadsheet.duplicate_recipient_column_headers,
        "has_recipient_columns": spreadsheet.has_recipient_columns,
        "row_count": spreadsheet.row_count,
        "too_many_rows": spreadsheet.has_too_many_rows,
        "more_rows_than_can_send": spreadsheet.has_more_rows_than_can_send,
        "allowed_to_send_to": spreadsheet.is_allowed_to_send,
        "international_sms_count": spreadsheet.international_sms_count,
        "more_international_sms_than_can_send": spreadsheet.has_more_international_sms_than_can_send,
        "has_errors": spreadsheet.has_errors,
        "displayed_rows": [row.index for row in spreadsheet.displayed_rows],
        "rows": [row and _csv_row(row) for row in spreadsheet.rows],
    }


def _template(
    template_type: str,
    content: str,
    subject: str = "",
    contact_block: str | None = None,
    prefix: str | None = None,
) -> SmsTemplate | EmailTemplate | LetterTemplate:
    if template_type == "sms":
        return SmsTemplate(content, prefix)
    if template_type == "email":
        return EmailTemplate(subject, content)
    return LetterTemplate(subject, content, contact_block)


def _csv_row(row: CsvRow) -> dict[str, Any]:
    address = row.postal_address
    of_letter = address and {
        "address_lines": address.normalised_lines,
        "address_valid": address.is_valid,
        "postage_zone": address.postage_zone,
        "qr_code_too_long": row.is_qr_code_too_long,
    }
    return {
        "index": row.index,
        "recipient": row.recipient,
        "personalisation": row.personalisation,
        "cell_errors": row.cell_errors,
        "ignored_columns": row.ignored_columns,
        "extra_cells": row.extra_cells or None,
        "has_error": row.has_error,
        "has_bad_recipient": row.has_bad_recipient,
        "has_missing_data": row.has_missing_data,
        "message_too_long": row.is_message_too_long,
        "message_empty": row.is_message_empty,
        **(of_letter or {}),
    }


def email_addresses(input: dict[str, Any]) -> dict[str, Any]:
    formatted = format_email_address(input["address"])
    try:
        parsed = parse_email_address(input["address"])
    except InvalidEmailAddress:
        return {
            "valid": False,
            "error": MESSAGE,
            "accepted_as": None,
            "normalised": None,
            "formatted": formatted,
        }
    return {
        "valid": True,
        "error": None,
        "accepted_as": parsed.accepted_as,
        "normalised": parsed.normalised,
        "formatted": formatted,
    }


def misc(input: dict[str, Any]) -> dict[str, Any]:
    operation = _MISC.get(input["operation"])
    if operation is None:
        raise NotImplementedError
    return operation(**{name: value for name, value in input.items() if name != "operation"})


def _result_of(rule: Callable[[Any], Any]) -> Callable[..., dict[str, Any]]:
    return lambda value: {"result": rule(value)}


def _result_or_error(rule: Callable[[Any], Any]) -> Callable[..., dict[str, Any]]:
    def operation(value: str) -> dict[str, Any]:
        try:
            return {"result": rule(value)}
        except ValueError:
            return {"error": True}

    return operation


def _utc(naive: str) -> datetime:
    return datetime.fromisoformat(naive).replace(tzinfo=UTC)


def _without_offset(moment: datetime) -> str:
    return moment.replace(tzinfo=None).isoformat()


def _letter_timings(upload_time: str, postage: str, now: str) -> dict[str, Any]:
    timings = letter_timings.letter_timings(_utc(upload_time), Postage(postage))
    return {
        "printed_by": timings.printed_by.isoformat(),
        "is_printed": timings.is_printed(_utc(now)),
        "earliest_delivery": timings.earliest_delivery.isoformat(),
        "latest_delivery": timings.latest_delivery.isoformat(),
    }


def _letter_can_be_cancelled(status: str, created_at: str, now: str) -> dict[str, Any]:
    # The web pages also pass statuses by their public names, which no letter has that can be cancelled.
    if status not in set(NotificationStatus):
        return {"result": False}
    can_be = letter_timings.letter_can_be_cancelled(NotificationStatus(status), _utc(created_at), _utc(now))
    return {"result": can_be}


def _working_day(value: str) -> dict[str, Any]:
    day = london_time.london_date(_utc(value))
    return {
        "print_day": letter_timings.is_print_day(day),
        "first_class_delivery_day": letter_timings.is_first_class_delivery_day(day),
        "other_delivery_day": letter_timings.is_other_delivery_day(day),
        "next_print_day": letter_timings.next_print_day(day).isoformat(),
        "previous_print_day": letter_timings.previous_print_day(day).isoformat(),
    }


def _file_type(value: str) -> dict[str, Any]:
    file_type = file_types.file_type_of_extension(value)
    return {
        "allowed": file_type is not None,
        "mime_type": file_type and file_type.mime_type,
        "description": file_type and file_type.description,
    }


def _mime_type(value: str) -> dict[str, Any]:
    extension = file_types.extension_of_mime_type(value)
    return {"allowed": extension is not None, "extension": extension}


_MISC: dict[str, Callable[..., dict[str, Any]]] = {
    "uuid_to_base64": _result_or_error(lambda value: ids.uuid_to_base64(UUID(value))),
    "base64_to_uuid": _result_or_error(lambda value: str(ids.base64_to_uuid(value))),
    "bytes_to_base64": _result_or_error(lambda value: ids.bytes_to_base64(bytes.fromhex(value))),
    "base64_to_bytes": _result_or_error(lambda value: ids.base64_to_bytes(value).hex()),
    "utc_to_london": _result_of(lambda value: _without_offset(london_time.utc_to_london(_utc(value)))),
    "london_to_utc": _result_of(
        lambda value: _without_offset(london_time.london_to_utc(datetime.fromisoformat(value)))
    ),
    "parse_utc_to_aware_london": _result_of(lambda value: london_time.parse_utc_to_london(value).isoformat()),
    "email_local_part": _result_of(names.email_local_part),
    "slug": _result_of(names.slug),
    "ascii": _result_of(text.to_ascii),
    "letter_timings": _letter_timings,
    "letter_can_be_cancelled": _letter_can_be_cancelled,
    "working_day": _working_day,
    "letter_too_long": _result_of(letter_timings.is_letter_too_long),
    "format_recipient": _result_of(recipients.format_recipient),
    "guest_list": lambda recipient, guest_list: {
        "result": recipients.is_on_guest_list(recipient, guest_list)
    },
    "government_email": _result_of(is_government_email_address),
    "file_size": _result_of(file_types.format_file_size),
    "file_type": _file_type,
    "mime_type": _mime_type,
    "formatted_list": lambda items, **how: {"result": text.formatted_list(items, **how)},
    "normalise_whitespace": _result_of(text.normalise_whitespace),
    "strip_all_whitespace": _result_of(text.strip_all_whitespace),
    "strip_and_remove_obscure_whitespace": _result_of(text.strip_and_remove_obscure_whitespace),
    "remove_whitespace": _result_of(text.remove_whitespace),
}


def postal_addresses(input: dict[str, Any]) -> dict[str, Any]:
    operation = input.get("operation", "address")
    if operation == "postcode":
        return {"postcode": normalise_postcode(input["postcode"])}
    if operation == "country":
        country = find_country(input["name"])
        return {"country": country and country.name, "postage_zone": country and country.postage_zone}
    allow_international = input.get("allow_international", False)
    if "personalisation" in input:
        address = postal_address_from_personalisation(
            input["personalisation"], allow_international=allow_international
        )
    else:
        address = parse_postal_address(input["address"], allow_international=allow_international)
    return {
        "valid": address.is_valid,
        "has_enough_lines": address.has_enough_lines,
        "has_too_many_lines": address.has_too_many_lines,
        "has_valid_postcode": address.has_valid_postcode,
        "has_valid_last_line": address.has_valid_last_line,
        "has_invalid_characters": address.has_invalid_characters,
        "has_no_fixed_abode_address": address.has_no_fixed_abode_address,
        "has_invalid_country_for_bfpo_address": address.has_invalid_country_for_bfpo_address,
        "has_alphanumeric_first_two_lines": address.has_alphanumeric_first_two_lines,
        "international": address.is_international,
        "country": address.country.name,
        "postage_zone": address.postage_zone,
        "postcode": address.postcode,
        "bfpo_number": address.bfpo_number,
        "line_count": address.line_count,
        "normalised_lines": address.normalised_lines,
        "single_line": address.single_line,
        "bfpo_address_lines": address.bfpo_address_lines,
        "as_personalisation": address.as_personalisation(),
    }
