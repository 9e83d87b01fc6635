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
#include "cli/things.h"
#include "record/record.h"

/* One file to hand over. */
struct source {
    const char *path; /* as typed */
    struct stat st;   /* as opened */
};

/* The answers to all batches in one. */
struct receipts {
    struct buf text;
    struct buf signature; /* of the last one, for a colleague's PC */
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
        return cli_error(CLI_FAILED, "%s: %s", path, cli_strerror(-errno));
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

/* What is in "T-….tar.age" is a "T-….tar". */
static size_t unsealed_len(const char *name)
{
    static const char end[] = ".age";
    size_t len = strlen(name), end_len = sizeof end - 1;
    return len > end_len && str_eq(name + len - end_len, end) ? len - end_len : len;
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
        const char *own = name_of(sources[opened].path);
        str_escape(&name, own, record_flag(request, "unseal") ? unsealed_len(own) : strlen(own));
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
    buf_puts(&receipts->signature, record_text(answer, "signature"));
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
                             cli_strerror(-errno));
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

/* Beside the receipt lies what proves it to who sent the files. */
static int deliver_signature(struct cli *cli, const char *out, const struct buf *signature)
{
    autobuf struct buf name = {0};
    buf_printf(&name, "%s.minisig", out);
    if (name.err || !signature->data)
        return cli_error(CLI_FAILED, _("the receipt has no signature"));
    int code = files_create(name.data, signature->data, signature->len, 0600);
    if (code == CLI_OK)
        ask_hint(cli, _("send it and its signature, %s, back to who sent the files: sekisho handover confirm "
                        "CASE --receipt FILE"), name.data);
    return code;
}

/* out_fd: the receipt's file, -1 = none is wanted. */
static int deliver(struct cli *cli, const struct cli_args *args, const struct receipts *receipts,
                   int out_fd)
{
    const char *text = receipts->text.data ? receipts->text.data : "";
    const char *out = cli_value(args, "receipt");
    if (receipts->text.err)
        return cli_error(CLI_FAILED, _("out of memory"));
    int code = out_fd >= 0 ? files_fill(out, out_fd, text, strlen(text)) : CLI_OK;
    if (cli->json) {
        autojson json_t *answer = json_pack("{s:s, s:O, s:O}", "receipt", text, "seqs",
                                            receipts->seqs, "files", receipts->files);
        cli_json(answer);
    } else {
        print_receipt(text);
    }
    if (code == CLI_OK && !cli->json)
        ask_hint(cli, "%s", _("a manager then checks the entry: sekisho register check RECEIPT"));
    if (out && code == CLI_OK)
        ask_hint(cli, _("the receipt is in %s"), out);
    if (out && code == CLI_OK && cli_flag(args, "unseal"))
        code = deliver_signature(cli, out, &receipts->signature);
    return code;
}

static const char *text_of(const struct cli_args *args, const char *option)
{
    const char *value = cli_value(args, option);
    return value ? value : "";
}

static json_t *question(const struct cli_args *args)
{
    const char *into = cli_value(args, "into"), *place = cli_value(args, "place");
    size_t len = into ? strlen(into) : 0;
    autobuf struct buf folder = {0};
    while (len > 1 && into[len - 1] == '/') /* as a shell completes a folder */
        len--;
    str_escape(&folder, into ? into : "", len);
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:b, s:s, s:s, s:s, s:b}", "area",
                     cli_value(args, "area"), "from", cli_value(args, "from"), "how",
                     cli_value(args, "how"), "into", folder.data ? folder.data : "", "place",
                     place ? place : "", "personal", cli_flag(args, "personal"), "name",
                     text_of(args, "name"), "purpose", text_of(args, "purpose"), "return-how",
                     text_of(args, "return-how"), "unseal", cli_flag(args, "unseal"));
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
            cli_error(0, _("files that are in the area already: %zu of %zu"), at, count);
    }
    return code;
}

static int receive_files(struct cli *cli, const struct cli_args *args)
{
    if (!cli_value(args, "area"))
        return cli_error(CLI_USAGE, _("which area? Add --area AREA"));
    if (!cli_value(args, "from"))
        return cli_error(CLI_INCOMPLETE, _("from whom did it come? Add --from WHOM"));
    if (!cli_value(args, "how"))
        return cli_error(CLI_INCOMPLETE, _("how did it come? Add --how HOW"));
    const char *out = cli_value(args, "receipt");
    autofree struct source *sources = calloc((size_t)args->count, sizeof *sources);
    autojson json_t *seqs = json_array();
    autojson json_t *files = json_array();
    struct receipts receipts = {.seqs = seqs, .files = files};
    if (!sources || !seqs || !files)
        return cli_error(CLI_FAILED, _("out of memory"));
    for (int i = 0; i < args->count; i++)
        sources[i].path = args->words[i];
    autoclose int out_fd = -1;
    int code = out ? files_begin(out, 0600, &out_fd) : CLI_OK;
    if (code != CLI_OK)
        return code;
    code = receive_all(cli, args, sources, &receipts);
    if (json_array_size(seqs) > 0) {
        int delivered = deliver(cli, args, &receipts, out_fd);
        code = code != CLI_OK ? code : delivered;
    } else if (out) {
        unlink(out);
    }
    buf_free(&receipts.text);
    buf_free(&receipts.signature);
    return code;
}

/* What would be passed over in silence: a clerk would believe that it counts. */
static int check_options(const struct cli_args *args, bool files)
{
    static const char *const of_files[] = {"into", "unseal", "remove-source", "receipt", "name"};
    static const char *const of_things[] = {"contract", "kept-where", "kept-how", "owner", "count", "top-secret"};
    const char *const *wrong = files ? of_things : of_files;
    size_t count = files ? array_count(of_things) : array_count(of_files);
    for (size_t i = 0; i < count; i++)
        if (cli_value(args, wrong[i]) || cli_flag(args, wrong[i]))
            return cli_error(CLI_USAGE, files ? _("--%s goes with --paper or --medium; files take it from their area")
                                              : _("--%s goes with files, not with --paper or --medium"),
                             wrong[i]);
    return CLI_OK;
}

static int run_receive(struct cli *cli, const struct cli_args *args)
{
    bool paper = cli_flag(args, "paper"), medium = cli_flag(args, "medium");
    if (paper && medium)
        return cli_error(CLI_USAGE, _("either --paper or --medium"));
    int code = check_options(args, !paper && !medium);
    if (code != CLI_OK)
        return code;
    if (paper || medium)
        return things_enter(cli, args, paper ? "paper" : "medium");
    if (cli_flag(args, "unseal") && args->count != 1)
        return cli_error(CLI_USAGE, _("one sealed file at a time"));
    return receive_files(cli, args);
}

static const struct cli_option receive_options[] = {
    {"area", N_("AREA"), N_("the protected area that the files go to")},
    {"from", N_("WHOM"), N_("who gave them, as the register shall say")},
    {"how", N_("HOW"), N_("how they came: on a medium, by mail, …")},
    {"into", N_("FOLDER"), N_("a folder within the area, the top unless given")},
    {"place", N_("TEXT"), N_("where they are used, for the register")},
    {"personal", NULL, N_("they hold specific personal information")},
    {"name", N_("TEXT"), N_("what the register calls them, the first file's name unless given")},
    {"purpose", N_("TEXT"), N_("what they are for, for the register")},
    {"return-how", N_("TEXT"), N_("how they will be returned or destroyed, for the register")},
    {"unseal", NULL, N_("one file that a colleague's PC sealed to this area: open it")},
    {"paper", NULL, N_("no files but paper: the words are its names in the register")},
    {"medium", NULL, N_("no files but media that the agent can't read: the words are their names")},
    {"contract", N_("CONTRACT"), N_("paper, media: whose data it is, where no area is named")},
    {"kept-where", N_("TEXT"), N_("paper, media: where it is kept")},
    {"kept-how", N_("TEXT"), N_("paper, media: how it is kept")},
    {"owner", N_("client|contractor"), N_("media: whose it is; a person's own is not taken")},
    {"count", N_("NUMBER"), N_("paper, media: how many sheets or pieces, 1 unless given")},
    {"top-secret", NULL, N_("paper, media: the client has marked it top secret")},
    {"remove-source", NULL, N_("remove the sources once they are in the area and unchanged")},
    {"receipt", N_("FILE"), N_("write the receipt to this new file as well")},
    {NULL, NULL, NULL},
};

const struct cli_command cmd_receive_commands[] = {
    {"receive", N_("FILE… --area AREA --from WHOM --how HOW"),
     N_("Bring files that came from the client into a protected area, or enter paper and media"), receive_options, 1, -1,
     run_receive},
    {NULL, NULL, NULL, NULL, 0, 0, NULL},
};
