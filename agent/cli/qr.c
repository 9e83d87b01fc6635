/* SPDX-License-Identifier: GPL-3.0-or-later */
/* qr.c owns QR codes: libqrencode makes them, this draws them. It must never draw one without its
 * quiet zone. */
#include "cli/qr.h"
#include <errno.h>
#include <qrencode.h>
#include <sekisho/err.h>

#define QUIET 4u /* modules of light around a code, ISO/IEC 18004 */

static void code_free(QRcode **code)
{
    QRcode_free(*code);
}
#define autocode __attribute__((cleanup(code_free)))

static int encode(const char *text, QRcode **ret)
{
    *ret = QRcode_encodeString(text, 0, QR_ECLEVEL_M, QR_MODE_8, 1);
    return *ret ? 0 : errno == ENOMEM ? -ENOMEM : SK_ERR_LIMIT;
}

/* x and y count from the quiet zone's corner. */
static bool is_dark(const QRcode *code, unsigned x, unsigned y)
{
    unsigned width = (unsigned)code->width;
    if (x < QUIET || y < QUIET || x >= QUIET + width || y >= QUIET + width)
        return false;
    return code->data[(size_t)(y - QUIET) * width + (x - QUIET)] & 1;
}

int qr_svg(const char *text, unsigned millimetres, struct buf *out)
{
    autocode QRcode *code = NULL;
    int r = encode(text, &code);
    if (r != 0)
        return r;
    unsigned side = (unsigned)code->width + 2 * QUIET;
    buf_printf(out, "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%umm\" height=\"%umm\" "
               "viewBox=\"0 0 %u %u\" shape-rendering=\"crispEdges\"><path fill=\"#fff\" "
               "d=\"M0 0h%uv%uH0z\"/><path fill=\"#000\" d=\"", millimetres, millimetres, side, side,
               side, side);
    for (unsigned y = 0; y < side; y++)
        for (unsigned x = 0; x < side; x++)
            if (is_dark(code, x, y))
                buf_printf(out, "M%u %uh1v1h-1z", x, y);
    buf_puts(out, "\"/></svg>");
    return out->err;
}

int qr_terminal(const char *text, struct buf *out)
{
    /* foreground white, background black: what is light in the code is drawn */
    static const char *const halves[] = {"\xe2\x96\x88" /* █ */, "\xe2\x96\x80" /* ▀ */,
                                         "\xe2\x96\x84" /* ▄ */, " "};
    autocode QRcode *code = NULL;
    int r = encode(text, &code);
    if (r != 0)
        return r;
    unsigned side = (unsigned)code->width + 2 * QUIET;
    for (unsigned y = 0; y < side; y += 2) {
        buf_puts(out, "\033[97;40m");
        for (unsigned x = 0; x < side; x++) {
            bool top = is_dark(code, x, y), bottom = y + 1 < side ? is_dark(code, x, y + 1) : true;
            buf_puts(out, halves[(top ? 2 : 0) + (bottom ? 1 : 0)]);
        }
        buf_puts(out, "\033[0m\n");
    }
    return out->err;
}
