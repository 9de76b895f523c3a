import datetime

from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from notify.notifications.v1 import types_pb2 as _types_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class CompletionStatus(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    COMPLETION_STATUS_UNSPECIFIED: _ClassVar[CompletionStatus]
    COMPLETION_STATUS_RECORDED: _ClassVar[CompletionStatus]
    COMPLETION_STATUS_STALE: _ClassVar[CompletionStatus]

class ReportOutcome(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    REPORT_OUTCOME_UNSPECIFIED: _ClassVar[ReportOutcome]
    REPORT_OUTCOME_APPLIED: _ClassVar[ReportOutcome]
    REPORT_OUTCOME_DUPLICATE: _ClassVar[ReportOutcome]
    REPORT_OUTCOME_UNKNOWN_NOTIFICATION: _ClassVar[ReportOutcome]
    REPORT_OUTCOME_IGNORED: _ClassVar[ReportOutcome]

class OpenVerdict(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    OPEN_VERDICT_UNSPECIFIED: _ClassVar[OpenVerdict]
    OPEN_VERDICT_WAITS: _ClassVar[OpenVerdict]
    OPEN_VERDICT_LOST: _ClassVar[OpenVerdict]
    OPEN_VERDICT_STUCK: _ClassVar[OpenVerdict]
COMPLETION_STATUS_UNSPECIFIED: CompletionStatus
COMPLETION_STATUS_RECORDED: CompletionStatus
COMPLETION_STATUS_STALE: CompletionStatus
REPORT_OUTCOME_UNSPECIFIED: ReportOutcome
REPORT_OUTCOME_APPLIED: ReportOutcome
REPORT_OUTCOME_DUPLICATE: ReportOutcome
REPORT_OUTCOME_UNKNOWN_NOTIFICATION: ReportOutcome
REPORT_OUTCOME_IGNORED: ReportOutcome
OPEN_VERDICT_UNSPECIFIED: OpenVerdict
OPEN_VERDICT_WAITS: OpenVerdict
OPEN_VERDICT_LOST: OpenVerdict
OPEN_VERDICT_STUCK: OpenVerdict

class LeaseDeliveriesRequest(_message.Message):
    __slots__ = ("channel", "worker_id", "max_deliveries", "wait_duration")
    CHANNEL_FIELD_NUMBER: _ClassVar[int]
    WORKER_ID_FIELD_NUMBER: _ClassVar[int]
    MAX_DELIVERIES_FIELD_NUMBER: _ClassVar[int]
    WAIT_DURATION_FIELD_NUMBER: _ClassVar[int]
    channel: _types_pb2.NotificationType
    worker_id: str
    max_deliveries: int
    wait_duration: _duration_pb2.Duration
    def __init__(self, channel: _Optional[_Union[_types_pb2.NotificationType, str]] = ..., worker_id: _Optional[str] = ..., max_deliveries: _Optional[int] = ..., wait_duration: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class LeaseDeliveriesResponse(_message.Message):
    __slots__ = ("deliveries",)
    DELIVERIES_FIELD_NUMBER: _ClassVar[int]
    deliveries: _containers.RepeatedCompositeFieldContainer[Delivery]
    def __init__(self, deliveries: _Optional[_Iterable[_Union[Delivery, _Mapping]]] = ...) -> None: ...

class Delivery(_message.Message):
    __slots__ = ("notification_id", "attempt", "service_id", "key_type", "lease_expire_time", "possible_duplicate", "create_time", "failed_providers", "text", "email", "letter")
    NOTIFICATION_ID_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_FIELD_NUMBER: _ClassVar[int]
    SERVICE_ID_FIELD_NUMBER: _ClassVar[int]
    KEY_TYPE_FIELD_NUMBER: _ClassVar[int]
    LEASE_EXPIRE_TIME_FIELD_NUMBER: _ClassVar[int]
    POSSIBLE_DUPLICATE_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    FAILED_PROVIDERS_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    EMAIL_FIELD_NUMBER: _ClassVar[int]
    LETTER_FIELD_NUMBER: _ClassVar[int]
    notification_id: str
    attempt: int
    service_id: str
    key_type: _types_pb2.KeyType
    lease_expire_time: _timestamp_pb2.Timestamp
    possible_duplicate: bool
    create_time: _timestamp_pb2.Timestamp
    failed_providers: _containers.RepeatedScalarFieldContainer[str]
    text: TextContent
    email: EmailContent
    letter: LetterContent
    def __init__(self, notification_id: _Optional[str] = ..., attempt: _Optional[int] = ..., service_id: _Optional[str] = ..., key_type: _Optional[_Union[_types_pb2.KeyType, str]] = ..., lease_expire_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., possible_duplicate: _Optional[bool] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., failed_providers: _Optional[_Iterable[str]] = ..., text: _Optional[_Union[TextContent, _Mapping]] = ..., email: _Optional[_Union[EmailContent, _Mapping]] = ..., letter: _Optional[_Union[LetterContent, _Mapping]] = ...) -> None: ...

class TextContent(_message.Message):
    __slots__ = ("phone_number", "sender", "body", "international")
    PHONE_NUMBER_FIELD_NUMBER: _ClassVar[int]
    SENDER_FIELD_NUMBER: _ClassVar[int]
    BODY_FIELD_NUMBER: _ClassVar[int]
    INTERNATIONAL_FIELD_NUMBER: _ClassVar[int]
    phone_number: str
    sender: str
    body: str
    international: bool
    def __init__(self, phone_number: _Optional[str] = ..., sender: _Optional[str] = ..., body: _Optional[str] = ..., international: _Optional[bool] = ...) -> None: ...

class EmailContent(_message.Message):
    __slots__ = ("email_address", "from_name", "from_address", "reply_to_address", "subject_template", "body_template", "personalisation_json", "one_click_unsubscribe_url", "show_unsubscribe_link", "branding")
    EMAIL_ADDRESS_FIELD_NUMBER: _ClassVar[int]
    FROM_NAME_FIELD_NUMBER: _ClassVar[int]
    FROM_ADDRESS_FIELD_NUMBER: _ClassVar[int]
    REPLY_TO_ADDRESS_FIELD_NUMBER: _ClassVar[int]
    SUBJECT_TEMPLATE_FIELD_NUMBER: _ClassVar[int]
    BODY_TEMPLATE_FIELD_NUMBER: _ClassVar[int]
    PERSONALISATION_JSON_FIELD_NUMBER: _ClassVar[int]
    ONE_CLICK_UNSUBSCRIBE_URL_FIELD_NUMBER: _ClassVar[int]
    SHOW_UNSUBSCRIBE_LINK_FIELD_NUMBER: _ClassVar[int]
    BRANDING_FIELD_NUMBER: _ClassVar[int]
    email_address: str
    from_name: str
    from_address: str
    reply_to_address: str
    subject_template: str
    body_template: str
    personalisation_json: str
    one_click_unsubscribe_url: str
    show_unsubscribe_link: bool
    branding: EmailBranding
    def __init__(self, email_address: _Optional[str] = ..., from_name: _Optional[str] = ..., from_address: _Optional[str] = ..., reply_to_address: _Optional[str] = ..., subject_template: _Optional[str] = ..., body_template: _Optional[str] = ..., personalisation_json: _Optional[str] = ..., one_click_unsubscribe_url: _Optional[str] = ..., show_unsubscribe_link: _Optional[bool] = ..., branding: _Optional[_Union[EmailBranding, _Mapping]] = ...) -> None: ...

class EmailBranding(_message.Message):
    __slots__ = ("text", "colour", "logo_url", "alt_text", "banner")
    TEXT_FIELD_NUMBER: _ClassVar[int]
    COLOUR_FIELD_NUMBER: _ClassVar[int]
    LOGO_URL_FIELD_NUMBER: _ClassVar[int]
    ALT_TEXT_FIELD_NUMBER: _ClassVar[int]
    BANNER_FIELD_NUMBER: _ClassVar[int]
    text: str
    colour: str
    logo_url: str
    alt_text: str
    banner: bool
    def __init__(self, text: _Optional[str] = ..., colour: _Optional[str] = ..., logo_url: _Optional[str] = ..., alt_text: _Optional[str] = ..., banner: _Optional[bool] = ...) -> None: ...

class LetterContent(_message.Message):
    __slots__ = ("reference", "postage", "allow_international", "wants_pretend_receipt", "templated", "precompiled")
    REFERENCE_FIELD_NUMBER: _ClassVar[int]
    POSTAGE_FIELD_NUMBER: _ClassVar[int]
    ALLOW_INTERNATIONAL_FIELD_NUMBER: _ClassVar[int]
    WANTS_PRETEND_RECEIPT_FIELD_NUMBER: _ClassVar[int]
    TEMPLATED_FIELD_NUMBER: _ClassVar[int]
    PRECOMPILED_FIELD_NUMBER: _ClassVar[int]
    reference: str
    postage: str
    allow_international: bool
    wants_pretend_receipt: bool
    templated: TemplatedLetter
    precompiled: PrecompiledLetter
    def __init__(self, reference: _Optional[str] = ..., postage: _Optional[str] = ..., allow_international: _Optional[bool] = ..., wants_pretend_receipt: _Optional[bool] = ..., templated: _Optional[_Union[TemplatedLetter, _Mapping]] = ..., precompiled: _Optional[_Union[PrecompiledLetter, _Mapping]] = ...) -> None: ...

class TemplatedLetter(_message.Message):
    __slots__ = ("subject_template", "body_template", "contact_block_template", "personalisation_json", "welsh_subject_template", "welsh_body_template", "logo_svg", "attachment_id")
    SUBJECT_TEMPLATE_FIELD_NUMBER: _ClassVar[int]
    BODY_TEMPLATE_FIELD_NUMBER: _ClassVar[int]
    CONTACT_BLOCK_TEMPLATE_FIELD_NUMBER: _ClassVar[int]
    PERSONALISATION_JSON_FIELD_NUMBER: _ClassVar[int]
    WELSH_SUBJECT_TEMPLATE_FIELD_NUMBER: _ClassVar[int]
    WELSH_BODY_TEMPLATE_FIELD_NUMBER: _ClassVar[int]
    LOGO_SVG_FIELD_NUMBER: _ClassVar[int]
    ATTACHMENT_ID_FIELD_NUMBER: _ClassVar[int]
    subject_template: str
    body_template: str
    contact_block_template: str
    personalisation_json: str
    welsh_subject_template: str
    welsh_body_template: str
    logo_svg: str
    attachment_id: str
    def __init__(self, subject_template: _Optional[str] = ..., body_template: _Optional[str] = ..., contact_block_template: _Optional[str] = ..., personalisation_json: _Optional[str] = ..., welsh_subject_template: _Optional[str] = ..., welsh_body_template: _Optional[str] = ..., logo_svg: _Optional[str] = ..., attachment_id: _Optional[str] = ...) -> None: ...

class PrecompiledLetter(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class CompleteDeliveriesRequest(_message.Message):
    __slots__ = ("worker_id", "results")
    WORKER_ID_FIELD_NUMBER: _ClassVar[int]
    RESULTS_FIELD_NUMBER: _ClassVar[int]
    worker_id: str
    results: _containers.RepeatedCompositeFieldContainer[DeliveryResult]
    def __init__(self, worker_id: _Optional[str] = ..., results: _Optional[_Iterable[_Union[DeliveryResult, _Mapping]]] = ...) -> None: ...

class DeliveryResult(_message.Message):
    __slots__ = ("notification_id", "attempt", "provider", "start_time", "duration", "handed_over", "retry_later", "refused", "pretend", "released", "letter_prepared", "letter_failed", "failed_requests")
    NOTIFICATION_ID_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_FIELD_NUMBER: _ClassVar[int]
    PROVIDER_FIELD_NUMBER: _ClassVar[int]
    START_TIME_FIELD_NUMBER: _ClassVar[int]
    DURATION_FIELD_NUMBER: _ClassVar[int]
    HANDED_OVER_FIELD_NUMBER: _ClassVar[int]
    RETRY_LATER_FIELD_NUMBER: _ClassVar[int]
    REFUSED_FIELD_NUMBER: _ClassVar[int]
    PRETEND_FIELD_NUMBER: _ClassVar[int]
    RELEASED_FIELD_NUMBER: _ClassVar[int]
    LETTER_PREPARED_FIELD_NUMBER: _ClassVar[int]
    LETTER_FAILED_FIELD_NUMBER: _ClassVar[int]
    FAILED_REQUESTS_FIELD_NUMBER: _ClassVar[int]
    notification_id: str
    attempt: int
    provider: str
    start_time: _timestamp_pb2.Timestamp
    duration: _duration_pb2.Duration
    handed_over: HandedOver
    retry_later: RetryLater
    refused: Refused
    pretend: PretendOutcome
    released: Released
    letter_prepared: LetterPrepared
    letter_failed: LetterFailed
    failed_requests: _containers.RepeatedCompositeFieldContainer[FailedRequest]
    def __init__(self, notification_id: _Optional[str] = ..., attempt: _Optional[int] = ..., provider: _Optional[str] = ..., start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., duration: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., handed_over: _Optional[_Union[HandedOver, _Mapping]] = ..., retry_later: _Optional[_Union[RetryLater, _Mapping]] = ..., refused: _Optional[_Union[Refused, _Mapping]] = ..., pretend: _Optional[_Union[PretendOutcome, _Mapping]] = ..., released: _Optional[_Union[Released, _Mapping]] = ..., letter_prepared: _Optional[_Union[LetterPrepared, _Mapping]] = ..., letter_failed: _Optional[_Union[LetterFailed, _Mapping]] = ..., failed_requests: _Optional[_Iterable[_Union[FailedRequest, _Mapping]]] = ...) -> None: ...

class FailedRequest(_message.Message):
    __slots__ = ("provider", "start_time", "duration", "error_code", "may_be_out")
    PROVIDER_FIELD_NUMBER: _ClassVar[int]
    START_TIME_FIELD_NUMBER: _ClassVar[int]
    DURATION_FIELD_NUMBER: _ClassVar[int]
    ERROR_CODE_FIELD_NUMBER: _ClassVar[int]
    MAY_BE_OUT_FIELD_NUMBER: _ClassVar[int]
    provider: str
    start_time: _timestamp_pb2.Timestamp
    duration: _duration_pb2.Duration
    error_code: str
    may_be_out: bool
    def __init__(self, provider: _Optional[str] = ..., start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., duration: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., error_code: _Optional[str] = ..., may_be_out: _Optional[bool] = ...) -> None: ...

class LetterPrepared(_message.Message):
    __slots__ = ("page_count", "sheets", "postage", "address_lines")
    PAGE_COUNT_FIELD_NUMBER: _ClassVar[int]
    SHEETS_FIELD_NUMBER: _ClassVar[int]
    POSTAGE_FIELD_NUMBER: _ClassVar[int]
    ADDRESS_LINES_FIELD_NUMBER: _ClassVar[int]
    page_count: int
    sheets: int
    postage: str
    address_lines: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, page_count: _Optional[int] = ..., sheets: _Optional[int] = ..., postage: _Optional[str] = ..., address_lines: _Optional[_Iterable[str]] = ...) -> None: ...

class LetterFailed(_message.Message):
    __slots__ = ("status", "reason", "invalid_pages", "page_count")
    STATUS_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    INVALID_PAGES_FIELD_NUMBER: _ClassVar[int]
    PAGE_COUNT_FIELD_NUMBER: _ClassVar[int]
    status: _types_pb2.NotificationStatus
    reason: str
    invalid_pages: _containers.RepeatedScalarFieldContainer[int]
    page_count: int
    def __init__(self, status: _Optional[_Union[_types_pb2.NotificationStatus, str]] = ..., reason: _Optional[str] = ..., invalid_pages: _Optional[_Iterable[int]] = ..., page_count: _Optional[int] = ...) -> None: ...

class HandedOver(_message.Message):
    __slots__ = ("provider_reference",)
    PROVIDER_REFERENCE_FIELD_NUMBER: _ClassVar[int]
    provider_reference: str
    def __init__(self, provider_reference: _Optional[str] = ...) -> None: ...

class RetryLater(_message.Message):
    __slots__ = ("error_code", "delay", "no_provider", "may_be_out")
    ERROR_CODE_FIELD_NUMBER: _ClassVar[int]
    DELAY_FIELD_NUMBER: _ClassVar[int]
    NO_PROVIDER_FIELD_NUMBER: _ClassVar[int]
    MAY_BE_OUT_FIELD_NUMBER: _ClassVar[int]
    error_code: str
    delay: _duration_pb2.Duration
    no_provider: bool
    may_be_out: bool
    def __init__(self, error_code: _Optional[str] = ..., delay: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., no_provider: _Optional[bool] = ..., may_be_out: _Optional[bool] = ...) -> None: ...

class Refused(_message.Message):
    __slots__ = ("error_code",)
    ERROR_CODE_FIELD_NUMBER: _ClassVar[int]
    error_code: str
    def __init__(self, error_code: _Optional[str] = ...) -> None: ...

class PretendOutcome(_message.Message):
    __slots__ = ("status",)
    STATUS_FIELD_NUMBER: _ClassVar[int]
    status: _types_pb2.NotificationStatus
    def __init__(self, status: _Optional[_Union[_types_pb2.NotificationStatus, str]] = ...) -> None: ...

class Released(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class CompleteDeliveriesResponse(_message.Message):
    __slots__ = ("statuses",)
    STATUSES_FIELD_NUMBER: _ClassVar[int]
    statuses: _containers.RepeatedScalarFieldContainer[CompletionStatus]
    def __init__(self, statuses: _Optional[_Iterable[_Union[CompletionStatus, str]]] = ...) -> None: ...

class ExtendLeasesRequest(_message.Message):
    __slots__ = ("worker_id", "leases")
    WORKER_ID_FIELD_NUMBER: _ClassVar[int]
    LEASES_FIELD_NUMBER: _ClassVar[int]
    worker_id: str
    leases: _containers.RepeatedCompositeFieldContainer[LeaseRef]
    def __init__(self, worker_id: _Optional[str] = ..., leases: _Optional[_Iterable[_Union[LeaseRef, _Mapping]]] = ...) -> None: ...

class LeaseRef(_message.Message):
    __slots__ = ("notification_id", "attempt")
    NOTIFICATION_ID_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_FIELD_NUMBER: _ClassVar[int]
    notification_id: str
    attempt: int
    def __init__(self, notification_id: _Optional[str] = ..., attempt: _Optional[int] = ...) -> None: ...

class ExtendLeasesResponse(_message.Message):
    __slots__ = ("leases", "lease_expire_time")
    LEASES_FIELD_NUMBER: _ClassVar[int]
    LEASE_EXPIRE_TIME_FIELD_NUMBER: _ClassVar[int]
    leases: _containers.RepeatedCompositeFieldContainer[LeaseRef]
    lease_expire_time: _timestamp_pb2.Timestamp
    def __init__(self, leases: _Optional[_Iterable[_Union[LeaseRef, _Mapping]]] = ..., lease_expire_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ApplyStatusesRequest(_message.Message):
    __slots__ = ("reports",)
    REPORTS_FIELD_NUMBER: _ClassVar[int]
    reports: _containers.RepeatedCompositeFieldContainer[StatusReport]
    def __init__(self, reports: _Optional[_Iterable[_Union[StatusReport, _Mapping]]] = ...) -> None: ...

class StatusReport(_message.Message):
    __slots__ = ("notification_id", "provider", "status", "overrides", "detail_code", "receive_time")
    NOTIFICATION_ID_FIELD_NUMBER: _ClassVar[int]
    PROVIDER_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    OVERRIDES_FIELD_NUMBER: _ClassVar[int]
    DETAIL_CODE_FIELD_NUMBER: _ClassVar[int]
    RECEIVE_TIME_FIELD_NUMBER: _ClassVar[int]
    notification_id: str
    provider: str
    status: _types_pb2.NotificationStatus
    overrides: _containers.RepeatedCompositeFieldContainer[StatusOverride]
    detail_code: str
    receive_time: _timestamp_pb2.Timestamp
    def __init__(self, notification_id: _Optional[str] = ..., provider: _Optional[str] = ..., status: _Optional[_Union[_types_pb2.NotificationStatus, str]] = ..., overrides: _Optional[_Iterable[_Union[StatusOverride, _Mapping]]] = ..., detail_code: _Optional[str] = ..., receive_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class StatusOverride(_message.Message):
    __slots__ = ("given_to", "current_status", "status")
    GIVEN_TO_FIELD_NUMBER: _ClassVar[int]
    CURRENT_STATUS_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    given_to: str
    current_status: _types_pb2.NotificationStatus
    status: _types_pb2.NotificationStatus
    def __init__(self, given_to: _Optional[str] = ..., current_status: _Optional[_Union[_types_pb2.NotificationStatus, str]] = ..., status: _Optional[_Union[_types_pb2.NotificationStatus, str]] = ...) -> None: ...

class ApplyStatusesResponse(_message.Message):
    __slots__ = ("results",)
    RESULTS_FIELD_NUMBER: _ClassVar[int]
    results: _containers.RepeatedCompositeFieldContainer[StatusReportResult]
    def __init__(self, results: _Optional[_Iterable[_Union[StatusReportResult, _Mapping]]] = ...) -> None: ...

class StatusReportResult(_message.Message):
    __slots__ = ("outcome", "given_to", "create_time", "send_time", "status", "key_type")
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    GIVEN_TO_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    SEND_TIME_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    KEY_TYPE_FIELD_NUMBER: _ClassVar[int]
    outcome: ReportOutcome
    given_to: str
    create_time: _timestamp_pb2.Timestamp
    send_time: _timestamp_pb2.Timestamp
    status: _types_pb2.NotificationStatus
    key_type: _types_pb2.KeyType
    def __init__(self, outcome: _Optional[_Union[ReportOutcome, str]] = ..., given_to: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., send_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., status: _Optional[_Union[_types_pb2.NotificationStatus, str]] = ..., key_type: _Optional[_Union[_types_pb2.KeyType, str]] = ...) -> None: ...

class ListDeadDeliveriesRequest(_message.Message):
    __slots__ = ("service_id", "page_size", "page_token")
    SERVICE_ID_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    service_id: str
    page_size: int
    page_token: str
    def __init__(self, service_id: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListDeadDeliveriesResponse(_message.Message):
    __slots__ = ("deliveries", "next_page_token")
    DELIVERIES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    deliveries: _containers.RepeatedCompositeFieldContainer[DeadDelivery]
    next_page_token: str
    def __init__(self, deliveries: _Optional[_Iterable[_Union[DeadDelivery, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class DeadDelivery(_message.Message):
    __slots__ = ("notification_id", "service_id", "channel", "attempts", "last_error", "death_time")
    NOTIFICATION_ID_FIELD_NUMBER: _ClassVar[int]
    SERVICE_ID_FIELD_NUMBER: _ClassVar[int]
    CHANNEL_FIELD_NUMBER: _ClassVar[int]
    ATTEMPTS_FIELD_NUMBER: _ClassVar[int]
    LAST_ERROR_FIELD_NUMBER: _ClassVar[int]
    DEATH_TIME_FIELD_NUMBER: _ClassVar[int]
    notification_id: str
    service_id: str
    channel: _types_pb2.NotificationType
    attempts: int
    last_error: str
    death_time: _timestamp_pb2.Timestamp
    def __init__(self, notification_id: _Optional[str] = ..., service_id: _Optional[str] = ..., channel: _Optional[_Union[_types_pb2.NotificationType, str]] = ..., attempts: _Optional[int] = ..., last_error: _Optional[str] = ..., death_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ReplayDeliveriesRequest(_message.Message):
    __slots__ = ("notification_ids", "reason")
    NOTIFICATION_IDS_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    notification_ids: _containers.RepeatedScalarFieldContainer[str]
    reason: str
    def __init__(self, notification_ids: _Optional[_Iterable[str]] = ..., reason: _Optional[str] = ...) -> None: ...

class ReplayDeliveriesResponse(_message.Message):
    __slots__ = ("replayed_count",)
    REPLAYED_COUNT_FIELD_NUMBER: _ClassVar[int]
    replayed_count: int
    def __init__(self, replayed_count: _Optional[int] = ...) -> None: ...

class GetQueueStatisticsRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class GetQueueStatisticsResponse(_message.Message):
    __slots__ = ("queues",)
    QUEUES_FIELD_NUMBER: _ClassVar[int]
    queues: _containers.RepeatedCompositeFieldContainer[QueueStatistics]
    def __init__(self, queues: _Optional[_Iterable[_Union[QueueStatistics, _Mapping]]] = ...) -> None: ...

class QueueStatistics(_message.Message):
    __slots__ = ("channel", "lane", "ready_count", "leased_count", "waiting_count", "oldest_ready_age")
    CHANNEL_FIELD_NUMBER: _ClassVar[int]
    LANE_FIELD_NUMBER: _ClassVar[int]
    READY_COUNT_FIELD_NUMBER: _ClassVar[int]
    LEASED_COUNT_FIELD_NUMBER: _ClassVar[int]
    WAITING_COUNT_FIELD_NUMBER: _ClassVar[int]
    OLDEST_READY_AGE_FIELD_NUMBER: _ClassVar[int]
    channel: _types_pb2.NotificationType
    lane: _types_pb2.Lane
    ready_count: int
    leased_count: int
    waiting_count: int
    oldest_ready_age: _duration_pb2.Duration
    def __init__(self, channel: _Optional[_Union[_types_pb2.NotificationType, str]] = ..., lane: _Optional[_Union[_types_pb2.Lane, str]] = ..., ready_count: _Optional[int] = ..., leased_count: _Optional[int] = ..., waiting_count: _Optional[int] = ..., oldest_ready_age: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class DropDeliveriesRequest(_message.Message):
    __slots__ = ("notification_ids", "reason")
    NOTIFICATION_IDS_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    notification_ids: _containers.RepeatedScalarFieldContainer[str]
    reason: str
    def __init__(self, notification_ids: _Optional[_Iterable[str]] = ..., reason: _Optional[str] = ...) -> None: ...

class DropDeliveriesResponse(_message.Message):
    __slots__ = ("dropped_count",)
    DROPPED_COUNT_FIELD_NUMBER: _ClassVar[int]
    dropped_count: int
    def __init__(self, dropped_count: _Optional[int] = ...) -> None: ...

class ListOpenNotificationsRequest(_message.Message):
    __slots__ = ("older_than", "page_size")
    OLDER_THAN_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    older_than: _duration_pb2.Duration
    page_size: int
    def __init__(self, older_than: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., page_size: _Optional[int] = ...) -> None: ...

class MarkHandedOverRequest(_message.Message):
    __slots__ = ("messages", "reason")
    MESSAGES_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    messages: _containers.RepeatedCompositeFieldContainer[HandedOverMessage]
    reason: str
    def __init__(self, messages: _Optional[_Iterable[_Union[HandedOverMessage, _Mapping]]] = ..., reason: _Optional[str] = ...) -> None: ...

class HandedOverMessage(_message.Message):
    __slots__ = ("notification_id", "provider", "send_time")
    NOTIFICATION_ID_FIELD_NUMBER: _ClassVar[int]
    PROVIDER_FIELD_NUMBER: _ClassVar[int]
    SEND_TIME_FIELD_NUMBER: _ClassVar[int]
    notification_id: str
    provider: str
    send_time: _timestamp_pb2.Timestamp
    def __init__(self, notification_id: _Optional[str] = ..., provider: _Optional[str] = ..., send_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class MarkHandedOverResponse(_message.Message):
    __slots__ = ("marked_count",)
    MARKED_COUNT_FIELD_NUMBER: _ClassVar[int]
    marked_count: int
    def __init__(self, marked_count: _Optional[int] = ...) -> None: ...

class ListOpenNotificationsResponse(_message.Message):
    __slots__ = ("notifications",)
    NOTIFICATIONS_FIELD_NUMBER: _ClassVar[int]
    notifications: _containers.RepeatedCompositeFieldContainer[OpenNotification]
    def __init__(self, notifications: _Optional[_Iterable[_Union[OpenNotification, _Mapping]]] = ...) -> None: ...

class OpenNotification(_message.Message):
    __slots__ = ("notification_id", "service_id", "type", "status", "create_time", "has_delivery", "verdict")
    NOTIFICATION_ID_FIELD_NUMBER: _ClassVar[int]
    SERVICE_ID_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    HAS_DELIVERY_FIELD_NUMBER: _ClassVar[int]
    VERDICT_FIELD_NUMBER: _ClassVar[int]
    notification_id: str
    service_id: str
    type: _types_pb2.NotificationType
    status: _types_pb2.NotificationStatus
    create_time: _timestamp_pb2.Timestamp
    has_delivery: bool
    verdict: OpenVerdict
    def __init__(self, notification_id: _Optional[str] = ..., service_id: _Optional[str] = ..., type: _Optional[_Union[_types_pb2.NotificationType, str]] = ..., status: _Optional[_Union[_types_pb2.NotificationStatus, str]] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., has_delivery: _Optional[bool] = ..., verdict: _Optional[_Union[OpenVerdict, str]] = ...) -> None: ...
