import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ErrorReason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ERROR_REASON_UNSPECIFIED: _ClassVar[ErrorReason]
    ERROR_REASON_INVALID_REQUEST: _ClassVar[ErrorReason]
    ERROR_REASON_NOT_FOUND: _ClassVar[ErrorReason]
    ERROR_REASON_DAY_NOT_KEPT: _ClassVar[ErrorReason]
    ERROR_REASON_NOTHING_KEPT: _ClassVar[ErrorReason]

class RateKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    RATE_KIND_UNSPECIFIED: _ClassVar[RateKind]
    RATE_KIND_TEXT: _ClassVar[RateKind]
    RATE_KIND_LETTER: _ClassVar[RateKind]
    RATE_KIND_MULTIPLIER: _ClassVar[RateKind]
    RATE_KIND_FREE_ALLOWANCE: _ClassVar[RateKind]
    RATE_KIND_SERVICE_ALLOWANCE: _ClassVar[RateKind]

class Channel(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CHANNEL_UNSPECIFIED: _ClassVar[Channel]
    CHANNEL_SMS: _ClassVar[Channel]
    CHANNEL_EMAIL: _ClassVar[Channel]
    CHANNEL_LETTER: _ClassVar[Channel]

class AllowanceReason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ALLOWANCE_REASON_UNSPECIFIED: _ClassVar[AllowanceReason]
    ALLOWANCE_REASON_ORGANISATION_TYPE: _ClassVar[AllowanceReason]
    ALLOWANCE_REASON_CUSTOM: _ClassVar[AllowanceReason]
    ALLOWANCE_REASON_CARRIED_OVER: _ClassVar[AllowanceReason]
    ALLOWANCE_REASON_HIGH_USE: _ClassVar[AllowanceReason]
ERROR_REASON_UNSPECIFIED: ErrorReason
ERROR_REASON_INVALID_REQUEST: ErrorReason
ERROR_REASON_NOT_FOUND: ErrorReason
ERROR_REASON_DAY_NOT_KEPT: ErrorReason
ERROR_REASON_NOTHING_KEPT: ErrorReason
RATE_KIND_UNSPECIFIED: RateKind
RATE_KIND_TEXT: RateKind
RATE_KIND_LETTER: RateKind
RATE_KIND_MULTIPLIER: RateKind
RATE_KIND_FREE_ALLOWANCE: RateKind
RATE_KIND_SERVICE_ALLOWANCE: RateKind
CHANNEL_UNSPECIFIED: Channel
CHANNEL_SMS: Channel
CHANNEL_EMAIL: Channel
CHANNEL_LETTER: Channel
ALLOWANCE_REASON_UNSPECIFIED: AllowanceReason
ALLOWANCE_REASON_ORGANISATION_TYPE: AllowanceReason
ALLOWANCE_REASON_CUSTOM: AllowanceReason
ALLOWANCE_REASON_CARRIED_OVER: AllowanceReason
ALLOWANCE_REASON_HIGH_USE: AllowanceReason

class Rate(_message.Message):
    __slots__ = ("kind", "key", "from_london_date", "value")
    KIND_FIELD_NUMBER: _ClassVar[int]
    KEY_FIELD_NUMBER: _ClassVar[int]
    FROM_LONDON_DATE_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    kind: RateKind
    key: str
    from_london_date: str
    value: int
    def __init__(self, kind: _Optional[_Union[RateKind, str]] = ..., key: _Optional[str] = ..., from_london_date: _Optional[str] = ..., value: _Optional[int] = ...) -> None: ...

class GetRatesRequest(_message.Message):
    __slots__ = ("london_date",)
    LONDON_DATE_FIELD_NUMBER: _ClassVar[int]
    london_date: str
    def __init__(self, london_date: _Optional[str] = ...) -> None: ...

class GetRatesResponse(_message.Message):
    __slots__ = ("sms_fragment_ten_thousandths", "letters")
    SMS_FRAGMENT_TEN_THOUSANDTHS_FIELD_NUMBER: _ClassVar[int]
    LETTERS_FIELD_NUMBER: _ClassVar[int]
    sms_fragment_ten_thousandths: int
    letters: _containers.RepeatedCompositeFieldContainer[LetterRate]
    def __init__(self, sms_fragment_ten_thousandths: _Optional[int] = ..., letters: _Optional[_Iterable[_Union[LetterRate, _Mapping]]] = ...) -> None: ...

class LetterRate(_message.Message):
    __slots__ = ("postage", "sheets", "ten_thousandths")
    POSTAGE_FIELD_NUMBER: _ClassVar[int]
    SHEETS_FIELD_NUMBER: _ClassVar[int]
    TEN_THOUSANDTHS_FIELD_NUMBER: _ClassVar[int]
    postage: str
    sheets: int
    ten_thousandths: int
    def __init__(self, postage: _Optional[str] = ..., sheets: _Optional[int] = ..., ten_thousandths: _Optional[int] = ...) -> None: ...

class ListRatesRequest(_message.Message):
    __slots__ = ("kinds",)
    KINDS_FIELD_NUMBER: _ClassVar[int]
    kinds: _containers.RepeatedScalarFieldContainer[RateKind]
    def __init__(self, kinds: _Optional[_Iterable[_Union[RateKind, str]]] = ...) -> None: ...

class ListRatesResponse(_message.Message):
    __slots__ = ("rates",)
    RATES_FIELD_NUMBER: _ClassVar[int]
    rates: _containers.RepeatedCompositeFieldContainer[Rate]
    def __init__(self, rates: _Optional[_Iterable[_Union[Rate, _Mapping]]] = ...) -> None: ...

class SetRateRequest(_message.Message):
    __slots__ = ("rate", "reason")
    RATE_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    rate: Rate
    reason: str
    def __init__(self, rate: _Optional[_Union[Rate, _Mapping]] = ..., reason: _Optional[str] = ...) -> None: ...

class SetRateResponse(_message.Message):
    __slots__ = ("change", "repriced_count")
    CHANGE_FIELD_NUMBER: _ClassVar[int]
    REPRICED_COUNT_FIELD_NUMBER: _ClassVar[int]
    change: RateChange
    repriced_count: int
    def __init__(self, change: _Optional[_Union[RateChange, _Mapping]] = ..., repriced_count: _Optional[int] = ...) -> None: ...

class RateChange(_message.Message):
    __slots__ = ("id", "rate", "value_before", "change_time", "changed_by", "reason")
    ID_FIELD_NUMBER: _ClassVar[int]
    RATE_FIELD_NUMBER: _ClassVar[int]
    VALUE_BEFORE_FIELD_NUMBER: _ClassVar[int]
    CHANGE_TIME_FIELD_NUMBER: _ClassVar[int]
    CHANGED_BY_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    id: str
    rate: Rate
    value_before: int
    change_time: _timestamp_pb2.Timestamp
    changed_by: str
    reason: str
    def __init__(self, id: _Optional[str] = ..., rate: _Optional[_Union[Rate, _Mapping]] = ..., value_before: _Optional[int] = ..., change_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., changed_by: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class ListRateChangesRequest(_message.Message):
    __slots__ = ("page_size", "page_token")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListRateChangesResponse(_message.Message):
    __slots__ = ("changes", "next_page_token")
    CHANGES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    changes: _containers.RepeatedCompositeFieldContainer[RateChange]
    next_page_token: str
    def __init__(self, changes: _Optional[_Iterable[_Union[RateChange, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class GetUsageRequest(_message.Message):
    __slots__ = ("service_id", "from_london_date", "to_london_date")
    SERVICE_ID_FIELD_NUMBER: _ClassVar[int]
    FROM_LONDON_DATE_FIELD_NUMBER: _ClassVar[int]
    TO_LONDON_DATE_FIELD_NUMBER: _ClassVar[int]
    service_id: str
    from_london_date: str
    to_london_date: str
    def __init__(self, service_id: _Optional[str] = ..., from_london_date: _Optional[str] = ..., to_london_date: _Optional[str] = ...) -> None: ...

class GetUsageResponse(_message.Message):
    __slots__ = ("lines", "totals")
    LINES_FIELD_NUMBER: _ClassVar[int]
    TOTALS_FIELD_NUMBER: _ClassVar[int]
    lines: _containers.RepeatedCompositeFieldContainer[UsageLine]
    totals: UsageTotals
    def __init__(self, lines: _Optional[_Iterable[_Union[UsageLine, _Mapping]]] = ..., totals: _Optional[_Union[UsageTotals, _Mapping]] = ...) -> None: ...

class UsageLine(_message.Message):
    __slots__ = ("channel", "chargeable_units", "cost_ten_thousandths", "service_id", "london_month", "messages", "rate_ten_thousandths", "free_units", "postage", "sheets", "fragments")
    CHANNEL_FIELD_NUMBER: _ClassVar[int]
    CHARGEABLE_UNITS_FIELD_NUMBER: _ClassVar[int]
    COST_TEN_THOUSANDTHS_FIELD_NUMBER: _ClassVar[int]
    SERVICE_ID_FIELD_NUMBER: _ClassVar[int]
    LONDON_MONTH_FIELD_NUMBER: _ClassVar[int]
    MESSAGES_FIELD_NUMBER: _ClassVar[int]
    RATE_TEN_THOUSANDTHS_FIELD_NUMBER: _ClassVar[int]
    FREE_UNITS_FIELD_NUMBER: _ClassVar[int]
    POSTAGE_FIELD_NUMBER: _ClassVar[int]
    SHEETS_FIELD_NUMBER: _ClassVar[int]
    FRAGMENTS_FIELD_NUMBER: _ClassVar[int]
    channel: str
    chargeable_units: int
    cost_ten_thousandths: int
    service_id: str
    london_month: str
    messages: int
    rate_ten_thousandths: int
    free_units: int
    postage: str
    sheets: int
    fragments: int
    def __init__(self, channel: _Optional[str] = ..., chargeable_units: _Optional[int] = ..., cost_ten_thousandths: _Optional[int] = ..., service_id: _Optional[str] = ..., london_month: _Optional[str] = ..., messages: _Optional[int] = ..., rate_ten_thousandths: _Optional[int] = ..., free_units: _Optional[int] = ..., postage: _Optional[str] = ..., sheets: _Optional[int] = ..., fragments: _Optional[int] = ...) -> None: ...

class UsageTotals(_message.Message):
    __slots__ = ("texts", "text_units", "free_text_units", "text_cost_ten_thousandths", "emails", "letters", "letter_cost_ten_thousandths", "cost_ten_thousandths")
    TEXTS_FIELD_NUMBER: _ClassVar[int]
    TEXT_UNITS_FIELD_NUMBER: _ClassVar[int]
    FREE_TEXT_UNITS_FIELD_NUMBER: _ClassVar[int]
    TEXT_COST_TEN_THOUSANDTHS_FIELD_NUMBER: _ClassVar[int]
    EMAILS_FIELD_NUMBER: _ClassVar[int]
    LETTERS_FIELD_NUMBER: _ClassVar[int]
    LETTER_COST_TEN_THOUSANDTHS_FIELD_NUMBER: _ClassVar[int]
    COST_TEN_THOUSANDTHS_FIELD_NUMBER: _ClassVar[int]
    texts: int
    text_units: int
    free_text_units: int
    text_cost_ten_thousandths: int
    emails: int
    letters: int
    letter_cost_ten_thousandths: int
    cost_ten_thousandths: int
    def __init__(self, texts: _Optional[int] = ..., text_units: _Optional[int] = ..., free_text_units: _Optional[int] = ..., text_cost_ten_thousandths: _Optional[int] = ..., emails: _Optional[int] = ..., letters: _Optional[int] = ..., letter_cost_ten_thousandths: _Optional[int] = ..., cost_ten_thousandths: _Optional[int] = ...) -> None: ...

class Allowance(_message.Message):
    __slots__ = ("free_units", "used_units", "remaining_units", "reason")
    FREE_UNITS_FIELD_NUMBER: _ClassVar[int]
    USED_UNITS_FIELD_NUMBER: _ClassVar[int]
    REMAINING_UNITS_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    free_units: int
    used_units: int
    remaining_units: int
    reason: AllowanceReason
    def __init__(self, free_units: _Optional[int] = ..., used_units: _Optional[int] = ..., remaining_units: _Optional[int] = ..., reason: _Optional[_Union[AllowanceReason, str]] = ...) -> None: ...

class GetYearUsageRequest(_message.Message):
    __slots__ = ("service_id", "financial_year")
    SERVICE_ID_FIELD_NUMBER: _ClassVar[int]
    FINANCIAL_YEAR_FIELD_NUMBER: _ClassVar[int]
    service_id: str
    financial_year: int
    def __init__(self, service_id: _Optional[str] = ..., financial_year: _Optional[int] = ...) -> None: ...

class GetYearUsageResponse(_message.Message):
    __slots__ = ("financial_year", "lines", "months", "totals", "allowance")
    FINANCIAL_YEAR_FIELD_NUMBER: _ClassVar[int]
    LINES_FIELD_NUMBER: _ClassVar[int]
    MONTHS_FIELD_NUMBER: _ClassVar[int]
    TOTALS_FIELD_NUMBER: _ClassVar[int]
    ALLOWANCE_FIELD_NUMBER: _ClassVar[int]
    financial_year: int
    lines: _containers.RepeatedCompositeFieldContainer[UsageLine]
    months: _containers.RepeatedCompositeFieldContainer[MonthTotals]
    totals: UsageTotals
    allowance: Allowance
    def __init__(self, financial_year: _Optional[int] = ..., lines: _Optional[_Iterable[_Union[UsageLine, _Mapping]]] = ..., months: _Optional[_Iterable[_Union[MonthTotals, _Mapping]]] = ..., totals: _Optional[_Union[UsageTotals, _Mapping]] = ..., allowance: _Optional[_Union[Allowance, _Mapping]] = ...) -> None: ...

class MonthTotals(_message.Message):
    __slots__ = ("london_month", "totals")
    LONDON_MONTH_FIELD_NUMBER: _ClassVar[int]
    TOTALS_FIELD_NUMBER: _ClassVar[int]
    london_month: str
    totals: UsageTotals
    def __init__(self, london_month: _Optional[str] = ..., totals: _Optional[_Union[UsageTotals, _Mapping]] = ...) -> None: ...

class ServiceUsage(_message.Message):
    __slots__ = ("service_id", "service_name", "totals", "allowance", "organisation_name")
    SERVICE_ID_FIELD_NUMBER: _ClassVar[int]
    SERVICE_NAME_FIELD_NUMBER: _ClassVar[int]
    TOTALS_FIELD_NUMBER: _ClassVar[int]
    ALLOWANCE_FIELD_NUMBER: _ClassVar[int]
    ORGANISATION_NAME_FIELD_NUMBER: _ClassVar[int]
    service_id: str
    service_name: str
    totals: UsageTotals
    allowance: Allowance
    organisation_name: str
    def __init__(self, service_id: _Optional[str] = ..., service_name: _Optional[str] = ..., totals: _Optional[_Union[UsageTotals, _Mapping]] = ..., allowance: _Optional[_Union[Allowance, _Mapping]] = ..., organisation_name: _Optional[str] = ...) -> None: ...

class GetOrganisationUsageRequest(_message.Message):
    __slots__ = ("organisation_id", "financial_year")
    ORGANISATION_ID_FIELD_NUMBER: _ClassVar[int]
    FINANCIAL_YEAR_FIELD_NUMBER: _ClassVar[int]
    organisation_id: str
    financial_year: int
    def __init__(self, organisation_id: _Optional[str] = ..., financial_year: _Optional[int] = ...) -> None: ...

class GetOrganisationUsageResponse(_message.Message):
    __slots__ = ("financial_year", "services", "totals")
    FINANCIAL_YEAR_FIELD_NUMBER: _ClassVar[int]
    SERVICES_FIELD_NUMBER: _ClassVar[int]
    TOTALS_FIELD_NUMBER: _ClassVar[int]
    financial_year: int
    services: _containers.RepeatedCompositeFieldContainer[ServiceUsage]
    totals: UsageTotals
    def __init__(self, financial_year: _Optional[int] = ..., services: _Optional[_Iterable[_Union[ServiceUsage, _Mapping]]] = ..., totals: _Optional[_Union[UsageTotals, _Mapping]] = ...) -> None: ...

class GetPlatformUsageRequest(_message.Message):
    __slots__ = ("financial_year",)
    FINANCIAL_YEAR_FIELD_NUMBER: _ClassVar[int]
    financial_year: int
    def __init__(self, financial_year: _Optional[int] = ...) -> None: ...

class GetPlatformUsageResponse(_message.Message):
    __slots__ = ("financial_year", "services", "months", "totals")
    FINANCIAL_YEAR_FIELD_NUMBER: _ClassVar[int]
    SERVICES_FIELD_NUMBER: _ClassVar[int]
    MONTHS_FIELD_NUMBER: _ClassVar[int]
    TOTALS_FIELD_NUMBER: _ClassVar[int]
    financial_year: int
    services: _containers.RepeatedCompositeFieldContainer[ServiceUsage]
    months: _containers.RepeatedCompositeFieldContainer[MonthTotals]
    totals: UsageTotals
    def __init__(self, financial_year: _Optional[int] = ..., services: _Optional[_Iterable[_Union[ServiceUsage, _Mapping]]] = ..., months: _Optional[_Iterable[_Union[MonthTotals, _Mapping]]] = ..., totals: _Optional[_Union[UsageTotals, _Mapping]] = ...) -> None: ...

class ListVolumesRequest(_message.Message):
    __slots__ = ("from_london_date", "to_london_date", "service_id")
    FROM_LONDON_DATE_FIELD_NUMBER: _ClassVar[int]
    TO_LONDON_DATE_FIELD_NUMBER: _ClassVar[int]
    SERVICE_ID_FIELD_NUMBER: _ClassVar[int]
    from_london_date: str
    to_london_date: str
    service_id: str
    def __init__(self, from_london_date: _Optional[str] = ..., to_london_date: _Optional[str] = ..., service_id: _Optional[str] = ...) -> None: ...

class ListVolumesResponse(_message.Message):
    __slots__ = ("volumes",)
    VOLUMES_FIELD_NUMBER: _ClassVar[int]
    volumes: _containers.RepeatedCompositeFieldContainer[Volume]
    def __init__(self, volumes: _Optional[_Iterable[_Union[Volume, _Mapping]]] = ...) -> None: ...

class Volume(_message.Message):
    __slots__ = ("service_id", "service_name", "london_date", "channel", "messages", "chargeable_units")
    SERVICE_ID_FIELD_NUMBER: _ClassVar[int]
    SERVICE_NAME_FIELD_NUMBER: _ClassVar[int]
    LONDON_DATE_FIELD_NUMBER: _ClassVar[int]
    CHANNEL_FIELD_NUMBER: _ClassVar[int]
    MESSAGES_FIELD_NUMBER: _ClassVar[int]
    CHARGEABLE_UNITS_FIELD_NUMBER: _ClassVar[int]
    service_id: str
    service_name: str
    london_date: str
    channel: Channel
    messages: int
    chargeable_units: int
    def __init__(self, service_id: _Optional[str] = ..., service_name: _Optional[str] = ..., london_date: _Optional[str] = ..., channel: _Optional[_Union[Channel, str]] = ..., messages: _Optional[int] = ..., chargeable_units: _Optional[int] = ...) -> None: ...

class ForecastCostRequest(_message.Message):
    __slots__ = ("service_id", "lines")
    SERVICE_ID_FIELD_NUMBER: _ClassVar[int]
    LINES_FIELD_NUMBER: _ClassVar[int]
    service_id: str
    lines: _containers.RepeatedCompositeFieldContainer[ForecastLine]
    def __init__(self, service_id: _Optional[str] = ..., lines: _Optional[_Iterable[_Union[ForecastLine, _Mapping]]] = ...) -> None: ...

class ForecastLine(_message.Message):
    __slots__ = ("channel", "messages", "units", "rate_multiplier", "postage")
    CHANNEL_FIELD_NUMBER: _ClassVar[int]
    MESSAGES_FIELD_NUMBER: _ClassVar[int]
    UNITS_FIELD_NUMBER: _ClassVar[int]
    RATE_MULTIPLIER_FIELD_NUMBER: _ClassVar[int]
    POSTAGE_FIELD_NUMBER: _ClassVar[int]
    channel: Channel
    messages: int
    units: int
    rate_multiplier: int
    postage: str
    def __init__(self, channel: _Optional[_Union[Channel, str]] = ..., messages: _Optional[int] = ..., units: _Optional[int] = ..., rate_multiplier: _Optional[int] = ..., postage: _Optional[str] = ...) -> None: ...

class ForecastCostResponse(_message.Message):
    __slots__ = ("text_units", "free_text_units", "price_ten_thousandths", "cost_ten_thousandths", "allowance")
    TEXT_UNITS_FIELD_NUMBER: _ClassVar[int]
    FREE_TEXT_UNITS_FIELD_NUMBER: _ClassVar[int]
    PRICE_TEN_THOUSANDTHS_FIELD_NUMBER: _ClassVar[int]
    COST_TEN_THOUSANDTHS_FIELD_NUMBER: _ClassVar[int]
    ALLOWANCE_FIELD_NUMBER: _ClassVar[int]
    text_units: int
    free_text_units: int
    price_ten_thousandths: int
    cost_ten_thousandths: int
    allowance: Allowance
    def __init__(self, text_units: _Optional[int] = ..., free_text_units: _Optional[int] = ..., price_ten_thousandths: _Optional[int] = ..., cost_ten_thousandths: _Optional[int] = ..., allowance: _Optional[_Union[Allowance, _Mapping]] = ...) -> None: ...

class GetMonthlyReportRequest(_message.Message):
    __slots__ = ("london_month",)
    LONDON_MONTH_FIELD_NUMBER: _ClassVar[int]
    london_month: str
    def __init__(self, london_month: _Optional[str] = ...) -> None: ...

class GetMonthlyReportResponse(_message.Message):
    __slots__ = ("csv",)
    CSV_FIELD_NUMBER: _ClassVar[int]
    csv: str
    def __init__(self, csv: _Optional[str] = ...) -> None: ...

class RebuildDayRequest(_message.Message):
    __slots__ = ("london_date", "service_id", "may_empty")
    LONDON_DATE_FIELD_NUMBER: _ClassVar[int]
    SERVICE_ID_FIELD_NUMBER: _ClassVar[int]
    MAY_EMPTY_FIELD_NUMBER: _ClassVar[int]
    london_date: str
    service_id: str
    may_empty: bool
    def __init__(self, london_date: _Optional[str] = ..., service_id: _Optional[str] = ..., may_empty: _Optional[bool] = ...) -> None: ...

class RebuildDayResponse(_message.Message):
    __slots__ = ("notification_count", "corrected_count", "removed_count", "recounted_count")
    NOTIFICATION_COUNT_FIELD_NUMBER: _ClassVar[int]
    CORRECTED_COUNT_FIELD_NUMBER: _ClassVar[int]
    REMOVED_COUNT_FIELD_NUMBER: _ClassVar[int]
    RECOUNTED_COUNT_FIELD_NUMBER: _ClassVar[int]
    notification_count: int
    corrected_count: int
    removed_count: int
    recounted_count: int
    def __init__(self, notification_count: _Optional[int] = ..., corrected_count: _Optional[int] = ..., removed_count: _Optional[int] = ..., recounted_count: _Optional[int] = ...) -> None: ...

class CheckLastDaysRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class CheckLastDaysResponse(_message.Message):
    __slots__ = ("differences",)
    DIFFERENCES_FIELD_NUMBER: _ClassVar[int]
    differences: _containers.RepeatedCompositeFieldContainer[Difference]
    def __init__(self, differences: _Optional[_Iterable[_Union[Difference, _Mapping]]] = ...) -> None: ...

class Difference(_message.Message):
    __slots__ = ("london_date", "service_id", "template_id", "channel", "counted", "found")
    LONDON_DATE_FIELD_NUMBER: _ClassVar[int]
    SERVICE_ID_FIELD_NUMBER: _ClassVar[int]
    TEMPLATE_ID_FIELD_NUMBER: _ClassVar[int]
    CHANNEL_FIELD_NUMBER: _ClassVar[int]
    COUNTED_FIELD_NUMBER: _ClassVar[int]
    FOUND_FIELD_NUMBER: _ClassVar[int]
    london_date: str
    service_id: str
    template_id: str
    channel: Channel
    counted: int
    found: int
    def __init__(self, london_date: _Optional[str] = ..., service_id: _Optional[str] = ..., template_id: _Optional[str] = ..., channel: _Optional[_Union[Channel, str]] = ..., counted: _Optional[int] = ..., found: _Optional[int] = ...) -> None: ...

class GetBillingStatusRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class GetBillingStatusResponse(_message.Message):
    __slots__ = ("read_time", "check_time", "difference_count")
    READ_TIME_FIELD_NUMBER: _ClassVar[int]
    CHECK_TIME_FIELD_NUMBER: _ClassVar[int]
    DIFFERENCE_COUNT_FIELD_NUMBER: _ClassVar[int]
    read_time: _timestamp_pb2.Timestamp
    check_time: _timestamp_pb2.Timestamp
    difference_count: int
    def __init__(self, read_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., check_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., difference_count: _Optional[int] = ...) -> None: ...
