"""What other services answer about received texts and unsubscribe links, in the gateway's own words."""

from notify.notifications.v1 import unsubscribe_requests_pb2
from notify.sms.v1 import sms_pb2
from services.api_gateway import clients, incoming_clients


def test_every_answer_to_a_provider_is_known() -> None:
    known = {f"INBOUND_ANSWER_{word.name}": number for number, word in clients._INBOUND_ANSWERS.items()}
    numbers = dict(sms_pb2.InboundAnswer.items())
    assert known == {name: number for name, number in numbers.items() if number}


def test_every_outcome_of_a_link_is_known() -> None:
    known = {
        f"UNSUBSCRIBE_OUTCOME_{word.name}": number for number, word in incoming_clients._OUTCOMES.items()
    }
    numbers = dict(unsubscribe_requests_pb2.UnsubscribeOutcome.items())
    assert known == {name: number for name, number in numbers.items() if number}
