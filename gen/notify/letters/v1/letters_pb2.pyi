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
    ERROR_REASON_PDF_NOT_READY: _ClassVar[ErrorReason]
    ERROR_REASON_VIRUS_SCAN_FAILED: _ClassVar[ErrorReason]
    ERROR_REASON_NO_SUCH_PAGE: _ClassVar[ErrorReason]
    ERROR_REASON_NOT_RENDERABLE: _ClassVar[ErrorReason]
    ERROR_REASON_REPORT_TOKEN_REFUSED: _ClassVar[ErrorReason]
    ERROR_REASON_REPORT_UNREADABLE: _ClassVar[ErrorReason]
    ERROR_REASON_REPORT_ID_MISMATCH: _ClassVar[ErrorReason]

class LetterState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    LETTER_STATE_UNSPECIFIED: _ClassVar[LetterState]
    LETTER_STATE_READY: _ClassVar[LetterState]
    LETTER_STATE_REQUESTED: _ClassVar[LetterState]
    LETTER_STATE_HANDED_OVER: _ClassVar[LetterState]
    LETTER_STATE_DESPATCHED: _ClassVar[LetterState]
    LETTER_STATE_REJECTED: _ClassVar[LetterState]
    LETTER_STATE_CANCELLED: _ClassVar[LetterState]
    LETTER_STATE_PRETENDED: _ClassVar[LetterState]
    LETTER_STATE_INVALID: _ClassVar[LetterState]
    LETTER_STATE_INFECTED: _ClassVar[LetterState]

class CancelOutcome(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CANCEL_OUTCOME_UNSPECIFIED: _ClassVar[CancelOutcome]
    CANCEL_OUTCOME_CANCELLED: _ClassVar[CancelOutcome]
    CANCEL_OUTCOME_TOO_LATE: _ClassVar[CancelOutcome]
    CANCEL_OUTCOME_NEVER_PRINTED: _ClassVar[CancelOutcome]
ERROR_REASON_UNSPECIFIED: ErrorReason
ERROR_REASON_INVALID_REQUEST: ErrorReason
ERROR_REASON_NOT_FOUND: ErrorReason
ERROR_REASON_PDF_NOT_READY: ErrorReason
ERROR_REASON_VIRUS_SCAN_FAILED: ErrorReason
ERROR_REASON_NO_SUCH_PAGE: ErrorReason
ERROR_REASON_NOT_RENDERABLE: ErrorReason
ERROR_REASON_REPORT_TOKEN_REFUSED: ErrorReason
ERROR_REASON_REPORT_UNREADABLE: ErrorReason
ERROR_REASON_REPORT_ID_MISMATCH: ErrorReason
LETTER_STATE_UNSPECIFIED: LetterState
LETTER_STATE_READY: LetterState
LETTER_STATE_REQUESTED: LetterState
LETTER_STATE_HANDED_OVER: LetterState
LETTER_STATE_DESPATCHED: LetterState
LETTER_STATE_REJECTED: LetterState
LETTER_STATE_CANCELLED: LetterState
LETTER_STATE_PRETENDED: LetterState
LETTER_STATE_INVALID: LetterState
LETTER_STATE_INFECTED: LetterState
CANCEL_OUTCOME_UNSPECIFIED: CancelOutcome
CANCEL_OUTCOME_CANCELLED: CancelOutcome
CANCEL_OUTCOME_TOO_LATE: CancelOutcome
CANCEL_OUTCOME_NEVER_PRINTED: CancelOutcome

class UploadLetterRequest(_message.Message):
    __slots__ = ("service_id", "notification_id", "content")
    SERVICE_ID_FIELD_NUMBER: _ClassVar[int]
    NOTIFICATION_ID_FIELD_NUMBER: _ClassVar[int]
    CONTENT_FIELD_NUMBER: _ClassVar[int]
    service_id: str
    notification_id: str
    content: bytes
    def __init__(self, service_id: _Optional[str] = ..., notification_id: _Optional[str] = ..., content: _Optional[bytes] = ...) -> None: ...

class UploadLetterResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class UploadAttachmentRequest(_message.Message):
    __slots__ = ("service_id", "attachment_id", "content")
    SERVICE_ID_FIELD_NUMBER: _ClassVar[int]
    ATTACHMENT_ID_FIELD_NUMBER: _ClassVar[int]
    CONTENT_FIELD_NUMBER: _ClassVar[int]
    service_id: str
    attachment_id: str
    content: bytes
    def __init__(self, service_id: _Optional[str] = ..., attachment_id: _Optional[str] = ..., content: _Optional[bytes] = ...) -> None: ...

class UploadAttachmentResponse(_message.Message):
    __slots__ = ("page_count", "fault")
    PAGE_COUNT_FIELD_NUMBER: _ClassVar[int]
    FAULT_FIELD_NUMBER: _ClassVar[int]
    page_count: int
    fault: LetterFault
    def __init__(self, page_count: _Optional[int] = ..., fault: _Optional[_Union[LetterFault, _Mapping]] = ...) -> None: ...

class LetterFault(_message.Message):
    __slots__ = ("code", "invalid_pages", "title", "detail")
    CODE_FIELD_NUMBER: _ClassVar[int]
    INVALID_PAGES_FIELD_NUMBER: _ClassVar[int]
    TITLE_FIELD_NUMBER: _ClassVar[int]
    DETAIL_FIELD_NUMBER: _ClassVar[int]
    code: str
    invalid_pages: _containers.RepeatedScalarFieldContainer[int]
    title: str
    detail: str
    def __init__(self, code: _Optional[str] = ..., invalid_pages: _Optional[_Iterable[int]] = ..., title: _Optional[str] = ..., detail: _Optional[str] = ...) -> None: ...

class LetterTexts(_message.Message):
    __slots__ = ("subject", "body", "contact_block", "welsh_subject", "welsh_body", "logo_svg", "attachment_id")
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    BODY_FIELD_NUMBER: _ClassVar[int]
    CONTACT_BLOCK_FIELD_NUMBER: _ClassVar[int]
    WELSH_SUBJECT_FIELD_NUMBER: _ClassVar[int]
    WELSH_BODY_FIELD_NUMBER: _ClassVar[int]
    LOGO_SVG_FIELD_NUMBER: _ClassVar[int]
    ATTACHMENT_ID_FIELD_NUMBER: _ClassVar[int]
    subject: str
    body: str
    contact_block: str
    welsh_subject: str
    welsh_body: str
    logo_svg: str
    attachment_id: str
    def __init__(self, subject: _Optional[str] = ..., body: _Optional[str] = ..., contact_block: _Optional[str] = ..., welsh_subject: _Optional[str] = ..., welsh_body: _Optional[str] = ..., logo_svg: _Optional[str] = ..., attachment_id: _Optional[str] = ...) -> None: ...

class PreviewLetterRequest(_message.Message):
    __slots__ = ("service_id", "template_id", "personalisation_json", "texts")
    SERVICE_ID_FIELD_NUMBER: _ClassVar[int]
    TEMPLATE_ID_FIELD_NUMBER: _ClassVar[int]
    PERSONALISATION_JSON_FIELD_NUMBER: _ClassVar[int]
    TEXTS_FIELD_NUMBER: _ClassVar[int]
    service_id: str
    template_id: str
    personalisation_json: str
    texts: LetterTexts
    def __init__(self, service_id: _Optional[str] = ..., template_id: _Optional[str] = ..., personalisation_json: _Optional[str] = ..., texts: _Optional[_Union[LetterTexts, _Mapping]] = ...) -> None: ...

class PreviewLetterResponse(_message.Message):
    __slots__ = ("pdf", "page_count", "welsh_page_count", "attachment_page_count", "fault")
    PDF_FIELD_NUMBER: _ClassVar[int]
    PAGE_COUNT_FIELD_NUMBER: _ClassVar[int]
    WELSH_PAGE_COUNT_FIELD_NUMBER: _ClassVar[int]
    ATTACHMENT_PAGE_COUNT_FIELD_NUMBER: _ClassVar[int]
    FAULT_FIELD_NUMBER: _ClassVar[int]
    pdf: bytes
    page_count: int
    welsh_page_count: int
    attachment_page_count: int
    fault: LetterFault
    def __init__(self, pdf: _Optional[bytes] = ..., page_count: _Optional[int] = ..., welsh_page_count: _Optional[int] = ..., attachment_page_count: _Optional[int] = ..., fault: _Optional[_Union[LetterFault, _Mapping]] = ...) -> None: ...

class PreviewLetterPageRequest(_message.Message):
    __slots__ = ("letter", "page")
    LETTER_FIELD_NUMBER: _ClassVar[int]
    PAGE_FIELD_NUMBER: _ClassVar[int]
    letter: PreviewLetterRequest
    page: int
    def __init__(self, letter: _Optional[_Union[PreviewLetterRequest, _Mapping]] = ..., page: _Optional[int] = ...) -> None: ...

class PreviewLetterPageResponse(_message.Message):
    __slots__ = ("png", "page_count")
    PNG_FIELD_NUMBER: _ClassVar[int]
    PAGE_COUNT_FIELD_NUMBER: _ClassVar[int]
    png: bytes
    page_count: int
    def __init__(self, png: _Optional[bytes] = ..., page_count: _Optional[int] = ...) -> None: ...

class GetLetterRequest(_message.Message):
    __slots__ = ("service_id", "notification_id")
    SERVICE_ID_FIELD_NUMBER: _ClassVar[int]
    NOTIFICATION_ID_FIELD_NUMBER: _ClassVar[int]
    service_id: str
    notification_id: str
    def __init__(self, service_id: _Optional[str] = ..., notification_id: _Optional[str] = ...) -> None: ...

class GetLetterResponse(_message.Message):
    __slots__ = ("letter",)
    LETTER_FIELD_NUMBER: _ClassVar[int]
    letter: Letter
    def __init__(self, letter: _Optional[_Union[Letter, _Mapping]] = ...) -> None: ...

class Letter(_message.Message):
    __slots__ = ("notification_id", "service_id", "state", "state_change_time", "create_time", "reference", "postage", "page_count", "sheets", "is_uploaded", "fault", "print_run_day")
    NOTIFICATION_ID_FIELD_NUMBER: _ClassVar[int]
    SERVICE_ID_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    STATE_CHANGE_TIME_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    REFERENCE_FIELD_NUMBER: _ClassVar[int]
    POSTAGE_FIELD_NUMBER: _ClassVar[int]
    PAGE_COUNT_FIELD_NUMBER: _ClassVar[int]
    SHEETS_FIELD_NUMBER: _ClassVar[int]
    IS_UPLOADED_FIELD_NUMBER: _ClassVar[int]
    FAULT_FIELD_NUMBER: _ClassVar[int]
    PRINT_RUN_DAY_FIELD_NUMBER: _ClassVar[int]
    notification_id: str
    service_id: str
    state: LetterState
    state_change_time: _timestamp_pb2.Timestamp
    create_time: _timestamp_pb2.Timestamp
    reference: str
    postage: str
    page_count: int
    sheets: int
    is_uploaded: bool
    fault: LetterFault
    print_run_day: str
    def __init__(self, notification_id: _Optional[str] = ..., service_id: _Optional[str] = ..., state: _Optional[_Union[LetterState, str]] = ..., state_change_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., reference: _Optional[str] = ..., postage: _Optional[str] = ..., page_count: _Optional[int] = ..., sheets: _Optional[int] = ..., is_uploaded: _Optional[bool] = ..., fault: _Optional[_Union[LetterFault, _Mapping]] = ..., print_run_day: _Optional[str] = ...) -> None: ...

class GetLetterPdfRequest(_message.Message):
    __slots__ = ("service_id", "notification_id")
    SERVICE_ID_FIELD_NUMBER: _ClassVar[int]
    NOTIFICATION_ID_FIELD_NUMBER: _ClassVar[int]
    service_id: str
    notification_id: str
    def __init__(self, service_id: _Optional[str] = ..., notification_id: _Optional[str] = ...) -> None: ...

class GetLetterPdfResponse(_message.Message):
    __slots__ = ("pdf",)
    PDF_FIELD_NUMBER: _ClassVar[int]
    pdf: bytes
    def __init__(self, pdf: _Optional[bytes] = ...) -> None: ...

class GetLetterPageRequest(_message.Message):
    __slots__ = ("service_id", "notification_id", "page")
    SERVICE_ID_FIELD_NUMBER: _ClassVar[int]
    NOTIFICATION_ID_FIELD_NUMBER: _ClassVar[int]
    PAGE_FIELD_NUMBER: _ClassVar[int]
    service_id: str
    notification_id: str
    page: int
    def __init__(self, service_id: _Optional[str] = ..., notification_id: _Optional[str] = ..., page: _Optional[int] = ...) -> None: ...

class GetLetterPageResponse(_message.Message):
    __slots__ = ("png", "page_count")
    PNG_FIELD_NUMBER: _ClassVar[int]
    PAGE_COUNT_FIELD_NUMBER: _ClassVar[int]
    png: bytes
    page_count: int
    def __init__(self, png: _Optional[bytes] = ..., page_count: _Optional[int] = ...) -> None: ...

class CancelLettersRequest(_message.Message):
    __slots__ = ("letters",)
    LETTERS_FIELD_NUMBER: _ClassVar[int]
    letters: _containers.RepeatedCompositeFieldContainer[LetterToCancel]
    def __init__(self, letters: _Optional[_Iterable[_Union[LetterToCancel, _Mapping]]] = ...) -> None: ...

class LetterToCancel(_message.Message):
    __slots__ = ("service_id", "notification_id")
    SERVICE_ID_FIELD_NUMBER: _ClassVar[int]
    NOTIFICATION_ID_FIELD_NUMBER: _ClassVar[int]
    service_id: str
    notification_id: str
    def __init__(self, service_id: _Optional[str] = ..., notification_id: _Optional[str] = ...) -> None: ...

class CancelLettersResponse(_message.Message):
    __slots__ = ("outcomes",)
    OUTCOMES_FIELD_NUMBER: _ClassVar[int]
    outcomes: _containers.RepeatedScalarFieldContainer[CancelOutcome]
    def __init__(self, outcomes: _Optional[_Iterable[_Union[CancelOutcome, str]]] = ...) -> None: ...

class DeleteLettersRequest(_message.Message):
    __slots__ = ("notification_ids",)
    NOTIFICATION_IDS_FIELD_NUMBER: _ClassVar[int]
    notification_ids: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, notification_ids: _Optional[_Iterable[str]] = ...) -> None: ...

class DeleteLettersResponse(_message.Message):
    __slots__ = ("deleted_count",)
    DELETED_COUNT_FIELD_NUMBER: _ClassVar[int]
    deleted_count: int
    def __init__(self, deleted_count: _Optional[int] = ...) -> None: ...

class ImportLetterRequest(_message.Message):
    __slots__ = ("service_id", "notification_id", "state", "create_time", "reference", "postage", "sheets", "address_lines", "is_uploaded", "pdf")
    SERVICE_ID_FIELD_NUMBER: _ClassVar[int]
    NOTIFICATION_ID_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    REFERENCE_FIELD_NUMBER: _ClassVar[int]
    POSTAGE_FIELD_NUMBER: _ClassVar[int]
    SHEETS_FIELD_NUMBER: _ClassVar[int]
    ADDRESS_LINES_FIELD_NUMBER: _ClassVar[int]
    IS_UPLOADED_FIELD_NUMBER: _ClassVar[int]
    PDF_FIELD_NUMBER: _ClassVar[int]
    service_id: str
    notification_id: str
    state: LetterState
    create_time: _timestamp_pb2.Timestamp
    reference: str
    postage: str
    sheets: int
    address_lines: _containers.RepeatedScalarFieldContainer[str]
    is_uploaded: bool
    pdf: bytes
    def __init__(self, service_id: _Optional[str] = ..., notification_id: _Optional[str] = ..., state: _Optional[_Union[LetterState, str]] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., reference: _Optional[str] = ..., postage: _Optional[str] = ..., sheets: _Optional[int] = ..., address_lines: _Optional[_Iterable[str]] = ..., is_uploaded: _Optional[bool] = ..., pdf: _Optional[bytes] = ...) -> None: ...

class ImportLetterResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class HandleReceiptRequest(_message.Message):
    __slots__ = ("body", "token")
    BODY_FIELD_NUMBER: _ClassVar[int]
    TOKEN_FIELD_NUMBER: _ClassVar[int]
    body: bytes
    token: str
    def __init__(self, body: _Optional[bytes] = ..., token: _Optional[str] = ...) -> None: ...

class HandleReceiptResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...
