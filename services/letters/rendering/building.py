"""From a letter's texts and values to the tree of what its pages show.

Called from `renderer`. The rules of filling in, of addresses and of dates are those of `notifyrules`.
"""

from typing import Final

from notifyrules.letter_content import LetterLanguage, address_lines, contact_block_html, letter_date
from notifyrules.placeholders import Personalisation, bulleted_html, compile_html, inline_html
from notifyrules.postal_addresses import postal_address_from_personalisation
from notifyrules.typography import typeset_subject
from services.letters.rendering.body import body_blocks
from services.letters.rendering.inlines import inlines_from_html, plain_inlines
from services.letters.rendering.letter import LetterToRender
from services.letters.rendering.tree import Inlines, LetterPart, LineBreak, Run

MOST_SOURCE_CHARACTERS: Final = 100_000
"""What is read of a body, at most: more than ten pages of the narrowest letter hold. Reading takes up to 6 µs a
character."""

_NON_BREAKING_HYPHEN: Final = "\u2011"


def letter_parts(letter: LetterToRender) -> tuple[LetterPart, ...]:
    """Return what the letter shows, one part for each language, Welsh first."""
    texts = letter.texts
    english = _part(letter, LetterLanguage.ENGLISH, texts.subject, texts.content)
    if texts.welsh_content is None:
        return (english,)
    return (_part(letter, LetterLanguage.WELSH, texts.welsh_subject or "", texts.welsh_content), english)


def _part(letter: LetterToRender, language: LetterLanguage, subject: str, content: str) -> LetterPart:
    values = Personalisation(letter.values)
    filled_subject = compile_html(subject).fill(values, show=inline_html, mark=letter.mark)
    filled_content = compile_html(content).fill(values, show=bulleted_html, mark=letter.mark)
    return LetterPart(
        language=language,
        address_lines=_address(letter),
        contact_lines=_contact_lines(letter, values),
        date=letter_date(letter.made_at, language),
        subject=inlines_from_html(_unbroken(typeset_subject(filled_subject))),
        body=body_blocks(filled_content[:MOST_SOURCE_CHARACTERS]),
        is_cut=len(filled_content) > MOST_SOURCE_CHARACTERS,
    )


def _address(letter: LetterToRender) -> tuple[Inlines, ...]:
    lines = address_lines(letter.values)
    address = postal_address_from_personalisation(letter.values)
    if address.has_enough_lines and not address.has_too_many_lines:
        return tuple(_in_capitals(plain_inlines(line)) for line in lines)
    # A preview: the lines are escaped then, with the unfilled ones as placeholders.
    return tuple(_in_capitals(inlines_from_html(line)) for line in lines)


def _in_capitals(line: Inlines) -> Inlines:
    return tuple(
        Run(text=run.text.upper(), style=run.style) for run in line if not isinstance(run, LineBreak)
    )


def _contact_lines(letter: LetterToRender, values: Personalisation) -> tuple[Inlines, ...]:
    block = contact_block_html(letter.texts.contact_block, values, letter.mark)
    if not block:
        return ()
    return tuple(inlines_from_html(_unbroken(line)) for line in block.split("<br>"))


def _unbroken(source: str) -> str:
    """Return escaped text with hyphens at which no line is broken, so that numbers stay in one piece."""
    return source.replace("-", _NON_BREAKING_HYPHEN)
