"""Templated letters as PDF, and pictures of the pages of any PDF.

`renderer.LetterRenderer.render` makes a `RenderedLetter` of a `LetterToRender` (both in `letter`);
`images.page_png` draws a page. What a letter says follows the rules of `notifyrules`, how it looks those of the
public contract (`typst/letter.typ`). Nothing here reads a database, the network or the clock; who calls it
keeps the files.
"""
