"""A letter template with all that one may have, made by `notifyctl`: Welsh, a logo, attached pages."""

import io
import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from typer.testing import CliRunner

from clients.notifyctl.__main__ import app
from clients.notifyctl.output import CommandError
from servicekit.errors import InvalidRequest, RuleBroken
from tests.e2e.stack import System, wait_for
from tests.e2e.test_letters_prepared import letters_of, pages
from tests.unit.letters.pdfs import a_letter

SERVICE = "Letters in two languages"
LOGO = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 70 18"><path fill="#1d70b8" d="M0 0h70v18z"/></svg>'
)

Run = Callable[..., Any]


@pytest.fixture
def run(system: System, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Carries out a command; gives its JSON, or raises what `main` would tell in one line."""
    monkeypatch.setenv("NOTIFYCTL_HOME", str(system.stack.home))

    def carry_out(*words: str) -> Any:
        result = CliRunner().invoke(app, [*words, "--json"], catch_exceptions=False, standalone_mode=False)
        return json.loads(result.stdout)

    return carry_out


def attached(pages: int) -> bytes:
    """A PDF without an address, of so many pages."""
    letter = pikepdf.open(io.BytesIO(a_letter(other_pages=[()] * pages)))
    del letter.pages[0]
    out = io.BytesIO()
    letter.save(out)
    return out.getvalue()


def test_a_letter_in_two_languages_with_a_logo_and_attached_pages(
    system: System, run: Run, tmp_path: Path
) -> None:
    (tmp_path / "logo.svg").write_text(LOGO)
    (tmp_path / "terms.pdf").write_bytes(attached(2))
    (tmp_path / "long.pdf").write_bytes(attached(9))
    out = tmp_path / "preview.pdf"
    with letters_of(system.stack, SERVICE) as plain:
        run("letters", "logo", "-s", SERVICE, "--svg", str(tmp_path / "logo.svg"))
        made = run(
            *("template", "create", "-s", SERVICE, "--type", "letter", "--name", "Permit in Welsh"),
            *("--subject", "Your permit", "--body", "Dear ((name))"),
            *("--welsh-subject", "Eich trwydded", "--welsh-body", "Annwyl ((name)) o ((lle))"),
            *("--attachment", str(tmp_path / "terms.pdf"), "--postage", "first"),
        )
        assert made["placeholders"] == ["name", "lle"]
        preview = run("template", "preview", "-s", SERVICE, made["id"], "--out", str(out))
        values = {
            "lle": "Bangor",
            "address_line_1": "Sam",
            "address_line_2": "1 Street",
            "postcode": "SW1A 1AA",
        }
        sent = plain.client.send_letter_notification(made["id"], values | {"name": "Sam"})["id"]

        assert wait_for(partial(plain.is_ready, sent))
        read, pdf = plain.read(sent), plain.pdf(sent)
        assert (pages(pdf), read["cost_details"]["billable_sheets_of_paper"], read["postage"]) == (
            4,
            2,
            "first",
        )
        assert read["subject"] == "Your permit"
        assert preview == {"pages": 4, "welsh_pages": 1, "attachment_pages": 2, "fault": None}
        assert pages(out.read_bytes()) == 4
        with pytest.raises(CommandError, match=r"In total, your letter template .* are 11 pages long"):
            run("template", "update", "-s", SERVICE, made["id"], "--attachment", str(tmp_path / "long.pdf"))
        changed = run("template", "update", "-s", SERVICE, made["id"], "--english-only", "--no-attachment")
        assert (changed["version"], changed["placeholders"]) == (2, ["name"])
        shown = run("template", "preview", "-s", SERVICE, made["id"], "--out", str(out))
        assert (shown["pages"], shown["welsh_pages"]) == (1, 0)
        assert run("letters", "logo", "-s", SERVICE)["of"] == "service"
        run("letters", "logo", "-s", SERVICE, "--remove")
        assert run("letters", "logo", "-s", SERVICE) == {"name": None}


def test_what_can_not_be_printed_is_refused_at_once(system: System, run: Run, tmp_path: Path) -> None:
    file = tmp_path / "file"
    service = system.demo.service_id
    new = (
        "template",
        "create",
        "-s",
        service,
        "--type",
        "letter",
        "--name",
        "N",
        "--subject",
        "S",
        "--body",
        "B",
    )
    file.write_bytes(b"no PDF")
    with pytest.raises(CommandError, match="cannot read this PDF"):
        run(*new, "--attachment", str(file))
    with pytest.raises(InvalidRequest, match="letter_welsh_body"):
        run(*new, "--welsh-subject", "Llythyr")
    for svg, error in (("no SVG", RuleBroken), (LOGO.replace("<path", "<script/><path"), InvalidRequest)):
        file.write_text(svg)
        with pytest.raises(error):
            run("letters", "logo", "-s", service, "--svg", str(file))
