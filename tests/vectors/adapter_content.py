"""Runs the golden vectors of templates and content against `notifyrules` (see README.md and check.py here)."""

import sys
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "libs"))

from check import email_document_features
from notifyrules import placeholders as ph
from notifyrules import sms_preview
from notifyrules import sms_content as sms
from notifyrules.email_document import EmailBranding, render_contents, render_document
from notifyrules.letter_content import LetterLanguage, address_lines, letter_date
from notifyrules.qr_codes import too_long_qr_code_bytes
from notifyrules.templates import EmailTemplate, LetterTemplate, SmsTemplate


def _values(given):
    return ph.Personalisation(given.get("values"))


# -- placeholders


def _field(given):
    in_html = given.get("style", "html") == "html"
    escape = given.get("html", "escape") == "escape"
    brackets = given.get("with_brackets", True)
    bullets = given.get("markdown_lists", False)
    if given.get("redact"):
        mark = ph.redact_in_html if in_html else ph.redact_in_text
    elif in_html:
        mark = ph.mark_in_html if brackets else ph.mark_in_html_without_brackets
    else:
        mark = ph.mark_in_text if brackets else ph.mark_in_text_without_brackets
    if escape:
        show = ph.bulleted_html if bullets else ph.inline_html
    else:
        show = ph.bulleted_text if bullets else ph.inline_text
    compiled = (ph.compile_html if escape else ph.compile_text)(given["content"])
    return {
        "rendered": compiled.fill(_values(given), show=show, mark=mark),
        "placeholders": list(ph.compile_text(given["content"]).placeholders),
    }


def _template(given):
    kind = given["template_type"]
    if kind == "sms":
        template = SmsTemplate(given["content"])
    elif kind == "email":
        template = EmailTemplate(given["subject"], given["content"])
    else:
        template = LetterTemplate(given["subject"], given["content"], given.get("contact_block"))
    used = {ph.normalise_key(name) for name in template.placeholders}
    return {
        "placeholders": list(template.placeholders),
        "missing": template.missing(_values(given)),
        "additional": sorted(name for name in given.get("values") or {} if ph.normalise_key(name) not in used),
    }


def placeholders(given):
    operation = given.get("operation", "field")
    if operation == "field":
        return _field(given)
    if operation == "template":
        return _template(given)
    if operation == "key":
        return {"key": ph.normalise_key(given["key"])}
    return {"shown": ph.is_shown(given["value"])}


# -- texts


def sms_content(given):
    operation = given.get("operation", "message")
    if operation == "sanitise":
        return {"sanitised": sms.sanitise(given["text"]), "not_representable": sms.not_representable(given["text"])}
    if operation == "body_preview":
        return {"body": sms_preview.body_html(given["content"], _values(given))}
    if operation == "preview":
        return {"body": _sms_preview(given)}
    template = SmsTemplate(given["content"], given.get("prefix") if given.get("show_prefix", True) else None)
    rendered = template.render(_values(given))
    letters = sms.ucs2_characters(rendered.text)
    return {
        "message": rendered.text,
        "character_count": len(rendered.text.encode("utf-16-le")) // 2,
        "character_count_without_prefix": rendered.length,
        "fragments": rendered.fragments,
        "unicode": bool(letters),
        "unicode_characters": letters,
        "extension_characters": sms.extension_character_count(rendered.text),
        "too_long": rendered.length > sms.MAX_LENGTH,
        "characters_above_limit": max(0, rendered.length - sms.MAX_LENGTH),
        "empty": template.is_empty(_values(given)),
    }


def _sms_preview(given):
    body = sms_preview.message_html(
        given["content"],
        _values(given),
        prefix=given.get("prefix") if given.get("show_prefix", True) else None,
        mark=ph.redact_in_html if given.get("redact") else ph.mark_in_html,
        link_class="govuk-link govuk-link--no-visited-state",
    )
    return sms.sanitise(body) if given.get("downgrade", True) else body


# -- emails


def _email(given):
    mark = ph.redact_in_html if given.get("redact") else ph.mark_in_html
    return EmailTemplate(given["subject"], given["content"], mark)


def email_plain_text(given):
    template, values = _email(given), _values(given)
    return {
        "subject": template.subject(values),
        "body": template.render(values, unsubscribe_link=given.get("unsubscribe_link")).text,
        "empty": template.is_empty(values),
        "content_bytes": template.content_bytes(values),
    }


def email_html(given):
    template, values = _email(given), _values(given)
    parts = template.html_parts(values, unsubscribe_link=given.get("unsubscribe_link"))
    if given.get("operation", "body") == "body":
        return {"subject": parts.title, "body": parts.body, "preheader": parts.preheader}
    render = render_document if given.get("complete_html", True) else render_contents
    return email_document_features(render(parts, _branding(given.get("branding") or {})), parts.body)


def _branding(given):
    colour = given.get("colour")
    if given.get("banner") and not colour:
        colour = "#0b0c0c"  # the original's own black, where ours is a grey
    return EmailBranding(
        name=given.get("text"),
        colour=colour,
        logo_url=given.get("logo"),
        alt_text=str(given.get("alt_text")),  # the original writes "None" where none is set, ours nothing
        has_banner=given.get("banner", False),
        has_gov_uk_banner=given.get("govuk_banner", True),
    )


# -- letters


def letter_content(given):
    language = LetterLanguage(given.get("language", "english"))
    template = LetterTemplate(
        given["subject"],
        given["content"],
        given.get("contact_block"),
        welsh_subject=given.get("welsh_subject"),
        welsh_content=given.get("welsh_content"),
        mark=ph.redact_in_html if given.get("redact") else ph.mark_in_html,
    )
    values = _values(given)
    rendered = template.render(values, language)
    moment = datetime.fromisoformat(given.get("date", "2026-01-05T12:00:00")).replace(tzinfo=UTC)
    return {
        "subject": rendered.subject,
        "body": rendered.body,
        "address_lines": address_lines(given.get("values") or {}),
        "contact_block": rendered.contact_block,
        "date": letter_date(moment, language),
        "placeholders": list(template.placeholders),
        "qr_code_too_long_bytes": too_long_qr_code_bytes(template.body(values)),
    }
