#include "ladder-draw.h"

#include <string.h>

#include "escape.h"
#include "ladder.h"
#include "layout.h"
#include "words.h"

enum {
    MARGIN = 115, /* from the edge to the first lane: half of a name */
    TOP = 56,     /* where lanes begin */
    BOTTOM = 14,
    ROW = 36, /* an arrow with its text above it */
    SMALL_ROW = 22,
    LETTER = 7, /* width of a letter of 12 pixels, rounded down from 7.2 */
    PLACES_TOLD = 12,
};

void mg_draw_hold_free(gpointer data)
{
    MgDrawHold *hold = data;
    g_free(hold->lane);
    g_free(hold);
}

static void lane_free(gpointer data)
{
    MgDrawLane *lane = data;
    g_free(lane->key);
    g_free(lane->name);
    g_free(lane);
}

static void row_free(gpointer data)
{
    MgDrawRow *row = data;
    g_free(row->text);
    g_free(row);
}

void mg_drawing_init(MgDrawing *drawing, const MgRenderOptions *options)
{
    drawing->options = options;
    drawing->lanes = g_ptr_array_new_with_free_func(lane_free);
    drawing->rows = g_ptr_array_new_with_free_func(row_free);
    drawing->session = 0;
}

void mg_drawing_clear(MgDrawing *drawing)
{
    g_clear_pointer(&drawing->lanes, g_ptr_array_unref);
    g_clear_pointer(&drawing->rows, g_ptr_array_unref);
}

int mg_drawing_find(const MgDrawing *drawing, const char *key)
{
    for (guint i = 0; i < drawing->lanes->len; i++)
        if (strcmp(((const MgDrawLane *)drawing->lanes->pdata[i])->key, key) == 0)
            return (int)i;
    return -1;
}

guint mg_drawing_lane(MgDrawing *drawing, const char *key, const char *name, gboolean server)
{
    int found = mg_drawing_find(drawing, key);
    if (found >= 0)
        return (guint)found;
    MgDrawLane *lane = g_new0(MgDrawLane, 1);
    lane->key = g_strdup(key);
    lane->name = g_strdup(name);
    lane->server = server;
    g_ptr_array_add(drawing->lanes, lane);
    return drawing->lanes->len - 1;
}

MgDrawRow *mg_drawing_row(MgDrawing *drawing, MgDrawKind kind)
{
    MgDrawRow *row = g_new0(MgDrawRow, 1);
    row->kind = kind;
    g_ptr_array_add(drawing->rows, row);
    return row;
}

const char *mg_ladder_style(void)
{
    return ".mg-lane{stroke:#000;stroke-width:1}"
           ".mg-have{stroke:#000;stroke-width:8;stroke-opacity:.32}"
           ".mg-mark{stroke-dasharray:5 5}"
           ".mg-line{stroke:#000;stroke-width:1.5}"
           ".mg-reply{stroke:#000;stroke-width:1.5;stroke-dasharray:6 4}"
           ".mg-text,.mg-code,.mg-place,.mg-name,.mg-m{fill:#000;text-anchor:middle;"
           "paint-order:stroke;stroke:#fff;stroke-width:4px;stroke-linejoin:round}"
           ".mg-code{font-family:ui-monospace,\"DejaVu Sans Mono\",monospace;font-size:12px}"
           ".mg-place{font-size:12px;font-weight:bold}"
           ".mg-name{font-size:14px;font-weight:bold}"
           ".mg-m{font-size:10px}"
           ".mg-text{font-size:12px;font-style:italic}";
}

static guint spacing(const MgDrawing *drawing)
{
    return drawing->lanes->len <= 3 ? 290 : drawing->lanes->len == 4 ? 236 : 206;
}

static guint lane_x(const MgDrawing *drawing, guint lane)
{
    return MARGIN + lane * spacing(drawing);
}

static guint row_height(const MgDrawRow *row)
{
    return row->kind == MG_DRAW_LINE || row->kind == MG_DRAW_REPLY ? ROW : SMALL_ROW;
}

/* The lower edge of row n - 1: where what it changed begins. */
static guint row_bottom(const MgDrawing *drawing, guint n)
{
    guint y = TOP;
    for (guint i = 0; i < n && i < drawing->rows->len; i++)
        y += row_height(drawing->rows->pdata[i]);
    return y;
}

static void append_cut(const MgDrawing *drawing, GString *svg, const char *text, guint pixels,
                       guint letter)
{
    mg_words_cut(svg, drawing->options, text, pixels / letter, mg_escape_xml);
}

static void draw_lanes(const MgDrawing *drawing, GString *svg, guint bottom)
{
    for (guint i = 0; i < drawing->lanes->len; i++) {
        const MgDrawLane *lane = drawing->lanes->pdata[i];
        guint x = lane_x(drawing, i);
        g_string_append_printf(svg, "<text class=\"mg-name\" x=\"%u\" y=\"22\">", x);
        append_cut(drawing, svg, lane->name, MIN(spacing(drawing), 2 * MARGIN) - 10, 9);
        g_string_append_printf(svg, "</text><text class=\"mg-text\" x=\"%u\" y=\"40\">", x);
        mg_escape_xml(svg,
                      mg_glossary_label(drawing->options->glossary,
                                        lane->server ? "role-server" : "role-device"),
                      -1);
        g_string_append_printf(svg,
                               "</text><line class=\"mg-lane\" x1=\"%u\" y1=\"48\" x2=\"%u\" "
                               "y2=\"%u\"/>\n",
                               x, x, bottom);
    }
}

/* Lines of several messages stand side by side. */
static void draw_holds(const MgDrawing *drawing, const GPtrArray *holds, GString *svg, guint bottom)
{
    int last = 0;
    for (guint i = 0; i < holds->len; i++)
        last = MAX(last, ((const MgDrawHold *)holds->pdata[i])->column);
    for (guint i = 0; i < holds->len; i++) {
        const MgDrawHold *hold = holds->pdata[i];
        int lane = mg_drawing_find(drawing, hold->lane);
        if (lane < 0)
            continue;
        int x = (int)lane_x(drawing, (guint)lane) + (last > 0 ? 10 * hold->column - 5 * last : 0);
        guint from = hold->from == 0 ? 48 : row_bottom(drawing, hold->from) - 4;
        guint to = hold->ended ? row_bottom(drawing, hold->to) - 4 : bottom;
        if (to <= from)
            continue;
        g_string_append_printf(svg,
                               "<line class=\"mg-have%s\" x1=\"%d\" y1=\"%u\" x2=\"%d\" "
                               "y2=\"%u\"/>\n",
                               hold->marked ? " mg-mark" : "", x, from, x, to);
        if (last > 0 && to - from > 24)
            g_string_append_printf(svg, "<text class=\"mg-m\" x=\"%d\" y=\"%u\">M%u</text>\n",
                                   x + 12, from + 14, hold->message);
    }
}

static void draw_arrow(const MgDrawing *drawing, GString *svg, const MgDrawRow *row, guint y)
{
    int from = (int)lane_x(drawing, row->from), to = (int)lane_x(drawing, row->to);
    int side = to > from ? 1 : -1;
    guint reach = (guint)ABS(to - from);
    const char *class = row->kind == MG_DRAW_LINE ? "mg-line" : "mg-reply";
    if (from == to) /* a machine speaks to itself */
        return;
    g_string_append_printf(svg,
                           "<line class=\"%s\" x1=\"%d\" y1=\"%u\" x2=\"%d\" y2=\"%u\"/>"
                           "<path d=\"M%d %u l%d -4 v8z\"/>",
                           class, from, y, to - 8 * side, y, to, y, -9 * side);
    g_autofree char *text = g_strdup_printf("%" G_GUINT64_FORMAT " %s", row->step, row->text);
    g_string_append_printf(svg, "<text class=\"mg-code\" x=\"%d\" y=\"%u\">", (from + to) / 2,
                           y - 6);
    append_cut(drawing, svg, text, reach - 28, LETTER);
    g_string_append(svg, "</text>\n");
}

static void draw_row(const MgDrawing *drawing, GString *svg, const MgDrawRow *row, guint bottom)
{
    if (row->kind == MG_DRAW_LINE || row->kind == MG_DRAW_REPLY) {
        draw_arrow(drawing, svg, row, bottom - 4);
        return;
    }
    guint middle = (lane_x(drawing, row->from) + lane_x(drawing, row->to)) / 2;
    guint reach = (drawing->lanes->len - 1) * spacing(drawing) + 2 * MARGIN;
    guint half = MIN(middle, reach - middle);
    g_string_append_printf(svg, "<text class=\"%s\" x=\"%u\" y=\"%u\">",
                           row->kind == MG_DRAW_PLACE ? "mg-place" : "mg-text", middle,
                           bottom - (row->kind == MG_DRAW_PLACE ? 6 : 7));
    if (row->kind == MG_DRAW_WORDS && row->step > 0)
        g_string_append_printf(svg, "%" G_GUINT64_FORMAT " ", row->step);
    append_cut(drawing, svg, row->text, 2 * half - 20, LETTER);
    g_string_append(svg, "</text>\n");
}

static void describe(const MgDrawing *drawing, GString *out)
{
    const MgGlossary *glossary = drawing->options->glossary;
    g_autoptr(GString) names = g_string_new(NULL);
    for (guint i = 0; i < drawing->lanes->len; i++)
        g_string_append_printf(names, "%s%s", i > 0 ? ", " : "",
                               ((const MgDrawLane *)drawing->lanes->pdata[i])->name);
    g_autofree char *lanes = mg_words(glossary, "ladder-lanes", "names", names->str, NULL);
    g_string_append(out, lanes);
    guint told = 0;
    for (guint i = 0; i < drawing->rows->len && told < PLACES_TOLD; i++) {
        const MgDrawRow *row = drawing->rows->pdata[i];
        if (row->kind != MG_DRAW_PLACE)
            continue;
        told++;
        g_autofree char *step = g_strdup_printf("%" G_GUINT64_FORMAT, row->step);
        g_autofree char *words =
            mg_words(glossary, "ladder-place", "step", step, "place", row->text, NULL);
        g_string_append_printf(out, " %s", words);
    }
    g_string_append_printf(out, " %s", mg_glossary_label(glossary, "ladder-same-facts"));
}

void mg_draw(const MgDrawing *drawing, const GPtrArray *holds, GString *svg, GString *description,
             guint *ret_width, guint *ret_height)
{
    guint bottom = row_bottom(drawing, drawing->rows->len) + BOTTOM;
    *ret_width = 2 * MARGIN + (drawing->lanes->len - 1) * spacing(drawing);
    *ret_height = bottom + 4;
    draw_lanes(drawing, svg, bottom);
    draw_holds(drawing, holds, svg, bottom);
    guint y = TOP;
    for (guint i = 0; i < drawing->rows->len; i++) {
        const MgDrawRow *row = drawing->rows->pdata[i];
        y += row_height(row);
        draw_row(drawing, svg, row, y);
    }
    describe(drawing, description);
}
