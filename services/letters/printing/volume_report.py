"""The volume report by email: how many letters and sheets a print run has, told to the printer before they come.

Sent by the system itself, as any email: with the template that a setting names, to the addresses of another. A run
waits for it a few seconds and no longer; what could not be sent raises an alert, and the letters are printed all the
same. A run that is finished by another process sends nothing twice. Source: the public contract, letters: volume email.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from notify.notifications.v1 import (
    accounts_pb2,
    accounts_pb2_grpc,
    idempotency_pb2,
    notifications_pb2,
    notifications_pb2_grpc,
    types_pb2,
)
from notifyrules.postage import Postage
from operationskit.alerts import Alerts
from servicekit.errors import ServiceError
from servicekit.grpc_client import Channel
from servicekit.logs import get_logger
from services.letters.printing.letters_to_print import PrintRun, RunOrigin

NOT_EMAILED: Final = "print-volumes-not-emailed"
"""The name of the alert; its subject is the run's London day."""
_TIMEOUT_S: Final = 5.0
_CLASSES: Final = {
    "first_class": (Postage.FIRST,),
    "second_class": (Postage.SECOND,),
    "economy_mail": (Postage.ECONOMY,),
    "international": (Postage.EUROPE, Postage.REST_OF_WORLD),
}
"""Names of placeholders, before `_volume` and `_sheets`."""

_log = get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class VolumeReport:
    """What emailing the report needs."""

    notifications: Channel
    alerts: Alerts
    template_id: UUID
    recipients: Sequence[str] = field(repr=False)

    async def send(self, run: PrintRun) -> None:
        """Email the volumes of a run whose letters are counted. Raises nothing but for bugs; again sends nothing
        twice.
        """
        if not self.recipients:
            _log.warning("print_volumes_not_emailed", print_run_id=str(run.id), error_code="no_recipients")
            return
        if run.origin is RunOrigin.BY_HAND and not run.volumes:
            return
        try:
            refused = await self._send(run)
        except ServiceError as failure:
            refused = failure.reason
        if refused is None:
            _log.info("print_volumes_emailed", print_run_id=str(run.id), recipients=len(self.recipients))
            return
        _log.error("print_volumes_not_emailed", print_run_id=str(run.id), error_code=refused)
        try:
            await self.alerts.raise_alert(NOT_EMAILED, run.day.isoformat(), {"error_code": refused})
        except ServiceError as failure:
            _log.error("alert_not_raised", alert=NOT_EMAILED, failure=failure)

    async def _send(self, run: PrintRun) -> str | None:
        """Why an email was refused, as a code; None where all were accepted."""
        accounts = accounts_pb2_grpc.AccountsServiceStub(self.notifications.grpc)
        described = await self.notifications.call(
            accounts.DescribeId,
            accounts_pb2.DescribeIdRequest(id=str(self.template_id)),
            timeout_s=_TIMEOUT_S,
            idempotent=True,
        )
        request = notifications_pb2.CreateNotificationsRequest(
            notifications=[
                _email(run, address, self.template_id, described.service_id) for address in self.recipients
            ]
        )
        sending = notifications_pb2_grpc.NotificationsServiceStub(self.notifications.grpc)
        answer = await self.notifications.call(
            sending.CreateNotifications, request, timeout_s=_TIMEOUT_S, idempotent=True
        )
        errors = [result.error.reason for result in answer.results if result.HasField("error")]
        return errors[0] if errors else None


def values_of(run: PrintRun) -> dict[str, str]:
    """What the template's placeholders are filled with."""
    values = {"date": f"{run.day.day} {run.day:%B %Y}"}
    totals = [0, 0]
    for name, postages in _CLASSES.items():
        volumes = [run.volumes[postage] for postage in postages if postage in run.volumes]
        letters, sheets = sum(each.letters for each in volumes), sum(each.sheets for each in volumes)
        values |= {f"{name}_volume": str(letters), f"{name}_sheets": str(sheets)}
        totals = [totals[0] + letters, totals[1] + sheets]
    return values | {"total_volume": str(totals[0]), "total_sheets": str(totals[1])}


def _email(
    run: PrintRun, address: str, template_id: UUID, service_id: str
) -> notifications_pb2.NewNotification:
    # One email for each run and address, whichever processes finish the run; volumes may differ by a cancelled letter.
    fingerprint = hashlib.sha256(f"{run.id} {address}".encode())
    return notifications_pb2.NewNotification(
        service_id=service_id,
        key_type=types_pb2.KEY_TYPE_NORMAL,
        type=types_pb2.NOTIFICATION_TYPE_EMAIL,
        template_id=str(template_id),
        recipient=address,
        personalisation_json=json.dumps(values_of(run)),
        reference=f"print run {run.id}",
        idempotency=idempotency_pb2.IdempotencyKey(
            key=f"print run {fingerprint.hexdigest()}", fingerprint=fingerprint.digest()
        ),
    )
