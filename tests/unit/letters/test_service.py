"""Whom the letters service answers, and what its settings need."""

import pytest
from pydantic import SecretStr, ValidationError

from notify.letters.v1 import letters_pb2, printing_pb2
from operationskit.callers import OPERATIONS_CALLERS
from providerkit.callers import PROVIDERS_CALLERS
from servicekit.errors import InvalidRequest
from servicekit.settings import Environment
from services.letters import convert
from services.letters.callers import ALLOWED_CALLERS
from services.letters.config import LettersSettings
from services.letters.letters import CancelOutcome, LetterState, cancel_outcome
from services.letters.uploads.outcomes import UploadProblem

SERVICES = (
    letters_pb2.DESCRIPTOR.services_by_name["LettersService"],
    printing_pb2.DESCRIPTOR.services_by_name["PrintingService"],
)
ID = "0b5e8f4e-6b1f-4d0b-9c7a-0a4a4a4a4a4a"


def settings(environment: Environment, clamd_url: str | None) -> LettersSettings:
    return LettersSettings(
        caller_keys=SecretStr("0f6d1b9c47e2a85d3390c1f27ab3e846"),
        environment=environment,
        object_store_url="files",
        secret_keys=SecretStr("a61de07c94b2f8353390c1f27ab3e846"),
        clamd_url=clamd_url,
        api_url="https://notify.service.gov.uk",
    )


def test_each_call_has_its_callers() -> None:
    calls = {f"{service.full_name}/{method.name}" for service in SERVICES for method in service.methods}
    assert set(ALLOWED_CALLERS) == calls | set(OPERATIONS_CALLERS) | set(PROVIDERS_CALLERS)


def test_production_does_not_start_without_a_virus_scanner() -> None:
    with pytest.raises(ValidationError, match="a virus scanner"):
        settings(Environment.PRODUCTION, None)


@pytest.mark.parametrize(
    ("environment", "clamd_url"),
    [(Environment.PRODUCTION, "tcp://clamd:3310"), (Environment.DEVELOPMENT, None)],
)
def test_settings_are_taken(environment: Environment, clamd_url: str | None) -> None:
    assert settings(environment, clamd_url).clamd_url == clamd_url


@pytest.mark.parametrize("state", LetterState)
def test_only_a_cancelled_letter_counts_as_cancelled(state: LetterState) -> None:
    is_cancelled = cancel_outcome(state) is CancelOutcome.CANCELLED
    assert is_cancelled == (state is LetterState.CANCELLED)


@pytest.mark.parametrize("problem", UploadProblem)
def test_every_fault_of_an_upload_has_words(problem: UploadProblem) -> None:
    fault = convert.fault_to_pb(problem.value, (1, 2), 12)
    assert fault.title
    assert fault.detail or problem is UploadProblem.NO_CONTENT
    assert fault.title != "Validation failed"


@pytest.mark.parametrize(
    "request_",
    [
        letters_pb2.PreviewLetterRequest(service_id=ID),
        letters_pb2.PreviewLetterRequest(service_id="me", template_id=ID),
        letters_pb2.PreviewLetterRequest(service_id=ID, template_id=ID, personalisation_json="[]"),
        letters_pb2.PreviewLetterRequest(service_id=ID, template_id=ID, personalisation_json="{"),
        letters_pb2.PreviewLetterRequest(
            service_id=ID, texts=letters_pb2.LetterTexts(subject="s", body="b", attachment_id="x")
        ),
    ],
    ids=["no template", "no service", "list", "no JSON", "no attachment"],
)
def test_a_bad_preview_is_refused(request_: letters_pb2.PreviewLetterRequest) -> None:
    with pytest.raises(InvalidRequest):
        convert.preview_from_pb(request_)


@pytest.mark.parametrize("count", [0, 1_001])
def test_none_or_too_many_letters_are_refused(count: int) -> None:
    letter = letters_pb2.LetterToCancel(service_id=ID, notification_id=ID)
    with pytest.raises(InvalidRequest):
        convert.to_cancel_from_pb(letters_pb2.CancelLettersRequest(letters=[letter] * count))
    with pytest.raises(InvalidRequest):
        convert.to_delete_from_pb(letters_pb2.DeleteLettersRequest(notification_ids=[ID] * count))


def test_an_upload_that_is_too_large_is_refused() -> None:
    with pytest.raises(InvalidRequest):
        convert.content_from_pb(bytes(convert.MAX_CONTENT_BYTES + 1))
