"""How long a text is, without making all of it."""

from hypothesis import given
from hypothesis import strategies as st

from notifyrules.placeholders import Personalisation
from notifyrules.templates import SmsTemplate

BODIES = st.one_of(
    st.text(max_size=40), st.sampled_from(["((a))", "((a??b)) ((c))", "Hello ((a)) €", " ((a)) "])
)
VALUES = st.dictionaries(st.sampled_from("abc"), st.one_of(st.text(max_size=200), st.none()), max_size=3)


@given(BODIES, VALUES, st.one_of(st.none(), st.text(min_size=1, max_size=10)))
def test_measuring_agrees_with_rendering(
    body: str, values: dict[str, str | None], prefix: str | None
) -> None:
    template, personalisation = SmsTemplate(body, prefix), Personalisation(values)
    size, content = template.measure(personalisation), template.render(personalisation)
    assert (size.length, size.fragments) == (content.length, content.fragments)
