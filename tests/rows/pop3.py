"""The POP3 tables."""

TABLES = {
    "pop3-commands": lambda row: [row[0]],
    "pop3-capabilities": lambda row: ["pop3.capability." + row[0].lower()],
    "pop3-response-codes": lambda row: ["pop3.code." + row[0].lower().replace("/", "-")],
}
NAMES = {}
