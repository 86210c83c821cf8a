#!/bin/sh
# --anonymize lets no real name through: what a run without it names (addresses, hosts, people,
# accounts, Message-IDs, queue ids, subjects, folders of the user's own) is looked for in every
# format of a run with it, the packets of the annotated copy too.  And it changes names only:
# steps, outcomes and locations stay, and the copy has as many packets with checksums as right.
#
# Arguments: captures; without any, those of captures/ and of the shared folder where it lies, and
# then only every eighth copy goes through tshark.
set -u
mailgloss=${MAILGLOSS:-./mailgloss}
root=${srcdir:-.}
every=1
if [ $# -eq 0 ]; then
    every=8
    set -- "$root"/captures/*.pcap*
    shared=${MG_SHARED:-$root/../shared}/captures
    if [ -d "$shared" ]; then
        for file in "$shared"/*.pcap "$shared"/*.pcapng "$shared"/*.cap; do
            [ -f "$file" ] && set -- "$@" "$file"
        done
    fi
fi
python3 - "$mailgloss" "$every" "$@" <<'END'
import json, os, re, shutil, socket, subprocess, sys, tempfile
mailgloss, every, captures = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
passed = failed = 0
# Words that name nobody: see src/anonym/ordinary.c.
ORDINARY = set("""mail test user user1 user2 root admin server localhost postmaster mailer-daemon
 nobody anonymous mx mx1 mx2 smtp imap pop pop3 relay inbox ok message bob alice carol dave erin
 frank host name data""".split())
FOLDERS = set("""inbox sent drafts draft trash junk spam archive archives bin outbox templates notes
 deleted important starred""".split())


def run(capture, *options):
    return subprocess.run([mailgloss, *options, capture], capture_output=True).stdout.decode()


def records(capture, *options):
    return [json.loads(line) for line in run(capture, "-T", "json", *options).splitlines()]


def names(all_records):
    found = set()
    def take(text, kind=""):
        if text:
            found.add((kind, text))
    for record in all_records:
        for end in ("client", "server"):
            if end in record:
                take(record[end].get("ip"), "ip")
                take(record[end].get("name"), "host")
        take(record.get("message_id"), "id")
        if len(record.get("subject") or "") > 12:  # shorter ones are protocol words by chance
            take(record.get("subject"), "subject")
        for address in [record.get("from"), record.get("sender"), *(record.get("to") or [])]:
            take(address, "address")
        for recipient in record.get("recipients", []):
            take(recipient.get("address"), "address")
        copies = list(record.get("copies", []))
        copies += [m["copy"] for m in record.get("movements", []) if "copy" in m]
        for copy in copies:
            take(copy.get("account"), "account")
            take(copy.get("name"), "host")
            take(copy.get("uidl") if len(copy.get("uidl") or "") > 8 else None, "uidl")
            take(copy.get("queue_id"), "queue")
            for level in re.split("[./]", copy.get("folder") or ""):
                if level.lower() not in FOLDERS and len(level) > 3:
                    take(level, "folder")
    return found


def pieces(kind, name):
    """What of a name must not be found."""
    if kind == "address" and name.lower() in ("root@localhost", "user@localhost"):
        return []
    if kind == "address" and "@" in name:
        return [name]
    if kind in ("host", "address", "account") and name.lower() in ORDINARY:
        return []
    if kind == "host" and not re.search("[a-z]", name, re.I):
        return []
    if not re.search("[^x0@<>. -]", name, re.I):  # a capture that was made nameless before
        return []
    if name.startswith("127.") or name == "::1" or len(name) < 4:
        return []
    if re.match(r"(192\.0\.2|198\.51\.100|203\.0\.113)\.", name) or "example." in name:
        return []
    return [name]


def checksums(capture):
    """Of each packet: its length, and whether the checksums of IP and TCP are right."""
    fields = ["frame.len", "ip.checksum.status", "tcp.checksum.status"]
    command = ["tshark", "-n", "-r", capture, "-T", "fields"]
    for option in ("ip.check_checksum:TRUE", "tcp.check_checksum:TRUE", "ip.defragment:FALSE",
                   "tcp.desegment_tcp_streams:FALSE"):
        command += ["-o", option]
    for field in fields:
        command += ["-e", field]
    return subprocess.run(command, capture_output=True).stdout.decode().splitlines()


def copy_problems(capture, plain, compare):
    """What of the names is in the annotated copy, and whether it is as sound as the capture."""
    copy = os.path.join(folder, "copy.pcapng")
    subprocess.run([mailgloss, "-q", "--anonymize", "-o", copy, capture], capture_output=True)
    if not os.path.exists(copy):
        return ["no annotated copy"]
    octets = open(copy, "rb").read()
    for kind, name in sorted(names(plain)):
        for piece in pieces(kind, name):
            if kind == "ip":
                family = socket.AF_INET6 if ":" in piece else socket.AF_INET
                raw = socket.inet_pton(family, piece)
                # Four octets stand somewhere by chance; two of them before another two do not.
                found = family == socket.AF_INET6 and raw in octets
                found = found or re.search(re.escape(piece).encode(), octets)
            elif kind == "address":
                found = re.search(rb"(?<![a-z0-9.-])" + re.escape(piece.split("@")[0]).encode() +
                                  rb"@" + re.escape(piece.split("@")[-1]).encode(), octets, re.I)
                found = found and not piece.lower().endswith(
                    ("@example.org", "@example.net", "@example.com"))
            else:
                found = re.search(rb"(?<![a-z0-9.-])" + re.escape(piece.encode()) +
                                  rb"(?![a-z0-9-])", octets, re.I)
            if found:
                return [f"the annotated copy has the {kind} {piece}"]
    if compare and shutil.which("tshark") and os.path.getsize(capture) < 1000000:
        before, after = checksums(capture), checksums(copy)
        if len(before) != len(after):
            return [f"the annotated copy has {len(after)} packets of {len(before)}"]
        for number, (a, b) in enumerate(zip(before, after), 1):
            # 1 is right; what was blanked behind IP has no TCP any more.
            if "\t1\t1" in a and "\t0" in b:
                return [f"a checksum of packet {number} was right and is not any more"]
    return []


folder = tempfile.mkdtemp()
for number, capture in enumerate(captures):
    plain = records(capture)
    other = records(capture, "--anonymize")
    outputs = {fmt: run(capture, "--anonymize", "-T", fmt, "--detail", "deep")
               for fmt in ("text", "json", "markdown", "html", "csv", "mermaid", "gift")}
    problems = []
    for kind, name in sorted(names(plain)):
        for piece in pieces(kind, name):
            if kind == "address" and re.search(r"@example\.(org|net|com)$", piece):
                continue
            pattern = re.compile(r"(?<![A-Za-z0-9.-])" + re.escape(piece) + r"(?![A-Za-z0-9-])", re.I)
            for fmt, text in outputs.items():
                hit = pattern.search(text)
                if hit:
                    around = text[max(0, hit.start() - 60):hit.end() + 40].replace("\n", " ")
                    problems.append(f"{fmt} shows the {kind} {piece}: …{around}…")
                    break
    problems += copy_problems(capture, plain, number % every == 0)

    def story(all_records):
        return [(r["step"], r["outcome"], [(m["message"], m["event"], m["location"])
                                           for m in r.get("movements", [])])
                for r in all_records if r["type"] == "step"]
    if story(plain) != story(other):
        a, b = story(plain), story(other)
        where = next((x for x, y in zip(a, b) if x != y), "the number of steps")
        problems.append(f"the story changed at {where}")
    if problems:
        failed += 1
        print(f"FAIL {capture}")
        for problem in problems[:5]:
            print(f"    {problem}")
    else:
        passed += 1
shutil.rmtree(folder)
print(f"{passed} passed, {failed} failed")
sys.exit(failed > 0)
END
