"""Expressions that dashboards share: rates, quantiles, shares."""

from typing import Final

from tools.dashboards.grafana_json import Query

SENDS: Final = 'route=~"/v2/notifications/(sms|email|letter)"'
"""Requests that send one message."""
PROMISED: Final = 'lane=~"priority|normal", channel=~"sms|email"'
"""Messages that are promised to be with a provider in 10 s."""


def rate(metric: str, by: str = "", labels: str = "") -> str:
    """How often, a second. `by`: label names with commas; `labels`: matchers."""
    over = f"{metric}{{{labels}}}" if labels else metric
    group = f" by ({by})" if by else ""
    return f"sum{group} (rate({over}[$__rate_interval]))"


def quantile(share: float, metric: str, by: str = "", labels: str = "") -> str:
    """Below which value `share` of a histogram's observations are."""
    group = f"le, {by}" if by else "le"
    return f"histogram_quantile({share}, {rate(f'{metric}_bucket', group, labels)})"


def quantiles(metric: str, by: str, labels: str = "") -> tuple[Query, ...]:
    """Half, 95 and 99 of 100."""
    legend = " ".join(f"{{{{{label}}}}}" for label in by.split(", ")) if by else ""
    return tuple(
        Query(quantile(share, metric, by, labels), f"p{share * 100:g} {legend}".strip())
        for share in (0.5, 0.95, 0.99)
    )


def mean(histogram: str, by: str) -> str:
    """The mean of a histogram's observations."""
    return f"{rate(f'{histogram}_sum', by)} / {rate(f'{histogram}_count', by)}"


def share(counter: str, labels: str, by: str) -> str:
    """What part of a counter has the labels."""
    return f"{rate(counter, by, labels)} / {rate(counter, by)}"
