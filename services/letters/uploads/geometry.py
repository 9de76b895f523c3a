"""Where things are on the page of a letter, and the little arithmetic of boxes and matrices.

Lengths in the tables are millimetres from the top left of the page. PDFs count in points from the bottom
left; `Box.in_points` goes from one to the other. Used by the other modules of this package.
Source: the letter specification for precompiled letters (public contract, letters as PDFs).
"""

from dataclasses import dataclass

POINTS_PER_MM = 72 / 25.4

A4_WIDTH_MM, A4_HEIGHT_MM = 210.0, 297.0
SIZE_TOLERANCE_MM = 2.0
EDGE_TOLERANCE_MM = 1.0  # areas that may be printed on grow by this much before they are checked

Matrix = tuple[float, float, float, float, float, float]
IDENTITY: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A rectangle with its sides along the page's. The unit and the origin are said where it is used."""

    left: float
    top: float
    right: float
    bottom: float

    def grown(self, by: float) -> "Box":
        """Return the box with every side moved outwards."""
        return Box(left=self.left - by, top=self.top - by, right=self.right + by, bottom=self.bottom + by)

    def in_points(self, page_height: float) -> "Box":
        """Turn millimetres from the top left into points from the bottom left of a page `page_height` high.

        `top` is the greater of the two heights then.
        """
        return Box(
            left=self.left * POINTS_PER_MM,
            right=self.right * POINTS_PER_MM,
            top=page_height - self.top * POINTS_PER_MM,
            bottom=page_height - self.bottom * POINTS_PER_MM,
        )

    def touches(self, other: "Box") -> bool:
        """Two boxes in points have some area in common."""
        return (
            self.left < other.right
            and other.left < self.right
            and self.bottom < other.top
            and other.bottom < self.top
        )


ADDRESS_WINDOW = Box(left=24.6, top=39.5, right=120, bottom=66.3)
ADDRESS_SEARCH_AREA = ADDRESS_WINDOW.grown(3)
TAG_AREA = Box(left=0, top=0, right=15.191, bottom=6.149)

PRINTABLE_PAGE = Box(left=15, top=5, right=195, bottom=292)
LOGO_AREA = Box(left=15, top=5, right=125, bottom=30)
CONTACT_AREA = Box(left=125, top=5, right=195, bottom=95)
BODY_AREA = Box(left=15, top=95, right=195, bottom=292)
AREAS_OF_FIRST_PAGE = (LOGO_AREA, CONTACT_AREA, ADDRESS_WINDOW, BODY_AREA)
AREAS_OF_OTHER_PAGES = (PRINTABLE_PAGE,)


def multiply(first: Matrix, then: Matrix) -> Matrix:
    """Return the matrix that does `first`, and `then` the other."""
    a, b, c, d, e, f = first
    p, q, r, s, t, u = then
    return (
        a * p + b * r,
        a * q + b * s,
        c * p + d * r,
        c * q + d * s,
        e * p + f * r + t,
        e * q + f * s + u,
    )


def transform(matrix: Matrix, x: float, y: float) -> tuple[float, float]:
    """Return where the matrix takes the point."""
    a, b, c, d, e, f = matrix
    return a * x + c * y + e, b * x + d * y + f
