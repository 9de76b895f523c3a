"""What the billing service answers until usage is built."""

import pytest

from notify.billing.v1 import billing_pb2
from servicekit.errors import Unimplemented
from services.billing.service import BillingServicer

METHODS = [method.name for method in billing_pb2.DESCRIPTOR.services_by_name["BillingService"].methods]


@pytest.mark.parametrize("method", METHODS)
async def test_each_call_says_that_usage_is_not_built(method: str) -> None:
    with pytest.raises(Unimplemented, match="usage are not part of this version"):
        await getattr(BillingServicer(), method)(None, None)
