"""Money as text. It is counted in whole ten-thousandths of a pound, in which every price is whole.

The one place where money is rounded is `pounds_and_pence`, for people; nothing is added up after it.
"""

from decimal import ROUND_HALF_UP, Decimal
from typing import Final

_UNIT: Final = Decimal("0.0001")
_PENNY: Final = Decimal("0.01")


def to_pounds(ten_thousandths: int) -> Decimal:
    """The exact amount in pounds, with four decimals."""
    return ten_thousandths * _UNIT


def pounds(ten_thousandths: int) -> str:
    """The exact amount in pounds, with four decimals: `12.0300`."""
    return f"{to_pounds(ten_thousandths):.4f}"


def pounds_and_pence(ten_thousandths: int) -> str:
    """The amount as people read it, rounded to the penny, half up: `£1,234.57`."""
    rounded = to_pounds(abs(ten_thousandths)).quantize(_PENNY, ROUND_HALF_UP)
    return f"{'-' if ten_thousandths < 0 and rounded else ''}£{rounded:,}"
