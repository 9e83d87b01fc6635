/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ledger_anchors.c owns heads of the ledger that somebody kept, in whatever text they stand. It must
 * never call a head good that the ledger is too short for. */
#include <errno.h>
#include <sekisho/err.h>
#include <stdlib.h>
#include <string.h>
#include "base/str.h"
#include "cli/files.h"
#include "cli/ledger_verdict.h"
#include "cli/screen.h"

#define ANCHOR_FILE_MAX ((size_t)16 * 1024 * 1024) /* bytes of a text that holds heads */
#define ROOT_TEXT       44                         /* characters of a root in base64 */

/* A line's text as a number. */
static bool is_size(const char *text, size_t len, uint64_t *ret)
{
    char digits[24];
    if (len == 0 || len >= sizeof digits)
        return false;
    memcpy(digits, text, len);
    digits[len] = '\0';
    return strlen(digits) == len && str_to_u64(digits, INT64_MAX, ret) == 0;
}

/* "SIZE ROOT" behind the word. */
static bool read_head(const char *line, size_t len, struct proof_anchor *ret)
{
    static const char word[] = "ledger-head: ";
    const size_t hex = DIGEST_HEX_CAP - 1, before = sizeof word - 1;
    return len > before + hex + 1 && memcmp(line, word, before) == 0 && line[len - hex - 1] == ' ' &&
           str_unhex(line + len - hex, hex, ret->root, sizeof ret->root) == 0 &&
           is_size(line + before, len - before - hex - 1, &ret->size);
}

static bool read_origin(const char *line, size_t len, char ret[static NOTE_NAME_CAP])
{
    static const char word[] = "ledger-origin: ";
    if (len != sizeof word - 1 + NOTE_NAME_LEN || memcmp(line, word, sizeof word - 1) != 0)
        return false;
    memcpy(ret, line + sizeof word - 1, NOTE_NAME_LEN);
    ret[NOTE_NAME_LEN] = '\0';
    return true;
}

static int keep(struct kept_heads *heads, const char *file, const struct proof_anchor *a,
                const char *origin)
{
    if (heads->count == VERDICT_ANCHORS_MAX)
        return SK_ERR_LIMIT;
    heads->anchors[heads->count] = *a;
    heads->files[heads->count] = file;
    memcpy(heads->origins[heads->count], origin, NOTE_NAME_CAP);
    heads->count++;
    return 0;
}

/* What the lines before this one said. */
struct context {
    char origin[NOTE_NAME_CAP], line[NOTE_NAME_CAP]; /* of the text; the last line that may be one */
    uint64_t size;
    unsigned since; /* lines since `line` */
};

/* One line: a head of its own, or the third of a checkpoint (origin, size, root)? */
static bool look_at_line(struct context *c, const char *line, size_t len, struct proof_anchor *ret,
                         const char **ret_origin)
{
    uint64_t size;
    (void)read_origin(line, len, c->origin);
    *ret_origin = c->origin;
    if (read_head(line, len, ret))
        return true;
    c->since++;
    if (c->since == 1 && is_size(line, len, &size)) {
        c->size = size;
        return false;
    }
    if (c->since == 2 && len == ROOT_TEXT &&
        str_unbase64(line, len, ret->root, sizeof ret->root) == 0) {
        ret->size = c->size;
        *ret_origin = c->line;
        return true;
    }
    c->since = len == NOTE_NAME_LEN ? 0 : 3;
    if (c->since == 0) {
        memcpy(c->line, line, len);
        c->line[len] = '\0';
    }
    return false;
}

struct kept_heads *anchors_new(void)
{
    return calloc(1, sizeof(struct kept_heads));
}

void anchors_free(struct kept_heads **heads)
{
    for (size_t i = 0; *heads && i < (*heads)->count; i++)
        free((*heads)->proofs[i]);
    free(*heads);
    *heads = NULL;
}

/* The proof that the text is, for its first head; *ret stays NULL for any other text. */
static int read_proof(const char *text, size_t len, struct kept_proof **ret)
{
    static const char head[] = PATH_HEAD;
    const char *note;
    size_t note_len;
    if (len < sizeof head - 1 || memcmp(text, head, sizeof head - 1) != 0)
        return 0;
    autofree struct kept_proof *p = calloc(1, sizeof *p);
    if (!p)
        return -ENOMEM;
    int r = path_read(text, len, &p->path, &p->index, &note, &note_len);
    if (r == 0)
        *ret = steal_ptr(&p);
    return r;
}

static int scan_lines(struct kept_heads *heads, const char *file, const char *text, size_t len)
{
    struct context context = {.since = 3};
    const char *line, *origin;
    size_t line_len;
    struct cursor c;
    int r = 0;
    cursor_init(&c, text, len);
    while (r == 0 && cursor_line(&c, &line, &line_len)) {
        struct proof_anchor a = {0};
        if (line_len > 0 && line[line_len - 1] == '\r')
            line_len--;
        if (look_at_line(&context, line, line_len, &a, &origin))
            r = keep(heads, file, &a, origin);
    }
    return r;
}

int anchors_scan(struct kept_heads *heads, const char *file, const char *text, size_t len)
{
    size_t first = heads->count;
    autofree struct kept_proof *proof = NULL;
    int r = read_proof(text, len, &proof);
    if (r == 0)
        r = scan_lines(heads, file, text, len);
    if (r == 0 && proof && heads->count > first) {
        heads->proofs[first] = steal_ptr(&proof);
        heads->proof_count++;
    }
    return r;
}

int anchors_see(struct kept_heads *heads, const struct ledger_line *line)
{
    autodigest struct digest *hash = NULL;
    for (size_t i = 0; heads->proof_count > 0 && !line->elided && i < heads->count; i++) {
        struct kept_proof *p = heads->proofs[i];
        if (!p || p->index != line->seq)
            continue;
        int r = hash ? 0 : digest_new(&hash);
        if (r == 0)
            r = tree_leaf(hash, line->text, line->len, p->leaf);
        if (r != 0)
            return r;
        p->seen = true;
    }
    return 0;
}

static int settle(struct proof_anchor *a, const struct kept_proof *p, struct digest *hash)
{
    uint8_t root[DIGEST_LEN];
    if (p->index >= a->size) {
        a->state = PROOF_ANCHOR_DIFFERS;
        return 0;
    }
    if (!p->seen) {
        a->state = PROOF_ANCHOR_HIDDEN;
        return 0;
    }
    int r = path_root(&p->path, hash, p->leaf, p->index, a->size, root);
    if (r == SK_ERR_FORMAT || (r == 0 && memcmp(root, a->root, sizeof root) != 0))
        a->state = PROOF_ANCHOR_DIFFERS;
    return r == SK_ERR_FORMAT ? 0 : r;
}

int anchors_settle(struct kept_heads *heads)
{
    autodigest struct digest *hash = NULL;
    int r = 0;
    for (size_t i = 0; r == 0 && heads->proof_count > 0 && i < heads->count; i++) {
        if (!heads->proofs[i] || heads->anchors[i].state != PROOF_ANCHOR_AGREES)
            continue;
        r = hash ? 0 : digest_new(&hash);
        if (r == 0)
            r = settle(&heads->anchors[i], heads->proofs[i], hash);
    }
    return r;
}

int anchors_read(struct kept_heads *heads, const char *file)
{
    autofree char *text = NULL;
    size_t before = heads->count;
    int code = files_read(file, ANCHOR_FILE_MAX, &text);
    if (code != CLI_OK)
        return code;
    int r = anchors_scan(heads, file, text, strlen(text));
    if (r == SK_ERR_LIMIT)
        return cli_error(CLI_USAGE, _("more than %d heads"), VERDICT_ANCHORS_MAX);
    if (r != 0)
        return cli_error(CLI_USAGE, _("%s: this is not a proof: %s"), file, cli_strerror(r));
    if (heads->count == before)
        return cli_error(CLI_USAGE, _("%s: no head of a ledger stands in it"), file);
    return CLI_OK;
}

static bool is_other(const struct kept_heads *h, size_t i, const char *origin)
{
    return h->origins[i][0] && !str_eq(h->origins[i], origin);
}

bool anchors_agree(const struct kept_heads *heads, const char *origin)
{
    for (size_t i = 0; i < heads->count; i++)
        if (is_other(heads, i, origin) || heads->anchors[i].state == PROOF_ANCHOR_DIFFERS ||
            heads->anchors[i].state == PROOF_ANCHOR_BEYOND)
            return false;
    return true;
}

struct state_row {
    const char *word, *text;
};
static const struct state_row states[] = {
    [PROOF_ANCHOR_BEYOND] = {"beyond", N_("DOES NOT AGREE: the ledger is shorter, records were cut off")},
    [PROOF_ANCHOR_AGREES] = {"agrees", N_("agrees")},
    [PROOF_ANCHOR_DIFFERS] = {"differs", N_("DOES NOT AGREE: these records were altered")},
    [PROOF_ANCHOR_HIDDEN] = {"hidden", N_("can't be compared: it lies within records that are left out")},
};
static const struct state_row other = {"other", N_("DOES NOT AGREE: it is of another ledger")};

static const struct state_row *state_of(const struct kept_heads *h, size_t i, const char *origin)
{
    return is_other(h, i, origin) ? &other : &states[h->anchors[i].state];
}

void anchors_print(const struct kept_heads *heads, const char *origin)
{
    for (size_t i = 0; i < heads->count; i++) {
        autobuf struct buf file = {0};
        const char *state = _(state_of(heads, i, origin)->text);
        screen_safe(&file, heads->files[i]);
        if (heads->proofs[i])
            printf(ngettext("  proof of record %llu under the head over %llu record in %s: %s\n",
                            "  proof of record %llu under the head over %llu records in %s: %s\n",
                            (unsigned long)heads->anchors[i].size),
                   (unsigned long long)heads->proofs[i]->index,
                   (unsigned long long)heads->anchors[i].size, file.data ? file.data : "", state);
        else
            printf(ngettext("  head over %llu record in %s: %s\n", "  head over %llu records in %s: %s\n",
                            (unsigned long)heads->anchors[i].size),
                   (unsigned long long)heads->anchors[i].size, file.data ? file.data : "", state);
    }
}

json_t *anchors_json(const struct kept_heads *heads, const char *origin)
{
    json_t *rows = json_array();
    for (size_t i = 0; rows && i < heads->count; i++) {
        char hex[DIGEST_HEX_CAP];
        digest_hex(hex, heads->anchors[i].root);
        autobuf struct buf file = {0};
        screen_safe(&file, heads->files[i]);
        json_t *row = json_pack("{s:s,s:I,s:s,s:s}", "file", file.data ? file.data : "", "size",
                                (json_int_t)heads->anchors[i].size, "root", hex, "state",
                                state_of(heads, i, origin)->word);
        if (row && heads->proofs[i])
            json_object_set_new(row, "record", json_integer((json_int_t)heads->proofs[i]->index));
        json_array_append_new(rows, row);
    }
    return rows;
}
