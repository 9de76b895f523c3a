"""Putting the simulators together: one port, all providers, one sender of receipts.

`start` is what `python -m simulators` and the tests call; every path is listed in `_add_routes`.
"""

from dataclasses import dataclass

import structlog

from simulators.callbacks import Callbacks
from simulators.config import Config
from simulators.control import Control, Settings
from simulators.dvla import Dvla
from simulators.dvla_account import DvlaAccount
from simulators.firetext import Firetext
from simulators.http_server import HttpServer, Request, Response, Routes, json_response, listen
from simulators.mmg import Mmg
from simulators.outbox import Outbox
from simulators.provider import Provider
from simulators.receipts import ReceiptSender, ReceiptSettings
from simulators.ses import Ses
from simulators.sns import Topic, load_or_make_key
from simulators.views import Views

UNSENT_FILE = "unsent-receipts.json"

_log = structlog.get_logger("simulators")


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """The simulators while they run."""

    url: str
    port: int
    outbox: Outbox
    callbacks: Callbacks
    sender: ReceiptSender
    _server: HttpServer

    async def stop(self) -> None:
        """Close every connection and keep the receipts that were not sent for the next start."""
        await self._server.close()
        await self.sender.stop()
        _log.info("simulators_stopped")


async def start(config: Config) -> Running:
    """Start listening and sending. Raises OSError where the port is taken, ValueError where the gateway's
    URL is wrong."""
    config.data_dir.mkdir(parents=True, exist_ok=True)
    outbox = Outbox(keep_messages=config.keep_messages, keep_references=config.keep_references)
    callbacks = Callbacks(keep_callbacks=config.keep_messages, keep_references=config.keep_references)
    sender = ReceiptSender(
        ReceiptSettings(
            gateway_url=config.gateway_url,
            connections=config.receipt_connections,
            retry_for_s=config.retry_receipts_for_s,
            unsent_file=config.data_dir / UNSENT_FILE,
        )
    )
    routes = Routes()
    server = await listen(routes.answer, host=config.host, port=config.port)
    url = config.public_url or f"http://{config.host}:{server.port}"
    topic = Topic(
        key=load_or_make_key(config.data_dir, config.sns_signature_version),
        arn=config.sns_topic_arn,
        public_url=url,
        sender=sender,
    )
    _add_routes(routes, config, topic, outbox, callbacks, sender)
    await sender.start()
    if config.sns_subscribe == "at-start":
        topic.subscribe()
    _log.info("simulators_started", url=url, gateway_url=config.gateway_url)
    return Running(
        url=url, port=server.port, outbox=outbox, callbacks=callbacks, sender=sender, _server=server
    )


def _add_routes(
    routes: Routes, config: Config, topic: Topic, outbox: Outbox, callbacks: Callbacks, sender: ReceiptSender
) -> None:
    delays_ms = {
        "mmg": config.mmg_receipt_delay_ms,
        "firetext": config.firetext_receipt_delay_ms,
        "ses": config.ses_receipt_delay_ms,
        "dvla": config.dvla_receipt_delay_ms,
        "dvla-account": 0,  # signing in, passwords and keys, which have a mode of their own and no receipts
    }
    providers = {
        name: Provider(
            name,
            control=Control(Settings(receipts=config.receipts, receipt_delay_ms=delay_ms)),
            outbox=outbox,
            sender=sender,
            timing=config.timing,
        )
        for name, delay_ms in delays_ms.items()
    }
    add = routes.add
    add("POST", "/mmg", Mmg(providers["mmg"]).send)
    add("POST", "/firetext", Firetext(providers["firetext"]).send)
    add("POST", "/ses/v2/email/outbound-emails", Ses(providers["ses"], topic).send)
    account = DvlaAccount(providers["dvla-account"])
    add("POST", "/dvla/thirdparty-access/v1/authenticate", account.authenticate)
    add("POST", "/dvla/thirdparty-access/v1/password", account.change_password)
    add("POST", "/dvla/thirdparty-access/v1/new-api-key", account.change_api_key)
    dvla = Dvla(providers["dvla"], account)
    add("POST", "/dvla/print-request/v1/print/jobs", dvla.print_job)
    add("POST", "/dvla/reports/*", dvla.report)
    add("GET", "/sns/cert.pem", topic.get_certificate)
    add("GET", "/sns/confirm", topic.confirm)
    add("GET", "/sns", topic.get_subscription)
    add("POST", "/sns/subscribe", topic.post_subscribe)
    add("POST", "/callbacks/*", callbacks.receive)

    views = Views(outbox=outbox, callbacks=callbacks, sender=sender, providers=providers.values())
    add("GET", "/callbacks", views.get_callbacks)
    add("GET", "/callbacks/*", views.get_callbacks)
    add("GET", "/messages", views.get_messages)
    add("DELETE", "/messages", views.delete_messages)
    add("GET", "/letters/*", views.get_letter)
    add("GET", "/references", views.get_references)
    add("GET", "/references/*", views.get_reference)
    add("GET", "/stats", views.get_stats)
    add("GET", "/control", views.get_controls)
    add("GET", "/control/*", views.get_control)
    add("PUT", "/control/*", views.put_control)
    add("GET", "/outcomes", views.get_outcomes)
    add("GET", "/health", _answer_health)
    add("GET", "/", views.get_page)
    add("GET", "/outbox.css", views.get_style)
    add("GET", "/outbox.js", views.get_script)


def _answer_health(_request: Request) -> Response:
    return json_response({"status": "ok"})
