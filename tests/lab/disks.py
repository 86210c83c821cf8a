"""What lies on the disks: maildirs and queues of the servers, files of the devices.

A message is known by its Message-ID.  A full copy on a device has the last line of the lab's
text, MARK; a file that lacks it holds a part or the header only.
"""

import pathlib
import re

MARK = b"The soup is good."
MESSAGE_ID = re.compile(rb"^message-id:\s*(<[^>]*>)", re.IGNORECASE | re.MULTILINE)


def read(path):
    """The octets of a file; nothing where it went away meanwhile."""
    try:
        return path.read_bytes()
    except (FileNotFoundError, IsADirectoryError):
        return b""


def message_id_of(data):
    """The Message-ID of the header at the start of some octets."""
    head = re.split(rb"\r?\n\r?\n", data, maxsplit=1)[0]
    match = MESSAGE_ID.search(head)
    return match[1].decode("latin-1") if match else ""


def queued_id_of(data):
    """The Message-ID of a queue file, whose header stands behind the server's own notes."""
    match = re.search(rb"message-id:\s*(<[^>]*>)", data, re.IGNORECASE)
    return match[1].decode("latin-1") if match else ""


def messages_in(path):
    """The messages in one file of a device: a single one, or a mailbox of many ("From ")."""
    data = read(path)
    if data.startswith(b"From "):
        return [part.split(b"\n", 1)[-1] for part in re.split(rb"(?m)^(?=From )", data) if part]
    return [data]


def maildir_folder(base, path, separator):
    """IMAP's name of the folder that a maildir file lies in."""
    inner = path.parent.parent.relative_to(base)
    name = "" if str(inner) == "." else inner.parts[-1].lstrip(".")
    if not name:
        return "INBOX"
    return f"INBOX.{name}" if separator == "INBOX." else name.replace(".", separator)


def maildir_copies(base, separator):
    """(Message-ID, folder, marked for deletion, path) of each message below one user's folder."""
    for kind in ("cur", "new"):
        for path in sorted(base.rglob(f"{kind}/*")):
            if path.is_file():
                flags = path.name.partition(":2,")[2]
                yield (message_id_of(read(path)), maildir_folder(base, path, separator),
                       "T" in flags, path)


def device_copies(folder, outbox):
    """Message-IDs of which a device's folder keeps the full text, fetched or (outbox) unsent."""
    found = set()
    for path in pathlib.Path(folder).rglob("*"):
        if path.is_file() and path.name.startswith("outbox-") == outbox:
            found.update(message_id_of(data) for data in messages_in(path) if MARK in data)
    return found
