"""The PDF that comes out: what is gone, what is new, and that the rest stays where it was."""

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pypdfium2 as pdfium
import pytest
from pikepdf import Array, Dictionary, Name, Page, Pdf, Stream, String
from PIL import Image, ImageChops, ImageStat

from services.letters.uploads.checking import check_attachment, check_letter
from services.letters.uploads.contents import ContentParser
from services.letters.uploads.geometry import ADDRESS_SEARCH_AREA, POINTS_PER_MM, TAG_AREA, Box
from services.letters.uploads.glyphs import FontShelf
from services.letters.uploads.printing import PrintRewriter
from services.letters.uploads.text import Word, text_lines, words_touching
from tests.unit.letters.pdfs import (
    A4,
    ADDRESS,
    Font,
    a_form,
    a_letter,
    add_page,
    as_bytes,
    instructions_of,
    opened,
    text_at,
)

PAGE = Box(left=0, top=0, right=210, bottom=297)
IN_WINDOW = "60 700"
BELOW = "60 400"


def printed(data: bytes) -> bytes:
    result = check_letter(data, allow_international=False)
    assert (result.problem, result.fault) == (None, None)
    assert result.sanitised is not None
    return result.sanitised


def words_on(page: Page, area: Box = PAGE) -> list[Word]:
    return words_touching(area.in_points(A4[1]), ContentParser().page(page), FontShelf())


def words(data: bytes, area: Box = PAGE, page: int = 0) -> list[Word]:
    with opened(data) as pdf:
        return words_on(pdf.pages[page], area)


def drawn(data: bytes, page: int = 0) -> Image.Image:
    picture = pdfium.PdfDocument(data)[page].render(scale=1).to_pil()
    assert isinstance(picture, Image.Image)
    return picture


@contextmanager
def first_resources(data: bytes) -> Iterator[Dictionary]:
    with opened(data) as pdf:
        resources = pdf.pages[0].obj.Resources
        assert isinstance(resources, Dictionary)
        yield resources


# -- the address


def test_address_is_written_again_at_its_place() -> None:
    result = words(printed(a_letter()), ADDRESS_SEARCH_AREA)
    assert text_lines(result) == list(ADDRESS)
    first, last = result[0].glyphs[0], result[-1].glyphs[0]
    assert first.size == pytest.approx(8)
    assert first.start == pytest.approx((24.6 * POINTS_PER_MM, A4[1] - 56.6 * POINTS_PER_MM), abs=0.1)
    assert last.start[1] == pytest.approx(A4[1] - 65.59 * POINTS_PER_MM, abs=0.1)


def test_address_may_hold_letters_that_only_some_fonts_have() -> None:
    lines = ("Sam Example", "1 Test – Street", "Bontŵr", "SW1A 1AA")
    assert text_lines(words(printed(a_letter(address=lines)), ADDRESS_SEARCH_AREA)) == list(lines)


def test_everything_in_the_search_area_is_painted_over() -> None:
    dark_window = "0.8 g 80 680 200 30 re f"
    before = drawn(printed(a_letter()))
    assert ImageChops.difference(before, drawn(printed(a_letter(first_page=[dark_window])))).getbbox() is None


def test_address_in_a_form_is_taken_out_of_that_drawing_of_it_alone() -> None:
    def change(pdf: Pdf) -> None:
        font = Font(pdf)
        page = pdf.pages[0]
        lines = " ".join(text_at(font, line, x_mm=26, y_mm=43 + 4 * row) for row, line in enumerate(ADDRESS))
        page.obj.Resources.XObject.X = a_form(pdf, "/Y Do")
        page.obj.Resources.XObject.X.Resources = Dictionary(XObject=Dictionary(Y=a_form(pdf, lines)))
        page.obj.Resources.XObject.X.Resources.XObject.Y.Resources = Dictionary(
            Font=Dictionary(F=font.object)
        )
        page.obj.Contents = pdf.make_stream(b"/X Do q 1 0 0 1 0 -400 cm /X Do Q")

    data = printed(a_letter(change=change))
    assert text_lines(words(data, ADDRESS_SEARCH_AREA)) == list(ADDRESS)
    # First the drawing further down the page, which is untouched, then the new address and the tag.
    assert text_lines(words(data)) == [*ADDRESS, *ADDRESS, "NOTIFY"]


def without_word(write: Callable[[Callable[[str], str]], str], text: str) -> tuple[list[Word], list[Word]]:
    """Return the words of a page before and after one was taken out."""
    pdf = Pdf.new()
    font = Font(pdf)
    page = add_page(pdf, f"BT /F 8 Tf 40 672 Td {write(font.show)} {font.show('after')} Tj ET", font)
    content = ContentParser().page(page)
    before = words_touching(PAGE.in_points(A4[1]), content, FontShelf())
    PrintRewriter(pdf).page(page, content, [word for word in before if word.text == text])
    return before, words_on(page)


@pytest.mark.parametrize(
    "write",
    [
        lambda show: f"{show('one in two')} Tj",
        lambda show: f"[{show('one')} -8000 {show('in')} -25000 {show('two')}] TJ",
        lambda show: f"3 Tw [{show('one')} -500 {show('in two')} 300] TJ",
        lambda show: f"0.5 Tc 50 Tz 3 Ts [{show('one')} -1600 {show('in')} -500 {show('two')}] TJ",
        lambda show: f"12 TL {show('one in two')} '",
        lambda show: f'12 TL 2 0.3 {show("one in two")} "',
        lambda show: f"{show('one in')} Tj {show(' two')} Tj",
    ],
    ids=["Tj", "TJ", "word spacing", "all spacing", "quote", "double quote", "two strings"],
)
def test_words_beside_one_that_is_taken_out_stay_where_they_are(
    write: Callable[[Callable[[str], str]], str],
) -> None:
    before, after = without_word(write, "in")
    assert "in" in [word.text for word in before]
    kept = [word for word in before if word.text != "in"]
    assert [word.text for word in after] == [word.text for word in kept]
    for old, new in zip(kept, after, strict=True):
        assert new.glyphs[0].start == pytest.approx(old.glyphs[0].start, abs=0.01)


# -- the tag


def test_tag_is_written_in_white_at_the_top_left() -> None:
    data = printed(a_letter())
    (tag,) = words(data, TAG_AREA)
    assert tag.text == "NOTIFY"
    assert tag.glyphs[0].size == pytest.approx(6)
    assert tag.glyphs[0].start == pytest.approx((1.8 * POINTS_PER_MM, A4[1] - 3.917 * POINTS_PER_MM), abs=0.1)
    assert drawn(data).crop((0, 0, 60, 20)).getextrema() == ((255, 255),) * 3


@pytest.mark.parametrize(("there", "count"), [("NOTIFY", 1), ("notify", 1), ("NOTIFY it", 2)])
def test_tag_is_written_unless_it_alone_is_there(there: str, count: int) -> None:
    def change(pdf: Pdf) -> None:
        font = Font(pdf)
        pdf.pages[0].obj.Resources.Font.G = font.object
        written = f"1 g BT /G 6 Tf 8 830.8 Td {font.show(there)} Tj ET"
        pdf.pages[0].obj.Contents = Array([pdf.pages[0].obj.Contents, pdf.make_stream(written.encode())])

    tags = [word.text for word in words(printed(a_letter(change=change)), TAG_AREA)]
    assert tags.count("NOTIFY") == count


def test_attachments_are_left_without_address_and_tag() -> None:
    result = check_attachment(a_letter())
    assert result.sanitised is not None
    assert words(result.sanitised, TAG_AREA) == []
    assert drawn(result.sanitised) == drawn(a_letter())


# -- what is not for paper


def active(pdf: Pdf) -> None:
    script = Dictionary(S=Name.JavaScript, JS=String("app.alert('x')"))
    pdf.Root.OpenAction = script
    pdf.Root.AA = Dictionary(WC=script)
    pdf.Root.Names = Dictionary(JavaScript=Dictionary(Names=Array([String("x"), script])))
    pdf.Root.AcroForm = Dictionary(Fields=Array([]), XFA=pdf.make_stream(b"<xdp/>"))
    pdf.Root.Outlines = Dictionary(Title=String("a bookmark"))
    pdf.Root.Metadata = pdf.make_stream(b"<secret/>")
    pdf.docinfo[Name.Author] = "an author"
    page = pdf.pages[0].obj
    page.AA = Dictionary(O=script)
    page.PieceInfo = Dictionary(Private=String("secret"))
    page.Annots = Array(
        [Dictionary(Type=Name.Annot, Subtype=Name.Link, Rect=Array([60, 60, 80, 80]), A=script, F=4)]
    )
    layer = pdf.make_indirect(Dictionary(Type=Name.OCG, Name=String("a layer")))
    pdf.Root.OCProperties = Dictionary(OCGs=Array([layer]), D=Dictionary(OFF=Array([])))
    page.Resources.Properties = Dictionary(L=layer)
    program = pdf.make_stream(b"showpage", Type=Name.XObject, Subtype=Name.PS)
    page.Resources.XObject.P = program
    content = b"/OC /L BDC /Span <</ActualText (secret)>> BDC /P Do EMC EMC"
    page.Contents = Array([page.Contents, pdf.make_stream(content)])


def test_only_ink_is_left() -> None:
    data = printed(a_letter(change=active))
    with opened(data) as pdf:
        assert set(pdf.Root.keys()) == {"/Type", "/Pages"}
        assert "/Info" not in pdf.trailer
        page = pdf.pages[0]
        assert set(page.obj.keys()) <= {
            "/Type", "/Parent", "/MediaBox", "/CropBox", "/Rotate", "/Resources", "/Contents", "/Group",
        }  # fmt: skip
        assert "/Properties" not in page.obj.Resources
        operators = {operator for operator, _ in instructions_of(page)}
        assert not operators & {"BDC", "BMC", "EMC", "Do"}
        plain = as_bytes(pdf, compress_streams=False)
    for trace in (b"JavaScript", b"secret", b"a bookmark", b"an author", b"a layer"):
        assert trace not in plain


def test_the_same_file_gives_the_same_bytes() -> None:
    data = a_letter()
    assert printed(data) == printed(data)


def test_page_may_leave_its_graphics_state_in_any_condition() -> None:
    for rubbish in ("q q 0.1 0 0 0.1 0 0 cm", "Q Q Q", "BT /F 8 Tf 9 0 0 9 0 0 Tm", "q 0 0 1 1 re W n"):
        data = printed(a_letter(first_page=[rubbish]))
        assert text_lines(words(data, ADDRESS_SEARCH_AREA)) == list(ADDRESS)
        assert drawn(data) == drawn(printed(a_letter()))


@pytest.mark.parametrize("rotation", [90, 180, 270])
def test_turned_pages_are_printed_as_they_are_shown(rotation: int) -> None:
    width, height = A4
    matrix = {
        90: f"0 1 -1 0 {height} 0",
        180: f"-1 0 0 -1 {width} {height}",
        270: f"0 -1 1 0 0 {width}",
    }[rotation]

    def change(pdf: Pdf) -> None:
        for page in pdf.pages:
            turned = pdf.make_stream(f"q {matrix} cm\n".encode())
            page.obj.Contents = Array([turned, page.obj.Contents, pdf.make_stream(b"\nQ")])
            page.obj.MediaBox = Array([0, 0, *(A4 if rotation == 180 else reversed(A4))])
            page.obj.Rotate = rotation

    data = printed(a_letter(other_pages=[["0 0 1 rg 60 60 50 50 re f"]], change=change))
    for page, straight in enumerate([a_letter(), a_letter(other_pages=[["0 0 1 rg 60 60 50 50 re f"]])]):
        difference = ImageChops.difference(drawn(data, page), drawn(printed(straight), page))
        assert max(ImageStat.Stat(difference).mean) < 0.5


def test_page_that_begins_elsewhere_is_moved() -> None:
    def change(pdf: Pdf) -> None:
        page = pdf.pages[0]
        page.obj.MediaBox = Array([30, 40, 30 + A4[0], 40 + A4[1]])
        moved = pdf.make_stream(b"1 0 0 1 30 40 cm\n")
        page.obj.Contents = Array([moved, page.obj.Contents])

    assert drawn(printed(a_letter(change=change))) == drawn(printed(a_letter()))


# -- inks


@pytest.mark.parametrize(
    ("given", "made"),
    [
        ("0 0 0 rg", ("g", [0])),
        ("0.5 0.5 0.5 RG", ("G", [0.5])),
        ("1 0 0 rg", ("k", [0, 1, 1, 0])),
        ("0.2 0.4 0.6 RG", ("K", [0.4, 0.2, 0, 0.4])),
        ("0.1 0.2 0.3 0.4 k", ("k", [0.1, 0.2, 0.3, 0.4])),
        ("/DeviceRGB cs 1 1 0 sc", ("sc", [0, 0, 1, 0])),
        ("/Profile CS 0 0 1 SCN", ("SCN", [1, 1, 0, 0])),
        ("/Spot cs 0.5 scn", ("scn", [0.5])),
        ("/DeviceRGB cs q /DeviceGray cs Q 0 0 0 sc", ("sc", [0, 0, 0, 1])),
        ("/DeviceRGB cs 0 1 1 scn 0 g /DeviceCMYK cs 1 0 0 0 sc", ("sc", [1, 0, 0, 0])),
    ],
)
def test_colours_become_inks(given: str, made: tuple[str, list[float]]) -> None:
    def change(pdf: Pdf) -> None:
        profile = pdf.make_stream(b"a profile", N=3, Alternate=Name.DeviceRGB)
        function = Dictionary(FunctionType=2, Domain=[0, 1], C0=[0, 0, 0, 0], C1=[0, 1, 0, 0], N=1)
        pdf.pages[0].obj.Resources.ColorSpace = Dictionary(
            Profile=Array([Name.ICCBased, profile]),
            Spot=Array([Name.Separation, Name.Pink, Name.DeviceCMYK, function]),
        )

    with opened(printed(a_letter(first_page=[given], change=change))) as pdf:
        operator, operands = made
        found = [
            [round(float(str(number)), 3) for number in numbers]
            for name, numbers in instructions_of(pdf.pages[0])
            if name == operator
        ]
    assert operands in found


def with_picture(picture: Callable[[Pdf], Stream]) -> bytes:
    def change(pdf: Pdf) -> None:
        pdf.pages[0].obj.Resources.XObject.I = picture(pdf)

    return a_letter(first_page=["q 200 0 0 200 100 200 cm /I Do Q"], change=change)


def red_dots(size: tuple[int, int] = (16, 16)) -> Image.Image:
    return Image.new("RGB", size, (255, 0, 0))


def raw_picture(pdf: Pdf) -> Stream:
    return pdf.make_stream(
        red_dots().tobytes(),
        Type=Name.XObject, Subtype=Name.Image, Width=16, Height=16, BitsPerComponent=8, ColorSpace=Name.DeviceRGB,
    )  # fmt: skip


def jpeg_picture(pdf: Pdf) -> Stream:
    out = io.BytesIO()
    red_dots().save(out, "JPEG")
    picture = raw_picture(pdf)
    picture.write(out.getvalue(), filter=Name.DCTDecode)
    return picture


def palette_picture(pdf: Pdf) -> Stream:
    picture = raw_picture(pdf)
    picture.write(bytes([1] * 256))
    picture.ColorSpace = Array([Name.Indexed, Name.DeviceRGB, 1, String(b"\x00\x00\xff\xff\x00\x00")])
    return picture


@pytest.mark.parametrize("picture", [raw_picture, jpeg_picture, palette_picture])
def test_pictures_become_inks_and_look_the_same(picture: Callable[[Pdf], Stream]) -> None:
    data = printed(with_picture(picture))
    with first_resources(data) as resources:
        space = resources.XObject.I.ColorSpace
        assert space == Name.DeviceCMYK or space[1] == Name.DeviceCMYK
    red, green, blue = drawn(data).getpixel((200, 541))  # type: ignore[misc]  # three numbers for an RGB picture
    assert red > 200
    assert max(green, blue) < 60


def damaged_picture(pdf: Pdf) -> Stream:
    picture = raw_picture(pdf)
    picture.write(b"not a JPEG", filter=Name.DCTDecode)
    return picture


def masked_picture(pdf: Pdf) -> Stream:
    picture = raw_picture(pdf)
    picture.Mask = Array([255, 255, 0, 0, 0, 0])
    return picture


def short_picture(pdf: Pdf) -> Stream:
    picture = raw_picture(pdf)
    picture.Height = 1000
    return picture


@pytest.mark.parametrize("picture", [damaged_picture, masked_picture, short_picture])
def test_pictures_that_cannot_be_converted_stay_as_they_are(picture: Callable[[Pdf], Stream]) -> None:
    with first_resources(printed(with_picture(picture))) as resources:
        assert resources.XObject.I.ColorSpace == Name.DeviceRGB


# -- fonts


def with_named_font(font: Dictionary, shown: str = "(Plain text)") -> bytes:
    def change(pdf: Pdf) -> None:
        pdf.pages[0].obj.Resources.Font.N = pdf.make_indirect(font)

    return a_letter(first_page=[f"BT /N 12 Tf 60 300 Td {shown} Tj ET"], change=change)


@pytest.mark.parametrize(
    ("name", "face"),
    [
        ("Helvetica", "LiberationSans-Regular"),
        ("Arial,BoldItalic", "LiberationSans-BoldItalic"),
        ("Times-Italic", "LiberationSerif-Italic"),
        ("Courier-Bold", "LiberationMono-Bold"),
        ("LucidaSans-Typewriter", "LiberationMono-Regular"),
        ("Whatever", "LiberationSans-Regular"),
    ],
)
def test_fonts_that_are_only_named_are_embedded(name: str, face: str) -> None:
    named = Dictionary(
        Type=Name.Font, Subtype=Name.Type1, BaseFont=Name(f"/{name}"), Encoding=Name.WinAnsiEncoding
    )
    data = printed(with_named_font(named))
    with first_resources(data) as resources:
        assert str(resources.Font.N.BaseFont).endswith(f"+{face}")
        assert "/FontFile2" in resources.Font.N.FontDescriptor
    assert "Plain" in [word.text for word in words(data)]


def test_lines_in_an_embedded_font_keep_their_place_and_are_drawn() -> None:
    named = Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica)
    given = with_named_font(named, "(It\\222s 100% plain: A-Z)")
    before, after = (
        [word.box for word in words(data) if word.glyphs[0].size == 12] for data in (given, printed(given))
    )
    assert [box.left for box in after] == pytest.approx([box.left for box in before], abs=0.05)
    crop = (55, 525, 300, 550)
    difference = ImageChops.difference(drawn(given).crop(crop), drawn(printed(given)).crop(crop))
    assert max(ImageStat.Stat(difference).mean) < 12


def test_composite_font_that_is_only_named_is_embedded_by_its_letters() -> None:
    unicode_map = (
        b"1 begincodespacerange <0000> <ffff> endcodespacerange "
        b"2 beginbfchar <0007> <0053> <0009> <0061> endbfchar"
    )

    def change(pdf: Pdf) -> None:
        descendant = Dictionary(
            Type=Name.Font, Subtype=Name.CIDFontType2, BaseFont=Name.Arial, DW=600,
            CIDSystemInfo=Dictionary(Registry=String("Adobe"), Ordering=String("Identity"), Supplement=0),
            FontDescriptor=Dictionary(Type=Name.FontDescriptor, FontName=Name.Arial, Flags=4),
        )  # fmt: skip
        pdf.pages[0].obj.Resources.Font.N = pdf.make_indirect(
            Dictionary(
                Type=Name.Font, Subtype=Name.Type0, BaseFont=Name.Arial, Encoding=Name("/Identity-H"),
                DescendantFonts=Array([pdf.make_indirect(descendant)]), ToUnicode=pdf.make_stream(unicode_map),
            )
        )  # fmt: skip

    data = printed(a_letter(first_page=["BT /N 40 Tf 60 300 Td <00070009> Tj ET"], change=change))
    with first_resources(data) as resources:
        assert "/FontFile2" in resources.Font.N.DescendantFonts[0].FontDescriptor
    with_glyphs = drawn(data).crop((55, 500, 110, 545))
    assert min(low for low, _ in with_glyphs.getextrema()) < 50  # type: ignore[misc]  # pairs for an RGB picture


@pytest.mark.parametrize("name", ["Symbol", "ZapfDingbats"])
def test_fonts_of_symbols_are_left_and_reported(name: str) -> None:
    named = Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name(f"/{name}"))
    result = check_letter(with_named_font(named), allow_international=False)
    assert result.problem is None
    assert result.fonts_not_embedded == (name,)
