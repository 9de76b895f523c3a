"""`LettersService`: its calls are known, and answered with UNIMPLEMENTED until there is something behind
them."""

from typing import Any, Final

from notify.letters.v1 import letters_pb2, letters_pb2_grpc
from servicekit.errors import Unimplemented

_NOT_BUILT: Final = "Making, checking and printing letters is not part of this version"


class LettersServicer(letters_pb2_grpc.LettersServiceServicer):
    """See the proto."""

    async def PreviewLetter(  # noqa: N802 -- the proto's name
        self, request: letters_pb2.PreviewLetterRequest, context: Any
    ) -> letters_pb2.PreviewLetterResponse:
        """Make a PDF without storing it."""
        raise Unimplemented(_NOT_BUILT)

    async def GetLetterPdf(  # noqa: N802 -- the proto's name
        self, request: letters_pb2.GetLetterPdfRequest, context: Any
    ) -> letters_pb2.GetLetterPdfResponse:
        """Read the PDF of a letter."""
        raise Unimplemented(_NOT_BUILT)

    async def HandleReceipt(  # noqa: N802 -- the proto's name
        self, request: letters_pb2.HandleReceiptRequest, context: Any
    ) -> letters_pb2.HandleReceiptResponse:
        """Take a report of the printer."""
        raise Unimplemented(_NOT_BUILT)
