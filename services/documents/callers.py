"""Which caller may call which RPC of the documents service. Everything that is not here is refused."""

from collections.abc import Mapping
from typing import Final

from operationskit.callers import OPERATIONS_CALLERS
from servicekit.access import Access, Role, changes, only, reads

_GATEWAY: Final = only("api_gateway")
_READERS: Final = reads("notifyctl")
_CHANGERS: Final = changes(Role.OPERATOR, "notifyctl")

ALLOWED_CALLERS: Final[Mapping[str, Access]] = {
    "notify.documents.v1.DocumentsService/StoreDocument": _GATEWAY,
    "notify.documents.v1.DocumentsService/DeleteDocument": _GATEWAY,
    "notify.documents.v1.DocumentsService/DescribeDocument": _GATEWAY,
    "notify.documents.v1.DocumentsService/ConfirmRecipient": _GATEWAY,
    "notify.documents.v1.DocumentsService/DownloadDocument": _GATEWAY,
    "notify.documents.v1.DocumentsService/GetDocument": _READERS,
    "notify.documents.v1.DocumentsService/ListDocuments": _READERS,
    "notify.documents.v1.DocumentsService/BlockDocuments": _CHANGERS,
    "notify.documents.v1.DocumentsService/UnblockDocuments": _CHANGERS,
    "notify.documents.v1.DocumentsService/RemoveExpired": _CHANGERS,
    **OPERATIONS_CALLERS,
}
