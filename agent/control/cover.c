/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cover.c owns the text of the sheet that goes with an export. It lies in the clear: it must never hold the name of
 * a file or person, and nothing of the policy may become more than text in it. */
#include "control/cover.h"
#include <string.h>

static void put_text(struct buf *out, const char *text)
{
    static const char special[] = "&<>\"'";
    for (; *text; text++)
        if (strchr(special, *text))
            buf_printf(out, "&#%d;", *text);
        else
            buf_putc(out, *text);
}

static void put_row(struct buf *out, const char *heading, const char *text)
{
    if (!*text)
        return;
    buf_printf(out, "<tr><th>%s</th><td>", heading);
    put_text(out, text);
    buf_puts(out, "</td></tr>\n");
}

static void put_head(struct buf *out, const struct cover *c)
{
    buf_puts(out, "<!DOCTYPE html>\n<html lang=\"ja\">\n<head>\n<meta charset=\"utf-8\">\n"
                  "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
                  "<title>");
    put_text(out, c->case_id);
    buf_puts(out, "</title>\n<style>body { font-family: sans-serif; max-width: 42em; margin: 2em auto; line-height: 1.6; } "
                  "th { text-align: left; vertical-align: top; padding-right: 1em; white-space: nowrap; } "
                  "code { overflow-wrap: anywhere; }</style>\n</head>\n<body>\n");
}

/* The rows of one language. */
struct headings {
    const char *case_id, *date, *contract, *contractor, *contact, *return_by;
};

static void put_table(struct buf *out, const struct cover *c, const struct headings *h)
{
    buf_puts(out, "<table>\n");
    put_row(out, h->case_id, c->case_id);
    put_row(out, h->date, c->date);
    put_row(out, h->contract, c->contract);
    put_row(out, h->contractor, c->contractor);
    put_row(out, h->contact, c->contact);
    put_row(out, h->return_by, c->return_by);
    buf_puts(out, "</table>\n");
}

static void put_commands(struct buf *out, const struct cover *c)
{
    buf_puts(out, "<pre><code>age -d -i sekisho-key.txt ");
    put_text(out, c->case_id);
    buf_puts(out, ".tar.age | tar -x\nsha256sum -c SHA256SUMS</code></pre>\n");
}

static void put_japanese(struct buf *out, const struct cover *c)
{
    static const struct headings h = {"案件番号", "作成日", "業務", "送り主", "問い合わせ先", "返却期限"};
    buf_puts(out, "<h1>保護対象データ（暗号化済み）</h1>\n");
    put_table(out, c, &h);
    buf_puts(out, "<h2>これは何か</h2>\n<p>一緒に置かれている <code>");
    put_text(out, c->case_id);
    buf_puts(out, ".tar.age</code> は、契約に基づき、許可を得て持ち出された業務のデータです。");
    buf_puts(out, c->escrow ? "受取人の鍵と、受取人が鍵を失ったときのための送り主の控えの鍵だけで開けます。"
                            : "受取人の鍵だけで開けます。");
    buf_puts(out, "この用紙に、ファイル名や個人の名前は書かれていません。</p>\n"
                  "<h2>開き方（受取人の方）</h2>\n<p>送り主から受け取った「受け取る方へ」のページ（sekisho-recipient.html）を"
                  "ブラウザーで開き、自分の鍵とファイルを選びます。または、標準のプログラム age を使います。</p>\n");
    put_commands(out, c);
    buf_puts(out, "<p>送り主は <code>.manifest</code> の署名で確かめられます（<code>minisign -V</code>）。この用紙のハッシュ値も"
                  "そこに書かれています。鍵や合言葉を尋ねられても、教えないでください。</p>\n"
                  "<h2>心当たりのない方へ</h2>\n<p>拾った方や誤って受け取った方は、コピーや転送をせず、");
    put_text(out, *c->contact ? c->contact : "上の送り主");
    buf_puts(out, " に案件番号をお知らせください。</p>\n");
}

static void put_english(struct buf *out, const struct cover *c)
{
    static const struct headings h = {"Case", "Made on", "Business", "Sender", "Whom to ask", "To be returned by"};
    buf_puts(out, "<hr>\n<div lang=\"en\">\n<h1>Protected data (encrypted)</h1>\n");
    put_table(out, c, &h);
    buf_puts(out, "<h2>What this is</h2>\n<p>Beside this sheet lies <code>");
    put_text(out, c->case_id);
    buf_puts(out, ".tar.age</code>: data of a business, taken out with a permit under a contract. ");
    buf_puts(out, c->escrow ? "Only its recipient's key opens it, and a key that the sender keeps in case that one is lost. "
                            : "Only its recipient's key opens it. ");
    buf_puts(out, "This sheet names no file and no person.</p>\n"
                  "<h2>How to open it (for the recipient)</h2>\n<p>Open the page that the sender gave you "
                  "(sekisho-recipient.html) in a browser and choose your key and the file; or use the standard program age.</p>\n");
    put_commands(out, c);
    buf_puts(out, "<p>The signature of the <code>.manifest</code> tells who sent it (<code>minisign -V</code>); it holds this "
                  "sheet's digest too. Give your key or passphrase to nobody who asks for it.</p>\n"
                  "<h2>If it is not for you</h2>\n<p>Whoever found or received it by mistake: please don't copy or pass it on, and tell "
                  "the case number to ");
    put_text(out, *c->contact ? c->contact : "the sender above");
    buf_puts(out, ".</p>\n</div>\n</body>\n</html>\n");
}

int cover_write(const struct cover *c, struct buf *out)
{
    put_head(out, c);
    put_japanese(out, c);
    put_english(out, c);
    return out->err;
}
