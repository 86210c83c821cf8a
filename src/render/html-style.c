/* What stands before the body of an HTML document: style for screen and paper, no script, and
 * nothing that is fetched. */
#include "html.h"

#include "escape.h"

static const char page[] =
    "body{font:11pt/1.45 \"Liberation Sans\",Arial,sans-serif;color:#000;background:#fff;"
    "max-width:62em;margin:0 auto;padding:1em 1.2em;overflow-wrap:anywhere}"
    "h1{font-size:1.7em;line-height:1.2;margin:.2em 0 .4em}"
    "h2{font-size:1.3em;margin:1.6em 0 .5em;padding-bottom:.15em;border-bottom:2px solid #0072B2}"
    "h3{font-size:1.08em;margin:1.3em 0 .3em}"
    "p{margin:.4em 0}ul,ol{margin:.4em 0;padding-left:1.5em}li{margin:.2em 0}"
    ".who{display:flex;flex-wrap:wrap;gap:.3em 2.5em;margin:.5em 0 1em}"
    ".fill{display:inline-block;min-width:13em;border-bottom:1px solid #000}"
    "table{border-collapse:collapse;width:100%;margin:.5em 0 1em}"
    "th,td{border:1px solid #767676;padding:4px 7px;text-align:left;vertical-align:top}"
    "thead th{background:#eef3f7;overflow-wrap:normal}"
    "caption{text-align:left;font-weight:bold;padding:.35em 0 .25em}"
    "table.steps{table-layout:fixed;font-size:.93em}"
    ".c-step{width:3.3em}.c-frames{width:4.8em}.c-action{width:26%}.c-protocol{width:5.3em}"
    ".trail th,.trail td:nth-child(3){overflow-wrap:normal;white-space:nowrap}"
    ".c-place{width:14%}.steps th,.steps td{padding:3px 5px}"
    "td p{margin:.25em 0 0}td p:first-child{margin:0}"
    "td p.also{font-size:.88em;line-height:1.3;margin:.15em 0 0}"
    ".dir{font-weight:bold}.small{font-size:.88em}"
    "code{font-family:ui-monospace,\"DejaVu Sans Mono\",\"Liberation Mono\",monospace;"
    "font-size:.93em;overflow-wrap:anywhere;white-space:pre-wrap}"
    "td,th{overflow-wrap:anywhere}"
    "a{color:#005a8c}a.rfc{font-size:.88em}"
    ".loc-device{border-left:5px solid #000}.loc-server{border-left:5px dashed #000}"
    ".loc-both{border-left:7px double #000}.loc-unknown{border-left:5px dotted #000}"
    ".key{display:inline-block;padding:.1em .6em;margin:.15em .8em .15em 0}"
    ".notice{border:2px solid #000;padding:.4em .8em}"
    ".aside{font-style:italic}"
    "figure{margin:1em 0}figure svg{display:block;max-width:100%;height:auto;margin:0 auto}"
    "figcaption{font-size:.93em;text-align:center}"
    "dl.words dt{font-weight:bold}dl.words dd{margin:0 0 .4em 1.5em}"
    "footer{margin-top:2.5em;border-top:1px solid #767676;padding-top:.5em;font-size:.88em}"
    /* worksheets */
    ".blank{display:inline-block;min-width:7em;border-bottom:1px solid #000}"
    ".blank-long{display:block;border-bottom:1px solid #000;height:1.5em}"
    ".hidden{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);"
    "white-space:nowrap}"
    ".box{display:inline-block;width:.8em;height:.8em;border:1px solid #000;"
    "vertical-align:-.05em;margin-right:.35em;text-align:center;line-height:.8em;font-size:.9em}"
    ".blank-who{min-width:4.5em}.blank-number{min-width:2em}.blank-typed{min-width:15em}"
    ".piece{display:inline-block;margin:.2em 1.6em .2em "
    "0}.c-ticks{width:31%}.tick{display:inline-block;margin-right:.7em}"
    ".work td{padding:5px 7px}"
    ".choices{list-style:none;padding-left:.3em}.choices li{margin:.25em 0}"
    ".task{break-inside:avoid;margin:0 0 1.2em}"
    "thead{display:table-header-group}tr,figure{break-inside:avoid}tr.tall{break-inside:auto}"
    "h2+p,h3+p,h3+p+.aside{break-after:avoid}h2+p+figure,footer{break-before:avoid}"
    "h1,h2,h3,caption,thead{break-after:avoid}table.steps tbody tr:first-child{break-before:avoid}"
    "table.steps caption{font-size:1.06em}"
    "@media print{body{max-width:none;padding:0;font-size:10pt}a{color:#000;text-decoration:none}"
    "nav{display:none}.answers{break-before:page}figure svg{max-height:245mm}"
    "thead th{background:none}}";

/* The margin boxes are strings of CSS: the title passes an escape of its own. */
static void append_page_rules(const MgHtml *html, GString *out, const char *title)
{
    const MgGlossary *glossary = html->options.glossary;
    g_string_append_printf(out, "@page{size:%s;margin:18mm 15mm 20mm;@bottom-left{content:\"",
                           html->options.paper == MG_PAPER_LETTER ? "letter" : "A4");
    mg_escape_css(out, title, -1);
    g_string_append(out, "\";font:8.5pt sans-serif}@bottom-right{content:\"");
    mg_escape_css(out, mg_glossary_label(glossary, "page"), -1);
    g_string_append(out, " \" counter(page) \" ");
    mg_escape_css(out, mg_glossary_label(glossary, "page-of"), -1);
    g_string_append(out, " \" counter(pages);font:8.5pt sans-serif}}");
}

void mg_html_head(const MgHtml *html, GString *out, const char *title)
{
    g_string_append(out, "<!DOCTYPE html>\n<html lang=\"");
    mg_html_label(html, out, "language-code");
    g_string_append(out, "\">\n<head>\n<meta charset=\"utf-8\"/>\n<meta name=\"viewport\" "
                         "content=\"width=device-width, initial-scale=1\"/>\n<title>");
    mg_html_text(out, title);
    g_string_append(out, "</title>\n<style>");
    append_page_rules(html, out, title);
    g_string_append(out, page);
    g_string_append(out, mg_ladder_style());
    /* With one message its last place is repeated where a step does not touch it; with several
     * the rows name those they touch.  Only now it is known which. */
    if (html->n_messages == 1)
        g_string_append(out, ".m{display:none}.r-device{border-left:5px solid #000}"
                             ".r-server{border-left:5px dashed #000}"
                             ".r-both{border-left:7px double #000}"
                             ".r-unknown{border-left:5px dotted #000}");
    else
        g_string_append(out, ".r{display:none}");
    g_string_append(out, "</style>\n</head>\n");
}

void mg_html_foot(const MgHtml *html, GString *out)
{
    g_string_append(out, "</main>\n<footer>mailgloss");
    if (html->options.version != NULL)
        g_string_append_printf(out, " %s", html->options.version);
    g_string_append(out, " · SMTP RFC 5321 · POP3 RFC 1939 · IMAP RFC 9051 · ");
    mg_html_label(html, out, "capture-only-permitted");
    g_string_append(out, "</footer>\n</body>\n</html>\n");
}
