"""What Postfix shall answer besides its own rules: refusals, deferrals, slow answers."""

import json
import pathlib
import sys


class Policy:
    """The rules of one lab; policyd.py reads them anew at every question."""

    def __init__(self, lab, host):
        self.lab, self.host, self.count = lab, host, 0
        self.path = lab.root / "policy.json"
        self.rules = []

    def start(self):
        self.clear()
        program = pathlib.Path(__file__).resolve().with_name("policyd.py")
        self.lab.daemon(self.host, sys.executable, program, self.path)

    def clear(self):
        self.rules = []
        self.write()

    def write(self):
        new = self.path.with_suffix(".new")
        new.write_text(json.dumps(self.rules))
        new.replace(self.path)

    def add(self, action, times=0, seconds=0, **when):
        """Answer `action` where the question has these members (protocol_state, recipient …)."""
        self.count += 1
        self.rules.append({"action": action, "times": times, "seconds": seconds, "when": when,
                           "key": str(self.count)})
        self.write()
