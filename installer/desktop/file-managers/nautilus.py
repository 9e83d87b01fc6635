# SPDX-License-Identifier: GPL-3.0-or-later
"""Request take-out… in the menu of Nautilus (package python3-nautilus)."""
import locale
import subprocess

from gi.repository import GObject, Nautilus


class SekishoRequest(GObject.GObject, Nautilus.MenuProvider):
    def get_file_items(self, *arguments):
        paths = [file.get_location().get_path() for file in arguments[-1]]
        if not paths or None in paths:
            return []
        japanese = (locale.getlocale(locale.LC_MESSAGES)[0] or "").startswith("ja")
        item = Nautilus.MenuItem(name="SekishoRequest::request", icon="sekisho-room",
                                 label="持出しを申請…(_Q)" if japanese else "Re_quest take-out…")
        item.connect("activate", lambda _: subprocess.Popen(["sekisho-prompt", "--", *paths]))
        return [item]
