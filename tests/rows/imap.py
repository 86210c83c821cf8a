"""The IMAP tables."""


def plain(prefix):
    """PREFIX and the first column: lower case, `=` and `/` become `-`."""
    return lambda row: [prefix + row[0].lower().replace("=", "-").replace("/", "-")]


RESPONSES = {
    "OK (tagged)": "imap.reply.ok",
    "NO (tagged)": "imap.reply.no",
    "BAD (tagged)": "imap.reply.bad",
    "OK (untagged)": "imap.response.untagged-ok",
    "NO (untagged)": "imap.response.untagged-no",
    "BAD (untagged)": "imap.response.untagged-bad",
    "+": "imap.response.continuation",
    "VANISHED (EARLIER)": "imap.response.vanished-earlier",
    "(unknown untagged)": "imap.response.unknown",
    "(no tagged reply)": "imap.reply.dropped",
}

CAPABILITIES = {
    "AUTH=": "imap.capability.auth-*",
    "QUOTA=": "imap.capability.quota-res-*",
    "(unknown capability)": "imap.capability.unknown",
}

# Sections of a message: its header, a part …
ITEMS = {
    "BODY": ["imap.fetch.body-structure"],
    "BODY[]": ["imap.fetch.body"],
    "BODY.PEEK[]": ["imap.fetch.body-peek"],
    "BODY[]<o.n>": ["imap.fetch.body-slice", "imap.fetch.body-peek-slice"],
    "BODY[HEADER]": ["imap.fetch.body-header"],
    "BODY.PEEK[HEADER]": ["imap.fetch.body-peek-header"],
    "BODY[HEADER.FIELDS (names)]": ["imap.fetch.body-header-fields",
                                    "imap.fetch.body-peek-header-fields"],
    "BODY[HEADER.FIELDS.NOT (names)]": ["imap.fetch.body-header-fields-not",
                                        "imap.fetch.body-peek-header-fields-not"],
    "BODY[TEXT]": ["imap.fetch.body-text"],
    "BODY.PEEK[TEXT]": ["imap.fetch.body-peek-text"],
    "BODY[n]": ["imap.fetch.body-part"],
    "BODY.PEEK[n]": ["imap.fetch.body-peek-part"],
    "BODY[n.MIME]": ["imap.fetch.body-part-mime"],
    "BODY[n.HEADER]": ["imap.fetch.body-part-header"],
    "BODY[n.TEXT]": ["imap.fetch.body-part-text"],
    "BODY[n]<o.n>": ["imap.fetch.body-part-slice"],
    "BODY[0]": ["imap.fetch.body-0"],
    "BINARY[n]": ["imap.fetch.binary-part"],
    "BINARY[]": ["imap.fetch.binary", "imap.fetch.binary-peek"],
    "BINARY.PEEK[n]": ["imap.fetch.binary-peek-part"],
    "BINARY.SIZE[n]": ["imap.fetch.binary-size"],
    "(CHANGEDSINCE n)": ["imap.fetch.changedsince"],
    "(PARTIAL a:b)": ["imap.fetch.partial"],
    "(CONVERT ...) items": ["imap.fetch.bodypartstructure", "imap.fetch.availableconversions"],
    "(unsolicited FETCH)": ["imap.other-client"],
    "(NIL section)": ["imap.fetch.nil"],
}

SEARCH_KEYS = {
    "(sequence set)": "sequence-set",
    "(parentheses)": "parentheses",
    "(unknown key)": "unknown",
    "RETURN PARTIAL": "partial",
    "RETURN UPDATE": "update",
    "RETURN RELEVANCY": "relevancy",
}

# JMAP's names stand beside the flags of the same name.
RESERVED = ("$draft", "$seen", "$flagged", "$answered", "$recent")


def response(row):
    return [RESPONSES.get(row[0], "imap.response." + row[0].lower())]


def code(row):
    return (["imap.code.unknown"] if row[0] == "(unknown code)" else plain("imap.code.")(row))


def capability(row):
    name = row[0].lower()
    name = name[:-1] if name.endswith("=") else name.replace("=", "-")
    return [CAPABILITIES.get(row[0], "imap.capability." + name)]


def item(row):
    return ITEMS.get(row[0], ["imap.fetch." + row[0].lower().replace(".", "-")])


def search_key(row):
    return ["imap.search." + SEARCH_KEYS.get(row[0], row[0].lower())]


def flag(row):
    if row[0] == "(other keyword)":
        return ["imap.flag.unknown"]
    return ["imap.flag." + (row[0] if row[0] in RESERVED else row[0][1:].lower())]


TABLES = {
    "imap-commands": plain(""),
    "imap-responses": response,
    "imap-response-codes": code,
    "imap-capabilities": capability,
    "imap-fetch-items": item,
    "imap-search-keys": search_key,
    "imap-flags-keywords": flag,
    "imap-mailbox-attributes": lambda row: ["imap.attribute." + row[0][1:].lower()],
}
NAMES = {}
