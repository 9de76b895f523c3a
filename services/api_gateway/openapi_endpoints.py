"""GET /openapi.json, /docs and /docs/style.css: the documentation of the public API. No token is needed."""

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Final

from services.api_gateway.docs_page.page import make_page
from services.api_gateway.http import CSS, HTML, Answer, Header, Request, json_answer
from services.api_gateway.openapi import make_document
from services.api_gateway.routes import Route

_STYLE: Final = Path(__file__).with_name("docs_page") / "style.css"
_POLICY: Final[Header] = (
    b"content-security-policy",
    b"default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
)


class Documentation:
    """Serves what was made once, of the table of routes that it is itself a part of."""

    def __init__(self) -> None:
        self._routes: Sequence[Route] = ()

    def describe(self, routes: Sequence[Route]) -> None:
        """From now on the documentation is about these routes."""
        self._routes = tuple(routes)

    async def document(self, _request: Request) -> Answer:
        """GET /openapi.json."""
        return self._document

    async def page(self, _request: Request) -> Answer:
        """GET /docs."""
        return self._page

    async def style(self, _request: Request) -> Answer:
        """GET /docs/style.css."""
        return self._style_sheet

    # Made when first asked for: 20 ms that a start need not wait for.
    @cached_property
    def _document(self) -> Answer:
        return json_answer(200, make_document(self._routes))

    @cached_property
    def _page(self) -> Answer:
        text = make_page(make_document(self._routes))
        return Answer(200, text.encode(), content_type=HTML, extra_headers=(_POLICY,))

    @cached_property
    def _style_sheet(self) -> Answer:
        return Answer(200, _STYLE.read_bytes(), content_type=CSS)
