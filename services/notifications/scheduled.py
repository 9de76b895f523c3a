"""The scheduled tasks of this service: names, times and what each does. Called from `__main__`.

Names and times are the public contract's where it has them. What the original does every quarter of an hour
about messages that were never sent is the reconciler's work here.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import time, timedelta

from operationskit.schedules import MONDAY_TO_FRIDAY, Daily, Every, Zone
from operationskit.tasks import PeriodicTask, TaskRun
from services.notifications.archiving import Archiving
from services.notifications.checking_up import CheckingUp
from services.notifications.counting import Counting
from services.notifications.letter_checks import LetterChecks
from services.notifications.letters_forgetting import LettersForgetting
from services.notifications.reconciling import Reconciling
from services.notifications.retention import Retention
from services.notifications.rewriting import Rewriting

_MONDAY = frozenset({0})
_SUNDAY = frozenset({6})


@dataclass(frozen=True, slots=True, kw_only=True)
class Upkeep:
    """What the tasks are made of."""

    retention: Retention
    archiving: Archiving
    reconciling: Reconciling
    counting: Counting
    checking_up: CheckingUp
    letter_checks: LetterChecks
    letters_forgetting: LettersForgetting
    forget_tokens: Callable[[TaskRun], Awaitable[None]]
    rewriting: Rewriting


def notifications_tasks(upkeep: Upkeep) -> list[PeriodicTask]:
    """All tasks of this service."""
    return [*_frequent(upkeep), *_nightly(upkeep), *_looks(upkeep), *_letters(upkeep.letter_checks)]


def _frequent(upkeep: Upkeep) -> list[PeriodicTask]:
    return [
        PeriodicTask(
            name="reconcile-notifications",
            description="Prove that every open message waits for something, queue what was lost, tell of what is stuck",
            schedule=Every(timedelta(minutes=5)),
            run=upkeep.reconciling.reconcile,
        ),
        PeriodicTask(
            name="check-jobs",
            description="Tell of jobs that stand still, and of finished ones that lack messages",
            schedule=Every(timedelta(minutes=10)),
            run=upkeep.checking_up.look_at_jobs,
        ),
    ]


def _nightly(upkeep: Upkeep) -> list[PeriodicTask]:
    return [
        PeriodicTask(
            name="timeout-sending-notifications",
            description="End texts and emails whose receipt did not come within 3 days",
            schedule=Daily(times=(time(0, 5),)),
            run=upkeep.reconciling.time_out,
            made_up_for=timedelta(hours=23),
        ),
        PeriodicTask(
            name="archive-unsubscribe-requests",
            description="Delete requests to unsubscribe that were dealt with 7 days ago, or are 90 days old",
            schedule=Daily(times=(time(0, 5),)),
            run=upkeep.retention.delete_unsubscribe_requests,
        ),
        PeriodicTask(
            name="create-nightly-notification-status",
            description="Count messages of the last days by service, template and status",
            schedule=Daily(times=(time(0, 30),)),
            run=upkeep.counting.count_statuses,
            made_up_for=timedelta(hours=23),
        ),
        PeriodicTask(
            name="count-daily-deliveries",
            description="Count how fast texts and emails of the last days were handed over and delivered, by service",
            schedule=Daily(times=(time(0, 45),)),
            run=upkeep.counting.count_deliveries,
            made_up_for=timedelta(hours=23),
        ),
        PeriodicTask(
            name="archive-notification-history",
            description="Write the oldest week of history that is a year old to a file",
            schedule=Daily(times=(time(1, 35),)),
            run=upkeep.archiving.archive,
        ),
        PeriodicTask(
            name="delete-inbound-sms",
            description="Delete received texts that are past the retention of their service's texts",
            schedule=Daily(times=(time(1, 40),)),
            run=upkeep.retention.delete_received_texts,
        ),
        PeriodicTask(
            name="save-daily-notification-processing-time",
            description="Count yesterday's messages, and those that were handed over within 10 seconds",
            schedule=Daily(times=(time(2, 0),)),
            run=upkeep.counting.save_processing_times,
            made_up_for=timedelta(hours=20),
        ),
        PeriodicTask(
            name="delete-notifications-older-than-retention",
            description="Move messages past their service's retention to history, without personal data",
            schedule=Daily(times=(time(3, 0),)),
            run=upkeep.retention.move_notifications,
            made_up_for=timedelta(hours=20),
        ),
        PeriodicTask(
            name="delete-letters-past-retention",
            description="Have the letters service delete letters whose messages went to history, with their PDFs",
            schedule=Daily(times=(time(3, 20),)),
            run=upkeep.letters_forgetting.forget,
            made_up_for=timedelta(hours=20),
        ),
        PeriodicTask(
            name="delete-old-complaints",
            description="Delete complaints that are a year old",
            schedule=Daily(times=(time(3, 30),)),
            run=upkeep.retention.delete_complaints,
        ),
        PeriodicTask(
            name="delete-old-request-records",
            description="Delete what is known of refused requests after a week, and counts of requests after 13 months",
            schedule=Daily(times=(time(3, 40),)),
            run=upkeep.retention.delete_request_records,
        ),
        PeriodicTask(
            name="forget-ended-tokens",
            description="Forget people's tokens that have ended, and revocations that nothing can need any more",
            schedule=Daily(times=(time(3, 40),)),
            run=upkeep.forget_tokens,
        ),
        PeriodicTask(
            name="rewrite-secrets",
            description="Write secrets at rest again that an older key encrypted, so that it can be taken away",
            schedule=Daily(times=(time(4, 50),), weekdays=_SUNDAY),
            run=upkeep.rewriting.rewrite,
        ),
        PeriodicTask(
            name="remove-jobs",
            description="Delete jobs that ended and are past the retention of their channel",
            schedule=Daily(times=(time(4, 0),)),
            run=upkeep.retention.delete_jobs,
        ),
    ]


def _looks(upkeep: Upkeep) -> list[PeriodicTask]:
    return [
        PeriodicTask(
            name="check-for-services-with-high-failure-rates-or-sending-to-tv-numbers",
            description="Tell of services whose texts often fail for good, or go to numbers kept for drama",
            schedule=Daily(times=(time(10, 30),), weekdays=MONDAY_TO_FRIDAY),
            run=upkeep.checking_up.look_at_services,
        ),
        PeriodicTask(
            name="check-for-low-available-inbound-sms-numbers",
            description="Tell when fewer than 50 numbers for received texts are free",
            schedule=Daily(times=(time(9, 0),), weekdays=_MONDAY),
            run=upkeep.checking_up.look_at_inbound_numbers,
        ),
    ]


def _letters(checks: LetterChecks) -> list[PeriodicTask]:
    return [
        PeriodicTask(
            name="check-if-letters-still-in-created",
            description="Tell of live letters that no print run took",
            schedule=Daily(times=(time(7, 0),), zone=Zone.LONDON, weekdays=MONDAY_TO_FRIDAY),
            run=checks.look_at_late,
        ),
        PeriodicTask(
            name="check-if-letters-in-technical-failure",
            description="Tell of live letters of the last 3 days that ended as technical-failure",
            schedule=Daily(times=(time(7, 0),), zone=Zone.LONDON),
            run=checks.look_at_failed,
        ),
        PeriodicTask(
            name="check-if-letters-still-pending-virus-check",
            description="Queue uploaded letters again that wait in no queue, tell of those that wait for 2 hours",
            schedule=Every(timedelta(minutes=10)),
            run=checks.look_at_pending,
        ),
        PeriodicTask(
            name="check-if-letters-still-pending-virus-check-nightly",
            description="The same, and tell of each uploaded letter that has waited for 3 days",
            schedule=Daily(times=(time(20, 0),), zone=Zone.LONDON),
            run=checks.look_at_given_up,
        ),
        PeriodicTask(
            name="raise-alert-if-letter-notifications-still-sending",
            description="Tell on print days of live letters that the printer has had for 2 print days",
            schedule=Daily(times=(time(19, 0),), zone=Zone.LONDON),
            run=checks.look_at_unsent,
        ),
    ]
