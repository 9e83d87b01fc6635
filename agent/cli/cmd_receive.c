/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_receive.c owns the handing over of files that came from the client (REC-6). It opens them as
 * the person who types, so that nobody brings in what they can't read. It must never remove a source
 * that is not safely in the area, nor one that changed meanwhile. */
#include <fcntl.h>
#include <sekisho/err.h>
#include <sekisho/limits.h>
#include <sekisho/ops.h>
#include <string.h>
#include <sys/stat.h>
#include "base/str.h"
#include "cli/ask.h"
#include "cli/cli.h"
#include "cli/files.h"
#include "cli/screen.h"
#include "record/record.h"

/* One file to hand over. */
struct source {
    const char *path; /* as typed */
    struct stat st;   /* as opened */
};

/* The answers to all batches in one. */
struct receipts {
    struct buf text;
    json_t *seqs, *files;
};

static const char *name_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static int open_source(struct source *source, int *ret_fd)
{
    const char *path = source->path;
    autoclose int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0 || fstat(fd, &source->st) != 0)
        return cli_error(CLI_FAILED, "%s: %s", path, gettext(sk_strerror(-errno)));
    if (S_ISDIR(source->st.st_mode))
        return cli_error(CLI_REFUSED, _("%s is a folder; name its files, or pack it first"), path);
    if (!S_ISREG(source->st.st_mode))
        return cli_error(CLI_REFUSED, _("%s is no regular file"), path);
    *ret_fd = steal_fd(&fd);
    return CLI_OK;
}

/* Two files of one name would end as one in the area. */
static int check_names(char **words, int count)
{
    for (int i = 0; i < count; i++) {
        if (name_of(words[i])[0] == '\0')
            return cli_error(CLI_REFUSED, _("%s is a folder; name its files, or pack it first"),
                             words[i]);
        for (int k = 0; k < i; k++)
            if (str_eq(name_of(words[i]), name_of(words[k])))
                return cli_error(CLI_USAGE, _("%s and %s would have the same name in the area"),
                                 words[k], words[i]);
    }
    return CLI_OK;
}

static int send_batch(struct cli *cli, json_t *request, struct source *sources, size_t count,
                      struct receipts *receipts)
{
    int fds[SK_RECEIVE_FILES_MAX];
    size_t opened = 0;
    int code = CLI_OK;
    json_t *names = json_array();
    json_object_set_new(request, "files", names);
    for (; opened < count && code == CLI_OK; opened++) {
        code = open_source(&sources[opened], &fds[opened]);
        if (code != CLI_OK)
            break;
        autobuf struct buf name = {0};
        str_escape(&name, name_of(sources[opened].path), strlen(name_of(sources[opened].path)));
        json_array_append_new(names, json_pack("{s:s}", "name", name.data ? name.data : ""));
    }
    autojson json_t *answer = NULL;
    if (code == CLI_OK)
        code = cli_ask(cli, SK_OP_RECEIVE, request, fds, count, &answer);
    for (size_t i = 0; i < opened; i++)
        close(fds[i]);
    if (code != CLI_OK)
        return code;
    buf_puts(&receipts->text, record_text(answer, "receipt"));
    json_array_append(receipts->seqs, json_object_get(answer, "seq"));
    json_array_extend(receipts->files, json_object_get(answer, "files"));
    return CLI_OK;
}

static bool unchanged(const struct source *source)
{
    struct stat now;
    const struct stat *then = &source->st;
    return lstat(source->path, &now) == 0 && S_ISREG(now.st_mode) && now.st_dev == then->st_dev &&
           now.st_ino == then->st_ino && now.st_size == then->st_size &&
           now.st_mtim.tv_sec == then->st_mtim.tv_sec &&
           now.st_mtim.tv_nsec == then->st_mtim.tv_nsec;
}

static int remove_sources(const struct source *sources, size_t count)
{
    int code = CLI_OK;
    for (size_t i = 0; i < count; i++) {
        if (!unchanged(&sources[i]))
            code = cli_error(CLI_FAILED, _("%s was not removed: it changed after it was received"),
                             sources[i].path);
        else if (unlink(sources[i].path) != 0)
            code = cli_error(CLI_FAILED, _("%s was not removed: %s"), sources[i].path,
                             gettext(sk_strerror(-errno)));
    }
    return code;
}

/* A receipt's lines are control's; each is made safe by itself. */
static void print_receipt(const char *text)
{
    struct cursor c;
    const char *line;
    size_t len;
    cursor_init(&c, text, strlen(text));
    while (cursor_line(&c, &line, &len)) {
        autofree char *copy = strndup(line, len);
        if (copy)
            screen_put(stdout, copy);
        putchar('\n');
    }
}

static int deliver(struct cli *cli, const struct cli_args *args, const struct receipts *receipts)
{
    const char *text = receipts->text.data ? receipts->text.data : "";
    const char *out = cli_value(args, "receipt");
    if (receipts->text.err)
        return cli_error(CLI_FAILED, _("out of memory"));
    int code = out ? files_create(out, text, strlen(text), 0600) : CLI_OK;
    if (cli->json) {
        autojson json_t *answer = json_pack("{s:s, s:O, s:O}", "receipt", text, "seqs",
                                            receipts->seqs, "files", receipts->files);
        cli_json(answer);
    } else {
        print_receipt(text);
    }
    if (out && code == CLI_OK)
        ask_hint(cli, _("the receipt is in %s"), out);
    return code;
}

static json_t *question(const struct cli_args *args)
{
    const char *into = cli_value(args, "into"), *place = cli_value(args, "place");
    size_t len = into ? strlen(into) : 0;
    autobuf struct buf folder = {0};
    while (len > 1 && into[len - 1] == '/') /* as a shell completes a folder */
        len--;
    str_escape(&folder, into ? into : "", len);
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:b}", "area", cli_value(args, "area"), "from",
                     cli_value(args, "from"), "how", cli_value(args, "how"), "into",
                     folder.data ? folder.data : "", "place", place ? place : "", "personal",
                     cli_flag(args, "personal"));
}

static int receive_all(struct cli *cli, const struct cli_args *args, struct source *sources,
                       struct receipts *receipts)
{
    size_t count = (size_t)args->count;
    int code = check_names(args->words, args->count);
    for (size_t at = 0; at < count && code == CLI_OK; at += SK_RECEIVE_FILES_MAX) {
        size_t batch = count - at < SK_RECEIVE_FILES_MAX ? count - at : SK_RECEIVE_FILES_MAX;
        autojson json_t *request = question(args);
        if (!request)
            return cli_error(CLI_USAGE, _("the texts of the options must be UTF-8"));
        code = send_batch(cli, request, sources + at, batch, receipts);
        if (code == CLI_OK && cli_flag(args, "remove-source"))
            code = remove_sources(sources + at, batch);
        if (code != CLI_OK && at > 0)
            cli_error(0, _("%zu of %zu files are in the area already"), at, count);
    }
    return code;
}

static int run_receive(struct cli *cli, const struct cli_args *args)
{
    if (!cli_value(args, "area"))
        return cli_error(CLI_USAGE, _("which area? Add --area AREA"));
    if (!cli_value(args, "from"))
        return cli_error(CLI_INCOMPLETE, _("from whom did it come? Add --from WHOM"));
    if (!cli_value(args, "how"))
        return cli_error(CLI_INCOMPLETE, _("how did it come? Add --how HOW"));
    const char *out = cli_value(args, "receipt");
    if (out && access(out, F_OK) == 0)
        return cli_error(CLI_FAILED, _("%s exists already and is never replaced"), out);
    autofree struct source *sources = calloc((size_t)args->count, sizeof *sources);
    autojson json_t *seqs = json_array();
    autojson json_t *files = json_array();
    struct receipts receipts = {.seqs = seqs, .files = files};
    if (!sources || !seqs || !files)
        return cli_error(CLI_FAILED, _("out of memory"));
    for (int i = 0; i < args->count; i++)
        sources[i].path = args->words[i];
    int code = receive_all(cli, args, sources, &receipts);
    if (json_array_size(seqs) > 0) {
        int delivered = deliver(cli, args, &receipts);
        code = code != CLI_OK ? code : delivered;
    }
    buf_free(&receipts.text);
    return code;
}

static const struct cli_option receive_options[] = {
    {"area", N_("AREA"), N_("the protected area that the files go to")},
    {"from", N_("WHOM"), N_("who gave them, as the register shall say")},
    {"how", N_("HOW"), N_("how they came: on a medium, by mail, …")},
    {"into", N_("FOLDER"), N_("a folder within the area, the top unless given")},
    {"place", N_("TEXT"), N_("where they are used, for the register")},
    {"personal", NULL, N_("they hold specific personal information")},
    {"remove-source", NULL, N_("remove the sources once they are in the area and unchanged")},
    {"receipt", N_("FILE"), N_("write the receipt to this new file as well")},
    {NULL, NULL, NULL},
};

const struct cli_command cmd_receive_commands[] = {
    {"receive", N_("FILE… --area AREA --from WHOM --how HOW"),
     N_("Bring files that came from the client into a protected area"), receive_options, 1, -1,
     run_receive},
    {NULL, NULL, NULL, NULL, 0, 0, NULL},
};
