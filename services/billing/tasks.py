"""Scheduled tasks of the billing service. What they do is in `rebuilding`."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import time, timedelta
from typing import Final

from operationskit.alerts import Alerts
from operationskit.schedules import Daily, Every, Zone
from operationskit.tasks import PeriodicTask, TaskRun
from services.billing.rebuilding import NightlyCheck

DIFFERENCE: Final = "billing-difference"
"""The name of the alert; its subject is the London day and the service."""


def billing_tasks(
    check: NightlyCheck, alerts: Alerts, forget_old: Callable[[TaskRun], Awaitable[None]]
) -> Sequence[PeriodicTask]:
    """What runs by the clock."""

    async def check_last_days(run: TaskRun) -> None:
        for found in await check.check_last_days(run.scheduled_for):
            key = found.key
            run.count("differences")
            await alerts.raise_alert(
                DIFFERENCE,
                f"{key.london_date} {key.service_id}",
                {
                    "channel": key.channel.value,
                    "template_id": str(key.template_id),
                    "counted": found.counted,
                    "found": found.found,
                },
            )

    return [
        PeriodicTask(
            name="check-last-days-of-billing",
            description="Compare the ten days before with notifications, tell what differs and put it right",
            schedule=Daily(times=(time(0, 15),), zone=Zone.LONDON),
            run=check_last_days,
        ),
        PeriodicTask(
            name="forget-old-notifications",
            description="Forget what the books know of single notifications that are past their time; their facts stay",
            schedule=Every(timedelta(hours=1)),
            run=forget_old,
        ),
    ]
