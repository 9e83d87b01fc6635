/* SPDX-License-Identifier: GPL-3.0-or-later */
/* notify-mailer.c owns a mail program that is set-id, as Debian's are: it says beside itself as whom it ran, what
 * it was given, and whether it may call what no mail program needs. */
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    char path[4096], line[1024];
    ssize_t len = readlink("/proc/self/exe", path, sizeof path - 5);
    if (len < 0)
        return 2;
    memcpy(path + len, ".out", 5);
    FILE *out = fopen(path, "w");
    if (!out)
        return 3;
    fprintf(out, "uid %d euid %d no-new-privs %d seccomp %d bpf %ld\n", (int)getuid() != 0, (int)geteuid(),
            prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), prctl(PR_GET_SECCOMP, 0, 0, 0, 0), syscall(SYS_bpf, 0, NULL, 0));
    for (int i = 1; i < argc; i++)
        fprintf(out, "argument %s\n", argv[i]);
    while (fgets(line, sizeof line, stdin))
        fputs(line, out);
    return fclose(out) == 0 ? 0 : 4;
}
