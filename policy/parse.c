/* SPDX-License-Identifier: GPL-3.0-or-later */
/* parse.c owns the way from bytes to struct policy, and is the only user of inih. inih alone is lax
 * (it cuts long lines and values behind " ;", passes NUL, joins indented lines, takes duplicates):
 * it is fed through a reader that counts lines and gives it only lines whose meaning is beyond
 * doubt. parse.c must never stop at the first error and never hand out a policy that has one. */
#include <ini.h>
#include <sekisho/err.h>
#include <sekisho/limits.h>
#include <string.h>
#include "base/digest.h"
#include "base/phrase.h"
#include "base/str.h"
#include "policy/table.h"

#define LINE_MAX_BYTES 199 /* bytes without the line's end that inih 55 takes (INI_MAX_LINE 200) */
#define RECIPIENT_SHOWN 15 /* bytes of one that can't be taken: its kind, nothing of a secret */
#define BOM            "\xef\xbb\xbf"
#define KEY_CHARACTERS                                                                             \
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_."

struct parser {
    struct policy *policy;
    struct policy_findings *findings;
    struct cursor rest;
    unsigned line;                         /* of what was read last */
    bool any_head;                         /* a section has begun */
    const struct policy_section *section;  /* NULL = skip what follows */
    struct policy_head head;               /* of the section read last; id is not owned here */
    void *item;
    unsigned seen[POLICY_KEYS_MAX];        /* line of each key of the section, 0 = not there */
    uint64_t number[POLICY_KEYS_MAX];      /* N of the last numbered key, 0 = not numbered */
    unsigned single[POLICY_KEYS_MAX];      /* line of each section that may stand once */
    struct policy_reference *references;
    size_t reference_count;
    size_t section_count;
    int err;                               /* -ENOMEM, sticky */
};

#define NOTE(parser, at_line, what, ...)                                                           \
    ((struct policy_note){.line = (at_line) ? (at_line) : (parser)->line, .code = (what),           \
                          __VA_ARGS__})

/* A list of words under way to note_f: when memory ended in it, nothing more is noted. */
static const char *words_of(struct parser *p, const struct buf *b)
{
    if (b->err)
        p->err = -ENOMEM;
    return b->data;
}

static void note(struct parser *p, struct policy_note n, const char *format, ...)
    SK_PRINTF(3, 4);
static void note(struct parser *p, struct policy_note n, const char *format, ...)
{
    va_list ap;
    va_start(ap, format);
    if (p->err == 0)
        p->err = policy_note_vadd(p->findings, &n, format, ap);
    va_end(ap);
}

/* --- sections --------------------------------------------------------------------------------- */

/* Keys that must stand in the section that ends here. */
static void end_section(struct parser *p)
{
    const struct policy_section *s = p->section;
    for (size_t i = 0; s && i < s->key_count; i++) {
        if (!s->keys[i].required || p->seen[i])
            continue;
        note(p, NOTE(p, p->head.line, "missing-key", .allowed = s->keys[i].name),
             "[%s%s%s] lacks the key \"%s\", which it needs", s->name, s->named ? " " : "",
             s->named ? p->head.id : "", s->keys[i].name);
    }
    p->section = NULL;
    memset(p->seen, 0, sizeof p->seen);
    memset(p->number, 0, sizeof p->number);
}

/* A new item at the end of the section's array. */
static int append_item(struct parser *p, const struct policy_section *s, const char *id)
{
    char *items = policy_item(p->policy, s, 0);
    size_t count = policy_item_count(p->policy, s);
    if ((count & (count - 1)) == 0) { /* room in powers of two */
        char *grown = realloc(items, (count ? count * 2 : 1) * s->size);
        if (!grown)
            return -ENOMEM;
        items = grown;
        memcpy((char *)p->policy + s->items, &items, sizeof items);
    }
    void *item = items + count * s->size;
    memset(item, 0, s->size);
    struct policy_head head = {.id = strdup(id), .line = p->line};
    memcpy(item, &head, sizeof head);
    if (!head.id || policy_item_prepare(s, item) != 0) {
        policy_item_clear(s, item);
        free(head.id);
        return -ENOMEM;
    }
    count++;
    memcpy((char *)p->policy + s->count, &count, sizeof count);
    p->head = head;
    p->item = item;
    return 0;
}

static void begin_named(struct parser *p, const struct policy_section *s, const char *id)
{
    if (!id) {
        note(p, NOTE(p, 0, "missing-id", .found = s->name, .allowed = "[kind ID]"),
             "this section needs an id: [%s ID]", s->name);
    } else if (!policy_id_valid(id)) {
        note(p, NOTE(p, 0, "bad-id", .found = id,
                     .allowed = PHRASE("letters, digits, '.', '_' and '-', beginning with a letter or "
                                       "digit, at most 63")),
             "\"%s\" can't be the id of a section", id);
    } else if (p->section_count >= POLICY_SECTIONS_MAX) {
        note(p, NOTE(p, 0, "too-many-sections", .found = id), "more than %d sections in one file",
             POLICY_SECTIONS_MAX);
    } else if (p->err == 0) {
        p->err = append_item(p, s, id);
        p->section = p->err == 0 ? s : NULL;
        p->section_count++;
    }
}

static void begin_single(struct parser *p, const struct policy_section *s, const char *id)
{
    unsigned *first = &p->single[s - policy_sections];
    if (id) {
        note(p, NOTE(p, 0, "bad-id", .found = id, .allowed = PHRASE("no id")), "[%s] takes no id",
             s->name);
    } else if (*first) {
        note(p, NOTE(p, 0, "duplicate-section", .found = s->name),
             "[%s] stands here a second time; line %u has it already", s->name, *first);
    } else {
        *first = p->line;
        p->section = s;
        p->item = policy_item(p->policy, s, 0);
        p->head = (struct policy_head){.line = p->line};
        if (strcmp(s->name, "policy") == 0)
            p->policy->line = p->line;
        else if (strcmp(s->name, "work") == 0)
            p->policy->work.line = p->line;
        else if (strcmp(s->name, "incident") == 0)
            p->policy->incident.line = p->line;
    }
}

static void unknown_section(struct parser *p, const char *kind)
{
    const char *names[POLICY_KEYS_MAX];
    for (size_t i = 0; i < policy_section_count; i++)
        names[i] = policy_sections[i].name;
    if (policy_section_planned(kind)) {
        note(p, NOTE(p, 0, "unsupported-section", .found = kind),
             "[%s] is not supported by this version: nothing would enforce it", kind);
        return;
    }
    autobuf struct buf allowed = {0};
    for (size_t i = 0; i < policy_section_count; i++)
        buf_printf(&allowed, "%s%s", i ? ", " : "", names[i]);
    note(p, NOTE(p, 0, "unknown-section", .found = kind, .allowed = words_of(p, &allowed),
                 .nearest = str_nearest(kind, names, policy_section_count)),
         "there is no kind of section \"%s\"", kind);
}

/* text is "[kind ID]" or "[kind]". */
static void begin_section(struct parser *p, char *text, size_t len)
{
    end_section(p);
    p->any_head = true;
    if (text[len - 1] != ']' || strchr(text, ']') != text + len - 1) {
        note(p, NOTE(p, 0, "bad-head", .found = text, .allowed = PHRASE("[kind ID] and nothing else")),
             "a section's head must be \"[kind ID]\" with nothing behind it");
        return;
    }
    text[len - 1] = '\0';
    char *kind = text + 1;
    char *id = strchr(kind, ' ');
    if (id)
        *id++ = '\0';
    const struct policy_section *s = policy_section_named(kind);
    if (!s)
        unknown_section(p, kind);
    else if (s->named)
        begin_named(p, s, id);
    else
        begin_single(p, s, id);
}

/* --- recipients of other kinds ---------------------------------------------------------------- */

/* Keys that age takes, or that were taken for one: each is told for what it is. False: it is none
 * of these. */
static bool is_other_recipient(struct parser *p, const char *name, const char *value)
{
    const char *code = NULL, *why = NULL;
    switch (age_recipient_form(value)) {
    case AGE_FORM_UNKNOWN:
        return false;
    case AGE_FORM_POST_QUANTUM:
        code = "post-quantum-recipient";
        why = PHRASE("a post-quantum recipient needs ML-KEM, which libsodium has from version 1.0.22 "
                     "on, and this agent is made for 1.0.18; have its owner make a plain key with "
                     "age-keygen, without -pq");
        break;
    case AGE_FORM_PLUGIN:
        code = "plugin-recipient";
        why = PHRASE("it is sealed to by a plugin of age, and the agent starts none; have its owner "
                     "make a plain key with age-keygen");
        break;
    case AGE_FORM_SSH:
        code = "ssh-recipient";
        why = PHRASE("an ssh key is there for logging in, and nothing is sealed to it; have its "
                     "owner make a key with age-keygen");
        break;
    case AGE_FORM_SECRET:
        code = "secret-key";
        why = PHRASE("this is a secret key: who reads it opens all that is sealed to it, so it is of "
                     "no use any more; have its owner make another one and give the line \"age1…\" "
                     "that age-keygen prints");
        break;
    }
    char shown[RECIPIENT_SHOWN + 1];
    snprintf(shown, sizeof shown, "%s", value);
    note(p, NOTE(p, 0, code, .found = shown, .allowed = POLICY_AGE_KEY),
         "\"%s\" can't be \"%s…\": %s", name, shown, why);
    return true;
}

/* Some of them are longer than a line may be. line has no NUL-terminator. */
static bool is_long_recipient(struct parser *p, const char *line, size_t line_len)
{
    char text[LINE_MAX_BYTES + 1];
    snprintf(text, sizeof text, "%.*s",
             (int)(line_len < LINE_MAX_BYTES ? line_len : LINE_MAX_BYTES), line);
    size_t len = strspn(text, KEY_CHARACTERS);
    char *value = text + len + strspn(text + len, " \t");
    for (size_t i = 0; p->section && *value == '=' && i < p->section->key_count; i++) {
        const struct policy_key *key = &p->section->keys[i];
        if (key->value != VALUE_AGE || strlen(key->name) != len ||
            memcmp(key->name, text, len) != 0)
            continue;
        value++;
        if (!is_other_recipient(p, key->name, value + strspn(value, " \t")))
            return false;
        p->seen[i] = p->line;
        return true;
    }
    return false;
}

/* --- the strict reader ------------------------------------------------------------------------ */

/* True when str_escape would change more than a backslash or a tab. */
static bool has_control(struct parser *p, const char *text, size_t len)
{
    autobuf struct buf escaped = {0};
    size_t plain = len;
    for (size_t i = 0; i < len; i++)
        plain += text[i] == '\\' || text[i] == '\t';
    str_escape(&escaped, text, len);
    if (escaped.err)
        p->err = -ENOMEM;
    return escaped.len != plain;
}

/* Bytes that no line may have. line has no NUL-terminator. */
static bool bytes_right(struct parser *p, const char *line, size_t len, size_t most)
{
    if (p->line == 1 && len >= strlen(BOM) && memcmp(line, BOM, strlen(BOM)) == 0)
        note(p, NOTE(p, 0, "byte-order-mark"),
             "the file begins with a byte order mark; save it as UTF-8 without one");
    else if (memchr(line, '\0', len))
        note(p, NOTE(p, 0, "nul-byte"), "a NUL byte stands in this line");
    else if (!str_is_utf8(line, len))
        note(p, NOTE(p, 0, "not-utf-8"), "this line is not UTF-8");
    else if (len > most && !is_long_recipient(p, line, len))
        note(p, NOTE(p, 0, "line-too-long"),
             "this line has %zu bytes, %zu is the most; write a long list as numbered keys "
             "(purposes.1 = …, purposes.2 = …)", len, most);
    else if (len > most)
        return false;
    else if (has_control(p, line, len))
        note(p, NOTE(p, 0, "control-character"),
             "a control character, or one that hides or turns text, stands in this line");
    else
        return true;
    return false;
}

/* An inline comment, as inih would cut it off: a blank and ';' (or '#') in a value. */
static bool has_inline_comment(const char *value)
{
    for (const char *at = value; (at = strpbrk(at, ";#")); at++)
        if (at > value && (at[-1] == ' ' || at[-1] == '\t'))
            return true;
    return false;
}

/* "key = value": the key's characters right and '=' the first thing after it. */
static bool key_line_right(struct parser *p, const char *line)
{
    size_t key = strspn(line, KEY_CHARACTERS);
    size_t blanks = strspn(line + key, " \t");
    if (key == 0 || line[key + blanks] != '=')
        note(p, NOTE(p, 0, "bad-line", .found = line, .allowed = "key = value"),
             "this is neither \"key = value\" nor \"[kind ID]\" nor a comment line");
    else if (has_inline_comment(line + key + blanks + 1))
        note(p, NOTE(p, 0, "inline-comment", .found = line,
                     .allowed = PHRASE("comments on lines of their own, beginning with # or ;")),
             "a comment can't stand behind a value");
    else
        return true;
    return false;
}

/* Deals with heads; true when the line is a "key = value" that inih may see. */
static bool line_right(struct parser *p, char *line, size_t len)
{
    size_t blanks = strspn(line, " \t");
    if (line[blanks] == '\0' || line[blanks] == '#' || line[blanks] == ';')
        return false;
    if (blanks > 0) {
        note(p, NOTE(p, 0, "indented-line", .found = line, .allowed = PHRASE("lines without blanks before them; numbered keys for long lists")),
             "this line begins with blanks; a value can't go on in a second line");
        return false;
    }
    if (*line == '[') {
        begin_section(p, line, len);
        return false;
    }
    return key_line_right(p, line);
}

/* inih's fgets: the next line that is right, or an empty one in place of what is not for inih. */
static char *read_line(char *out, int size, void *user)
{
    struct parser *p = user;
    const char *line;
    size_t len;
    if (p->err != 0 || size < 2 || !cursor_line(&p->rest, &line, &len))
        return NULL;
    p->line++;
    if (len > 0 && line[len - 1] == '\r')
        len--;
    size_t most = (size_t)size - 1 < LINE_MAX_BYTES ? (size_t)size - 1 : LINE_MAX_BYTES;
    if (!bytes_right(p, line, len, most)) {
        *out = '\0';
        return out;
    }
    memcpy(out, line, len);
    while (len > 0 && (out[len - 1] == ' ' || out[len - 1] == '\t'))
        len--;
    out[len] = '\0';
    if (!line_right(p, out, len))
        *out = '\0';
    return out;
}

/* --- keys ------------------------------------------------------------------------------------- */

/* A key of the table and the number behind its dot, if there is one. */
struct found_key {
    size_t index;
    uint64_t number; /* 0 = none */
};

static void unknown_key(struct parser *p, const char *name)
{
    const struct policy_section *s = p->section;
    const char *names[POLICY_KEYS_MAX];
    if (policy_key_planned(s->name, name)) {
        note(p, NOTE(p, 0, "unsupported-key", .found = name),
             "\"%s\" in [%s] is not supported by this version: nothing would enforce it", name,
             s->name);
        return;
    }
    autobuf struct buf allowed = {0};
    for (size_t i = 0; i < s->key_count; i++) {
        names[i] = s->keys[i].name;
        buf_printf(&allowed, "%s%s", i ? ", " : "", names[i]);
    }
    note(p, NOTE(p, 0, "unknown-key", .found = name, .allowed = words_of(p, &allowed),
                 .nearest = str_nearest(name, names, s->key_count)),
         "[%s] has no key \"%s\"", s->name, name);
}

static bool find_key(struct parser *p, const char *name, struct found_key *ret)
{
    const struct policy_section *s = p->section;
    size_t len = strcspn(name, ".");
    for (size_t i = 0; i < s->key_count; i++) {
        if (strlen(s->keys[i].name) != len || memcmp(s->keys[i].name, name, len) != 0)
            continue;
        uint64_t number = 0;
        if (name[len] == '.' &&
            (!policy_key_is_list(&s->keys[i]) ||
             str_to_u64(name + len + 1, POLICY_NUMBER_MAX, &number) != 0 || number == 0)) {
            note(p, NOTE(p, 0, "bad-number", .found = name,
                         .allowed = policy_key_is_list(&s->keys[i]) ? PHRASE("key.1 to key.9999")
                                                                    : PHRASE("the key without a number")),
                 "\"%s\" is not a numbered key", name);
            return false;
        }
        *ret = (struct found_key){.index = i, .number = number};
        return true;
    }
    unknown_key(p, name);
    return false;
}

/* Each key once; numbered keys in rising order and never mixed with the plain one. */
static bool first_time(struct parser *p, const char *name, struct found_key found)
{
    unsigned *seen = &p->seen[found.index];
    uint64_t *number = &p->number[found.index];
    bool right = *seen == 0 || (found.number > 0 && *number > 0 && found.number > *number);
    if (!right)
        note(p, NOTE(p, 0, "duplicate-key", .found = name,
                     .allowed = found.number ? PHRASE("numbers that rise") : PHRASE("each key once")),
             found.number && *number
                 ? N_("\"%s\" is not higher than the number before it (line %u)")
                 : N_("\"%s\" stands here a second time; line %u has it already"), name, *seen);
    if (right) {
        *seen = p->line;
        *number = found.number;
    }
    return right;
}

static void add_reference(struct parser *p, const struct policy_key *key, const char *id)
{
    size_t n = p->reference_count;
    if ((n & (n - 1)) == 0) { /* room in powers of two */
        struct policy_reference *grown =
            realloc(p->references, (n ? n * 2 : 1) * sizeof *p->references);
        if (!grown) {
            p->err = -ENOMEM;
            return;
        }
        p->references = grown;
    }
    char *copy = strdup(id);
    if (!copy) {
        p->err = -ENOMEM;
        return;
    }
    p->references[p->reference_count++] =
        (struct policy_reference){.key = key, .id = copy, .line = p->line};
}

/* Remember what the value that was just set names. */
static void add_references(struct parser *p, const struct policy_key *key, size_t from)
{
    const char *at = (const char *)p->item + key->offset;
    if (key->value == VALUE_REF) {
        add_reference(p, key, *(char *const *)at);
    } else if (key->value == VALUE_REFS) {
        const struct policy_list *list = (const struct policy_list *)at;
        for (size_t i = from; p->err == 0 && i < list->count; i++)
            add_reference(p, key, list->items[i]);
    }
}

static void bad_value(struct parser *p, const char *name, const char *value,
                      const struct policy_key *key, const char *allowed)
{
    const char *words[POLICY_KEYS_MAX];
    size_t count = 0;
    bool planned = policy_value_planned(key, value);
    for (const struct policy_word *w = key->words; w && w->name; w++)
        words[count++] = w->name;
    struct policy_note n = NOTE(p, 0, planned ? "unsupported-value" : "bad-value", .found = value,
                                .allowed = allowed,
                                .nearest = planned ? NULL : str_nearest(value, words, count));
    note(p, n, planned ? N_("\"%s\" = \"%s\" is not supported by this version; allowed: %s")
                       : N_("\"%s\" can't be \"%s\"; allowed: %s"), name, value, allowed);
}

static void set_value(struct parser *p, const char *name, const char *value, struct found_key found)
{
    const struct policy_key *key = &p->section->keys[found.index];
    autobuf struct buf allowed = {0};
    size_t from = 0;
    if (*value == '\0') {
        note(p, NOTE(p, 0, "empty-value", .allowed = PHRASE("a value, or no such line")),
             "\"%s\" has no value", name);
        return;
    }
    if (policy_key_is_list(key))
        from = ((const struct policy_list *)((char *)p->item + key->offset))->count;
    int r = policy_value_set(key, p->item, value, found.number != 0, &allowed);
    if (r == 0)
        add_references(p, key, from);
    else if (r == -ENOMEM || allowed.err)
        p->err = -ENOMEM;
    else if (key->value != VALUE_AGE || !is_other_recipient(p, name, value))
        bad_value(p, name, value, key, allowed.data);
}

/* inih's handler; section is ignored, because inih cuts it at 49 bytes: read_line has it whole. */
static int take_key(void *user, const char *section, const char *name, const char *value)
{
    struct parser *p = user;
    struct found_key found;
    (void)section;
    if (p->err != 0)
        return 1;
    if (!p->any_head)
        note(p, NOTE(p, 0, "no-section", .found = name), "\"%s\" stands before any section",
             name);
    else if (p->section && find_key(p, name, &found) && first_time(p, name, found))
        set_value(p, name, value, found);
    return 1;
}

/* --- the whole file --------------------------------------------------------------------------- */

static void check_whole(struct parser *p)
{
    end_section(p);
    for (size_t i = 0; i < policy_section_count; i++) {
        const struct policy_section *s = &policy_sections[i];
        if (!s->required || p->single[i])
            continue;
        struct policy_note n = {.code = "missing-section", .allowed = s->name};
        if (p->err == 0)
            p->err = policy_note_add(p->findings, &n, "the file has no [%s] section", s->name);
    }
    if (p->err == 0)
        p->err = policy_references_check(p->policy, p->references, p->reference_count, p->findings);
}

static int parse_lines(struct parser *p, const char *bytes, size_t len)
{
    cursor_init(&p->rest, bytes, len);
    int r = ini_parse_stream(read_line, p, take_key, p);
    const struct policy_note unread = {.line = (unsigned)r, .code = "bad-line"};
    if (r > 0) /* cannot be, after read_line: say it all the same */
        note(p, unread, "this line can't be read");
    else if (r < 0 && p->err == 0)
        p->err = -ENOMEM;
    check_whole(p);
    for (size_t i = 0; i < p->reference_count; i++)
        free(p->references[i].id);
    free(p->references);
    policy_findings_sort(p->findings);
    return p->err;
}

int policy_parse(const char *bytes, size_t len, struct policy **ret,
                 struct policy_findings *findings)
{
    if (len > SK_POLICY_MAX) {
        const struct policy_note n = {.code = "too-large"};
        int r = policy_note_add(findings, &n, "the file has %zu bytes, %d is the most", len,
                                SK_POLICY_MAX);
        return r != 0 ? r : SK_ERR_LIMIT;
    }
    size_t errors = findings->errors;
    struct policy *policy = calloc(1, sizeof *policy);
    if (!policy)
        return -ENOMEM;
    struct parser p = {.policy = policy, .findings = findings};
    int r = policy_prepare(policy);
    if (r == 0)
        r = digest_of(bytes, len, policy->digest);
    if (r == 0)
        r = parse_lines(&p, bytes, len);
    if (r == 0 && findings->errors > errors)
        r = SK_ERR_FORMAT;
    if (r != 0)
        policy_free(&policy);
    else
        *ret = policy;
    return r;
}
