/* Read a dialogue. */
#include "player.h"

#include <string.h>

static void happening_free(gpointer data)
{
    Happening *happening = data;
    g_clear_pointer(&happening->data, g_bytes_unref);
    g_free(happening);
}

static void expectation_free(gpointer data)
{
    Expectation *expectation = data;
    g_strfreev(expectation->words);
    g_free(expectation);
}

void script_free(Script *script)
{
    if (script == NULL)
        return;
    g_free(script->path);
    g_free(script->title);
    g_ptr_array_unref(script->covers);
    g_ptr_array_unref(script->roles);
    g_array_unref(script->connections);
    g_ptr_array_unref(script->happenings);
    g_ptr_array_unref(script->expectations);
    g_free(script);
}

static gboolean endpoint_parse(const char *text, MgEndpoint *ret_end)
{
    const char *colon = strrchr(text, ':');
    guint64 port;
    if (colon == NULL || !g_ascii_string_to_unsigned(colon + 1, 10, 1, 65535, &port, NULL))
        return FALSE;
    g_autofree char *address = g_strndup(text, (gsize)(colon - text));
    ret_end->port = (guint16)port;
    return mg_address_parse(address, &ret_end->address);
}

/* Octets with \r \n \t \\ \xHH. */
static GBytes *unescape(const char *text)
{
    GByteArray *octets = g_byte_array_new();
    for (const char *p = text; *p != '\0'; p++) {
        guint8 octet = (guint8)*p;
        if (*p == '\\' && p[1] != '\0') {
            p++;
            octet = *p == 'r' ? '\r' : *p == 'n' ? '\n' : *p == 't' ? '\t' : (guint8)*p;
            if (*p == 'x' && g_ascii_isxdigit(p[1]) && g_ascii_isxdigit(p[2])) {
                octet = (guint8)(g_ascii_xdigit_value(p[1]) * 16 + g_ascii_xdigit_value(p[2]));
                p += 2;
            }
        }
        g_byte_array_append(octets, &octet, 1);
    }
    return g_byte_array_free_to_bytes(octets);
}

typedef struct {
    Script *script;
    int connection; /* -1 = none yet */
    guint line;
} Reader;

static gboolean wrong(const Reader *r, GError **error, const char *what)
{
    g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_INVAL, "%s:%u: %s", r->script->path, r->line,
                what);
    return FALSE;
}

static Happening *add_happening(Reader *r, Happens what, MgSide side)
{
    Happening *happening = g_new0(Happening, 1);
    happening->what = what;
    happening->connection = (guint)r->connection;
    happening->side = side;
    g_ptr_array_add(r->script->happenings, happening);
    return happening;
}

static gboolean read_connection(Reader *r, const char *text, GError **error)
{
    g_auto(GStrv) words = g_strsplit(text, " ", -1);
    Connection connection = {0};
    if (g_strv_length(words) < 3 || strcmp(words[1], "->") != 0 ||
        !endpoint_parse(words[0], &connection.end[0]) ||
        !endpoint_parse(words[2], &connection.end[1]))
        return wrong(r, error, "== takes CLIENT:PORT -> SERVER:PORT");
    connection.midstream = words[3] != NULL && strcmp(words[3], "midstream") == 0;
    for (guint i = 0; i < r->script->connections->len; i++) {
        const Connection *old = &g_array_index(r->script->connections, Connection, i);
        if (mg_address_equal(&old->end[0].address, &connection.end[0].address) &&
            mg_address_equal(&old->end[1].address, &connection.end[1].address) &&
            old->end[0].port == connection.end[0].port &&
            old->end[1].port == connection.end[1].port) {
            r->connection = (int)i;
            return TRUE;
        }
    }
    r->connection = (int)r->script->connections->len;
    g_array_append_val(r->script->connections, connection);
    return TRUE;
}

static gboolean read_line(Reader *r, const char *text, GError **error)
{
    if (r->connection < 0)
        return wrong(r, error, "a line before any == connection");
    MgSide side = text[0] == 'S';
    const char *rest = text[2] == ' ' ? text + 3 : text + 2;
    Happening *happening = add_happening(r, HAPPENS_DATA, side);
    if (text[1] == '=') {
        happening->data = unescape(rest);
    } else {
        g_autofree char *line = g_strconcat(rest, "\r\n", NULL);
        happening->data = g_bytes_new(line, strlen(line));
    }
    return TRUE;
}

static gboolean read_event(Reader *r, const char *text, GError **error)
{
    g_auto(GStrv) words = g_strsplit(text, " ", -1);
    MgSide side = words[1] != NULL && strcmp(words[1], "server") == 0;
    if (r->connection < 0)
        return wrong(r, error, "an event before any == connection");
    if (g_strcmp0(words[0], "close") == 0) {
        add_happening(r, HAPPENS_CLOSE, side);
    } else if (g_strcmp0(words[0], "fin") == 0) {
        add_happening(r, HAPPENS_FIN, side);
    } else if (g_strcmp0(words[0], "reset") == 0) {
        gboolean unread =
            words[1] != NULL && strcmp(words[g_strv_length(words) - 1], "unread") == 0;
        add_happening(r, unread ? HAPPENS_RESET_UNREAD : HAPPENS_RESET, side);
    } else if (g_strcmp0(words[0], "wait") == 0 && words[1] != NULL) {
        add_happening(r, HAPPENS_WAIT, 0)->wait =
            (MgTime)(g_ascii_strtod(words[1], NULL) * (double)MG_SECOND);
    } else if (g_strcmp0(words[0], "gap") == 0 && words[1] != NULL && words[2] != NULL) {
        guint64 n = g_ascii_strtoull(words[2], NULL, 10);
        guint8 *octets = g_malloc0(n);
        add_happening(r, HAPPENS_GAP, side)->data = g_bytes_new_take(octets, n);
    } else {
        return wrong(r, error, "an event is close, fin, reset, wait or gap");
    }
    return TRUE;
}

static gboolean read_expectation(Reader *r, const char *text, GError **error)
{
    Expectation *expectation = g_new0(Expectation, 1);
    g_ptr_array_add(r->script->expectations, expectation);
    expectation->line = r->line;
    /* Words apart by blanks; double quotes keep blanks, backslashes are themselves. */
    GPtrArray *words = g_ptr_array_new();
    GString *word = g_string_new(NULL);
    gboolean quoted = FALSE, begun = FALSE;
    for (const char *p = text;; p++) {
        if (*p == '\0' || (*p == ' ' && !quoted)) {
            if (begun)
                g_ptr_array_add(words, g_strdup(word->str));
            g_string_truncate(word, 0);
            begun = FALSE;
            if (*p == '\0')
                break;
        } else {
            begun = TRUE;
            if (*p == '"')
                quoted = !quoted;
            else
                g_string_append_c(word, *p);
        }
    }
    g_string_free(word, TRUE);
    g_ptr_array_add(words, NULL);
    expectation->words = (char **)g_ptr_array_free(words, FALSE);
    return !quoted || wrong(r, error, "a double quote is missing");
}

static gboolean read_head(Script *script, const char *text)
{
    if (g_str_has_prefix(text, "title: ")) {
        g_free(script->title);
        script->title = g_strdup(text + 7);
    } else if (g_str_has_prefix(text, "covers:")) {
        g_auto(GStrv) keys = g_strsplit_set(text + 7, " ,", -1);
        for (char **key = keys; *key != NULL; key++)
            if (**key != '\0')
                g_ptr_array_add(script->covers, g_strdup(*key));
    } else if (g_str_has_prefix(text, "roles: ")) {
        g_ptr_array_add(script->roles, g_strdup(text + 7));
    } else {
        return FALSE;
    }
    return TRUE;
}

static gboolean read_any(Reader *r, const char *text, GError **error)
{
    static const char *const expected[] = {"steps ", "step ",   "message ",
                                           "note ",  "masked ", "says "};
    if (text[0] == '\0' || text[0] == '#' || read_head(r->script, text))
        return TRUE;
    if ((text[0] == 'C' || text[0] == 'S') && (text[1] == ':' || text[1] == '='))
        return read_line(r, text, error);
    if (g_str_has_prefix(text, "== "))
        return read_connection(r, text + 3, error);
    if (g_str_has_prefix(text, "-- "))
        return read_event(r, text + 3, error);
    for (gsize i = 0; i < G_N_ELEMENTS(expected); i++)
        if (g_str_has_prefix(text, expected[i]))
            return read_expectation(r, text, error);
    return wrong(r, error, "this line says nothing that a dialogue knows");
}

Script *script_load(const char *path, GError **error)
{
    g_autofree char *text = NULL;
    if (!g_file_get_contents(path, &text, NULL, error))
        return NULL;
    g_autoptr(Script) script = g_new0(Script, 1);
    script->path = g_strdup(path);
    script->covers = g_ptr_array_new_with_free_func(g_free);
    script->roles = g_ptr_array_new_with_free_func(g_free);
    script->connections = g_array_new(FALSE, FALSE, sizeof(Connection));
    script->happenings = g_ptr_array_new_with_free_func(happening_free);
    script->expectations = g_ptr_array_new_with_free_func(expectation_free);
    Reader r = {.script = script, .connection = -1};
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (char **line = lines; *line != NULL; line++) {
        r.line++;
        if (!read_any(&r, *line, error))
            return NULL;
    }
    if (script->title == NULL || script->expectations->len == 0) {
        wrong(&r, error, "a dialogue needs a title and at least one expectation");
        return NULL;
    }
    return g_steal_pointer(&script);
}
