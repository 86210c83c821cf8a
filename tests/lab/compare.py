"""mailgloss's records against what lay on the disks, snapshot by snapshot."""

import collections
import json
import os
import subprocess

from network import DEVICES, address

HOSTS = {address(device): device for device in DEVICES}


def records_of(program, capture, *options):
    """What mailgloss says of a capture, as a list of records."""
    done = subprocess.run([os.path.abspath(program), "-T", "json", *options, capture], capture_output=True,
                          text=True, timeout=120)
    if done.returncode not in (0, 1, 4):
        raise RuntimeError(f"mailgloss ended with {done.returncode}: {done.stderr}")
    return [json.loads(line) for line in done.stdout.splitlines()]


def records_in(path):
    """The records that a live mailgloss wrote to a file."""
    return [json.loads(line) for line in path.read_text().splitlines()]


class Copies:
    """The copies of one message as the movements of the steps tell them, up to some time."""

    def __init__(self):
        self.folders = {}  # (host, account, folder): list of copies there
        self.queues = collections.Counter()  # how often hosts have taken it over
        self.devices = set()  # hosts that have downloaded all of it

    def apply(self, copy, protocol, event=None):
        place, host = copy.get("place"), copy.get("host")
        copy = {**copy, "protocol": protocol}
        here = copy.get("state") != "removed"
        if place == "queue" and here:
            self.queues[host] += event in ("accepted", None)
        elif place == "device" and here and event != "composed":
            if copy.get("contents") == "full":
                self.devices.add(HOSTS.get(host, host))
        elif place == "mailbox":
            key = (host, account_name(copy), copy.get("folder"))
            if key[2]:
                self.found(host, key[1])
            known = self.folders.setdefault(key, [])
            for i, old in enumerate(known):
                if same(old, copy):
                    known[i] = copy
                    return
            known.append(copy)

    def found(self, host, account):
        """A delivery to this account had no folder yet; now a session has seen where it lies."""
        for key in list(self.folders):
            if key == (host, account, None):
                del self.folders[key]

    def leave(self, copy, selected):
        """A copy came by a move: the one that it left is gone from its folder."""
        here = (copy.get("host"), account_name(copy), copy.get("folder"))
        others = [key for key, unused in self.held() if key[:2] == here[:2] and key != here]
        if len(others) > 1:
            others = [key for key in others if key[2] == selected]
        for key in others:
            del self.folders[key]

    def held(self):
        """(host, account, folder) where a copy still is, with its state and who told it."""
        for key, copies in self.folders.items():
            alive = [copy for copy in copies if copy.get("state") != "removed"]
            if alive:
                yield key, alive

    def unseen(self, host):
        """Whether a host took the message over more often than copies of it were seen there."""
        return self.queues[host] > sum(len(copies) for key, copies in self.folders.items()
                                       if key[0] == host)

    def removed(self):
        alive = {key for key, unused in self.held()}
        return [key for key in self.folders if key not in alive]


def account_name(copy):
    """The lab's name for an account, whether the client said `bob` or `bob@alpha.lab`."""
    return copy.get("account", "").partition("@")[0].lower()


def same(old, new):
    """Two copies of one message in one folder are one unless their names differ."""
    for name in ("uid", "uidl"):
        if old.get(name) and new.get(name):
            return old[name] == new[name]
    return True


class Reading:
    """What mailgloss said of one capture, ready for questions about any moment."""

    def __init__(self, records):
        self.steps = [r for r in records if r["type"] == "step"]
        self.messages = {r["message"]: r for r in records if r["type"] == "message"}

    def root(self, number):
        record = self.messages.get(number)
        while record and record.get("merged_into"):
            number = record["merged_into"]
            record = self.messages.get(number)
        return number

    def find(self, message_id):
        """The message with this Message-ID, or None."""
        for record in self.messages.values():
            if not record.get("merged_into") and record.get("message_id") == message_id:
                return record
        return None

    @staticmethod
    def entry_at(record, time):
        """The entry of a message's history that holds at this time, or None before the first."""
        last = None
        for entry in record.get("history", ()):
            if entry["time"] <= time:
                last = entry
        return last

    def copies_at(self, number, time):
        copies, last, selected = Copies(), None, {}
        for step in self.steps:
            if step.get("verb") in ("SELECT", "EXAMINE"):
                selected[step["session"]] = step["line"].split()[-1].strip('"')
            if max(step["time"], step.get("reply_time", "")) > time:
                continue
            for movement in step.get("movements", ()):
                if "copy" in movement and self.root(movement["message"]) == number:
                    copies.apply(movement["copy"], step["protocol"], movement["event"])
                    if movement["event"] == "moved":
                        copies.leave(movement["copy"], selected.get(step["session"]))
                    last = step
        return copies, last


def step_words(step):
    if step is None:
        return "no step"
    return f"step {step['step']} {step.get('verb') or step.get('line', '')}"


def alternatives(answer):
    """The locations that an answer allows ("A or B" allows both)."""
    return set(answer.split(" or "))


def accepted(truth):
    """Locations that are right for a snapshot's message: what the disks say, and what the
    scenario allows because the wire cannot show it."""
    return {truth["location"], *(a for a in truth.get("also", ()) if a)}


def is_accepted(answer, right):
    return answer in right or any(alternatives(answer) == alternatives(a)
                                  for a in right if " or " in a)


def compare(steps, reading):
    """Differences, one line of words each, and how many comparisons were made."""
    differences, compared = [], 0
    for index, snapshot in enumerate(steps):
        last = index == len(steps) - 1
        for truth in snapshot["messages"]:
            found = compare_message(snapshot, truth, reading, last)
            if found is not None:
                compared += 1
                differences += [f"[{index + 1}] {snapshot['label']}: {truth['message_id']}: "
                                f"{words}" for words in found]
    return differences, compared


def compare_message(snapshot, truth, reading, last):
    """Differences for one message at one moment; None = mailgloss had not met it yet."""
    record = reading.find(truth["message_id"])
    entry = reading.entry_at(record, snapshot["time"]) if record else None
    right = sorted(accepted(truth))
    if entry is None:
        if last and None not in truth.get("also", ()):
            return [f"expected {' / '.join(right)}, got nothing (the message is not known)"]
        return None
    found = []
    if not is_accepted(entry["location"], right):
        found.append(f"expected {' / '.join(right)}, got {entry['location']} "
                     f"(since step {entry['step']})")
    if "also" not in truth:
        found += compare_copies(truth, *reading.copies_at(record["message"], snapshot["time"]))
        if last:
            found += compare_record(truth, record)
    return found


def compare_copies(truth, copies, step):
    """The folders and devices that the movements have told so far."""
    found = []
    disk = {(f["host"], f["account"], f["folder"]): f for f in truth["folders"]}
    where = f"(after {step_words(step)})"
    for key, alive in copies.held():
        if not on_disk(key, disk):
            found.append(f"copy {words(key)} is {alive[0]['state']}; the disk has none {where}")
        elif key in disk and all(copy["protocol"] == "imap" for copy in alive):
            files = [f for f in truth["folders"] if (f["host"], f["account"], f["folder"]) == key]
            told, lies = sum(c["state"] == "marked" for c in alive), sum(f["marked"] for f in files)
            if len(alive) == len(files) and told != lies:
                found.append(f"copy {words(key)}: {told} marked; on the disk {lies} {where}")
    for key in copies.removed():
        if key in disk and not copies.unseen(key[0]):
            found.append(f"copy {words(key)} is removed; the disk has it {where}")
    return found + uncovered(disk, copies, where, truth["queues"]) + \
        devices_differ(truth, copies, where)


def on_disk(key, disk):
    """Whether the disk has a copy in this folder, or (LMTP) in any folder of this account."""
    host, account, folder = key
    return key in disk or folder is None and any(
        (host, account) == (other, name) for other, name, unused in disk)


def uncovered(disk, copies, where, queues=()):
    """Folders on the disk that neither a mailbox copy nor a server's duty tells of.

    A server that still has the message in its queue has not finished the delivery: its answer to
    the text may not be on the wire yet (Exim delivers before it gives out a pipelined answer)."""
    told = {key for key, unused in copies.held()}
    delivered = {(host, account) for host, account, folder in told if folder is None}
    return [f"the disk has it in {words(key)}; no copy tells of it {where}"
            for key in disk if key not in told and not copies.queues[key[0]] and
            key[:2] not in delivered and key[0] not in queues]


def devices_differ(truth, copies, where):
    """Devices that have downloaded all of it, and those whose disks have it."""
    lies = set(truth["devices"])
    author = truth.get("author")
    return [f"{device} has a full copy; mailgloss does not tell of it {where}"
            for device in sorted(lies - copies.devices - {author})] + \
           [f"mailgloss tells of a full copy on {device}; its disk has none {where}"
            for device in sorted(copies.devices - lies - {author})]


def compare_record(truth, record):
    """The closing record's copies."""
    copies = Copies()
    for copy in record.get("copies", ()):
        copies.apply(copy, "record")
    found = []
    disk = {(f["host"], f["account"], f["folder"]): f for f in truth["folders"]}
    for key, alive in copies.held():
        if not on_disk(key, disk):
            found.append(f"the record has copy {words(key)} {alive[0]['state']}; the disk none")
    where = "(closing record)"
    return found + uncovered(disk, copies, where) + devices_differ(truth, copies, where)


def words(key):
    host, account, folder = key
    return f"{folder} of {account} at {host}"
