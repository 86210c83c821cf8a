"""The tables of SMTP and LMTP, and those that the protocols share with them."""

import re

# Contexts of a reply whose words are not the names of commands.
CONTEXTS = {
    "connection greeting": ["greeting"],
    "HELP, STATUS": ["help"],
    "instead of any reply (nonstandard)": ["unasked"],
    "end of data (dot) or BDAT LAST or BURL LAST": ["dot", "bdat-last", "burl"],
    "BDAT not LAST": ["bdat"],
    "end of data in LMTP": ["dot"],
    "end of data with PRDR": ["dot"],
    "end of data with EXDATA": ["dot"],
    "NOOP, XFORWARD, VERB, ONEX, VRFY, EXPN": ["noop", "xforward", "other", "vrfy", "expn"],
    "STARTTLS, X-ANONYMOUSTLS": ["starttls"],
    "MAIL with MT-PRIORITY": ["mail"],
    "MAIL with TRANSID": ["mail"],
    "AUTH with 5.5.6": ["auth"],
    "AUTH or MAIL with 5.7.x": ["auth", "mail"],
    "DATA after all RCPT failed": ["data"],
    "BDAT after LAST, second AUTH, nested MAIL": ["bdat*", "auth", "mail"],
    "AUTH (X.7.10); MAIL, end of data (Exchange)": ["auth", "mail", "dot"],
    "MAIL, ATRN, any": ["mail", "atrn"],
    "XEXCH50": ["other"],
}


def command(row):
    return [row[0]]


def extension(row):
    if row[0].startswith("("):
        return ["smtp.extension.unknown" + ("-x" if " X " in row[0] else "")]
    return ["smtp.extension." + row[0].lower().replace("=", "-")]


def contexts(text):
    if text in CONTEXTS:
        return CONTEXTS[text]
    if text.startswith("any"):
        return []
    text = re.sub(r" \([^)]*\)", "", text)
    words = re.split(r", | or ", text)
    words = [word for word in words if word != "reports"]  # (text in a report is no reply)
    return ["dot" if word == "end of data" else word.lower() for word in words]


def reply(row):
    code, context = row[0], row[1]
    if code == "(none)":
        return ["smtp.reply.none"]
    if not code.isdigit():
        return ["smtp.reply." + code]
    return [f"smtp.reply.{code}.{where}" for where in contexts(context)] or [f"smtp.reply.{code}"]


# Logins that are commands of their protocols.
COMMANDS = {
    "APOP (POP3 command)": ["pop3.apop"],
    "USER and PASS (POP3 commands)": ["pop3.user", "pop3.pass"],
    "LOGIN (IMAP command)": ["imap.login"],
}


def sasl(row):
    name = row[0]
    if name in COMMANDS:
        return COMMANDS[name]
    if name == "(unknown mechanism)":
        return ["sasl.unknown"]
    if name.endswith("-*"):
        return ["sasl." + name[:-2].lower()]
    return ["sasl." + name.lower()]


TABLES = {
    "smtp-commands": command,
    "smtp-extensions": extension,
    "smtp-replies": reply,
    "enhanced-status": lambda row: ["enhanced." + row[0].lower()],
    "sasl-mechanisms": sasl,
}
NAMES = {"smtp-replies": lambda row: f"{row[0]} {row[1]}"}
