"""An endpoint like dcgm-exporter and an inference server; its counters go up as it is scraped."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

GPUS = 8
WATTS = 700
TOKENS = 500
"""Of each scrape."""
_LABELS = (
    'gpu="{gpu}",UUID="GPU-{gpu:08}",device="nvidia{gpu}",modelName="NVIDIA H200",'
    'Hostname="n001",DCGM_FI_DRIVER_VERSION="570.86"'
)
_HEAD = """\
# HELP {name} {name}.
# TYPE {name} {kind}
"""


@dataclass
class Said:
    """What the endpoint has said so far."""

    scrapes: int = 0
    reset_at: int = 4
    """Scrape at which the driver is loaded again."""
    lock: threading.Lock = field(default_factory=threading.Lock)

    def text(self) -> str:
        """Say the next scrape; one passes for a second at 700 W."""
        with self.lock:
            self.scrapes += 1
            count = self.scrapes
        since = count if count < self.reset_at else count - self.reset_at + 1
        lines = [_HEAD.format(name="DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION", kind="counter")]
        lines += [
            self._line("DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION", g, since * WATTS * 1000)
            for g in range(GPUS)
        ]
        for name, value in (
            ("DCGM_FI_DEV_POWER_USAGE", WATTS),
            ("DCGM_FI_DEV_GPU_UTIL", 97),
            ("DCGM_FI_PROF_SM_ACTIVE", 0.8),
            ("DCGM_FI_PROF_PIPE_TENSOR_ACTIVE", 0.45),
            ("DCGM_FI_DEV_XID_ERRORS", 0),
        ):
            lines.append(_HEAD.format(name=name, kind="gauge"))
            lines += [self._line(name, gpu, value) for gpu in range(GPUS)]
        lines.append(_HEAD.format(name="vllm:generation_tokens_total", kind="counter"))
        lines.append(f'vllm:generation_tokens_total{{model_name="m"}} {count * TOKENS}\n')
        return "".join(lines)

    @staticmethod
    def _line(name: str, gpu: int, value: float) -> str:
        return f"{name}{{{_LABELS.format(gpu=gpu)}}} {value}\n"


@contextmanager
def exporting() -> Iterator[tuple[int, Said]]:
    """Serve on a free port of loopback; give the port and what was said."""
    said = Said()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = said.text().encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/plain; version=0.0.4")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_address[1], said
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
