/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cli.c owns the small calls that every command uses: option values, messages, JSON. It must never
 * talk to the agent and never end the process. */
#include "cli/cli.h"
#include <stdarg.h>
#include "base/buf.h"
#include "base/str.h"
#include "client/language.h"
#include "cli/screen.h"

const char *cli_value(const struct cli_args *args, const char *name)
{
    for (size_t i = 0; args->options && args->options[i].name; i++)
        if (str_eq(args->options[i].name, name))
            return args->value[i];
    return NULL;
}

bool cli_flag(const struct cli_args *args, const char *name)
{
    return cli_value(args, name) != NULL;
}

int cli_error(int code, const char *format, ...)
{
    autobuf struct buf b = {0};
    va_list ap;
    va_start(ap, format);
    buf_vprintf(&b, format, ap);
    va_end(ap);
    fflush(stdout);
    fputs("sekisho: ", stderr);
    autobuf struct buf said = {0};
    language_put(&said, b.err ? format : b.data);
    screen_put(stderr, said.err ? format : said.data);
    fputc('\n', stderr);
    return code;
}

const char *cli_strerror(int code)
{
    return language_strerror(code);
}

int cli_json(const json_t *value)
{
    if (json_dumpf(value, stdout, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY) != 0)
        return cli_error(CLI_FAILED, _("the answer can't be written as JSON"));
    putchar('\n');
    return CLI_OK;
}
