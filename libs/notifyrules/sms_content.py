"""The text of a text message: tidying, the characters that can be sent, and what is billed.

Filling in placeholders and the service's name in front are `notifyrules.templates`' affair. Called from
there, and by services that count fragments. The alphabet is that of 3GPP TS 23.038 (GSM 03.38) with its
extension table, and the Welsh letters that need a message to be sent as UCS-2.
"""

import re

from notifyrules.text import downgrade_character, normalise_whitespace
from notifyrules.typography import remove_whitespace_before_punctuation

MAX_LENGTH = 918  # UTF-16 code units of the body, prefix not counted: six fragments of 153

_GSM_LETTERS = (
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789ÄÖÑÜäöñüàèéìòùÅåÆæØøÇßÉΔΦΓΛΩΠΨΣΘΞ"
)
_GSM_SIGNS = "@£$¥\n\r_\x1b !\"#¤%&'()*+,-./:;<=>?¡¿§"
_GSM_EXTENSION = "^{}\\[~]|€"
_WELSH_LETTERS = "àèìòùẁỳáéíóúẃýäëïöüẅÿâêîôûŵŷÀÈÌÒÙẀỲÁÉÍÓÚẂÝÄËÏÖÜẄŸÂÊÎÔÛŴŶ"

_GSM = frozenset(_GSM_LETTERS + _GSM_SIGNS + _GSM_EXTENSION)
_ALLOWED = _GSM | frozenset(_WELSH_LETTERS)


def _any_of(characters: str) -> str:
    return f"[{re.escape(characters)}]"


_NOT_ALLOWED = re.compile(f"[^{re.escape(''.join(sorted(_ALLOWED)))}]")
_NEEDS_UCS2 = re.compile(_any_of("".join(letter for letter in _WELSH_LETTERS if letter not in _GSM)))
_EXTENSION = re.compile(_any_of(_GSM_EXTENSION))
_MANY_NEWLINES = re.compile(r"\n{3,}")


def tidy(text: str) -> str:
    """Return `text` with whitespace as it is sent.

    None before commas and full stops, single spaces inside lines, no more than one empty line in a row,
    nothing at the ends.
    """
    text = remove_whitespace_before_punctuation(text)
    text = "\n".join([normalise_whitespace(line) for line in text.splitlines()])
    return _MANY_NEWLINES.sub("\n\n", text).strip()


def _sanitised_character(match: re.Match[str]) -> str:
    downgraded = downgrade_character(match.group(), _ALLOWED)
    return "?" if downgraded is None else downgraded


def sanitise(text: str) -> str:
    """Return `text` with each character that can't be sent replaced by its nearest, or by a question mark.

    No character of the result is outside the basic multilingual plane, so that its `len` is its length in
    UTF-16 code units.
    """
    return _NOT_ALLOWED.sub(_sanitised_character, text)


def not_representable(text: str) -> list[str]:
    """Return the characters of `text` that `sanitise` turns into question marks, each once, sorted."""
    replaced = set(_NOT_ALLOWED.findall(text))
    return sorted(character for character in replaced if downgrade_character(character, _ALLOWED) is None)


def ucs2_characters(text: str) -> list[str]:
    """Return the letters of a sanitised `text` that need UCS-2, each once, in order of first use."""
    return list(dict.fromkeys(_NEEDS_UCS2.findall(text)))


def extension_character_count(text: str) -> int:
    """Return how many characters of `text` take two places in GSM 03.38."""
    return len(_EXTENSION.findall(text))


def fragments(text: str) -> int:
    """Return how many fragments a sanitised `text` is sent and billed as, at least 1.

    One letter outside GSM 03.38 makes the whole message UCS-2: 70 places in one fragment, 67 in each of
    several. Otherwise 160 and 153, where characters of the extension table take two places.
    """
    if _NEEDS_UCS2.search(text):
        places, single, several = len(text), 70, 67
    else:
        places, single, several = len(text) + extension_character_count(text), 160, 153
    return 1 if places <= single else -(-places // several)
