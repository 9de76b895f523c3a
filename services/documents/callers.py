"""Which caller may call which RPC of the documents service. Everything that is not here is refused.

Rows are `servicekit.access`'s: services by name, people by the lowest role. docs/roles.md is made from them.
"""

from typing import Final

from servicekit.access import Access, Role, changes, only, reads

_SERVICE: Final = "notify.documents.v1.DocumentsService"
_TOOL: Final = "notifyctl"
_GATEWAY: Final = only("api_gateway")
_LOOKS: Final = reads(_TOOL)
_CHANGES: Final = changes(Role.OPERATOR, _TOOL)

ALLOWED_CALLERS: Final[dict[str, Access]] = {
    f"{_SERVICE}/StoreDocument": _GATEWAY,
    f"{_SERVICE}/DeleteDocument": _GATEWAY,
    f"{_SERVICE}/DescribeDocument": _GATEWAY,
    f"{_SERVICE}/ConfirmRecipient": _GATEWAY,
    f"{_SERVICE}/DownloadDocument": _GATEWAY,
    f"{_SERVICE}/GetDocument": _LOOKS,
    f"{_SERVICE}/ListDocuments": _LOOKS,
    f"{_SERVICE}/BlockDocuments": _CHANGES,
    f"{_SERVICE}/UnblockDocuments": _CHANGES,
    f"{_SERVICE}/RemoveExpired": _CHANGES,
}
