"""Rendering emails, and what is kept between them."""

import threading

import pytest

from deliverykit.types import EmailBranding
from notifyrules.templates import EmailTemplate
from services.email import rendering
from services.email.rendering import Renderer, Unrenderable
from tests.unit.email.builders import some_content


@pytest.fixture
def renderer() -> Renderer:
    return Renderer(cache_characters=10_000)


async def test_values_are_filled_in_everywhere(renderer: Renderer) -> None:
    rendered = await renderer.render(some_content())
    assert rendered.subject == "Your passport"
    assert "Dear Anna, your passport is ready." in rendered.text
    assert "Dear Anna, your passport is ready." in rendered.html


async def test_the_link_is_shown_only_where_the_template_has_it_shown(renderer: Renderer) -> None:
    link = "https://unsubscribe.example/1"
    shown = await renderer.render(some_content(one_click_unsubscribe_url=link, show_unsubscribe_link=True))
    hidden = await renderer.render(some_content(one_click_unsubscribe_url=link))
    assert link in shown.text
    assert link in shown.html
    assert link not in hidden.text + hidden.html


async def test_branding_is_put_above_the_body(renderer: Renderer) -> None:
    branding = EmailBranding(
        text="Home & Away", colour="#123456", logo_url="https://logo.example/a.png", alt_text="", banner=False
    )
    rendered = await renderer.render(some_content(branding=branding))
    assert "https://logo.example/a.png" in rendered.html
    assert "Home &amp; Away" in rendered.html
    assert "#123456" in rendered.html


async def test_without_values_nothing_is_needed(renderer: Renderer) -> None:
    rendered = await renderer.render(some_content(body_template="Hello", personalisation_json=""))
    assert "Hello" in rendered.text


@pytest.mark.parametrize("values", ["[]", "1", "{", '"text"', "[" * 100_000])
async def test_values_that_are_no_object_cannot_be_rendered(renderer: Renderer, values: str) -> None:
    with pytest.raises(Unrenderable) as refused:
        await renderer.render(some_content(personalisation_json=values))
    assert "text" not in str(refused.value)


async def test_numbers_look_as_they_were_given(renderer: Renderer) -> None:
    content = some_content(
        body_template="((n)) ((f))", personalisation_json='{"n": 123456789012345678901, "f": 1.10}'
    )
    assert "123456789012345678901 1.1" in (await renderer.render(content)).text


async def test_a_large_email_is_rendered_beside_the_event_loop(
    renderer: Renderer, monkeypatch: pytest.MonkeyPatch
) -> None:
    names: list[str] = []
    render = rendering._render

    def noting(*arguments: object) -> rendering.RenderedEmail:
        names.append(threading.current_thread().name)
        return render(*arguments)  # type: ignore[arg-type]  # passed on as they came

    monkeypatch.setattr(rendering, "_render", noting)
    await renderer.render(some_content())
    await renderer.render(some_content(body_template="word " * 2_000))
    assert names[0] == threading.main_thread().name
    assert names[1].startswith("render")


async def test_templates_are_kept_until_there_are_too_many_characters(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    compiled: list[str] = []

    class Noting(EmailTemplate):
        def __init__(self, subject: str, content: str) -> None:
            compiled.append(content)
            super().__init__(subject, content)

    monkeypatch.setattr(rendering, "EmailTemplate", Noting)
    renderer = Renderer(cache_characters=25)
    for body in ("first body", "other body", "first body", "third body", "first body", "other body"):
        await renderer.render(some_content(subject_template="s", body_template=body))
    assert compiled == ["first body", "other body", "third body", "other body"]


async def test_a_preview_is_what_would_be_sent(renderer: Renderer) -> None:
    content = some_content()
    preview = await renderer.preview(
        content.subject_template, content.body_template, content.personalisation_json
    )
    assert preview == await renderer.render(content)


async def test_no_content_is_in_a_representation(renderer: Renderer) -> None:
    assert "Anna" not in repr(await renderer.render(some_content()))
