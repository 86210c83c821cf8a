/* The SVG format: the ladder of the whole capture, every line of it, as one drawing that needs
 * no font, script or network.  A long capture has several pictures, one below the other. */
#include "formats.h"

#include <string.h>

#include "escape.h"
#include "ladder.h"
#include "output.h"
#include "words.h"

enum {
    ROWS = 90,
    GAP = 30,
    TITLE = 40, /* height of the drawing's own heading */
    /* What is said in words of all pictures. */
    DESCRIBED = 4000,
};

typedef struct {
    MgRenderOptions options;
    MgWriter out;
    MgSpool *pictures;
    MgLadder *ladder;
    guint width, height;
    GString *description;
    GPtrArray *captures; /* char* */
} Svg;

static void add_picture(gpointer user, const MgLadderPicture *picture)
{
    Svg *svg = user;
    g_autoptr(GString) out = g_string_new(NULL);
    g_string_append_printf(out, "<g transform=\"translate(0 %u)\">\n%s</g>\n", TITLE + svg->height,
                           picture->svg);
    mg_spool_append(svg->pictures, out->str, out->len);
    svg->height += picture->height + GAP;
    svg->width = MAX(svg->width, picture->width);
    if (svg->description->len + strlen(picture->description) < DESCRIBED)
        g_string_append_printf(svg->description, "%s%s", svg->description->len > 0 ? " " : "",
                               picture->description);
}

static gpointer svg_begin(const MgRenderOptions *options, const MgOutput *output)
{
    Svg *svg = g_new0(Svg, 1);
    svg->options = *options;
    mg_writer_init(&svg->out, &svg->options, output);
    svg->pictures = mg_spool_new();
    svg->ladder = mg_ladder_new(&svg->options, !options->where_only, ROWS, add_picture, svg);
    svg->description = g_string_new(NULL);
    svg->captures = g_ptr_array_new_with_free_func(g_free);
    return svg;
}

static void svg_capture(gpointer self, const MgStepCapture *capture)
{
    Svg *svg = self;
    g_ptr_array_add(svg->captures, mg_words_capture(&svg->options, capture));
}

static void svg_session(gpointer self, const MgStepSession *session)
{
    mg_ladder_session(((Svg *)self)->ladder, session);
}

static void svg_step(gpointer self, const MgStep *step)
{
    mg_ladder_step(((Svg *)self)->ladder, step);
}

static void svg_note(gpointer self, const MgStepNote *note)
{
    mg_ladder_note(((Svg *)self)->ladder, note);
}

static void svg_message(gpointer self, const MgStepMessage *record)
{
}

static void svg_summary(gpointer self, const MgStepSummary *summary)
{
}

/* The drawing stands where there was nothing to draw, too: then it says so. */
static void svg_end(gpointer self)
{
    Svg *svg = self;
    GString *out = svg->out.text;
    const MgGlossary *glossary = svg->options.glossary;
    mg_ladder_end(svg->ladder);
    g_autofree char *title = mg_words_title(&svg->options, svg->captures);
    guint width = MAX(svg->width, 500);
    guint height = TITLE + MAX(svg->height, GAP);
    if (svg->description->len == 0)
        g_string_append(svg->description, mg_glossary_label(glossary, "picture-none"));
    g_string_append_printf(out,
                           "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                           "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %u %u\" "
                           "width=\"%u\" height=\"%u\" role=\"img\" "
                           "aria-labelledby=\"mg-t mg-d\" font-family=\"sans-serif\" "
                           "font-size=\"13\">\n<title id=\"mg-t\">",
                           width, height, width, height);
    mg_escape_xml(out, title, -1);
    g_string_append(out, "</title>\n<desc id=\"mg-d\">");
    mg_escape_xml(out, svg->description->str, -1);
    g_string_append_printf(out, "</desc>\n<style>%s@media print{svg{max-width:100%%}}</style>\n",
                           mg_ladder_style());
    g_string_append_printf(out,
                           "<rect width=\"%u\" height=\"%u\" fill=\"#fff\"/>\n"
                           "<text x=\"16\" y=\"26\" font-size=\"16\" font-weight=\"bold\">",
                           width, height);
    mg_words_cut(out, &svg->options, title, (width - 32) / 9, mg_escape_xml);
    g_string_append(out, "</text>\n");
    if (svg->height == 0) {
        g_string_append(out, "<text x=\"16\" y=\"52\">");
        mg_escape_xml(out, mg_glossary_label(glossary, "picture-none"), -1);
        g_string_append(out, "</text>\n");
    }
    mg_spool_write(svg->pictures, &svg->out);
    g_string_append(svg->out.text, "</svg>\n");
    mg_writer_clear(&svg->out);
    g_string_free(svg->description, TRUE);
    g_ptr_array_unref(svg->captures);
    g_free(svg);
}

const MgRenderFormat mg_format_svg = {
    .name = "svg",
    .endings = ".svg",
    .begin = svg_begin,
    .capture = svg_capture,
    .session = svg_session,
    .step = svg_step,
    .note = svg_note,
    .message = svg_message,
    .summary = svg_summary,
    .end = svg_end,
};
