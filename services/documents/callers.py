"""Which caller may call which RPC of the documents service. Everything that is not here is refused."""

_GATEWAY = frozenset({"api_gateway"})
_OPERATORS = frozenset({"notifyctl", "role:operator", "role:admin"})
_VIEWERS = _OPERATORS | {"role:viewer"}

ALLOWED_CALLERS = {
    "notify.documents.v1.DocumentsService/StoreDocument": _GATEWAY,
    "notify.documents.v1.DocumentsService/DeleteDocument": _GATEWAY,
    "notify.documents.v1.DocumentsService/DescribeDocument": _GATEWAY,
    "notify.documents.v1.DocumentsService/ConfirmRecipient": _GATEWAY,
    "notify.documents.v1.DocumentsService/DownloadDocument": _GATEWAY,
    "notify.documents.v1.DocumentsService/GetDocument": _VIEWERS,
    "notify.documents.v1.DocumentsService/ListDocuments": _VIEWERS,
    "notify.documents.v1.DocumentsService/BlockDocuments": _OPERATORS,
    "notify.documents.v1.DocumentsService/UnblockDocuments": _OPERATORS,
    "notify.documents.v1.DocumentsService/RemoveExpired": _OPERATORS,
}
