/* SPDX-License-Identifier: GPL-3.0-or-later */
/* view.c owns the form of a case: the headings that the contracts name, in their order, every one
 * filled or visibly open. It must never leave a field out, nor follow the locale: a form is written
 * in the language that was asked for. */
#include "cli/view.h"
#include <inttypes.h>
#include <string.h>
#include "base/str.h"
#include "cli/cli.h"
#include "cli/screen.h"
#include "record/record.h"

#define HEADING_COLUMNS 26

/* One text of the form in both languages. */
struct text {
    const char *english, *japanese;
};

static const char *in(const struct text *t, bool japanese)
{
    return japanese ? t->japanese : t->english;
}

static const struct {
    const char *name;
    struct text text;
} states[] = {
    {"requested", {N_("requested"), "申請中"}},
    {"permitted", {N_("permitted"), "許可済み"}},
    {"rejected", {N_("rejected"), "却下"}},
    {"running", {N_("running"), "実行中"}},
    {"out", {N_("out"), "持出し中・複製あり"}},
    {"failed", {N_("failed"), "失敗"}},
    {"unknown", {N_("unknown (the agent stopped in between)"), "不明(実行中に停止)"}},
    {"returned", {N_("returned"), "返還済み"}},
    {"disposed", {N_("disposed of"), "破棄済み"}},
    {"expired", {N_("expired"), "期限切れ"}},
};

static const struct text not_entered = {"not entered", "未記入"};
static const struct text open_field = {"open", "未了"};

const char *view_state(const char *state, bool japanese)
{
    for (size_t i = 0; i < array_count(states); i++)
        if (str_eq(states[i].name, state))
            return in(&states[i].text, japanese);
    return state;
}

const char *view_state_here(const char *state)
{
    const char *text = view_state(state, false);
    return text[0] ? gettext(text) : "";
}

const char *view_id(const json_t *view, const char *member)
{
    const json_t *value = record_member(view, member);
    return json_is_object(value) ? record_text(value, "id") : record_text(view, member);
}

/* The form's paper: a heading once, then lines that stand under each other. */
struct form {
    bool japanese;
    const char *heading; /* of the next line, "" once it was printed */
};

static void put_line(struct form *f, const struct buf *text)
{
    autobuf struct buf b = {0};
    buf_puts(&b, f->heading);
    screen_pad(&b, 0, HEADING_COLUMNS);
    buf_putc(&b, ' ');
    if (text->len)
        buf_put(&b, text->data, text->len);
    else
        buf_puts(&b, in(&not_entered, f->japanese));
    f->heading = "";
    if (!b.err && !text->err)
        puts(b.data);
}

static void put_text(struct form *f, const char *text)
{
    autobuf struct buf b = {0};
    screen_safe(&b, text);
    put_line(f, &b);
}

static void put_label(struct buf *b, const struct text *label, bool japanese)
{
    buf_puts(b, in(label, japanese));
    buf_puts(b, japanese ? ":" : ": ");
}

/* "label: value", nothing when there is no value. */
static void put_labelled(struct form *f, const struct text *label, const char *value)
{
    if (value[0] == '\0')
        return;
    autobuf struct buf b = {0};
    put_label(&b, label, f->japanese);
    screen_safe(&b, value);
    put_line(f, &b);
}

void view_consent(struct buf *b, const json_t *consent, bool japanese)
{
    const char *document = record_text(consent, "document");
    const char *id = record_text(consent, "id");
    const char *date = record_text(consent, "date");
    if (document[0] == '\0' && id[0] == '\0')
        return;
    if (document[0]) {
        buf_puts(b, japanese ? "「" : "\"");
        screen_safe(b, document);
        buf_puts(b, japanese ? "」" : "\"");
    }
    if (date[0]) {
        buf_putc(b, ' ');
        screen_time(b, date, japanese);
    }
    if (id[0]) {
        buf_puts(b, document[0] ? " [" : "[");
        screen_safe(b, id);
        buf_putc(b, ']');
    }
}

static void field_at(struct form *f, const json_t *view)
{
    autobuf struct buf b = {0};
    screen_time(&b, record_text(view, "at"), f->japanese);
    put_line(f, &b);
}

static void field_person(struct form *f, const json_t *view)
{
    autobuf struct buf b = {0};
    screen_person(&b, record_member(view, "person"));
    put_line(f, &b);
}

/* Yes or no, who, when; an open one says so. */
static void put_verdict(struct form *f, const json_t *permission)
{
    static const struct text yes = {"yes", "有"}, no = {"no", "無"};
    static const struct text approver = {"approver", "許可者"};
    const json_t *granted = record_member(permission, "granted");
    autobuf struct buf b = {0};
    if (!json_is_boolean(granted))
        buf_puts(&b, in(&open_field, f->japanese));
    else
        buf_puts(&b, in(json_is_true(granted) ? &yes : &no, f->japanese));
    const json_t *person = record_member(permission, "approver");
    if (json_is_object(person) && *record_text(person, "id")) {
        buf_puts(&b, f->japanese ? "、" : ", ");
        put_label(&b, &approver, f->japanese);
        screen_person(&b, person);
    }
    const char *at = record_text(permission, "at");
    if (at[0]) {
        buf_puts(&b, f->japanese ? "、" : ", ");
        screen_time(&b, at, f->japanese);
    }
    put_line(f, &b);
}

static void field_permission(struct form *f, const json_t *view)
{
    static const struct text consent = {"client's consent", "委託者の承諾"};
    static const struct text digest = {"consent SHA-256", "承諾文書 SHA-256"};
    static const struct text permit = {"permit SHA-256", "許可証 SHA-256"};
    static const struct text expires = {"permit expires", "許可の期限"};
    static const struct text why = {"reason", "理由"};
    const json_t *permission = record_member(view, "permission");
    put_verdict(f, permission);
    autobuf struct buf cited = {0};
    view_consent(&cited, record_member(permission, "consent"), f->japanese);
    put_labelled(f, &consent, cited.data ? cited.data : in(&not_entered, f->japanese));
    put_labelled(f, &digest, record_text(permission, "consent.sha256"));
    put_labelled(f, &permit, record_text(permission, "permit"));
    autobuf struct buf until = {0};
    screen_time(&until, record_text(permission, "expires"), f->japanese);
    put_labelled(f, &expires, until.data ? until.data : "");
    put_labelled(f, &why, record_text(permission, "why"));
}

static void field_content(struct form *f, const json_t *view)
{
    const json_t *content = record_member(view, "content");
    const json_t *files = record_member(content, "files");
    autobuf struct buf b = {0};
    buf_puts(&b, f->japanese ? "保護領域 " : "area ");
    screen_safe(&b, record_text(content, "area"));
    buf_printf(&b, f->japanese ? "(機密性%" PRId64 ")、%" PRId64 "件、" : " (level %" PRId64
                                                                          "), files: %" PRId64 ", ",
               record_number(content, "level"), record_number(content, "count"));
    screen_size(&b, (uint64_t)record_number(content, "bytes"), f->japanese);
    put_line(f, &b);
    size_t i;
    const json_t *file;
    json_array_foreach(files, i, file) {
        autobuf struct buf name = {0};
        autobuf struct buf digest = {0};
        screen_safe(&name, record_text(file, "name"));
        buf_puts(&name, f->japanese ? "、" : ", ");
        screen_size(&name, (uint64_t)record_number(file, "bytes"), f->japanese);
        put_line(f, &name);
        buf_printf(&digest, "  SHA-256 %s", record_text(file, "sha256"));
        put_text(f, digest.data ? digest.data : "");
    }
}

static void field_purpose(struct form *f, const json_t *view)
{
    put_text(f, record_text(view, "purpose"));
}

static void field_kept(struct form *f, const json_t *view)
{
    const json_t *kept = record_member(view, "kept");
    const char *where = record_text(kept, "where"), *how = record_text(kept, "how");
    if (!json_is_object(kept))
        how = record_text(view, "kept");
    autobuf struct buf b = {0};
    screen_safe(&b, where);
    if (where[0] && how[0])
        buf_puts(&b, f->japanese ? "、" : ", ");
    screen_safe(&b, how);
    put_line(f, &b);
}

static void put_proof(struct form *f, const json_t *proof)
{
    static const struct text label = {"proof", "証明"};
    static const struct text file = {"proof's file", "証明のファイル"};
    static const struct text digest = {"proof's SHA-256", "証明の SHA-256"};
    put_labelled(f, &label, record_text(proof, "text"));
    put_labelled(f, &file, record_text(proof, "file"));
    put_labelled(f, &digest, record_text(proof, "sha256"));
}

/* A return or disposal: when, how, proof; or open. */
static void put_end(struct form *f, const json_t *end)
{
    static const struct text method = {"method", "方法"};
    if (!json_is_object(end)) {
        put_text(f, in(&open_field, f->japanese));
        return;
    }
    autobuf struct buf at = {0};
    screen_time(&at, record_text(end, "at"), f->japanese);
    put_line(f, &at);
    put_labelled(f, &method, record_text(end, "method"));
    put_proof(f, record_member(end, "proof"));
}

static void field_return(struct form *f, const json_t *view)
{
    static const struct text due = {"due", "期限"};
    static const struct text overdue = {" OVERDUE", " 期限超過"};
    put_end(f, record_member(view, "return"));
    autobuf struct buf b = {0};
    screen_time(&b, record_text(view, "return-by"), f->japanese);
    if (b.len && record_flag(view, "overdue"))
        buf_puts(&b, in(&overdue, f->japanese));
    put_labelled(f, &due, b.data ? b.data : "");
}

static void field_disposal(struct form *f, const json_t *view)
{
    put_end(f, record_member(view, "disposal"));
}

struct field {
    struct text heading;
    void (*put)(struct form *f, const json_t *view);
};

/* REC-1: the seven of a copy. */
static const struct field copy_fields[] = {
    {{"(1) Date and time", "① 日時"}, field_at},
    {{"(2) Name", "② 氏名"}, field_person},
    {{"(3) Permission, by whom", "③ 許可の有無・許可者"}, field_permission},
    {{"(4) Content", "④ 情報の内容"}, field_content},
    {{"(5) Purpose, use", "⑤ 目的・用途"}, field_purpose},
    {{"(6) Where and how kept", "⑥ 保管場所・方法"}, field_kept},
    {{"(7) Disposal", "⑦ 破棄"}, field_disposal},
};

/* REC-2: the eight of a take-out. */
static const struct field takeout_fields[] = {
    {{"(1) Date and time", "① 日時"}, field_at},
    {{"(2) Name", "② 氏名"}, field_person},
    {{"(3) Permission, by whom", "③ 許可の有無・許可者"}, field_permission},
    {{"(4) Content", "④ 情報の内容"}, field_content},
    {{"(5) Purpose, use", "⑤ 目的・用途"}, field_purpose},
    {{"(6) Where and how kept", "⑥ 保管場所・方法"}, field_kept},
    {{"(7) Return", "⑦ 返還"}, field_return},
    {{"(8) Disposal", "⑧ 破棄"}, field_disposal},
};

static void print_head(const json_t *view, bool japanese)
{
    static const struct text copy = {"Copy", "複製記録"}, takeout = {"Take-out", "持出し記録"};
    static const struct text state = {"State", "状態"}, contract = {"Contract", "契約"};
    static const struct text client = {"client", "委託者"}, to = {"Destination", "持出し先・複製先"};
    bool is_copy = str_eq(record_text(view, "type"), "copy");
    struct form f = {.japanese = japanese, .heading = in(is_copy ? &copy : &takeout, japanese)};
    put_text(&f, record_text(view, "case"));
    f.heading = in(&state, japanese);
    put_text(&f, view_state(record_text(view, "state"), japanese));
    autobuf struct buf b = {0};
    const char *title = record_text(view, "contract.title");
    screen_safe(&b, title[0] ? title : view_id(view, "contract"));
    if (record_text(view, "contract.client")[0]) {
        buf_puts(&b, japanese ? "(" : " (");
        put_label(&b, &client, japanese);
        screen_safe(&b, record_text(view, "contract.client"));
        buf_putc(&b, ')');
    }
    f.heading = in(&contract, japanese);
    put_line(&f, &b);
    f.heading = in(&to, japanese);
    const char *label = record_text(view, "destination.label");
    put_text(&f, label[0] ? label : view_id(view, "destination"));
}

static void print_sealed(const json_t *view, bool japanese)
{
    static const struct text file = {"Sealed file", "暗号化ファイル"};
    if (!json_is_object(record_member(view, "sealed")))
        return;
    struct form f = {.japanese = japanese, .heading = in(&file, japanese)};
    put_text(&f, record_text(view, "sealed.name"));
    put_labelled(&f, &(struct text){"SHA-256", "SHA-256"}, record_text(view, "sealed.sha256"));
}

/* The records that this form was joined from, so that each can be looked up and verified. */
static void print_events(const json_t *view, bool japanese)
{
    static const struct text records = {"Records", "記録(台帳の通し番号)"};
    struct form f = {.japanese = japanese, .heading = in(&records, japanese)};
    size_t i;
    const json_t *event;
    json_array_foreach(record_member(view, "events"), i, event) {
        autobuf struct buf b = {0};
        const char *phase = record_text(event, "phase"), *why = record_text(event, "why");
        buf_printf(&b, "%" PRId64 "  ", record_number(event, "seq"));
        screen_safe(&b, record_text(event, "at"));
        buf_puts(&b, "  ");
        screen_safe(&b, record_text(event, "kind"));
        buf_puts(&b, phase[0] ? " " : "");
        screen_safe(&b, phase);
        buf_puts(&b, why[0] ? ": " : "");
        screen_safe(&b, why);
        put_line(&f, &b);
    }
}

static void print_fields(const json_t *view, const struct field *fields, size_t count, bool japanese)
{
    for (size_t i = 0; i < count; i++) {
        struct form f = {.japanese = japanese, .heading = in(&fields[i].heading, japanese)};
        fields[i].put(&f, view);
    }
}

/* What it is a copy of, and how that is known. */
static void print_found_head(const json_t *view, bool japanese)
{
    static const struct {
        const char *found;
        struct text text;
    } kinds[] = {{"copy", {"a copy inside the area", "保護領域内での複製"}},
                 {"hard-link", {"a further name of the same file (hard link)", "同じファイルの別名(ハードリンク)"}},
                 {"outside", {"a copy outside of areas", "保護領域外での複製"}}};
    static const struct text heading = {"Copy (record)", "複製記録(通し番号)"};
    static const struct text of = {"copy of", "複製元"};
    static const struct text owner = {"Name by: the file's owner (the process had ended)",
                                      "氏名の根拠: ファイルの所有者(処理は終了済み)"};
    static const struct text late = {"found later, by looking at all files",
                                     "後日、全ファイルの確認で発見"};
    struct form f = {.japanese = japanese, .heading = in(&heading, japanese)};
    autobuf struct buf b = {0};
    buf_printf(&b, "%" PRId64 "  ", record_number(view, "seq"));
    for (size_t i = 0; i < array_count(kinds); i++)
        if (str_eq(kinds[i].found, record_text(view, "found")))
            buf_puts(&b, in(&kinds[i].text, japanese));
    put_line(&f, &b);
    put_labelled(&f, &of, record_text(view, "of"));
    if (!record_flag(view, "by-process"))
        put_text(&f, in(&owner, japanese));
    if (record_flag(view, "late"))
        put_text(&f, in(&late, japanese));
}

void view_print_found(const json_t *view, bool japanese)
{
    print_found_head(view, japanese);
    print_fields(view, copy_fields, array_count(copy_fields), japanese);
}

void view_print(const json_t *view, bool japanese)
{
    bool copy = str_eq(record_text(view, "type"), "copy");
    const struct field *fields = copy ? copy_fields : takeout_fields;
    size_t count = copy ? array_count(copy_fields) : array_count(takeout_fields);
    print_head(view, japanese);
    print_fields(view, fields, count, japanese);
    print_sealed(view, japanese);
    print_events(view, japanese);
}
