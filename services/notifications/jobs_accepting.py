"""Accepting, reading, pausing and cancelling jobs. Called by the servicer.

A job is checked and stored whole or not at all: its rows (`jobs_checking`), the places of its messages in the
service's day, the key that it was asked for with. From then on `jobs_making` has it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

import msgspec

from notifyrules.london_time import london_date
from notifyrules.postage import Postage
from notifyrules.rates import Rates, published
from notifyrules.statuses import NotificationType
from servicekit.clock import Clock
from servicekit.counters import Reservation
from servicekit.errors import InvalidRequest, NotFound, RuleBroken, Violation
from services.notifications.caches import TtlCache
from services.notifications.creating import check_channel, check_new_id, check_not_archived, find_template
from services.notifications.idempotency import (
    Idempotency,
    KeptAnswer,
    check_same,
    encoded,
    in_progress,
)
from services.notifications.idempotency_store import Claim
from services.notifications.jobs import (
    MAX_AHEAD,
    BadRows,
    Job,
    JobAnswer,
    JobProgress,
    JobSpec,
    JobStatus,
    Table,
    places,
)
from services.notifications.jobs_checker import TableChecker
from services.notifications.jobs_checking import CheckedTable, CheckTask
from services.notifications.jobs_store import JobsStore
from services.notifications.preparing import chosen_reply_to, chosen_sms_sender
from services.notifications.preparing_letters import check_letters_allowed
from services.notifications.sending_limits import SendingLimits
from services.notifications.sending_services import Permission, SendingService, TemplateVersion

COUNTS_KEPT_S = 1.0
"""How late the statuses of a job's notifications may show: counting 100,000 of them takes tens of milliseconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """Who sends what, as far as a job's rows need to know."""

    service: SendingService
    template: TemplateVersion
    sender: str | None


class Jobs:
    """Accepts, reads, pauses and cancels. One for each process."""

    def __init__(
        self,
        store: JobsStore,
        *,
        services: TtlCache[UUID, SendingService],
        templates: TtlCache[UUID, TemplateVersion],
        checker: TableChecker,
        limits: SendingLimits,
        idempotency: Idempotency,
        clock: Clock,
        accepted: Callable[[], None],
        rates: Callable[[], Rates] = published,
    ) -> None:
        self._store = store
        self._services = services
        self._templates = templates
        self._checker = checker
        self._limits = limits
        self._idempotency = idempotency
        self._clock = clock
        self._accepted = accepted
        self._rates = rates
        self._status_counts = TtlCache(store.status_counts, ttl_s=COUNTS_KEPT_S, max_entries=1_000)

    async def create(self, spec: JobSpec, table: Table) -> JobAnswer:
        """Check a job and all its rows, and store it unless rows keep it from that.

        Raises InvalidRequest for the table as a whole, RuleBroken as a single notification would, QuotaExceeded
        where the day is short of all rows.
        """
        kept = await self._kept(spec)
        if kept is not None:
            return kept
        check_new_id(spec.id, spec.service_id, self._clock.now())
        sending = await self._sending(spec)
        self._check_time(spec.start_at)
        checked = await self._checker.check(_task(spec, table, sending, self._multipliers(spec)))
        if checked.faults:
            raise InvalidRequest([Violation(table.form.value, fault) for fault in checked.faults])
        answer = JobAnswer(
            job=None,
            row_faults=checked.row_faults,
            row_count=checked.row_count,
            bad_row_count=checked.bad_row_count,
            simulated_row_count=checked.simulated_row_count,
        )
        if spec.check_only:
            wanted = places(sending.template.type, *_counts(checked))
            self._limits.check_possible(sending.service, spec.key_type, wanted)
            return answer
        nothing_to_send = not checked.lots and not checked.simulated_row_count
        if checked.row_faults and (spec.bad_rows is BadRows.REFUSE or nothing_to_send):
            return answer
        return await self._store_job(spec, sending, checked, answer)

    async def get(self, service_id: UUID, job_id: UUID, *, with_row_faults: bool = False) -> JobProgress:
        """A job with its progress. Raises NotFound."""
        job = await self._find(service_id, job_id)
        return JobProgress(
            job=job,
            status_counts=await self._status_counts.get(job.id) if job.made_count else {},
            row_faults=await self._store.row_faults(job_id) if with_row_faults else {},
        )

    async def page(self, service_id: UUID, before: UUID | None, limit: int) -> Sequence[Job]:
        """Jobs of a service, newest first."""
        return await self._store.page(service_id, before, limit)

    async def cancel(self, service_id: UUID, job_id: UUID) -> Job:
        """Make no more of a job's notifications. Raises NotFound; RuleBroken JOB_ENDED where all are made."""
        job = await self._find(service_id, job_id)
        left = await self._store.cancel(service_id, job_id, self._clock.now())
        if left is not None:
            await give_back(self._limits, job, *left)
        job = await self._find(service_id, job_id)
        if job.status is not JobStatus.CANCELLED:
            raise RuleBroken("JOB_ENDED", "Job has ended and can't be cancelled")
        return job

    async def pause(self, service_id: UUID, job_id: UUID) -> Job:
        """Let a job rest: when this returns, nothing more is made of it until it is resumed. Its status, its rows
        and the places of its messages in the day stay as they are. Raises NotFound; RuleBroken JOB_ENDED.
        """
        return await self._set_paused(service_id, job_id, self._clock.now())

    async def resume(self, service_id: UUID, job_id: UUID) -> Job:
        """Let a job go on where it was; a time that has gone by is now. Raises NotFound; RuleBroken JOB_ENDED."""
        job = await self._set_paused(service_id, job_id, None)
        self._accepted()
        return job

    async def _set_paused(self, service_id: UUID, job_id: UUID, paused_at: datetime | None) -> Job:
        job = await self._store.set_paused(service_id, job_id, paused_at, self._clock.now())
        if job is None:
            raise NotFound("job")
        if job.ended_at is not None:
            raise RuleBroken("JOB_ENDED", "Job has ended and can't be paused or resumed")
        return job

    def _multipliers(self, spec: JobSpec) -> Mapping[str, int]:
        """What texts abroad count as on the London day on which they are made."""
        return self._rates().multipliers(london_date(spec.start_at or self._clock.now()))

    async def _find(self, service_id: UUID, job_id: UUID) -> Job:
        job = await self._store.find(service_id, job_id)
        if job is None:
            raise NotFound("job")
        return job

    async def _kept(self, spec: JobSpec) -> JobAnswer | None:
        """The first answer to a request that came again."""
        key = spec.idempotency
        if key is None:
            return None
        found = (await self._idempotency.find([(spec.service_id, key.hash)])).get((spec.service_id, key.hash))
        if found is None:
            return None
        check_same(found, key)
        return _first_answer(found, spec.id)

    async def _sending(self, spec: JobSpec) -> Sending:
        service = await self._services.get(spec.service_id)
        template = await find_template(self._templates, spec.template_id, service.id)
        check_channel(service, template.type)
        check_not_archived(template)
        sender: str | None = None
        match template.type:
            case NotificationType.SMS:
                sender = chosen_sms_sender(spec.sms_sender_id, service)
            case NotificationType.EMAIL:
                sender = chosen_reply_to(spec.email_reply_to_id, service)
            case NotificationType.LETTER:
                check_letters_allowed(service, spec.key_type)
        return Sending(service=service, template=template, sender=sender)

    def _check_time(self, start_at: datetime | None) -> None:
        if start_at is None:
            return
        now = self._clock.now()
        if start_at < now:
            fault = "scheduled_for datetime can not be in the past"
        elif start_at > now + MAX_AHEAD:
            fault = f"scheduled_for datetime can only be {MAX_AHEAD.days} days in the future"
        else:
            return
        raise InvalidRequest([Violation("scheduled_for", fault)])

    async def _store_job(
        self, spec: JobSpec, sending: Sending, checked: CheckedTable, answer: JobAnswer
    ) -> JobAnswer:
        taken = await self._take_places(spec, sending, checked)
        now = self._clock.now()
        job = _job(spec, sending, checked, now)
        answer = replace(answer, job=job)
        try:
            stored = await self._store.insert(
                job, checked.lots, checked.row_faults, _claim(spec, answer), now
            )
        except BaseException:
            await self._limits.give_back(taken)
            raise
        if not stored:
            await self._limits.give_back(taken)
            return await self._others_answer(spec, answer)
        self._accepted()
        return answer

    async def _take_places(
        self, spec: JobSpec, sending: Sending, checked: CheckedTable
    ) -> Sequence[Reservation]:
        """Places of all messages in the day; of a job for later none yet, only that there could be enough."""
        messages, abroad = _counts(checked)
        wanted = places(sending.template.type, messages, abroad)
        if spec.start_at is not None:
            self._limits.check_possible(sending.service, spec.key_type, wanted)
            return ()
        return await self._limits.take_all(sending.service, spec.key_type, wanted)

    async def _others_answer(self, spec: JobSpec, answer: JobAnswer) -> JobAnswer:
        """What to say where somebody else has the key, or the very same job is stored."""
        if spec.idempotency is not None:
            kept = await self._kept(spec)
            if kept is None:
                raise in_progress()
            return kept
        return replace(answer, job=await self._find(spec.service_id, spec.id))


async def give_back(limits: SendingLimits, job: Job, messages: int, abroad: int) -> None:
    """Give the places back of messages of a job that were not made."""
    if job.counted_at is not None:
        wanted = places(job.type, messages, abroad)
        await limits.give_back_of(job.service_id, job.key_type, job.counted_at, wanted)


def _task(spec: JobSpec, table: Table, sending: Sending, multipliers: Mapping[str, int]) -> CheckTask:
    service, template = sending.service, sending.template
    is_letter = template.type is NotificationType.LETTER
    abroad = Permission.INTERNATIONAL_LETTERS if is_letter else Permission.INTERNATIONAL_SMS
    return CheckTask(
        form=table.form,
        content=table.content,
        type=template.type,
        subject=template.subject or "",
        body=template.body,
        prefix=service.sms_prefix,
        reference=spec.reference,
        key_type=spec.key_type,
        restricted=service.restricted,
        allowed_recipients=service.allowed_recipients,
        allow_international=abroad in service.permissions,
        allow_landline=Permission.SMS_TO_UK_LANDLINES in service.permissions,
        contact_block=template.letter_contact_block,
        welsh_subject=template.letter_welsh_subject,
        welsh_body=template.letter_welsh_body,
        postage=None if template.postage is None else Postage(template.postage),
        multipliers=multipliers,
    )


def _counts(checked: CheckedTable) -> tuple[int, int]:
    """Messages to make, and texts abroad among them."""
    return sum(lot.row_count for lot in checked.lots), sum(lot.abroad_count for lot in checked.lots)


def _job(spec: JobSpec, sending: Sending, checked: CheckedTable, now: datetime) -> Job:
    messages, abroad = _counts(checked)
    status = JobStatus.PENDING if spec.start_at is None else JobStatus.SCHEDULED
    if not messages:
        status = JobStatus.FINISHED  # every recipient is one of the published test recipients
    return Job(
        id=spec.id,
        service_id=spec.service_id,
        template_id=sending.template.id,
        template_version=sending.template.version,
        type=sending.template.type,
        key_type=spec.key_type,
        api_key_id=spec.api_key_id,
        name=spec.name,
        reference=spec.reference,
        sender=sending.sender,
        status=status,
        start_at=spec.start_at,
        row_count=checked.row_count,
        bad_row_count=checked.bad_row_count,
        simulated_row_count=checked.simulated_row_count,
        to_make_count=messages,
        abroad_count=abroad,
        lot_count=len(checked.lots),
        counted_at=now if spec.start_at is None else None,
        ended_at=None if messages else now,
    )


def _claim(spec: JobSpec, answer: JobAnswer) -> Claim | None:
    key = spec.idempotency
    if key is None:
        return None
    return Claim(
        service_id=spec.service_id,
        key_hash=key.hash,
        fingerprint=key.fingerprint,
        context=key.context,
        subject_id=spec.id,
        answer=encoded(answer),
    )


def _first_answer(kept: KeptAnswer, own_id: UUID) -> JobAnswer:
    answer = msgspec.json.decode(kept.answer, type=JobAnswer)
    return answer if kept.subject_id == own_id else replace(answer, replayed=True, context=kept.context)
