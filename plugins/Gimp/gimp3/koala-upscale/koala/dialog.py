"""The dialog: the procedure's arguments, and a line about the worker."""

import queue
import threading

from gi.repository import GimpUi, GLib

from .client import worker_lines


def ask(procedure, config, names):
    """Whether the user wants it; the arguments are then in config."""
    GimpUi.init(procedure.get_name())
    dialog = GimpUi.ProcedureDialog.new(procedure, config, None)
    label = dialog.get_label("worker-status", "Looking for the worker …", False, False)
    label.set_line_wrap(True)
    label.set_max_width_chars(48)
    told = queue.Queue()

    def listen():
        for line in worker_lines():
            told.put(line)

    def show():
        while not told.empty():
            label.set_text(told.get())
        return True

    threading.Thread(target=listen, daemon=True).start()
    timer = GLib.timeout_add(100, show)
    dialog.fill([*names, "worker-status"])
    accepted = dialog.run()
    GLib.source_remove(timer)
    dialog.destroy()
    return accepted
