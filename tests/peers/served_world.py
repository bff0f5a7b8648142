"""Runs `lifeboat world serve` for a test and says where it listens.

LIFEBOAT_BIN names the binary. The world runs so much faster than real time that a promotion of minutes is over in a
second; what a test waits for, it waits for by asking.
"""

import os
import pathlib
import re
import resource
import subprocess
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
WORLD = ROOT / "runbooks" / "worlds" / "region_loss.yaml"
SPEED = "600"
REGION = "us-east-1"
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "AKIATEST", "AWS_SECRET_ACCESS_KEY": "test"}


class ServedWorld:
    """A world behind a local endpoint, as a context manager."""

    def __init__(self, world=WORLD, *flags, stderr=None, descriptors=None):
        binary = os.environ.get("LIFEBOAT_BIN", str(ROOT / "target" / "debug" / "lifeboat"))
        self.command = [binary, "world", "serve", str(world), "--listen", "127.0.0.1:0", "--speed", SPEED, *flags]
        self.stderr = stderr
        self.descriptors = descriptors

    def limit(self):
        if self.descriptors:
            resource.setrlimit(resource.RLIMIT_NOFILE, (self.descriptors, self.descriptors))

    def __enter__(self):
        self.process = subprocess.Popen(
            self.command, stdout=subprocess.PIPE, stderr=self.stderr, text=True, preexec_fn=self.limit
        )
        for line in self.process.stdout:
            found = re.search(r"http://127\.0\.0\.1:\d+", line)
            if found:
                self.url = found.group(0)
                return self
        raise RuntimeError(f"{self.command} said no address and ended with {self.process.wait()}")

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()
        self.process.stdout.close()


def eventually(look, seconds=60):
    """Asks until `look` returns something true, and returns it."""
    deadline = time.monotonic() + seconds
    while True:
        seen = look()
        if seen:
            return seen
        if time.monotonic() > deadline:
            raise AssertionError(f"still not so after {seconds} s")
