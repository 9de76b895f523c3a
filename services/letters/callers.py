"""Which caller may call which RPC of the letters service. Everything that is not here is refused."""

from typing import Final

_GATEWAY: Final = frozenset({"api_gateway"})
_NOTIFICATIONS: Final = frozenset({"notifications"})
_READERS: Final = frozenset({"notifyctl", "role:viewer", "role:operator", "role:admin"})
_CHANGERS: Final = frozenset({"notifyctl", "role:operator", "role:admin"})

ALLOWED_CALLERS: Final = {
    "notify.letters.v1.LettersService/UploadLetter": _GATEWAY | _CHANGERS,
    "notify.letters.v1.LettersService/UploadAttachment": _CHANGERS,
    "notify.letters.v1.LettersService/PreviewLetter": _GATEWAY | _NOTIFICATIONS | _READERS,
    "notify.letters.v1.LettersService/PreviewLetterPage": _GATEWAY | _NOTIFICATIONS | _READERS,
    "notify.letters.v1.LettersService/GetLetter": _GATEWAY | _NOTIFICATIONS | _READERS,
    "notify.letters.v1.LettersService/GetLetterPdf": _GATEWAY | _NOTIFICATIONS | _READERS,
    "notify.letters.v1.LettersService/GetLetterPage": _GATEWAY | _NOTIFICATIONS | _READERS,
    # Whoever cancels a letter here alone leaves its notification waiting for ever.
    "notify.letters.v1.LettersService/CancelLetters": _NOTIFICATIONS,
    "notify.letters.v1.LettersService/DeleteLetters": _NOTIFICATIONS,
    "notify.letters.v1.LettersService/ImportLetter": frozenset({"notifyctl", "role:admin"}),
    "notify.letters.v1.LettersService/HandleReceipt": _GATEWAY,
    "notify.letters.v1.PrintingService/CollateLetters": _CHANGERS,
    "notify.letters.v1.PrintingService/GetPrintRun": _READERS,
    "notify.letters.v1.PrintingService/ListPrintRuns": _READERS,
    # Who has a token can say that a letter was despatched.
    "notify.letters.v1.PrintingService/MakeReportToken": frozenset({"notifyctl", "role:admin"}),
}
