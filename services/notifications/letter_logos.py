"""Logos on letters: a service's own, else its organisation's. What an SVG may hold, and the statements about them.

Made into a part of the page by the letters service. Called by the servicer.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID
from xml.parsers import expat

from psycopg.rows import class_row

from operationskit.audit import Change, record
from servicekit.errors import InvalidRequest, NotFound, Violation
from services.notifications.accounts import checked_name
from services.notifications.transactions import AccountTransactions

MAX_SVG_BYTES: Final = 100_000
_ACTIVE: Final = frozenset({"script", "foreignobject", "iframe", "audio", "video", "a"})
_INSIDE: Final = ("#", "data:image/png", "data:image/jpeg")


@dataclass(frozen=True, slots=True)
class LetterLogo:
    """A logo; in the order of the query's columns."""

    name: str
    svg: str = field(repr=False)
    is_of_organisation: bool
    updated_at: datetime


class UnfitSvg(ValueError):  # noqa: N818 -- says what is wrong
    """An SVG that can be no logo; the text says why."""


class LetterLogos:
    """Keeps logos. One for each process."""

    def __init__(self, transactions: AccountTransactions) -> None:
        self._transactions = transactions

    async def find(self, service_id: UUID) -> LetterLogo | None:
        """The logo that a service's letters have. Raises NotFound."""
        async with (
            self._transactions.pool.connection() as connection,
            connection.cursor(row_factory=class_row(LetterLogo)) as cursor,
        ):
            await cursor.execute(
                "select l.name, l.svg, l.owner_id <> s.id as is_of_organisation, l.updated_at "
                "from services s join letter_logos l on l.owner_id in (s.id, s.organisation_id) "
                "where s.id = %s order by l.owner_id = s.id desc limit 1",
                (service_id,),
            )
            found = await cursor.fetchone()
            if found is None:
                plain = await connection.execute("select 1 from services where id = %s", (service_id,))
                if await plain.fetchone() is None:
                    raise NotFound("service")
        return found

    async def set_for_service(self, service_id: UUID, name: str, svg: str) -> None:
        """Set the logo of a service; an empty one removes it. Raises InvalidRequest and NotFound."""
        await self._set("service", service_id, service_id, name, svg)

    async def set_for_organisation(self, organisation_id: UUID, name: str, svg: str) -> None:
        """Set the logo of an organisation; an empty one removes it. Raises InvalidRequest and NotFound."""
        await self._set("organisation", organisation_id, None, name, svg)

    async def _set(self, kind: str, owner_id: UUID, service_id: UUID | None, name: str, svg: str) -> None:
        shown = _checked(name, svg) if svg else None
        now = self._transactions.clock.now()
        owner = f"select 1 from {kind}s where id = %s for update"  # noqa: S608 -- one of two constants
        async with self._transactions.begin(service_id) as connection:
            cursor = await connection.execute(owner.encode(), (owner_id,))
            if await cursor.fetchone() is None:
                raise NotFound(kind)
            if shown is None:
                cursor = await connection.execute(
                    "delete from letter_logos where owner_id = %s returning name", (owner_id,)
                )
            else:
                cursor = await connection.execute(
                    "insert into letter_logos as kept (owner_id, name, svg, updated_at) values (%s, %s, %s, %s) "
                    "on conflict (owner_id) do update set name = excluded.name, svg = excluded.svg, "
                    "updated_at = excluded.updated_at where (kept.name, kept.svg) <> (excluded.name, excluded.svg) "
                    "returning name",
                    (owner_id, shown, svg, now),
                )
            if await cursor.fetchone() is None:
                return
            change = Change(
                type=f"{kind}.letter_logo_{'set' if shown else 'removed'}",
                subject=str(owner_id),
                service_id=service_id,
                after={"letter_logo": shown},
            )
            await record(connection, change, now)


def check_svg(svg: str) -> None:
    """Raise UnfitSvg for what is no SVG, could do something, or fetch something from elsewhere."""
    if len(svg.encode()) > MAX_SVG_BYTES:
        raise UnfitSvg(f"it is longer than {MAX_SVG_BYTES:,} bytes")
    parser = expat.ParserCreate(namespace_separator=" ")
    roots: list[str] = []

    def start(name: str, attributes: dict[str, str]) -> None:
        local = name.rpartition(" ")[2].lower()
        roots.append(local)
        if local in _ACTIVE:
            raise UnfitSvg(f"it holds an element {local}")
        for full, value in attributes.items():
            attribute = full.rpartition(" ")[2].lower()
            if attribute.startswith("on"):
                raise UnfitSvg(f"it holds an attribute {attribute}")
            if attribute == "href" and not value.strip().startswith(_INSIDE):
                raise UnfitSvg("it refers to something outside of it")

    def refuse(*_: object) -> None:
        raise UnfitSvg("it declares a document type")

    parser.StartElementHandler = start
    parser.StartDoctypeDeclHandler = refuse
    try:
        parser.Parse(svg.encode(), True)
    except expat.ExpatError as err:
        raise UnfitSvg("it is not well-formed") from err
    if roots[0] != "svg":
        raise UnfitSvg("it is no SVG")


def _checked(name: str, svg: str) -> str:
    try:
        check_svg(svg)
    except UnfitSvg as unfit:
        raise InvalidRequest([Violation("svg", f"svg can't be used: {unfit}")]) from unfit
    return checked_name("name", name)
