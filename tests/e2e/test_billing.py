"""Billing of a running system: what is sent through REST is counted, whatever happens to billing meanwhile."""

from typing import Any

import pytest

from clients.notifyctl.connection import BillingClients, with_billing
from notify.billing.v1 import billing_pb2 as pb
from servicekit.errors import Unavailable
from tests.e2e.stack import System, final_status, wait_for

pytestmark = pytest.mark.kill

FRAGMENT = 160


def _usage(system: System) -> pb.GetYearUsageResponse:
    async def work(clients: BillingClients) -> pb.GetYearUsageResponse:
        request = pb.GetYearUsageRequest(service_id=system.demo.service_id)
        return await clients.channel.call(clients.billing.GetYearUsage, request, timeout_s=20)

    return with_billing(system.stack.home, work, reason="a test")


def _check(system: System) -> list[Any]:
    """Differences between the books and today's notifications: what a rebuild of today had to correct."""

    async def work(clients: BillingClients) -> list[Any]:
        volumes = await clients.channel.call(
            clients.billing.ListVolumes,
            pb.ListVolumesRequest(from_london_date=TODAY, to_london_date=TODAY),
        )
        rebuilt = await clients.channel.call(
            clients.billing.RebuildDay, pb.RebuildDayRequest(london_date=TODAY), timeout_s=60
        )
        assert volumes.volumes
        return [rebuilt.corrected_count, rebuilt.removed_count, rebuilt.recounted_count]

    return with_billing(system.stack.home, work, reason="a test")


def _today() -> str:
    from notifyrules.london_time import london_date
    from servicekit import clock

    return london_date(clock.now()).isoformat()


TODAY = _today()


def test_texts_sent_while_billing_is_killed_and_away_are_counted_once_and_cost_what_the_api_says(
    system: System,
) -> None:
    wait_for(lambda: _texts(system) >= 0)
    before = _usage(system).totals
    billing = system.stack.process("billing")
    price = 0.0
    with system.client() as client:

        def send(count: int) -> None:
            nonlocal price
            ids = [
                client.send_sms_notification(
                    phone_number="07700900123",
                    template_id=system.demo.sms_template_id,
                    personalisation={"name": "Ada" * FRAGMENT},
                )["id"]
                for _ in range(count)
            ]
            for id in ids:
                assert final_status(client, id) == "delivered"
                price += float(client.get_notification_by_id(id)["cost_in_pounds"])

        send(2)
        billing.kill()
        send(2)
        billing.stop()
        send(2)  # sending does not notice
        billing.start()
    caught_up = wait_for(lambda: _texts(system) >= before.texts + 6, timeout_s=60)
    assert caught_up
    after = _usage(system)
    assert after.totals.texts == before.texts + 6
    rate = after.lines[-1].rate_ten_thousandths
    units = after.totals.text_units - before.text_units
    assert units * rate == round(price * 10_000)
    assert _check(system) == [0, 0, 0]


def _texts(system: System) -> int:
    try:
        return _usage(system).totals.texts
    except Unavailable:  # it is only just beginning to serve
        return -1
