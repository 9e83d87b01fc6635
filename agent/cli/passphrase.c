/* SPDX-License-Identifier: GPL-3.0-or-later */
/* passphrase.c owns the asking for a secret: no echo, wiped memory, the terminal put back whatever
 * ends the program. It must never take a passphrase from the command line or the environment. */
#include "client/passphrase.h"
#include <fcntl.h>
#include <signal.h>
#include <sodium.h>
#include <string.h>
#include <sys/resource.h>
#include <termios.h>
#include "base/str.h"
#include "cli/cli.h"

#define DESCRIPTOR_ENV "SEKISHO_PASSPHRASE_FD"
#define DESCRIPTOR_MAX 1024

/* The terminal as it was, for the handler of signals that end the program. */
static struct termios terminal_before;
static int terminal_fd = -1;

static const int ending_signals[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};

static void restore_and_end(int signal_number)
{
    if (terminal_fd >= 0)
        tcsetattr(terminal_fd, TCSANOW, &terminal_before); /* signal-safety(7) lists it */
    signal(signal_number, SIG_DFL);
    raise(signal_number);
}

/* Read to the end of a line or file into secret[PASSPHRASE_MAX + 1]. Length, or negative. */
static ssize_t read_line(int fd, char *secret)
{
    size_t len = 0;
    for (;;) {
        char c;
        ssize_t n = read(fd, &c, 1);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -errno;
        if (n == 0 || c == '\n')
            break;
        if (len == PASSPHRASE_MAX || c == '\0')
            return -EMSGSIZE;
        secret[len++] = c;
    }
    secret[len] = '\0';
    return (ssize_t)len;
}

static ssize_t read_from_terminal(int fd, const char *prompt, char *secret)
{
    struct sigaction before[array_count(ending_signals)], stop_before;
    struct sigaction action = {.sa_handler = restore_and_end};
    struct sigaction ignore = {.sa_handler = SIG_IGN}; /* echo would be off or on at the wrong time */
    if (tcgetattr(fd, &terminal_before) != 0)
        return -errno;
    terminal_fd = fd;
    for (size_t i = 0; i < array_count(ending_signals); i++)
        sigaction(ending_signals[i], &action, &before[i]);
    sigaction(SIGTSTP, &ignore, &stop_before);
    struct termios silent = terminal_before;
    silent.c_lflag &= ~(tcflag_t)ECHO;
    tcsetattr(fd, TCSAFLUSH, &silent);
    dprintf(fd, "%s: ", prompt);
    ssize_t len = read_line(fd, secret);
    tcsetattr(fd, TCSAFLUSH, &terminal_before);
    dprintf(fd, "\n");
    for (size_t i = 0; i < array_count(ending_signals); i++)
        sigaction(ending_signals[i], &before[i], NULL);
    sigaction(SIGTSTP, &stop_before, NULL);
    terminal_fd = -1;
    return len;
}

/* CLI_OK, or a code after a message. */
static int read_once(const char *prompt, char *secret)
{
    const char *number = getenv(DESCRIPTOR_ENV);
    uint64_t descriptor;
    ssize_t len;
    if (number) {
        if (str_to_u64(number, DESCRIPTOR_MAX, &descriptor) != 0)
            return cli_error(CLI_USAGE, _("%s must be the number of an open descriptor"),
                             DESCRIPTOR_ENV);
        len = read_line((int)descriptor, secret);
    } else {
        autoclose int fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
        if (fd < 0)
            return cli_error(CLI_INCOMPLETE,
                             _("a passphrase is needed, and there is no terminal to ask on "
                               "(or give it through the descriptor named by %s)"),
                             DESCRIPTOR_ENV);
        len = read_from_terminal(fd, prompt, secret);
    }
    if (len == -EMSGSIZE)
        return cli_error(CLI_FAILED, _("the passphrase is longer than %d bytes or holds a NUL"),
                         PASSPHRASE_MAX);
    if (len < 0)
        return cli_error(CLI_FAILED, _("the passphrase can't be read: %s"),
                         cli_strerror((int)len));
    if (len == 0)
        return cli_error(CLI_INCOMPLETE, _("no passphrase was given"));
    return CLI_OK;
}

/* again may be NULL: then once is enough. */
static int read_pair(const char *prompt, char *secret, char *again)
{
    int code = read_once(prompt, secret);
    if (code == CLI_OK && again)
        code = read_once(_("The same again"), again);
    if (code == CLI_OK && again && strcmp(secret, again) != 0)
        code = cli_error(CLI_INCOMPLETE, _("the two passphrases differ"));
    return code;
}

int cli_passphrase(const char *prompt, bool twice, char **ret)
{
    setrlimit(RLIMIT_CORE, &(struct rlimit){0}); /* no secret in a core file */
    if (sodium_init() < 0)
        return cli_error(CLI_FAILED, _("out of memory"));
    char *secret = sodium_malloc(PASSPHRASE_MAX + 1);
    char *again = twice ? sodium_malloc(PASSPHRASE_MAX + 1) : NULL;
    if (!secret || (twice && !again)) {
        cli_passphrase_free(secret);
        cli_passphrase_free(again);
        return cli_error(CLI_FAILED, _("out of memory"));
    }
    int code = read_pair(prompt, secret, again);
    cli_passphrase_free(again);
    if (code != CLI_OK) {
        cli_passphrase_free(secret);
        return code;
    }
    *ret = secret;
    return CLI_OK;
}

void cli_passphrase_free(char *passphrase)
{
    sodium_free(passphrase);
}
