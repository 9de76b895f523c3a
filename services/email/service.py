"""`EmailService`: what other services may ask. A method is: pb → domain, one call, domain → pb."""

from typing import Any

from notify.email.v1 import email_pb2, email_pb2_grpc
from servicekit.errors import InvalidRequest, Violation
from services.email.convert import outcomes_to_pb, preview_to_pb, receipts_from_pb
from services.email.receipts import Receipts
from services.email.rendering import Renderer, Unrenderable


class EmailServicer(email_pb2_grpc.EmailServiceServicer):
    """See the proto."""

    def __init__(self, receipts: Receipts, renderer: Renderer) -> None:
        self._receipts = receipts
        self._renderer = renderer

    async def HandleReceipts(  # noqa: N802 -- the proto's name
        self, request: email_pb2.HandleReceiptsRequest, context: Any
    ) -> email_pb2.HandleReceiptsResponse:
        """Take SNS messages as they came."""
        return outcomes_to_pb(await self._receipts.handle(receipts_from_pb(request)))

    async def PreviewEmail(  # noqa: N802 -- the proto's name
        self, request: email_pb2.PreviewEmailRequest, context: Any
    ) -> email_pb2.PreviewEmailResponse:
        """Render an email without sending it."""
        try:
            rendered = await self._renderer.preview(
                request.subject_template, request.body_template, request.personalisation_json
            )
        except Unrenderable as err:
            raise InvalidRequest(
                [Violation("personalisation_json", "personalisation_json is not a JSON object")]
            ) from err
        return preview_to_pb(rendered)
