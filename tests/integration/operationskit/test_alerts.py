"""Alerts: one row while they are open."""

from datetime import timedelta

import pytest

from tests.integration.operationskit.conftest import World


async def test_the_same_alert_again_is_the_same_row(world: World) -> None:
    alerts = (await world.open()).alerts
    await alerts.raise_alert("sms-slow", "mmg", {"share": 0.1})
    later = world.clock.advance(timedelta(minutes=1))
    await alerts.raise_alert("sms-slow", "mmg", {"share": 0.2})
    await alerts.raise_alert("sms-slow", "firetext", {"share": 0.3})
    firetext, mmg = await alerts.page(also_acknowledged=False, before=None, limit=10)
    assert firetext.subject == "firetext"
    assert (mmg.times, mmg.last_raised_at, mmg.details) == (2, later, {"share": 0.2})


async def test_an_acknowledged_alert_is_no_longer_listed_and_a_new_one_is_another(world: World) -> None:
    alerts = (await world.open()).alerts
    await alerts.raise_alert("sms-slow", "mmg")
    (first,) = await alerts.page(also_acknowledged=False, before=None, limit=10)
    (seen,) = await alerts.acknowledge([first.id], "alice", "called them")
    assert (seen.acknowledged_by, seen.acknowledge_reason) == ("alice", "called them")
    assert await alerts.acknowledge([first.id], "bob", "me too") == []
    assert await alerts.page(also_acknowledged=False, before=None, limit=10) == []
    await alerts.raise_alert("sms-slow", "mmg")
    assert len(await alerts.page(also_acknowledged=True, before=None, limit=10)) == 2


async def test_an_alert_that_is_over_ends_by_itself(world: World) -> None:
    alerts = (await world.open()).alerts
    await alerts.raise_alert("sms-slow", "mmg")
    await alerts.raise_alert("sms-slow", "firetext")
    ended = [await alerts.end_alert("sms-slow", "mmg", "quick again") for _ in range(2)]
    assert ended == [True, False]
    (still,) = await alerts.page(also_acknowledged=False, before=None, limit=10)
    assert still.subject == "firetext"
    *_, over = await alerts.page(also_acknowledged=True, before=None, limit=10)
    assert (over.acknowledged_by, over.acknowledge_reason) == ("system", "quick again")


async def test_alerts_come_in_pages(world: World) -> None:
    alerts = (await world.open()).alerts
    for subject in ("a", "b", "c"):
        await alerts.raise_alert("sms-slow", subject)
    first = await alerts.page(also_acknowledged=False, before=None, limit=2)
    rest = await alerts.page(also_acknowledged=False, before=first[-1].id, limit=2)
    assert [alert.subject for alert in (*first, *rest)] == ["c", "b", "a"]


async def test_an_alert_may_not_hold_what_may_not_be_logged(world: World) -> None:
    alerts = (await world.open()).alerts
    with pytest.raises(ValueError, match="phone_number"):
        await alerts.raise_alert("a", "b", {"phone_number": "07700900123"})
