"""What letter templates may have more, on a real database: Welsh, attached pages, contact blocks, logos."""

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from servicekit.errors import InvalidRequest, NotFound, RuleBroken
from servicekit.ids import new_id
from services.notifications.accounts import LetterContact, LetterContactChange
from services.notifications.deliveries import LetterContent, TemplatedLetter
from services.notifications.letter_logos import LetterLogos
from services.notifications.new_notifications import CreatedNotification
from services.notifications.sending_services import TemplateVersion, compiled
from services.notifications.templates import TemplateChanges
from services.notifications.transactions import AccountTransactions
from tests.integration.notifications.conftest import System
from tests.integration.notifications.test_letters import VALUES, a_letter, lease

SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><path d="M0 0h9v9z"/></svg>'
WELSH = TemplateChanges(letter_welsh_subject="Llythyr", letter_welsh_body="Annwyl ((enw))")


@pytest.fixture
async def letters(system: System) -> System:
    await system.add_letter_template()
    return system


async def change(system: System, changes: TemplateChanges) -> TemplateVersion:
    template_id = system.template_ids["letter"]
    current = await system.templates.get(system.service_id, template_id, 0)
    return await system.templates.update(system.service_id, template_id, current.version, changes, None)


async def sent(system: System, personalisation: str = VALUES) -> TemplatedLetter:
    """What the letters service is told of a letter."""
    (made,) = await system.creating.create([a_letter(system, personalisation=personalisation)])
    assert isinstance(made, CreatedNotification), made
    (delivery,) = await lease(system)
    assert isinstance(delivery.content, LetterContent)
    assert delivery.content.templated is not None
    return delivery.content.templated


async def test_welsh_is_part_of_a_version_and_goes_to_the_letters_service(letters: System) -> None:
    changed = await change(letters, WELSH)
    assert compiled(changed).placeholders == ("enw", "name")
    (refused,) = await letters.creating.create([a_letter(letters)])
    assert isinstance(refused, RuleBroken)
    assert "enw" in refused.message
    letter = await sent(letters, VALUES.replace("{", '{"enw": "Ada", '))
    assert (letter.welsh_subject_template, letter.welsh_body_template) == ("Llythyr", "Annwyl ((enw))")
    english = await change(letters, TemplateChanges(letter_welsh_subject="", letter_welsh_body=""))
    assert (english.version, english.letter_welsh_body) == (3, None)


@pytest.mark.parametrize(
    "changes",
    [
        TemplateChanges(letter_welsh_subject="Llythyr"),
        TemplateChanges(letter_welsh_body="Annwyl"),
        TemplateChanges(letter_welsh_subject=" ", letter_welsh_body="Annwyl"),
        TemplateChanges(letter_welsh_subject="Llythyr", letter_welsh_body="\0"),
    ],
)
async def test_a_letter_in_two_languages_has_both_parts(letters: System, changes: TemplateChanges) -> None:
    with pytest.raises(InvalidRequest):
        await change(letters, changes)


async def test_only_letters_have_welsh_and_attachments(system: System) -> None:
    text = await system.templates.get(system.service_id, system.template_ids["sms"], 0)
    with pytest.raises(InvalidRequest) as refused:
        await system.templates.create(
            replace(text, id=new_id(), letter_welsh_body="Shwmae", letter_attachment_id=new_id()), None, None
        )
    assert [each.field for each in refused.value.violations] == ["letter_welsh_body", "letter_attachment_id"]


async def test_attached_pages_stay_from_version_to_version(letters: System) -> None:
    attachment = new_id()
    await change(letters, TemplateChanges(letter_attachment_id=attachment))
    renamed = await change(letters, TemplateChanges(name="Renamed"))
    assert renamed.letter_attachment_id == attachment
    assert (await sent(letters)).attachment_id == attachment
    assert (await change(letters, TemplateChanges(letter_attachment_id=""))).letter_attachment_id is None


async def test_the_contact_block_can_be_changed_for_another_of_the_service(letters: System) -> None:
    contact = LetterContact(id=new_id(), value="Office\n1 Street")
    await letters.accounts.insert_letter_contact(letters.service_id, contact, letters.clock.now())
    changed = await change(letters, TemplateChanges(letter_contact=LetterContactChange(id=contact.id)))
    assert changed.letter_contact_block == contact.value
    assert (await change(letters, TemplateChanges(name="Renamed"))).letter_contact_block == contact.value
    none = await change(letters, TemplateChanges(letter_contact=LetterContactChange(id=None)))
    assert none.letter_contact_block is None


async def test_the_contact_block_of_another_service_is_not_found(letters: System) -> None:
    other = await letters.add_service(name="Another")
    contact = LetterContact(id=new_id(), value="Office")
    await letters.accounts.insert_letter_contact(other, contact, letters.clock.now())
    with pytest.raises(NotFound):
        await change(letters, TemplateChanges(letter_contact=LetterContactChange(id=contact.id)))


async def an_organisation(system: System) -> UUID:
    organisation_id = new_id()
    parameters: dict[str, Any] = {
        "id": organisation_id,
        "name": str(organisation_id),
        "now": system.clock.now(),
    }
    async with system.pool.connection() as connection:
        await connection.execute(
            "insert into organisations (id, name, organisation_type, created_at) "
            "values (%(id)s, %(name)s, 'local', %(now)s)",
            parameters,
        )
        await connection.execute("update services set organisation_id = %(id)s", parameters)
    return organisation_id


async def test_letters_have_the_logo_of_the_service_else_of_its_organisation(letters: System) -> None:
    told: list[UUID] = []
    logos = LetterLogos(AccountTransactions(letters.pool, changed=told.append))
    organisation = await an_organisation(letters)
    assert await logos.find(letters.service_id) is None
    await logos.set_for_organisation(organisation, "Council", SVG)
    found = await logos.find(letters.service_id)
    assert found is not None
    assert (found.name, found.is_of_organisation) == ("Council", True)
    assert (await letters.accounts.load_sending_service(letters.service_id)).letter_logo_svg == SVG
    own = SVG.replace("9", "8")
    await logos.set_for_service(letters.service_id, "Our own", own)
    assert (await sent(letters)).logo_svg == own
    await logos.set_for_service(letters.service_id, "", "")
    assert (await letters.accounts.load_sending_service(letters.service_id)).letter_logo_svg == SVG
    assert told == [letters.service_id] * 2


async def test_a_logo_that_is_set_again_is_recorded_once(letters: System) -> None:
    logos = LetterLogos(AccountTransactions(letters.pool))
    before = await letters.count("audit_events")
    for _ in range(2):
        await logos.set_for_service(letters.service_id, "Ours", SVG)
    assert await letters.count("audit_events") == before + 1


async def test_the_logo_of_nobody_is_not_found(letters: System) -> None:
    logos = LetterLogos(AccountTransactions(letters.pool))
    with pytest.raises(NotFound):
        await logos.set_for_service(new_id(), "Ours", SVG)
    with pytest.raises(NotFound):
        await logos.find(new_id())
    with pytest.raises(InvalidRequest):
        await logos.set_for_service(letters.service_id, "Ours", "<html/>")
