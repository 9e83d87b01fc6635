/* SPDX-License-Identifier: GPL-3.0-or-later */
/* system.c owns how the PC's own protection is told from its files. It must never call something on that no
 * file says is on, nor run anything to find out. */
#include "report/system.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "base/clean.h"
#include "base/clock.h"
#include "base/fdio.h"
#include "base/str.h"

#define PATH_CAP     512 /* bytes with NUL */
#define DATABASES_MAX 8  /* of dconf */

struct view {
    int root;
    int64_t now_s;
};

/* --- files below the root ----------------------------------------------------------------------- */

static int open_in(const struct view *v, const char *path, int flags)
{
    struct open_how how = {.flags = (unsigned)(flags | O_CLOEXEC),
                           .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS};
    return (int)syscall(SYS_openat2, v->root, path, &how, sizeof how);
}

/* The file's text, ended by NUL; false: there is none, or it is none of ours to read. */
static bool read_text(const struct view *v, const char *path, struct buf *out)
{
    struct stat st;
    autoclose int fd = open_in(v, path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
    buf_reset(out);
    if (fd < 0 || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || fd_read_all(fd, SYSTEM_FILE_MAX, out) != 0)
        return false;
    buf_putc(out, '\0');
    return out->err == 0;
}

/* Is there such a name, be it a link to nowhere (as units that are switched on are)? */
static bool is_there(const struct view *v, const char *path)
{
    autoclose int fd = open_in(v, path, O_PATH | O_NOFOLLOW);
    return fd >= 0;
}

/* When the file was last changed; false: there is none. */
static bool changed_at(const struct view *v, const char *path, int64_t *ret_s)
{
    struct stat st;
    autoclose int fd = open_in(v, path, O_PATH);
    if (fd < 0 || fstat(fd, &st) != 0)
        return false;
    *ret_s = st.st_mtim.tv_sec;
    return true;
}

static bool is_enabled(const struct view *v, const char *unit)
{
    static const char *const targets[] = {"multi-user", "sysinit", "basic", "timers", "network-pre"};
    char path[PATH_CAP];
    for (size_t i = 0; i < array_count(targets); i++) {
        snprintf(path, sizeof path, "etc/systemd/system/%s.target.wants/%s", targets[i], unit);
        if (is_there(v, path))
            return true;
    }
    return false;
}

/* Each file of a folder in the order of their names, at most SYSTEM_FILES_MAX. */
static void each_file(const struct view *v, const char *folder,
                      void (*each)(const char *path, const char *text, void *context), void *context)
{
    struct dirent **names = NULL;
    autobuf struct buf text = {0};
    autoclose int fd = open_in(v, folder, O_RDONLY | O_DIRECTORY);
    int count = fd >= 0 ? scandirat(fd, ".", &names, NULL, alphasort) : 0, read = 0;
    for (int i = 0; i < count; i++) {
        char path[PATH_CAP];
        if (names[i]->d_name[0] != '.' && read < SYSTEM_FILES_MAX &&
            snprintf(path, sizeof path, "%s/%s", folder, names[i]->d_name) < (int)sizeof path &&
            read_text(v, path, &text)) {
            each(path, text.data, context);
            read++;
        }
        free(names[i]);
    }
    free(names);
}

/* --- lines -------------------------------------------------------------------------------------- */

/* The next line that is neither empty nor a remark, without blanks around it. */
static bool next_line(const char **at, const char **ret, size_t *ret_len)
{
    while (**at) {
        const char *line = *at;
        size_t len = strcspn(line, "\n");
        *at = line + len + (line[len] == '\n');
        while (len > 0 && strchr(" \t\r", *line)) {
            line++;
            len--;
        }
        while (len > 0 && strchr(" \t\r", line[len - 1]))
            len--;
        if (len > 0 && *line != '#' && *line != ';' && !(len > 1 && line[0] == '/' && line[1] == '/')) {
            *ret = line;
            *ret_len = len;
            return true;
        }
    }
    return false;
}

/* Copy a value without blanks and quotation marks around it. */
static void take(char *ret, size_t cap, const char *from, size_t len)
{
    while (len > 0 && strchr(" \t=\"'", *from)) {
        from++;
        len--;
    }
    while (len > 0 && strchr(" \t\"';", from[len - 1]))
        len--;
    if (len < cap) {
        memcpy(ret, from, len);
        ret[len] = '\0';
    }
}

/* The last value of the key in the section ("" = outside of sections, NULL = anywhere); false: none. */
static bool value_of(const char *text, const char *section, const char *key, char *ret, size_t cap)
{
    const char *line;
    size_t len, key_len = strlen(key);
    bool in = !section || !*section, found = false;
    while (next_line(&text, &line, &len)) {
        if (*line == '[' && section) {
            size_t name_len = strlen(section);
            in = len >= name_len + 2 && memcmp(line + 1, section, name_len) == 0 && line[name_len + 1] == ']';
        } else if (in && len > key_len && strncasecmp(line, key, key_len) == 0 &&
                   strchr(" \t=", line[key_len])) {
            take(ret, cap, line + key_len, len - key_len);
            found = true;
        }
    }
    return found;
}

/* The first line that has the word; false: none. */
static bool has_word(const char *text, const char *word, const char **ret, size_t *ret_len)
{
    while (next_line(&text, ret, ret_len))
        if (memmem(*ret, *ret_len, word, strlen(word)))
            return true;
    return false;
}

static void found(struct system_fact *f, enum system_state state, const char *file, const char *ja,
                  const char *en)
{
    f->state = state;
    f->why = (struct report_text){ja, en};
    snprintf(f->file, sizeof f->file, "%s%.90s", *file ? "/" : "", file);
}

static void put_day(struct system_fact *f, int64_t at_s)
{
    char day[CLOCK_TIME_CAP];
    clock_format_date(day, at_s);
    snprintf(f->value, sizeof f->value, "%s", day);
}

/* --- malware ------------------------------------------------------------------------------------ */

static void read_malware(const struct view *v, struct system_fact *f)
{
    static const char *const databases[] = {"var/lib/clamav/daily.cld", "var/lib/clamav/daily.cvd"};
    static const char *const scanners[] = {"clamav-clamonacc.service", "clamav-daemon.service",
                                           "clamd@scan.service", "clamonacc.service"};
    const char *newest = NULL;
    int64_t at_s = 0, one_s;
    bool scans = false;
    for (size_t i = 0; i < array_count(databases); i++)
        if (changed_at(v, databases[i], &one_s) && (!newest || one_s > at_s)) {
            newest = databases[i];
            at_s = one_s;
        }
    for (size_t i = 0; i < array_count(scanners); i++)
        scans = scans || is_enabled(v, scanners[i]);
    if (!newest) {
        found(f, SYSTEM_UNKNOWN, "", "ClamAV の定義ファイルがない。他の製品は読み取れない",
              "ClamAV has no definitions here; other products can't be read");
        return;
    }
    put_day(f, at_s);
    if (v->now_s - at_s > SYSTEM_STALE_S)
        found(f, SYSTEM_OFF, newest, "定義ファイルが7日より古い", "the definitions are older than 7 days");
    else if (scans)
        found(f, SYSTEM_ON, newest, "ClamAV が有効で、定義ファイルが新しい",
              "ClamAV is enabled and its definitions are fresh");
    else
        found(f, SYSTEM_UNKNOWN, newest, "定義ファイルは新しいが、常駐の検査が有効になっていない",
              "the definitions are fresh, but no scanning service is enabled");
}

/* --- updates ------------------------------------------------------------------------------------ */

struct setting {
    const char *key;
    char value[32], file[96];
};

static void take_apt(const char *path, const char *text, void *context)
{
    struct setting *s = context;
    if (value_of(text, NULL, s->key, s->value, sizeof s->value))
        snprintf(s->file, sizeof s->file, "%s", path);
}

static bool is_yes(const char *value)
{
    return str_eq(value, "1") || strcasecmp(value, "yes") == 0 || strcasecmp(value, "true") == 0;
}

/* The updates are switched on: have they run lately, and is none waiting for a restart? */
static void judge_updates(const struct view *v, struct system_fact *f, const char *const *stamps, size_t count)
{
    int64_t at_s = 0, one_s;
    const char *file = "";
    for (size_t i = 0; i < count; i++)
        if (changed_at(v, stamps[i], &one_s) && one_s > at_s) {
            at_s = one_s;
            file = stamps[i];
        }
    if (at_s > 0)
        put_day(f, at_s);
    if (at_s == 0)
        found(f, SYSTEM_UNKNOWN, "", "自動更新は有効だが、実行された日が読み取れない",
              "automatic updates are on; when they last ran can't be read");
    else if (v->now_s - at_s > SYSTEM_STALE_S)
        found(f, SYSTEM_OFF, file, "自動更新が7日より長く実行されていない", "automatic updates have not run for 7 days");
    else if (is_there(v, "run/reboot-required"))
        found(f, SYSTEM_OFF, "run/reboot-required", "更新の適用に再起動が必要である", "an update waits for a restart");
    else
        found(f, SYSTEM_ON, file, "自動更新が有効で、実行されている", "automatic updates are on and have run");
}

static void read_updates(const struct view *v, struct system_fact *f)
{
    static const char *const apt[] = {"var/lib/apt/periodic/unattended-upgrades-stamp",
                                      "var/lib/apt/periodic/upgrade-stamp"};
    static const char *const dnf[] = {"var/cache/dnf/last_makecache", "var/cache/libdnf5/last_makecache"};
    static const char *const timers[] = {"dnf-automatic.timer", "dnf-automatic-install.timer", "dnf5-automatic.timer"};
    struct setting s = {.key = "APT::Periodic::Unattended-Upgrade"};
    autobuf struct buf text = {0};
    each_file(v, "etc/apt/apt.conf.d", take_apt, &s);
    if (*s.value && str_eq(s.value, "0")) {
        found(f, SYSTEM_OFF, s.file, "自動更新が無効である", "automatic updates are switched off");
        return;
    }
    if (*s.value) {
        judge_updates(v, f, apt, array_count(apt));
        return;
    }
    if (!read_text(v, "etc/dnf/automatic.conf", &text)) {
        found(f, SYSTEM_UNKNOWN, "", "自動更新（unattended-upgrades、dnf-automatic）の設定がない",
              "no settings of automatic updates (unattended-upgrades, dnf-automatic)");
        return;
    }
    bool runs = is_enabled(v, timers[1]);
    if (value_of(text.data, "commands", "apply_updates", s.value, sizeof s.value) && is_yes(s.value))
        runs = runs || is_enabled(v, timers[0]) || is_enabled(v, timers[2]);
    if (runs)
        judge_updates(v, f, dnf, array_count(dnf));
    else
        found(f, SYSTEM_OFF, "etc/dnf/automatic.conf", "自動更新が無効である", "automatic updates are switched off");
}

/* --- firewall ----------------------------------------------------------------------------------- */

/* Do the rules drop or reject what comes in and is not named? */
static bool nft_drops(const char *text)
{
    const char *line;
    size_t len;
    while (next_line(&text, &line, &len))
        if (memmem(line, len, "hook input", 10) && memmem(line, len, "policy drop", 11))
            return true;
    return false;
}

static void read_firewall(const struct view *v, struct system_fact *f)
{
    autobuf struct buf text = {0};
    char value[32] = "";
    const char *line;
    size_t len;
    bool ufw = read_text(v, "etc/ufw/ufw.conf", &text);
    if (ufw && value_of(text.data, NULL, "ENABLED", value, sizeof value) && is_yes(value)) {
        snprintf(f->value, sizeof f->value, "ufw ENABLED=%.20s", value);
        found(f, SYSTEM_ON, "etc/ufw/ufw.conf", "ufw が有効である", "ufw is enabled");
    } else if (is_enabled(v, "firewalld.service")) {
        snprintf(f->value, sizeof f->value, "firewalld.service");
        found(f, SYSTEM_ON, "etc/systemd/system/multi-user.target.wants", "firewalld が有効である",
              "firewalld is enabled");
    } else if (is_enabled(v, "nftables.service") && read_text(v, "etc/nftables.conf", &text) &&
               nft_drops(text.data)) {
        snprintf(f->value, sizeof f->value, "hook input; policy drop");
        found(f, SYSTEM_ON, "etc/nftables.conf", "nftables が有効で、許していない受信を破棄する",
              "nftables is enabled and drops what comes in and is not allowed");
    } else if (is_enabled(v, "netfilter-persistent.service") && read_text(v, "etc/iptables/rules.v4", &text) &&
               has_word(text.data, ":INPUT DROP", &line, &len)) {
        snprintf(f->value, sizeof f->value, ":INPUT DROP");
        found(f, SYSTEM_ON, "etc/iptables/rules.v4", "iptables が有効で、許していない受信を破棄する",
              "iptables is enabled and drops what comes in and is not allowed");
    } else if (ufw)
        found(f, SYSTEM_OFF, "etc/ufw/ufw.conf", "ufw が無効で、他に有効なものも見当たらない",
              "ufw is switched off, and no other is seen to be on");
    else if (read_text(v, "etc/nftables.conf", &text))
        found(f, SYSTEM_OFF, "etc/nftables.conf", "nftables が有効でないか、受信を破棄しない",
              "nftables is not enabled, or does not drop what comes in");
    else
        found(f, SYSTEM_UNKNOWN, "", "ufw、firewalld、nftables、iptables の設定がない",
              "no settings of ufw, firewalld, nftables or iptables");
}

/* --- screen lock -------------------------------------------------------------------------------- */

static const char lock_section[] = "org/gnome/desktop/screensaver", idle_section[] = "org/gnome/desktop/session";

struct screen {
    char lock[16], idle[32], file[96];
    bool lock_fixed, idle_fixed;
};

static void take_screen(const char *path, const char *text, void *context)
{
    struct screen *s = context;
    bool lock = value_of(text, lock_section, "lock-enabled", s->lock, sizeof s->lock);
    bool idle = value_of(text, idle_section, "idle-delay", s->idle, sizeof s->idle);
    if (lock || idle)
        snprintf(s->file, sizeof s->file, "%s", path);
}

static void take_locks(const char *path, const char *text, void *context)
{
    struct screen *s = context;
    const char *line;
    size_t len;
    (void)path;
    s->lock_fixed = s->lock_fixed || has_word(text, "/org/gnome/desktop/screensaver/lock-enabled", &line, &len);
    s->idle_fixed = s->idle_fixed || has_word(text, "/org/gnome/desktop/session/idle-delay", &line, &len);
}

/* The databases of the profile, from the last, which gives way to all others, to the first. */
static void read_databases(const struct view *v, struct screen *s)
{
    autobuf struct buf profile = {0};
    char names[DATABASES_MAX][64];
    size_t count = 0, len;
    const char *at, *line;
    if (!read_text(v, "etc/dconf/profile/user", &profile))
        return;
    at = profile.data;
    while (count < DATABASES_MAX && next_line(&at, &line, &len))
        if (len > 10 && len - 10 < sizeof names[0] && memcmp(line, "system-db:", 10) == 0)
            snprintf(names[count++], sizeof names[0], "%.*s", (int)(len - 10), line + 10);
    while (count-- > 0) {
        char path[PATH_CAP];
        snprintf(path, sizeof path, "etc/dconf/db/%s", names[count]);
        if (!is_there(v, path)) /* "dconf update" was never run: nothing of it holds */
            continue;
        snprintf(path, sizeof path, "etc/dconf/db/%s.d", names[count]);
        each_file(v, path, take_screen, s);
        snprintf(path, sizeof path, "etc/dconf/db/%s.d/locks", names[count]);
        each_file(v, path, take_locks, s);
    }
}

static void read_screen(const struct view *v, struct system_fact *f)
{
    struct screen s = {0};
    uint64_t idle_s = 0;
    read_databases(v, &s);
    const char *number = str_starts(s.idle, "uint32 ") ? s.idle + 7 : s.idle;
    if (!*s.lock || !*s.idle || str_to_u64(number, UINT32_MAX, &idle_s) != 0) {
        found(f, SYSTEM_UNKNOWN, "", "画面ロックの方針（dconf の lock-enabled、idle-delay）がない",
              "no policy of the screen lock (dconf: lock-enabled, idle-delay)");
        return;
    }
    snprintf(f->value, sizeof f->value, "lock-enabled=%.15s, idle-delay=%.15s", s.lock, number);
    if (!str_eq(s.lock, "true") || idle_s == 0)
        found(f, SYSTEM_OFF, s.file, "画面が自動でロックされない", "the screen does not lock by itself");
    else if (idle_s > SYSTEM_IDLE_MAX_S)
        found(f, SYSTEM_OFF, s.file, "ロックまでの時間が15分を超える", "it takes longer than 15 minutes to lock");
    else if (!s.lock_fixed || !s.idle_fixed)
        found(f, SYSTEM_OFF, s.file, "利用者が設定を変えられる（locks がない）", "users can change it (no locks)");
    else
        found(f, SYSTEM_ON, s.file, "画面が自動でロックされ、利用者は変えられない",
              "the screen locks by itself, and users can't change that");
}

/* --- lockout of accounts ------------------------------------------------------------------------ */

/* deny=N of a line of PAM; false: it has none. */
static bool denies(const char *line, size_t len, char *ret, size_t cap)
{
    const char *at = memmem(line, len, "deny=", 5);
    if (!at)
        return false;
    at += 5;
    size_t digits = strspn(at, "0123456789");
    if (digits == 0 || digits >= cap)
        return false;
    memcpy(ret, at, digits);
    ret[digits] = '\0';
    return true;
}

static void judge_lockout(const struct view *v, struct system_fact *f, const char *file, const char *line,
                          size_t len, bool faillock)
{
    static const char conf[] = "etc/security/faillock.conf";
    char deny[16] = "";
    autobuf struct buf text = {0};
    if (!denies(line, len, deny, sizeof deny)) {
        snprintf(deny, sizeof deny, "%s", faillock ? "3" : "0"); /* what the modules do when nothing is said */
        if (faillock && read_text(v, conf, &text) && value_of(text.data, NULL, "deny", deny, sizeof deny))
            file = conf;
    }
    snprintf(f->value, sizeof f->value, "deny = %s", deny);
    if (str_eq(deny, "0"))
        found(f, SYSTEM_OFF, file, "失敗しても口座が停止されない（deny = 0）", "failures lock no account (deny = 0)");
    else
        found(f, SYSTEM_ON, file, "認証の失敗が続くと口座が停止される", "failures lock the account");
}

static void read_lockout(const struct view *v, struct system_fact *f)
{
    static const char *const files[] = {"etc/pam.d/common-auth", "etc/pam.d/system-auth", "etc/pam.d/password-auth",
                                        "etc/pam.d/login"};
    autobuf struct buf text = {0};
    const char *line;
    size_t len;
    bool any = false;
    for (size_t i = 0; i < array_count(files); i++) {
        if (!read_text(v, files[i], &text))
            continue;
        any = true;
        bool faillock = has_word(text.data, "pam_faillock.so", &line, &len);
        if (faillock || has_word(text.data, "pam_tally2.so", &line, &len)) {
            judge_lockout(v, f, files[i], line, len, faillock);
            return;
        }
    }
    if (any)
        found(f, SYSTEM_OFF, "etc/pam.d", "PAM に pam_faillock がない", "PAM has no pam_faillock");
    else
        found(f, SYSTEM_UNKNOWN, "", "PAM の設定が読み取れない", "PAM's settings can't be read");
}

/* --- memory ------------------------------------------------------------------------------------- */

/* Is the device that swap lies on encrypted by the kernel, or memory itself? */
static enum system_state swap_state(const struct view *v, const char *device, size_t len)
{
    char name[64], path[PATH_CAP];
    autobuf struct buf uuid = {0};
    if (len <= 5 || len - 5 >= sizeof name || memcmp(device, "/dev/", 5) != 0)
        return SYSTEM_UNKNOWN; /* a file: whether its file system is encrypted is not told here */
    snprintf(name, sizeof name, "%.*s", (int)(len - 5), device + 5);
    if (str_starts(name, "zram"))
        return SYSTEM_ON;
    if (!str_starts(name, "dm-"))
        return SYSTEM_OFF;
    snprintf(path, sizeof path, "sys/block/%s/dm/uuid", name);
    if (!read_text(v, path, &uuid))
        return SYSTEM_UNKNOWN;
    return str_starts(uuid.data, "CRYPT-") ? SYSTEM_ON : SYSTEM_UNKNOWN; /* LVM may lie on an encrypted one */
}

static void read_swap(const struct view *v, struct system_fact *f)
{
    static const char file[] = "proc/swaps";
    static const bool is_worse[SYSTEM_ON + 1][SYSTEM_ON + 1] = {
        [SYSTEM_OFF] = {[SYSTEM_UNKNOWN] = true, [SYSTEM_ON] = true}, [SYSTEM_UNKNOWN] = {[SYSTEM_ON] = true}};
    autobuf struct buf text = {0};
    enum system_state worst = SYSTEM_ON;
    const char *line, *at;
    size_t len, count = 0;
    if (!read_text(v, file, &text)) {
        found(f, SYSTEM_UNKNOWN, "", "スワップの状態が読み取れない", "the state of swap can't be read");
        return;
    }
    at = text.data;
    while (next_line(&at, &line, &len)) {
        if (*line != '/')
            continue; /* the heading */
        size_t name = strcspn(line, " \t\n");
        enum system_state one = swap_state(v, line, name);
        if (count++ > 0 && !is_worse[one][worst])
            continue;
        worst = one;
        snprintf(f->value, sizeof f->value, "%.*s", (int)(name < 90 ? name : 90), line);
    }
    if (count == 0)
        found(f, SYSTEM_ON, file, "スワップがない", "there is no swap");
    else if (worst == SYSTEM_ON)
        found(f, SYSTEM_ON, file, "スワップは暗号化されている、又は主記憶の中にある", "swap is encrypted, or lies in memory");
    else if (worst == SYSTEM_OFF)
        found(f, SYSTEM_OFF, file, "スワップが暗号化されていない", "swap is not encrypted");
    else
        found(f, SYSTEM_UNKNOWN, file, "スワップの置き場所が暗号化されているか読み取れない",
              "whether the place of swap is encrypted can't be read");
}

static void read_tracing(const struct view *v, struct system_fact *f)
{
    static const char file[] = "proc/sys/kernel/yama/ptrace_scope";
    autobuf struct buf text = {0};
    if (!read_text(v, file, &text) || text.data[0] < '0' || text.data[0] > '3') {
        found(f, SYSTEM_UNKNOWN, "", "Yama の状態が読み取れない", "the state of Yama can't be read");
        return;
    }
    snprintf(f->value, sizeof f->value, "ptrace_scope = %c", text.data[0]);
    if (text.data[0] == '0')
        found(f, SYSTEM_OFF, file, "プログラムが他のプログラムの主記憶を読める",
              "programs can read the memory of other programs");
    else
        found(f, SYSTEM_ON, file, "プログラムが他のプログラムの主記憶を読むことは制限されている",
              "programs are kept from the memory of others");
}

int system_read(const char *root, int64_t now_s, struct system_fact ret[static SYSTEM_COUNT])
{
    static void (*const readers[SYSTEM_COUNT])(const struct view *, struct system_fact *) = {
        [SYSTEM_MALWARE] = read_malware, [SYSTEM_UPDATES] = read_updates, [SYSTEM_FIREWALL] = read_firewall,
        [SYSTEM_SCREEN] = read_screen,   [SYSTEM_LOCKOUT] = read_lockout, [SYSTEM_SWAP] = read_swap,
        [SYSTEM_TRACING] = read_tracing,
    };
    autoclose int fd = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    const struct view v = {.root = fd, .now_s = now_s};
    for (size_t i = 0; i < SYSTEM_COUNT; i++) {
        ret[i] = (struct system_fact){0};
        readers[i](&v, &ret[i]);
    }
    return 0;
}
