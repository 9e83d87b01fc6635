/* SPDX-License-Identifier: GPL-3.0-or-later */
/* report_print.c owns the way from a paper's document to a file's bytes. It must never make other bytes of the
 * same document: whoever confirms a paper compares them. */
#include "cli/report_print.h"
#include <errno.h>
#include <sekisho/err.h>
#include <sekisho/paths.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/str.h"
#include "cli/screen.h"
#include "record/record.h"
#include "report/csv.h"
#include "report/html.h"
#include "report/pdf.h"

#define PAGES_MAX 400 /* volumes of one PDF */

/* The contractor's templates: named, or the folder "forms" of the configuration. */
static const char *forms_folder(const struct cli_args *args, char *path, size_t cap)
{
    const char *given = cli_value(args, "forms");
    if (given)
        return given;
    snprintf(path, cap, "%s/forms", sk_path(SK_PATH_CONFIG));
    return path;
}

static int say_fault(const char *folder, const struct template_fault *fault, int r)
{
    if (r == SK_ERR_FORMAT)
        return cli_error(CLI_FAILED, _("a template in %s is wrong in line %u: %s"), folder, fault->line,
                         _(fault->what));
    if (r == SK_ERR_LIMIT)
        return cli_error(CLI_FAILED, _("the page gets too long; take a shorter range, or --format csv"));
    return cli_error(CLI_FAILED, "%s", cli_strerror(r));
}

static int read_forms(const struct report_row *row, const char *folder, struct report_forms *ret)
{
    int r = report_forms_read(row, folder, ret);
    if (r != 0 && !ret->failed[0])
        return cli_error(CLI_FAILED, "%s: %s", folder, cli_strerror(r));
    return r == 0 ? CLI_OK
                  : cli_error(CLI_FAILED, _("the template %s/%s can't be used: %s"), folder, ret->failed,
                              cli_strerror(r));
}

static int make_html(const json_t *document, const struct report_row *row, const char *folder,
                     struct buf *out)
{
    autoforms struct report_forms forms = {0};
    struct template_fault fault = {0};
    int code = read_forms(row, folder, &forms);
    if (code != CLI_OK)
        return code;
    int r = report_html(document, row, &forms, out, &fault);
    return r == 0 ? CLI_OK : say_fault(folder, &fault, r);
}

static int say_no_pdf(int r, const char *said)
{
    autobuf struct buf safe = {0};
    if (r == SK_ERR_NOT_FOUND && geteuid() == 0)
        return cli_error(CLI_FAILED,
                         _("as root only WeasyPrint makes a PDF, and it is not installed; as another user "
                           "Chromium does too. --format html can be printed from any browser"));
    if (r == SK_ERR_NOT_FOUND)
        return cli_error(CLI_FAILED, _("there is neither Chromium nor WeasyPrint, one of which makes the "
                                       "PDF; install one, or print --format html from a browser"));
    screen_safe(&safe, said);
    if (r == SK_ERR_TIMEOUT)
        return cli_error(CLI_FAILED, _("%s did not make the PDF within %d seconds"), pdf_program(),
                         PDF_TIME_LIMIT_S);
    if (r == SK_ERR_STATE)
        return cli_error(CLI_FAILED, _("%s could not make the PDF: %s"), pdf_program(),
                         safe.data ? safe.data : "");
    return cli_error(CLI_FAILED, _("the PDF can't be made: %s"), cli_strerror(r));
}

static void free_pages(struct buf **pages)
{
    for (size_t i = 0; *pages && i < PAGES_MAX; i++)
        buf_free(&(*pages)[i]);
    free(*pages);
}

/* One page for each volume; in one where nothing joins them. */
static int make_pdf(const json_t *document, const struct report_row *row, const char *folder, struct buf *out)
{
    autoforms struct report_forms forms = {0};
    autojson json_t *volumes = NULL;
    autobuf struct buf said = {0};
    struct buf *pages __attribute__((cleanup(free_pages))) = calloc(PAGES_MAX, sizeof *pages);
    struct template_fault fault = {0};
    int code = read_forms(row, folder, &forms);
    if (code != CLI_OK)
        return code;
    int r = pages ? report_volumes(document, &volumes) : -ENOMEM;
    size_t count = json_array_size(volumes);
    bool whole = !pdf_joins() || count > PAGES_MAX;
    for (size_t i = 0; r == 0 && i < (whole ? 1 : count); i++)
        r = report_html(whole ? document : json_array_get(volumes, i), row, &forms, &pages[i], &fault);
    if (r != 0)
        return say_fault(folder, &fault, r);
    r = pdf_make(pages, whole ? 1 : count, record_text(document, "mark"), out, &said);
    return r == 0 ? CLI_OK : say_no_pdf(r, said.data ? said.data : "");
}

static int make_json(const json_t *document, struct buf *out)
{
    autofree char *text = json_dumps(document, JSON_INDENT(1));
    if (!text)
        return cli_error(CLI_FAILED, _("out of memory"));
    buf_puts(out, text);
    buf_putc(out, '\n');
    return CLI_OK;
}

int report_print(const struct cli_args *args, const char *format, const struct report_row *row,
                 const json_t *document, struct buf *out)
{
    char path[SK_PATH_CAP + 8];
    const char *folder = forms_folder(args, path, sizeof path), *given = cli_value(args, "forms");
    if (given && access(given, X_OK) != 0)
        return cli_error(CLI_FAILED, "%s: %s", given, strerrordesc_np(errno));
    int code = CLI_OK;
    if (str_eq(format, "json"))
        code = make_json(document, out);
    else if (str_eq(format, "csv"))
        code = report_csv(document, out) == 0 ? CLI_OK : cli_error(CLI_FAILED, _("out of memory"));
    else if (str_eq(format, "html"))
        code = make_html(document, row, folder, out);
    else
        code = make_pdf(document, row, folder, out);
    if (code == CLI_OK && out->err)
        code = cli_error(CLI_FAILED, "%s", cli_strerror(out->err));
    return code;
}

const char *report_print_format(const char *bytes, size_t len)
{
    static const struct {
        const char *begin, *format;
    } all[] = {{PDF_MARK, "pdf"}, {CSV_MARK "\"", "csv"}, {"{\n", "json"}};
    for (size_t i = 0; i < array_count(all); i++)
        if (len >= strlen(all[i].begin) && memcmp(bytes, all[i].begin, strlen(all[i].begin)) == 0)
            return all[i].format;
    return "html";
}
