"""Text messages as web pages show them."""

from notifyrules import sms_preview
from notifyrules.placeholders import Personalisation

NOTHING = Personalisation()


def test_unfilled_placeholders_are_marked_and_links_work() -> None:
    html = sms_preview.message_html("See a.example/x?b=1&c ((d))\nbye", NOTHING, prefix=" Parks & co ")
    assert html == (
        'Parks &amp; co: See <a href="http://a.example/x?b=1&amp;c">a.example/x?b=1&amp;c</a> '
        "<span class='placeholder'>&#40;&#40;d&#41;&#41;</span><br>bye"
    )


def test_a_link_cannot_leave_its_attribute() -> None:
    html = sms_preview.message_html('https://a.example/"onclick="x', NOTHING, link_class="link")
    assert html.startswith('<a class="link" href="https://a.example/%22onclick=%22x">')


def test_a_body_hides_what_is_not_filled() -> None:
    html = sms_preview.body_html("Hi ((name)), ‘bye’ ((a))", Personalisation({"name": "<Ann>"}))
    assert html == "Hi &lt;Ann&gt;, 'bye' <span class='placeholder-redacted'>hidden</span>"
