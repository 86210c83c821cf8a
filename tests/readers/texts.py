#!/usr/bin/env python3
"""texts.py FOLDER: read every .csv, .json, .svg and .xml file of a folder, strictly.

CSV as RFC 4180 has it, and as a spreadsheet would take it; JSON line by line; of SVG that it can
only be looked at; of Moodle XML the HTML inside, and the gaps of its tables.
"""

import csv
import json
import pathlib
import re
import sys
import unicodedata
import xml.etree.ElementTree as tree

HEADER = ["step", "session", "frames", "time", "protocol", "action", "result", "explanation",
          "location", "message", "reference"]
PLACES = {"User device", "Email server", "User device and server", "Deleted", "Unknown"}
SVG = "{http://www.w3.org/2000/svg}"
DRAWN = {SVG + name for name in ("svg", "title", "desc", "style", "defs", "marker", "path", "text",
                                 "line", "rect", "g", "tspan", "polyline", "circle")}
complaints = []


def complain(path, words):
    complaints.append(f"FAIL {path.name}: {words}")


def visible(path, text):
    """Nothing that a terminal obeys, that hides or turns text."""
    for char in text:
        if char != "\n" and unicodedata.category(char) in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp"):
            complain(path, f"a character U+{ord(char):04X}")
            return


def place_words(cell):
    return all(word in PLACES
               for part in cell.split("; ") for word in re.sub(r"^M\d+: ", "", part).split(" or "))


def read_csv(path):
    octets = path.read_bytes()
    if octets and not octets.endswith(b"\r\n"):
        complain(path, "the last line has no end")
    if re.search(rb"(?<!\r)\n|\r(?!\n)", octets):
        complain(path, "a line that does not end in CR LF")
    text = octets.decode("utf-8", errors="strict")
    visible(path, text.replace("\r\n", "\n"))
    rows = list(csv.reader(text.split("\r\n")[:-1], strict=True))
    if rows[0] != HEADER:
        complain(path, f"the header is {rows[0]}")
    steps = []
    for row in rows[1:]:
        if len(row) != len(HEADER):
            complain(path, f"a row of {len(row)} cells: {row}")
            return
        record = dict(zip(HEADER, row))
        steps.append(int(record["step"]))
        int(record["session"])
        for cell in row:
            if cell[:1] in ("=", "+", "-", "@", "\t", "\r"):
                complain(path, f"a formula in step {record['step']}: {cell[:60]}")
        if not re.fullmatch(r"(\d+( \d+)*( (…|\.\.\.) \d+)?( \(\d+ \w+\))?)?", record["frames"]):
            complain(path, f"frames {record['frames']}")
        if not re.fullmatch(r"\d*\.\d+|\d*", record["time"]):
            complain(path, f"time {record['time']}")
        if record["action"] and not re.match(r"C: |\(", record["action"]):
            complain(path, f"an action {record['action'][:60]}")
        if record["result"] and not record["result"].startswith("S: "):
            complain(path, f"a result {record['result'][:60]}")
        if record["location"] and not place_words(record["location"]):
            complain(path, f"a location {record['location'][:80]}")
    if sorted(steps) != list(range(1, len(steps) + 1)):
        complain(path, "steps are missing, or come twice")


def read_json(path):
    records = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    if records[-1]["type"] != "summary":
        complain(path, "the last record is no summary")
    if records[-1]["steps"] != sum(record["type"] == "step" for record in records):
        complain(path, "not as many steps as the summary says")


def read_svg(path):
    text = path.read_text("utf-8")
    visible(path, text)
    root = tree.fromstring(text)
    if root.get("role") != "img" or root.find(f"{SVG}title") is None:
        complain(path, "no picture with a title")
    names = [element.get("id") for element in root.iter() if element.get("id") is not None]
    if len(names) != len(set(names)):
        complain(path, "an id that comes twice")
    described = set(root.get("aria-labelledby", "").split())
    if not described or not described <= set(names):
        complain(path, "the title and the description are not named")
    width, height = (float(number) for number in root.get("viewBox").split()[2:])
    for element in root.iter():
        if element.tag not in DRAWN:
            complain(path, f"an element {element.tag}")
        for name, value in element.attrib.items():
            if name.startswith("on") or name.endswith("href"):
                complain(path, f"an attribute {name}")
            if name in ("x", "x1", "x2") and not 0 <= float(value) <= width or \
                    name in ("y", "y1", "y2") and not 0 <= float(value) <= height:
                complain(path, f"{element.tag} at {name}={value} is outside of the picture")


def fragment(path, html):
    """HTML inside Moodle's XML: well formed, and of harmless elements."""
    html = html.replace("<br>", "<br/>")
    try:
        root = tree.fromstring(f"<div>{html}</div>")
    except tree.ParseError as error:
        complain(path, f"{error}: {html[:120]}")
        return None
    for element in root.iter():
        if element.tag not in ("div", "p", "code", "table", "caption", "tr", "th", "td") or \
                set(element.attrib) - {"scope"}:
            complain(path, f"an element {element.tag} {element.attrib}")
    return root


def gaps(path, html):
    found = re.findall(r"\{[^{}]*\}", html)
    if not found:
        complain(path, "a table without gaps")
    for gap in found:
        answers = re.fullmatch(r"\{1:MULTICHOICE:([^{}]+)\}", gap)
        if answers is None:
            complain(path, f"a gap {gap}")
            continue
        words = [answer.lstrip("=") for answer in answers[1].split("~")]
        right = [answer for answer in answers[1].split("~") if answer.startswith("=")]
        if len(right) != 1 or len(words) != len(set(words)) or len(words) < 2:
            complain(path, f"a gap {gap}")


def read_moodle(path):
    text = path.read_text("utf-8")
    visible(path, text)
    ids = set()
    for question in tree.fromstring(text).findall("question"):
        kind = question.get("type")
        if kind == "category":
            continue
        number = question.findtext("idnumber")
        if number in ids or len(number) > 100:
            complain(path, f"the idnumber {number}")
        ids.add(number)
        if len(question.findtext("name/text")) > 255:
            complain(path, f"{number} has a long name")
        for element in question.iter():
            if element.get("format") == "html" and element.findtext("text"):
                fragment(path, element.findtext("text"))
        fractions = [int(answer.get("fraction")) for answer in question.findall("answer")]
        if kind in ("multichoice", "truefalse") and fractions.count(100) != 1 or \
                kind == "shortanswer" and 100 not in fractions:
            complain(path, f"{number} has answers with {fractions}")
        if kind == "matching" and len(question.findall("subquestion")) < 2:
            complain(path, f"{number} has nothing to match")
        if kind == "cloze":
            gaps(path, question.findtext("questiontext/text"))


# ---- The questions against the records of the same capture ----

class Facts:
    """What the records say, for the questions to be held against."""

    def __init__(self, path):
        records = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
        self.steps = {r["step"]: r for r in records if r["type"] == "step"}
        self.sessions = {r["session"]: r for r in records if r["type"] == "session"}
        self.messages = {r["message"]: r for r in records if r["type"] == "message"}

    def history(self, message):
        return self.messages[message].get("history", [])

    def location(self, message, step):
        """After this step."""
        told = [entry["location"] for entry in self.history(message) if entry["step"] <= step]
        return told[-1] if told else None

    def before(self, message, step):
        return self.location(message, step - 1)


def on_server(location):
    return location is not None and "server" in location


def ask_step(facts, message, step, question):
    """Of a right answer "Step N"."""
    if "removed" in question:
        return on_server(facts.before(message, step)) and not on_server(facts.location(message, step))
    return not on_server(facts.before(message, step)) and on_server(facts.location(message, step))


def ask_frame(facts, question, frame):
    steps = facts.steps.values()
    if "password" in question:
        return any(step["masked"] and frame in step["frames"] for step in steps)
    number = int(re.search(r"message M(\d+)", question)[1])
    return any(frame in step["reply_frames"] and
               any(move["event"] == "accepted" and move.get("location") == "Email server"
                   for move in step.get("movements", []))
               and on_server(facts.location(number, step["step"])) for step in steps
               if "reply_frames" in step)


def plain(html):
    return "".join(tree.fromstring(f"<div>{html}</div>").itertext())


def check_choice(facts, text, right):
    """TRUE, FALSE, or None where the records do not tell."""
    message = re.search(r"message M(\d+)", text)
    message = int(message[1]) if message else None
    step = re.match(r"Step (\d+)", right)
    if text.startswith("Where is message"):
        return facts.messages[message]["location"] == right
    if text.startswith(("After which step", "Look at message")):
        return ask_step(facts, message, int(step[1]), text)
    if text.startswith("The cable is pulled out"):
        return facts.location(message, int(re.search(r"after step (\d+)", text)[1])) == right
    if text.startswith("The connection breaks after the text"):
        number = int(re.search(r"in step (\d+)", text)[1])
        return (facts.before(message, number) == "User device" and
                facts.location(message, number) == "Email server")
    if text.startswith("Who must deliver"):
        number = int(re.search(r"after step (\d+)", text)[1])
        return right == facts.sessions[facts.steps[number]["session"]]["server"].get("name", right)
    if text.startswith("Which line tells the server who"):
        return facts.steps[int(step[1])]["verb"] == "RCPT"
    return None


def check_places(facts, question, text):
    """Rows of a table, pairs to match."""
    message = int(re.search(r"message M(\d+)", text)[1])
    pairs = [(plain(pair.findtext("text")), pair.findtext("answer/text"))
             for pair in question.findall("subquestion")]
    html = question.findtext("questiontext/text")
    pairs += [(plain(row), re.search(r"[~:]=([^~}]*)", gap)[1])
              for row, gap in re.findall(r"<tr><th scope=.row.>(.*?)</th><td>(.*?)</td>", html)]
    return pairs and all(
        facts.location(message, int(re.match(r"Step (\d+)", step)[1])) == place
        for step, place in pairs)


def check_truth(path, facts):
    checked = 0
    for question in tree.parse(path).getroot().findall("question"):
        kind = question.get("type")
        if kind == "category":
            continue
        text = plain(re.sub(r"\{[^{}]*\}", "", question.findtext("questiontext/text")))
        right = [answer.findtext("text") for answer in question.findall("answer")
                 if answer.get("fraction") == "100"]
        if kind == "cloze" or "Match each step" in text:
            true = check_places(facts, question, text)
        elif kind == "shortanswer" and "frame" in text:
            true = all(ask_frame(facts, text, int(frame)) for frame in right)
        elif kind == "multichoice":
            true = check_choice(facts, text, plain(right[0]))
        else:
            true = None
        if true is not None:
            checked += 1
        if true is False:
            complain(path, f"not true: {text[:160]} -> {right}")
    return checked


def truth(folder):
    checked = 0
    for path in sorted(folder.glob("*.json")):
        if path.stem == "hostile":
            continue  # its lines look like anything
        facts = Facts(path)
        for quiz in (path.with_suffix(".xml"), path.with_name(path.stem + "-seed.xml")):
            if quiz.exists():
                checked += check_truth(quiz, facts)
    return checked


def main():
    readers = {".csv": read_csv, ".json": read_json, ".svg": read_svg, ".xml": read_moodle}
    counts = dict.fromkeys(readers, 0)
    for path in sorted(pathlib.Path(sys.argv[1]).iterdir()):
        if path.suffix in readers:
            counts[path.suffix] += 1
            try:
                readers[path.suffix](path)
            except (ValueError, csv.Error, tree.ParseError, KeyError, IndexError) as error:
                complain(path, f"{type(error).__name__} {error}")
    checked = truth(pathlib.Path(sys.argv[1]))
    print(f"{checked} answers held against the records")
    for words in complaints[:100]:
        print(words)
    print(", ".join(f"{count} {suffix}" for suffix, count in counts.items()),
          f"read, {len(complaints)} complaints", sep=" ")
    sys.exit(1 if complaints or checked == 0 or 0 in counts.values() else 0)


main()
