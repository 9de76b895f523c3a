"""`BillingService`: its calls are known, and answered with UNIMPLEMENTED until there is something behind
them."""

from typing import Any, Final

from notify.billing.v1 import billing_pb2, billing_pb2_grpc
from servicekit.errors import Unimplemented

_NOT_BUILT: Final = "Rates and usage are not part of this version"


class BillingServicer(billing_pb2_grpc.BillingServiceServicer):
    """See the proto."""

    async def GetRates(  # noqa: N802 -- the proto's name
        self, request: billing_pb2.GetRatesRequest, context: Any
    ) -> billing_pb2.GetRatesResponse:
        """Tell the rates of a day."""
        raise Unimplemented(_NOT_BUILT)

    async def GetUsage(  # noqa: N802 -- the proto's name
        self, request: billing_pb2.GetUsageRequest, context: Any
    ) -> billing_pb2.GetUsageResponse:
        """Tell what a service used."""
        raise Unimplemented(_NOT_BUILT)
