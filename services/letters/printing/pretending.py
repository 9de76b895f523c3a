"""Letters of test keys, where fake delivery is on: a report is posted to our own endpoint, as the printer would.

It goes the whole way, token and gateway included, so that who tries the system out sees what will happen. 3
retries, 60 s apart. Source: the public contract, test keys: pretend receipts.
"""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from typing import Final
from uuid import UUID

import msgspec
import requests

from notifyrules.postage import Postage
from servicekit.clock import Clock
from servicekit.ids import new_id
from servicekit.logs import get_logger
from services.letters.printing.letters_to_print import PretendReport
from services.letters.printing.provider import run_in
from services.letters.printing.report_tokens import ReportTokens
from services.letters.printing.store import PrintStore

_MOST_ATTEMPTS: Final = 4
_AGAIN_AFTER: Final = timedelta(seconds=60)
_TIMEOUT_S: Final = 30.0
_LOT: Final = 10

_PRODUCTS: Final = {
    Postage.FIRST: ("1ST", "UNSORTED"),
    Postage.SECOND: ("2ND", "MM"),
    Postage.ECONOMY: ("2ND", "MM ECONOMY"),
    Postage.EUROPE: ("INTERNATIONAL", "INT EU"),
    Postage.REST_OF_WORLD: ("INTERNATIONAL", "INT ROW"),
}
"""Postage class and mailing product that the printer would name."""

_log = get_logger()


class Pretending:
    """Posts the reports; one for each process. `look` is called every second."""

    def __init__(
        self,
        store: PrintStore,
        tokens: ReportTokens,
        *,
        api_url: str,
        threads: ThreadPoolExecutor,
        clock: Clock,
    ) -> None:
        """`api_url`: base of the public API as this process reaches it, without a slash at its end."""
        self._store = store
        self._tokens = tokens
        self._api_url = api_url
        self._threads = threads
        self._clock = clock

    async def want(self, notification_id: UUID) -> None:
        """Have a report posted about a letter whose row is there (state `pretended`). Again changes nothing."""
        await self._store.want_pretend_report(notification_id, self._clock.now())

    async def look(self) -> None:
        """Post what is due. One that arrives is not due again; one that does not comes again."""
        now = self._clock.now()
        for report in await self._store.lease_pretend_reports(_LOT, _MOST_ATTEMPTS, now, now + _AGAIN_AFTER):
            answer = await run_in(self._threads, partial(self._post, report))
            if answer != 204:
                _log.warning(
                    "pretend_report_not_taken",
                    notification_id=str(report.notification_id),
                    answer=answer,
                    attempt=report.attempt,
                )

    def _post(self, report: PretendReport) -> int | None:
        """The status of the answer, None without one."""
        moment = self._clock.now().strftime("%Y-%m-%dT%H:%M:%SZ")
        try:
            answer = requests.post(
                self._tokens.report_url(self._api_url, report.notification_id),
                data=_body(report, moment),
                headers={"Content-Type": "application/json"},
                timeout=_TIMEOUT_S,
                allow_redirects=False,
            )
        except requests.RequestException:
            return None
        return answer.status_code


def _body(report: PretendReport, moment: str) -> bytes:
    postage_class, product = _PRODUCTS[report.postage]
    properties = {
        "postageClass": postage_class,
        "mailingProduct": product,
        "totalSheets": str(report.sheets),
    }
    return msgspec.json.encode(
        {
            "id": str(new_id()),
            "source": "pretended",
            "specVersion": "1",
            "type": "PrintJobStatus",
            "time": moment,
            "dataContentType": "application/json",
            "data": {
                "jobId": str(report.notification_id),
                "jobType": "NOTIFY",
                "jobStatus": "DESPATCHED",
                "templateReference": "NOTIFY",
                "transitionDate": moment,
                "despatchProperties": [{"key": key, "value": value} for key, value in properties.items()],
            },
            "metadata": {"correlationId": str(new_id())},
        }
    )
