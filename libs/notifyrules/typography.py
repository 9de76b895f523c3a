"""Typography: curly quotes, dashes and the space before punctuation, in subjects and bodies.

Works on HTML as well as on text: what looks like a tag is left alone, and so are the texts of links.
Called from `notifyrules.templates` and the modules for each kind of message.
"""

import re

from smartypants import convert_entities, convert_quotes, process_escapes

from notifyrules.text import normalise_whitespace

# The lookbehinds change nothing but the time that a long run of spaces takes.
_SPACE_BEFORE_PUNCTUATION = re.compile(r"(?<![ \t])[ \t]+(?=[,.])")
_DASH_BETWEEN_SPACES = re.compile(r"(?<!\s)\s+[-–—]{1,3}\s+")
# Found in a fraction of the time, and mostly not found.
_SOME_SPACE_BEFORE_PUNCTUATION = (" ,", " .", "\t,", "\t.")
_SOME_DASH_BETWEEN_SPACES = re.compile(r"\s[-–—]{1,3}\s")
# Most quotes are these, and they always curl the same way.
_APOSTROPHE = re.compile(r"(?<=\w)'(?=[^\W\d])")
_QUOTE_OR_ESCAPE = re.compile(r"""['"\\]|&#8[0-9]{3};""")
_TAG = re.compile(r"(<[^>]*>)")
_SKIPPED_ELEMENT = re.compile(r"<(/?)(pre|samp|code|tt|kbd|script|style|math|a)[^>]*>", re.IGNORECASE)
_STRAIGHTENED = str.maketrans("‘’", "''")
_TO_UNICODE = 0  # smartypants' mode for characters rather than entities


def remove_whitespace_before_punctuation(text: str) -> str:
    """Return `text` without spaces and tabs before commas and full stops."""
    if any(found in text for found in _SOME_SPACE_BEFORE_PUNCTUATION):
        return _SPACE_BEFORE_PUNCTUATION.sub("", text)
    return text


def _curled(text: str, before: str) -> str:
    """Return a run of text without tags with its quotes curled; `before` is the last character before it."""
    text = _APOSTROPHE.sub("’", text)
    if text in {"'", '"'}:
        closing = bool(before) and not before.isspace()
        return {"'": "‘’", '"': "“”"}[text][closing]
    # Line by line, because few lines have quotes. A quote looks no further than the newlines around its line.
    lines = text.split("\n")
    last = len(lines) - 1
    for index, line in enumerate(lines):
        if _QUOTE_OR_ESCAPE.search(line) is not None:
            before, after = "\n" * (index > 0), "\n" * (index < last)
            curled = convert_quotes(process_escapes(f"{before}{line}{after}"))
            lines[index] = convert_entities(curled, _TO_UNICODE).strip("\n")
    return "\n".join(lines)


def curl_quotes(text: str) -> str:
    """Return `text` with straight quotes curled, except in tags, links and elements that hold code."""
    if _QUOTE_OR_ESCAPE.search(text) is None:
        return text
    curled: list[str] = []
    open_elements: list[str] = []
    last = ""
    # Splitting at a pattern with one group gives text, tag, text, tag, …, text. Past the last ">" there is no
    # tag, and looking for one from every "<" there would take a time that grows with the square.
    end_of_tags = text.rfind(">") + 1
    tokens = _TAG.split(text[:end_of_tags])
    tokens[-1] += text[end_of_tags:]
    for position, token in enumerate(tokens):
        if position % 2:
            curled.append(token)
            if (element := _SKIPPED_ELEMENT.match(token)) is not None:
                _open_or_close(open_elements, element)
        elif token:
            plain = open_elements or _QUOTE_OR_ESCAPE.search(token) is None
            curled.append(token if plain else _curled(token, last))
            last = token[-1]
    return "".join(curled)


def _open_or_close(open_elements: list[str], tag: re.Match[str]) -> None:
    closes, name = tag.group(1), tag.group(2).lower()
    if not closes:
        open_elements.append(name)
    elif open_elements and open_elements[-1] == name:
        open_elements.pop()


def straighten_quotes_in_addresses(text: str) -> str:
    """Return `text` with straight single quotes in every word that holds an `@`."""
    sign = text.find("@")
    if sign < 0 or ("’" not in text and "‘" not in text):
        return text
    pieces: list[str] = []
    done = 0
    while sign >= 0:
        start, end = sign, sign
        while start > done and not text[start - 1].isspace():
            start -= 1
        while end < len(text) and not text[end].isspace():
            end += 1
        pieces += [text[done:start], text[start:end].translate(_STRAIGHTENED)]
        done = end
        sign = text.find("@", done)
    return "".join([*pieces, text[done:]])


def dashes_between_words(text: str) -> str:
    """Return `text` with one to three hyphens or dashes between whitespace as an en dash between spaces."""
    if _SOME_DASH_BETWEEN_SPACES.search(text) is None:
        return text
    return _DASH_BETWEEN_SPACES.sub(" – ", text)


def typeset(text: str) -> str:
    """Return text or HTML with all of this module's rules applied."""
    text = remove_whitespace_before_punctuation(text)
    text = curl_quotes(text)
    text = straighten_quotes_in_addresses(text)
    return dashes_between_words(text)


def typeset_subject(text: str) -> str:
    """Return a subject as it is sent and shown: on one line, with this module's rules applied."""
    return normalise_whitespace(typeset(text))
