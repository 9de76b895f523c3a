"""`.env.example` is what the services read."""

from tools.env_example import TARGET, render


def test_env_example_is_up_to_date() -> None:
    assert TARGET.read_text() == render(), "run `make env-example`"
