"""Answers Postfix's questions (policy delegation) from a file of rules that a scenario writes.

Usage: policyd.py RULES.json        listens on 127.0.0.1:10031
"""

import json
import pathlib
import socketserver
import sys
import time

USED = {}


def answer(rules_path, question):
    for rule in json.loads(rules_path.read_text()):
        if all(question.get(name) == value for name, value in rule["when"].items()):
            key = rule["key"]
            if rule["times"] and USED.get(key, 0) >= rule["times"]:
                continue
            USED[key] = USED.get(key, 0) + 1
            time.sleep(rule["seconds"])
            return rule["action"]
    return "DUNNO"


class Handler(socketserver.StreamRequestHandler):
    def handle(self):
        question = {}
        for line in self.rfile:
            name, _, value = line.decode("utf-8", "replace").rstrip("\n").partition("=")
            if name:
                question[name] = value
                continue
            action = answer(pathlib.Path(sys.argv[1]), question)
            self.wfile.write(f"action={action}\n\n".encode())
            self.wfile.flush()
            question = {}


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = daemon_threads = True


if __name__ == "__main__":
    Server(("127.0.0.1", 10031), Handler).serve_forever()
