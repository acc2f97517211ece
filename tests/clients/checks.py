"""What the days in Python share: the sandbox they talk to, and a count of what they checked.

A day is cut into parts. A part that breaks off counts as one failed check and does not keep the next from running.
"""

import json
import os
import sys
import traceback
import urllib.request

LINE = json.loads(os.environ["CASEBRIDGE_SANDBOX"])


class Day:
    """A working day of one client."""

    def __init__(self, name, host):
        self.name, self.host = name, host
        self.done, self.failed = 0, []

    def check(self, what, good, seen=None):
        """One assertion on what came back."""
        self.done += 1
        if not good:
            self.fail(f"{what}: {seen!r}" if seen is not None else what)

    def equal(self, what, seen, wanted):
        self.check(f"{what} should be {wanted!r}", seen == wanted, seen if seen is not None else "nothing")

    def raises(self, what, kind, call):
        """The error that a call must end in."""
        self.done += 1
        try:
            call()
        except kind as error:
            return error
        self.fail(f"{what}: nothing was refused")
        return None

    def part(self, function):
        """Runs one part of the day at once."""
        name = function.__name__.replace("_", " ")
        before = len(self.failed)
        try:
            function()
        except Exception as error:  # whatever broke, the next part is still worth running
            self.done += 1
            self.fail(f"{name} broke off: {type(error).__name__}: {str(error)[:300]}")
            if os.environ.get("CASEBRIDGE_CLIENTS_TRACE"):
                traceback.print_exc()
        print(f"  {'ok ' if len(self.failed) == before else 'RED'} {name}", flush=True)
        return function

    def fail(self, why):
        self.failed.append(why)
        print(f"      {why}", flush=True)

    def control(self, what, body=None):
        """A call to the sandbox's control endpoints."""
        request = urllib.request.Request(f"{self.host['url']}/_sandbox/{what}")
        data = None if body is None else json.dumps(body).encode()
        with urllib.request.urlopen(request, data) as answer:
            return json.load(answer)

    def end(self):
        print(f"{self.name}: {self.done} checks, {len(self.failed)} failed")
        sys.exit(1 if self.failed else 0)
