"""Templates of texts, emails and letters: what services use of this package to render a message.

A template is compiled once, can be kept for as long as its version lives, and is rendered many times; it
holds no state of a rendering. The rules of each kind of content live in `sms_content`, `email_content` and
`letter_content`, placeholders in `placeholders`. Called by the services that create and send notifications.

What the API answers as `subject` and `body` (public contract, "Templates and personalisation") is what
`subject()` and `body()` give; a text's `body` is a field of what `render()` gives.
"""

from collections.abc import Callable
from dataclasses import dataclass

from notifyrules import sms_content
from notifyrules.email_content import read_body, render_preheader, render_text, unsubscribe_paragraph
from notifyrules.email_document import NO_BRANDING, EmailBranding, EmailParts, render_document
from notifyrules.email_html import render_html
from notifyrules.letter_content import LetterLanguage, body_html, contact_block_html
from notifyrules.markdown import Document
from notifyrules.placeholders import (
    PLACEHOLDER,
    CompiledText,
    Field,
    Personalisation,
    all_placeholders,
    bulleted_html,
    bulleted_text,
    compile_html,
    compile_text,
    inline_html,
    inline_text,
    mark_in_html,
    mark_in_text,
    missing_placeholders,
)
from notifyrules.typography import typeset_subject

MAX_EMAIL_BYTES = 2_000_000


@dataclass(frozen=True, slots=True)
class SmsSize:
    """How long a text message is."""

    length: int  # UTF-16 code units, the name in front not counted
    fragments: int  # what it is billed as


@dataclass(frozen=True, slots=True, kw_only=True)
class SmsContent:
    """A text message that is ready to be sent."""

    text: str  # what is sent, with the service's name in front where the template has it
    body: str  # the same without the name: what the API answers
    length: (
        int  # UTF-16 code units of `text` less those of the name and the two after it; the limit counts these
    )
    fragments: int  # what `text` is billed as


class SmsTemplate:
    """A template of a text message; `prefix` is the service's name where it is shown before the text."""

    __slots__ = ("_constant", "_content", "_prefix", "_prefix_length", "placeholders")

    placeholders: tuple[str, ...]

    def __init__(self, content: str, prefix: str | None = None) -> None:
        self._content = compile_text(content)
        self._prefix = f"{prefix}: " if prefix else ""
        self._prefix_length = len(sms_content.sanitise(self._prefix))
        self.placeholders = self._content.placeholders
        self._constant = None if self.placeholders else self._finished(content)

    def missing(self, personalisation: Personalisation) -> list[str]:
        """Return the placeholders that have no value or null, as written in the template."""
        return missing_placeholders(self.placeholders, personalisation)

    def render(self, personalisation: Personalisation) -> SmsContent:
        """Return the message for these values.

        Without any value, placeholders are left out; with at least one, the unfilled ones stay as typed.
        """
        if self._constant is not None:
            return self._constant
        if not personalisation:
            return self._finished(self._content.content, unfilled=True)
        return self._finished(self._content.fill(personalisation, show=inline_text, mark=mark_in_text))

    def body(self, personalisation: Personalisation) -> str:
        """Return what the API answers as the text: the `body` of what `render` gives, at less cost."""
        if self._constant is not None:
            return self._constant.body
        if not personalisation:
            return _sendable(self._content.content, unfilled=True)
        filled = self._content.fill(personalisation, show=inline_text, mark=mark_in_text)
        return _sendable(filled, unfilled=False)

    def measure(self, personalisation: Personalisation) -> SmsSize:
        """Return how long the message for these values is; half the work of `render` where there is a name."""
        if self._constant is not None or not personalisation:
            content = self.render(personalisation)
            return SmsSize(content.length, content.fragments)
        filled = self._content.fill(personalisation, show=inline_text, mark=mark_in_text)
        text = _sendable(self._prefix + filled, unfilled=False)
        return SmsSize(self._length(text), sms_content.fragments(text))

    def is_empty(self, personalisation: Personalisation) -> bool:
        """Return whether there would be nothing to send."""
        return self.measure(personalisation).length == 0

    def _length(self, text: str) -> int:
        return max(0, len(text) - self._prefix_length)

    def _finished(self, filled: str, *, unfilled: bool = False) -> SmsContent:
        text = _sendable(self._prefix + filled, unfilled=unfilled)
        return SmsContent(
            text=text,
            body=_sendable(filled, unfilled=unfilled) if self._prefix else text,
            length=self._length(text),
            fragments=sms_content.fragments(text),
        )


def _sendable(text: str, *, unfilled: bool) -> str:
    text = sms_content.tidy(text)
    if unfilled:
        # Only now, so that the spaces around them stay.
        text = PLACEHOLDER.sub("", text)
    return sms_content.sanitise(text)


def _subject(
    subject: CompiledText,
    personalisation: Personalisation,
    show: Callable[[object], str],
    mark: Callable[[Field], str] = mark_in_html,
) -> str:
    return typeset_subject(subject.fill(personalisation, show=show, mark=mark))


def _comes_out_blank(content: CompiledText, body: str) -> bool:
    # Only a template that is nothing but placeholders can be empty: the API lets an empty one be sent.
    return content.content.startswith("((") and content.content.endswith("))") and not body


@dataclass(frozen=True, slots=True, kw_only=True)
class EmailContent:
    """An email that is ready to be sent."""

    subject: str
    text: str  # the plain text part
    html: str  # the HTML part, a complete document


class EmailTemplate:
    """A template of an email: subject and body, the body in markdown.

    `mark` says what placeholders without a value look like in previews; nothing is sent with any.
    """

    __slots__ = ("_content", "_content_html", "_mark", "_subject", "_subject_html", "placeholders")

    placeholders: tuple[str, ...]

    def __init__(self, subject: str, content: str, mark: Callable[[Field], str] = mark_in_html) -> None:
        self._subject = compile_text(subject)
        self._subject_html = compile_html(subject)
        self._content = compile_text(content)
        self._content_html = compile_html(content)
        self._mark = mark
        self.placeholders = all_placeholders(self._subject, self._content)

    def missing(self, personalisation: Personalisation) -> list[str]:
        """Return the placeholders that have no value or null, those of the subject first."""
        return missing_placeholders(self.placeholders, personalisation)

    def subject(self, personalisation: Personalisation) -> str:
        """Return the subject as it is sent and as the API answers it: filled in, typeset, not escaped."""
        return _subject(self._subject, personalisation, inline_text, self._mark)

    def body(self, personalisation: Personalisation) -> str:
        """Return the body as the API answers it: filled in and stripped, markdown as written, not escaped."""
        return self._content.fill(personalisation, show=bulleted_text, mark=self._mark).strip()

    def content_bytes(self, personalisation: Personalisation) -> int:
        """Return the UTF-8 bytes of the body, to be held against `MAX_EMAIL_BYTES`."""
        return len(self.body(personalisation).encode())

    def is_empty(self, personalisation: Personalisation) -> bool:
        """Return whether the body is nothing but placeholders and comes out blank."""
        return _comes_out_blank(self._content, self.body(personalisation))

    def html_fragment(self, personalisation: Personalisation) -> str:
        """Return the body as HTML without a document around it, as the API's preview answers it."""
        return render_html(read_body(self._filled_html(personalisation, self._mark)))

    def render(
        self,
        personalisation: Personalisation,
        *,
        unsubscribe_link: str | None = None,
        branding: EmailBranding = NO_BRANDING,
    ) -> EmailContent:
        """Return the email for these values, with a link to unsubscribe at its end if there is one."""
        bodies = self._read(personalisation, unsubscribe_link)
        return EmailContent(
            subject=self.subject(personalisation),
            text=render_text(bodies.text),
            html=render_document(self._html_parts(personalisation, bodies), branding),
        )

    def html_parts(
        self, personalisation: Personalisation, *, unsubscribe_link: str | None = None
    ) -> EmailParts:
        """Return what the HTML part is put together from."""
        return self._html_parts(personalisation, self._read(personalisation, unsubscribe_link))

    def _html_parts(self, personalisation: Personalisation, bodies: "_EmailBodies") -> EmailParts:
        return EmailParts(
            title=_subject(self._subject_html, personalisation, inline_html, self._mark),
            preheader=render_preheader(bodies.preheader),
            body=render_html(bodies.html),
        )

    def _filled_html(self, personalisation: Personalisation, mark: Callable[[Field], str]) -> str:
        return self._content_html.fill(personalisation, show=bulleted_html, mark=mark)

    def _read(self, personalisation: Personalisation, unsubscribe_link: str | None) -> "_EmailBodies":
        text = self._content.fill(personalisation, show=bulleted_text, mark=mark_in_html)
        html = self._filled_html(personalisation, self._mark)
        preheader = html if self._mark is mark_in_html else self._filled_html(personalisation, mark_in_html)
        if unsubscribe_link:
            paragraph = unsubscribe_paragraph(unsubscribe_link)
            text += compile_text(paragraph).fill(personalisation, show=bulleted_text, mark=mark_in_html)
            html += compile_html(paragraph).fill(personalisation, show=bulleted_html, mark=self._mark)
        # Mostly nothing has to be escaped, and all parts are made from the same text.
        documents = {source: read_body(source) for source in {text, html, preheader}}
        return _EmailBodies(text=documents[text], html=documents[html], preheader=documents[preheader])


@dataclass(frozen=True, slots=True, kw_only=True)
class _EmailBodies:
    text: Document
    html: Document
    preheader: Document  # without the link to unsubscribe


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterContent:
    """What is written in a letter, as HTML; its address and date are in `letter_content`."""

    subject: str
    body: str
    contact_block: str


class LetterTemplate:
    """A template of a letter: subject, body in markdown, and the sender's address (`contact_block`).

    With Welsh texts it makes a letter in both languages. `mark` says what placeholders without a value look
    like in previews.
    """

    __slots__ = (
        "_contact_block",
        "_content",
        "_mark",
        "_subject",
        "_welsh_content",
        "_welsh_subject",
        "placeholders",
    )

    placeholders: tuple[str, ...]

    def __init__(
        self,
        subject: str,
        content: str,
        contact_block: str | None = None,
        *,
        welsh_subject: str | None = None,
        welsh_content: str | None = None,
        mark: Callable[[Field], str] = mark_in_html,
    ) -> None:
        self._subject = compile_html(subject)
        self._content = compile_text(content)
        self._contact_block = contact_block or ""
        self._welsh_subject = welsh_subject or ""
        self._welsh_content = welsh_content or ""
        self._mark = mark
        texts = (self._contact_block, self._welsh_subject, self._welsh_content, subject)
        self.placeholders = all_placeholders(*map(compile_text, texts), self._content)

    def missing(self, personalisation: Personalisation) -> list[str]:
        """Return the placeholders that have no value or null: contact block, Welsh texts, subject, body."""
        return missing_placeholders(self.placeholders, personalisation)

    def subject(self, personalisation: Personalisation) -> str:
        """Return the subject as the API answers it: filled in, typeset, escaped for HTML."""
        return _subject(self._subject, personalisation, inline_html, self._mark)

    def body(self, personalisation: Personalisation) -> str:
        """Return the body as the API answers it: filled in and stripped, markdown as written, not escaped."""
        return self._content.fill(personalisation, show=bulleted_text, mark=self._mark).strip()

    def is_empty(self, personalisation: Personalisation) -> bool:
        """Return whether the body is nothing but placeholders and comes out blank."""
        return _comes_out_blank(self._content, self.body(personalisation))

    def render(
        self, personalisation: Personalisation, language: LetterLanguage = LetterLanguage.ENGLISH
    ) -> LetterContent:
        """Return the letter for these values, or its Welsh half."""
        if language is LetterLanguage.WELSH:
            subject, content = compile_html(self._welsh_subject), self._welsh_content
        else:
            subject, content = self._subject, self._content.content
        filled = compile_html(content).fill(personalisation, show=bulleted_html, mark=self._mark)
        return LetterContent(
            subject=_subject(subject, personalisation, inline_html, self._mark),
            body=body_html(filled),
            contact_block=contact_block_html(self._contact_block, personalisation, self._mark),
        )
