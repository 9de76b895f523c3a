"""Which caller may call which RPC of the letters service. Everything that is not here is refused.

Rows are `servicekit.access`'s: services by name, people by the lowest role. docs/roles.md is made from them.
"""

from typing import Final

from operationskit.callers import OPERATIONS_CALLERS
from providerkit.callers import PROVIDERS_CALLERS
from servicekit.access import Access, Role, changes, only, reads

_TOOL: Final = "notifyctl"
_GATEWAY: Final = "api_gateway"
_NOTIFICATIONS: Final = "notifications"
_LOOKS: Final = reads(_GATEWAY, _NOTIFICATIONS, _TOOL)
_CHANGES: Final = changes(Role.OPERATOR, _TOOL)
_DECIDES: Final = changes(Role.ADMIN, _TOOL)

_LETTERS: Final[dict[str, Access]] = {
    "LettersService/UploadLetter": Access(frozenset({_GATEWAY, _TOOL}), Role.OPERATOR),
    "LettersService/UploadAttachment": _CHANGES,
    "LettersService/PreviewLetter": _LOOKS,
    "LettersService/PreviewLetterPage": _LOOKS,
    "LettersService/GetLetter": _LOOKS,
    "LettersService/GetLetterPdf": _LOOKS,
    "LettersService/GetLetterPage": _LOOKS,
    # Whoever cancels a letter here alone leaves its notification waiting for ever.
    "LettersService/CancelLetters": only(_NOTIFICATIONS),
    "LettersService/DeleteLetters": only(_NOTIFICATIONS),
    "LettersService/ImportLetter": _DECIDES,
    "LettersService/HandleReceipt": only(_GATEWAY),
    "PrintingService/CollateLetters": _CHANGES,
    "PrintingService/GetPrintRun": reads(_TOOL),
    "PrintingService/ListPrintRuns": reads(_TOOL),
    # Who has a token can say that a letter was despatched.
    "PrintingService/MakeReportToken": _DECIDES,
}
ALLOWED_CALLERS: Final = {
    **{f"notify.letters.v1.{name}": row for name, row in _LETTERS.items()},
    **PROVIDERS_CALLERS,
    **OPERATIONS_CALLERS,
}
