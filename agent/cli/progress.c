/* SPDX-License-Identifier: GPL-3.0-or-later */
/* progress.c owns the one line that moves. It must never write to anything but a terminal. */
#include <inttypes.h>
#include <string.h>
#include "base/buf.h"
#include "base/clock.h"
#include "base/str.h"
#include "cli/cli.h"
#include "cli/screen.h"

#define BAR_COLUMNS 30
#define REDRAW_NS   100000000ull /* nanoseconds between two drawings */

static void draw(const char *what, uint64_t done, uint64_t total)
{
    autobuf struct buf b = {0};
    uint64_t share = total ? (done >= total ? 1000 : done / (total / 1000 + 1)) : 0;
    buf_puts(&b, "\r\033[K");
    screen_safe(&b, what);
    buf_puts(&b, " [");
    for (uint64_t i = 0; i < BAR_COLUMNS; i++)
        buf_putc(&b, i * 1000 < share * BAR_COLUMNS ? '#' : '.');
    buf_printf(&b, "] %3" PRIu64 " %%  ", share / 10);
    screen_short_size(&b, done);
    buf_puts(&b, " / ");
    screen_short_size(&b, total);
    if (!b.err)
        fputs(b.data, stderr);
}

void cli_progress(const struct cli *cli, const char *what, uint64_t done, uint64_t total)
{
    static uint64_t drawn_at;
    static bool open;
    if (cli->quiet || !isatty(STDERR_FILENO))
        return;
    uint64_t now = clock_boot_ns();
    if (done < total && open && now - drawn_at < REDRAW_NS)
        return;
    draw(what, done, total);
    drawn_at = now;
    open = done < total;
    if (!open)
        fputc('\n', stderr);
    fflush(stderr);
}
