"""What other services answer about received texts and unsubscribe links, in the gateway's own words."""

import pytest

from notify.notifications.v1 import unsubscribe_requests_pb2
from notify.sms.v1 import sms_pb2
from services.api_gateway import clients, incoming_clients


@pytest.mark.parametrize("name", [name for name in sms_pb2.InboundAnswer.keys() if "UNSPECIFIED" not in name])  # noqa: SIM118 -- no dict
def test_every_answer_to_a_provider_is_known(name: str) -> None:
    known = clients._INBOUND_ANSWERS[sms_pb2.InboundAnswer.Value(name)]
    assert f"INBOUND_ANSWER_{known.name}" == name


@pytest.mark.parametrize(
    "name",
    [name for name in unsubscribe_requests_pb2.UnsubscribeOutcome.keys() if "UNSPECIFIED" not in name],  # noqa: SIM118 -- no dict
)
def test_every_outcome_of_a_link_is_known(name: str) -> None:
    known = incoming_clients._OUTCOMES[unsubscribe_requests_pb2.UnsubscribeOutcome.Value(name)]
    assert f"UNSUBSCRIBE_OUTCOME_{known.name}" == name
