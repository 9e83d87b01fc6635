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

static const struct text not_entered = {"not entered", "未記入"};
static const struct text open_field = {"open", "未了"};
static const struct text no_field = {"does not apply", "該当なし"};
static const struct text not_out = {"nothing was carried out yet", "未実施"};

/* Where a case stands, as far as its fields go. */
enum stage {
    STAGE_BEFORE, /* may still be carried out */
    STAGE_NEVER,  /* was not, and will not be */
    STAGE_OUT,
    STAGE_GIVEN,  /* the client has it */
};

static enum stage stage_of(const json_t *view)
{
    static const struct {
        const char *state;
        enum stage stage;
    } stages[] = {{"requested", STAGE_BEFORE}, {"permitted", STAGE_BEFORE}, {"running", STAGE_BEFORE},
                  {"failed", STAGE_BEFORE},    {"rejected", STAGE_NEVER},   {"expired", STAGE_NEVER},
                  {"withdrawn", STAGE_NEVER}, {"revoked", STAGE_NEVER},  {"given", STAGE_GIVEN}};
    for (size_t i = 0; i < array_count(stages); i++)
        if (str_eq(stages[i].state, record_text(view, "state")))
            return stages[i].stage;
    return STAGE_OUT; /* found copies have no state: they are there */
}

static void put_text(struct screen_form *f, const char *text)
{
    autobuf struct buf b = {0};
    screen_safe(&b, text);
    screen_form_put(f, &b);
}

static void put_label(struct buf *b, const struct text *label, bool japanese)
{
    buf_puts(b, in(label, japanese));
    buf_puts(b, japanese ? ":" : ": ");
}

/* "label: value", nothing when there is no value. */
static void put_labelled(struct screen_form *f, const struct text *label, const char *value)
{
    if (value[0] == '\0')
        return;
    autobuf struct buf b = {0};
    put_label(&b, label, f->japanese);
    screen_safe(&b, value);
    screen_form_put(f, &b);
}

static void field_at(struct screen_form *f, const json_t *view)
{
    autobuf struct buf b = {0};
    screen_time(&b, record_text(view, "at"), f->japanese);
    screen_form_put(f, &b);
}

static void field_person(struct screen_form *f, const json_t *view)
{
    autobuf struct buf b = {0};
    screen_person(&b, record_member(view, "person"));
    screen_form_put(f, &b);
}

/* Yes or no, who, when; an open one says so. */
static void put_verdict(struct screen_form *f, const json_t *permission, enum stage stage)
{
    static const struct text yes = {"yes", "有"}, no = {"no", "無"};
    static const struct text approver = {"approver", "許可者"}, so_far = {"approved so far by", "これまでの許可者"};
    const json_t *granted = record_member(permission, "granted");
    autobuf struct buf b = {0};
    if (!json_is_boolean(granted) && stage != STAGE_NEVER)
        buf_puts(&b, in(&open_field, f->japanese));
    else
        buf_puts(&b, in(json_is_true(granted) ? &yes : &no, f->japanese));
    autobuf struct buf who = {0};
    view_approvers(&who, permission, f->japanese);
    if (who.len && !who.err) {
        buf_puts(&b, f->japanese ? "、" : ", ");
        put_label(&b, json_is_boolean(granted) ? &approver : &so_far, f->japanese);
        buf_puts(&b, who.data);
    }
    const char *at = record_text(permission, "at");
    if (at[0]) {
        buf_puts(&b, f->japanese ? "、" : ", ");
        screen_time(&b, at, f->japanese);
    }
    screen_form_put(f, &b);
}

static void put_withdrawal(struct screen_form *f, const json_t *withdrawn)
{
    static const struct text by = {"withdrawn by who asked", "申請者による取下げ"}, why = {"reason", "理由"};
    autobuf struct buf at = {0};
    if (!json_is_object(withdrawn))
        return;
    screen_time(&at, record_text(withdrawn, "at"), f->japanese);
    put_labelled(f, &by, at.data ? at.data : "");
    put_labelled(f, &why, record_text(withdrawn, "why"));
}

static void field_permission(struct screen_form *f, const json_t *view)
{
    static const struct text consent = {"client's consent", "委託者の承諾"};
    static const struct text digest = {"consent SHA-256", "承諾文書 SHA-256"};
    static const struct text permit = {"permit SHA-256", "許可証 SHA-256"};
    static const struct text expires = {"permit expires", "許可の期限"};
    static const struct text why = {"reason", "理由"};
    const json_t *permission = record_member(view, "permission");
    put_verdict(f, permission, stage_of(view));
    put_withdrawal(f, record_member(view, "withdrawn"));
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

static void field_content(struct screen_form *f, const json_t *view)
{
    const json_t *content = record_member(view, "content");
    const json_t *files = record_member(content, "files");
    autobuf struct buf b = {0};
    buf_puts(&b, f->japanese ? "保護領域 " : "area ");
    screen_safe(&b, record_text(content, "area"));
    buf_printf(&b, f->japanese ? "(機密性%" PRId64 ")" : " (level %" PRId64 ")", record_number(content, "level"));
    if (!json_is_null(record_member(content, "bytes"))) {
        buf_printf(&b, f->japanese ? "、%" PRId64 "件、" : ", files: %" PRId64 ", ", record_number(content, "count"));
        screen_size(&b, (uint64_t)record_number(content, "bytes"), f->japanese);
    }
    screen_form_put(f, &b);
    size_t i;
    const json_t *file;
    json_array_foreach(files, i, file) {
        autobuf struct buf name = {0};
        autobuf struct buf digest = {0};
        screen_safe(&name, record_text(file, "name"));
        buf_puts(&name, f->japanese ? "、" : ", ");
        screen_size(&name, (uint64_t)record_number(file, "bytes"), f->japanese);
        screen_form_put(f, &name);
        buf_printf(&digest, "  SHA-256 %s", record_text(file, "sha256"));
        put_text(f, digest.data ? digest.data : "");
    }
}

static void field_purpose(struct screen_form *f, const json_t *view)
{
    put_text(f, record_text(view, "purpose"));
}

static void put_openers(struct screen_form *f, const json_t *view)
{
    static const struct text openers = {"can be opened by", "開ける人"};
    autobuf struct buf b = {0};
    view_openers(&b, record_member(view, "recipients"), f->japanese);
    put_labelled(f, &openers, b.data && !b.err ? b.data : "");
}

static void field_kept(struct screen_form *f, const json_t *view)
{
    const json_t *kept = record_member(view, "kept");
    const char *where = record_text(kept, "where"), *how = record_text(kept, "how");
    if (!json_is_object(kept))
        how = record_text(view, "kept");
    static const struct text asked = {"as it was asked for", "申請の内容"};
    autobuf struct buf b = {0};
    screen_safe(&b, where);
    if (where[0] && how[0])
        buf_puts(&b, f->japanese ? "、" : ", ");
    screen_safe(&b, how);
    if (stage_of(view) != STAGE_NEVER) {
        screen_form_put(f, &b);
        put_openers(f, view);
        return;
    }
    autobuf struct buf plain = {0};
    buf_printf(&plain, "%s%s%s", where, where[0] && how[0] ? (f->japanese ? "、" : ", ") : "", how);
    put_text(f, in(&no_field, f->japanese));
    put_labelled(f, &asked, plain.data ? plain.data : "");
}

static void put_proof(struct screen_form *f, const json_t *proof)
{
    static const struct text label = {"proof", "証明"};
    static const struct text file = {"proof's file", "証明のファイル"};
    static const struct text digest = {"proof's SHA-256", "証明の SHA-256"};
    put_labelled(f, &label, record_text(proof, "text"));
    put_labelled(f, &file, record_text(proof, "file"));
    put_labelled(f, &digest, record_text(proof, "sha256"));
}

/* A return or disposal: when, how, proof; or what there is instead. */
static void put_end(struct screen_form *f, const json_t *end, const struct text *otherwise)
{
    static const struct text method = {"method", "方法"};
    if (!json_is_object(end)) {
        put_text(f, in(otherwise, f->japanese));
        return;
    }
    autobuf struct buf at = {0};
    screen_time(&at, record_text(end, "at"), f->japanese);
    screen_form_put(f, &at);
    put_labelled(f, &method, record_text(end, "method"));
    put_proof(f, record_member(end, "proof"));
}

/* What the client keeps neither comes back nor is destroyed here. */
static void put_given(struct screen_form *f, const json_t *given)
{
    static const struct text none = {"does not apply: the client has it", "該当なし（委託者に引渡し済み）"};
    static const struct text at = {"given", "引渡し"}, to = {"to", "相手"}, method = {"method", "方法"};
    autobuf struct buf when = {0}, who = {0};
    put_text(f, in(&none, f->japanese));
    if (!json_is_object(given))
        return;
    screen_time(&when, record_text(given, "at"), f->japanese);
    put_labelled(f, &at, when.data ? when.data : "");
    buf_printf(&who, "%s%s%s", record_text(given, "to.organisation"), *record_text(given, "to.organisation") ? " " : "",
               record_text(given, "to.name"));
    put_labelled(f, &to, who.data ? who.data : "");
    put_labelled(f, &method, record_text(given, "method"));
    put_proof(f, record_member(given, "proof"));
}

/* What stands where no return, or no disposal, is on record. */
static const struct text *no_end_of(const json_t *view, bool disposal)
{
    enum stage stage = stage_of(view);
    bool backup = str_eq(record_text(view, "destination.kind"), "backup");
    if (stage == STAGE_BEFORE)
        return &not_out;
    if (stage == STAGE_NEVER || (!disposal && (backup || json_is_object(record_member(view, "disposal")))))
        return &no_field;
    /* what came back may still lie on the medium: whether that was destroyed nobody has said */
    return disposal && json_is_object(record_member(view, "return")) ? &not_entered : &open_field;
}

static void field_return(struct screen_form *f, const json_t *view)
{
    static const struct text due = {"due", "期限"};
    static const struct text overdue = {" OVERDUE", " 期限超過"};
    if (stage_of(view) == STAGE_GIVEN) {
        put_given(f, record_member(view, "given"));
        return;
    }
    put_end(f, record_member(view, "return"), no_end_of(view, false));
    if (stage_of(view) == STAGE_NEVER)
        return;
    autobuf struct buf b = {0};
    screen_time(&b, record_text(view, "return-by"), f->japanese);
    if (b.len && record_flag(view, "overdue"))
        buf_puts(&b, in(&overdue, f->japanese));
    put_labelled(f, &due, b.data ? b.data : "");
}

static void field_disposal(struct screen_form *f, const json_t *view)
{
    if (stage_of(view) == STAGE_GIVEN)
        put_text(f, in(&no_field, f->japanese));
    else
        put_end(f, record_member(view, "disposal"), no_end_of(view, true));
}

struct field {
    struct text heading;
    void (*put)(struct screen_form *f, const json_t *view);
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

static bool is_standing(const json_t *view)
{
    return str_eq(record_text(view, "type"), "standing");
}

/* What a standing permit permits. */
static void field_scope(struct screen_form *f, const json_t *view)
{
    static const struct text copy = {"copies from area ", "複製、保護領域 "},
                             takeout = {"take-outs from area ", "持出し、保護領域 "};
    autobuf struct buf b = {0};
    buf_puts(
        &b, in(str_eq(record_text(view, "standing.type"), "copy") ? &copy : &takeout, f->japanese));
    screen_safe(&b, record_text(view, "content.area"));
    buf_printf(&b, f->japanese ? "(機密性%" PRId64 ")" : " (level %" PRId64 ")",
               record_number(view, "content.level"));
    screen_form_put(f, &b);
}

static void field_period(struct screen_form *f, const json_t *view)
{
    autobuf struct buf b = {0};
    screen_time(&b, record_text(view, "standing.from"), f->japanese);
    buf_puts(&b, f->japanese ? "〜" : " – ");
    screen_time(&b, record_text(view, "standing.until"), f->japanese);
    screen_form_put(f, &b);
}

static void field_uses(struct screen_form *f, const json_t *view)
{
    autobuf struct buf b = {0};
    int64_t uses = record_number(view, "standing.uses"),
            used = record_number(view, "standing.used");
    buf_printf(&b,
               f->japanese ? "%" PRId64 "件まで、使用済み%" PRId64 "件、残り%" PRId64 "件"
                           : "at most %" PRId64 ", used %" PRId64 ", left %" PRId64,
               uses, used, uses - used);
    screen_form_put(f, &b);
}

/* No record of a copy or take-out: those under it have their own. */
static const struct field standing_fields[] = {
    {{"Asked for at", "申請日時"}, field_at},
    {{"Person", "氏名"}, field_person},
    {{"Permission, by whom", "許可の有無・許可者"}, field_permission},
    {{"What it permits", "許可の範囲"}, field_scope},
    {{"Purpose, use", "目的・用途"}, field_purpose},
    {{"Period", "期間"}, field_period},
    {{"Exports", "件数"}, field_uses},
};

static void print_head(const json_t *view, bool japanese)
{
    static const struct text copy = {"Copy", "複製記録"}, takeout = {"Take-out", "持出し記録"},
                             standing = {"Standing permit", "包括許可"};
    static const struct text state = {"State", "状態"}, contract = {"Contract", "契約"};
    static const struct text client = {"client", "委託者"}, to = {"Destination", "持出し先・複製先"};
    bool is_copy = str_eq(record_text(view, "type"), "copy");
    struct screen_form f = {.columns = HEADING_COLUMNS,
                            .japanese = japanese,
                            .heading = in(is_standing(view) ? &standing
                                          : is_copy         ? &copy
                                                            : &takeout,
                                          japanese)};
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
    screen_form_put(&f, &b);
    f.heading = in(&to, japanese);
    const char *label = record_text(view, "destination.label");
    put_text(&f, label[0] ? label : view_id(view, "destination"));
}

static void print_sealed(const json_t *view, bool japanese)
{
    static const struct text file = {"Sealed file", "暗号化ファイル"};
    if (!json_is_object(record_member(view, "sealed")))
        return;
    struct screen_form f = {.columns = HEADING_COLUMNS, .japanese = japanese,
                            .heading = in(&file, japanese)};
    put_text(&f, record_text(view, "sealed.name"));
    put_labelled(&f, &(struct text){"SHA-256", "SHA-256"}, record_text(view, "sealed.sha256"));
}

/* The records that this form was joined from, so that each can be looked up and verified. */
static void print_events(const json_t *view, bool japanese)
{
    static const struct text records = {"Records", "記録(台帳の通し番号)"};
    struct screen_form f = {.columns = HEADING_COLUMNS, .japanese = japanese,
                            .heading = in(&records, japanese)};
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
        screen_form_put(&f, &b);
    }
}

static void print_fields(const json_t *view, const struct field *fields, size_t count, bool japanese)
{
    for (size_t i = 0; i < count; i++) {
        struct screen_form f = {.columns = HEADING_COLUMNS, .japanese = japanese,
                                .heading = in(&fields[i].heading, japanese)};
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
    struct screen_form f = {.columns = HEADING_COLUMNS, .japanese = japanese,
                            .heading = in(&heading, japanese)};
    autobuf struct buf b = {0};
    buf_printf(&b, "%" PRId64 "  ", record_number(view, "seq"));
    for (size_t i = 0; i < array_count(kinds); i++)
        if (str_eq(kinds[i].found, record_text(view, "found")))
            buf_puts(&b, in(&kinds[i].text, japanese));
    screen_form_put(&f, &b);
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
    if (is_standing(view)) {
        fields = standing_fields;
        count = array_count(standing_fields);
    }
    print_head(view, japanese);
    print_fields(view, fields, count, japanese);
    print_sealed(view, japanese);
    print_events(view, japanese);
}
