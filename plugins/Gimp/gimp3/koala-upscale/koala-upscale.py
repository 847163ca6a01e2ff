#!/usr/bin/env python3
"""Koala upscale and Koala restore detail for GIMP 3: sends a layer to koala-client and puts the answer where it is wanted.

Pixels travel as raw rows in the layer's own primaries and depth (see docs/stdio.md of koala-client). The image is touched only once the whole
answer is here, inside one undo group.
"""

import json
import os
import queue
import subprocess
import sys
import threading
from pathlib import Path

import gi

gi.require_version("Babl", "0.1")
gi.require_version("Gegl", "0.4")
gi.require_version("Gimp", "3.0")
gi.require_version("GimpUi", "3.0")
from gi.repository import Babl, Gegl, Gimp, GimpUi, GLib, GObject  # noqa: E402

UPSCALE = "koala-upscale"
RESTORE = "koala-restore-detail"

# Pixels around a selection that the network sees too, so that its border looks like the middle.
MARGIN = 32
# Bytes of rows that one read or write of a layer moves.
CHUNK = 4 << 20

MESSAGES = {
    "indexed": "Koala works on RGB and grey layers: choose Image > Mode > RGB first.",
    "layers": "Koala works on one layer: select exactly one, and not its mask.",
    "group": "This is a group: choose \"whole image\", or merge the group first.",
    "text": "This is a text layer: choose Layer > Discard Text Information first, or let the result go to a new image.",
    "empty": "The selection does not touch this layer.",
    "changed": "The image was closed or changed while Koala worked; nothing was changed.",
}


class KoalaError(Exception):
    """What went wrong, in words that say what to do."""


# ---------------------------------------------------------------------------------------------------------------- the client


def client_places():
    """Where koala-client is looked for, in order: (what it is called for people, path or None)."""
    here = Path(__file__).resolve().parent
    program = "koala-client.exe" if os.name == "nt" else "koala-client"
    settings = here / "client-path.txt"
    named = settings.read_text(encoding="utf-8").strip() if settings.is_file() else None
    on_path = next((p for d in os.get_exec_path() if d and (p := Path(d) / program).is_file()), None)
    yield "the environment variable KOALA_CLIENT", os.environ.get("KOALA_CLIENT") or None
    yield f"the path in {settings}", named
    yield f"{here / program}", here / program
    yield "the folders of PATH", on_path


def find_client():
    places = list(client_places())
    for _, path in places:
        if path and Path(path).is_file():
            return str(path)
    raise KoalaError(
        "koala-client was not found. Run \"koala-client gimp install\" once in a terminal. Looked for it in "
        + "; ".join(name + (f" ({path}, no such file)" if path else "") for name, path in places) + ".")


def client_environment():
    """GIMP's own libraries and Python, which an AppImage or a bundle puts into the environment, are not the client's."""
    environment = dict(os.environ)
    for name in ("LD_LIBRARY_PATH", "PYTHONHOME", "PYTHONPATH", "GI_TYPELIB_PATH", "DYLD_LIBRARY_PATH"):
        environment.pop(name, None)
    return environment


def start_client(*arguments):
    try:
        return subprocess.Popen(
            [find_client(), *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env=client_environment(), creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0))
    except OSError as error:
        raise KoalaError(f"koala-client cannot be started: {error}") from error


class Exchange:
    """One run of "koala-client stdio". libgimp is not thread-safe: threads only move bytes between pipes and queues."""

    def __init__(self, request):
        self._process = start_client("stdio")
        self._to_client = queue.Queue(maxsize=4)
        self._from_client = queue.Queue(maxsize=4)
        self._events = queue.Queue()
        self._request = request
        self._row_bytes = None
        self._listener = threading.Thread(target=self._listen, daemon=True)
        for thread in (threading.Thread(target=self._write, daemon=True), threading.Thread(target=self._read, daemon=True), self._listener):
            thread.start()

    def run(self, read_rows, write_rows, show):
        """read_rows(y, n) -> bytes; write_rows(y, bytes); show(event). Returns when the client has ended well."""
        width, height, pixel = self._request["width"], self._request["height"], pixel_bytes(self._request["format"])
        rows = max(1, CHUNK // (width * pixel))
        sent, received, done, ended, failure = 0, 0, False, False, None

        def hear():
            nonlocal done, failure
            while not self._events.empty():
                event = self._events.get()
                failure = event.get("message", failure) if event.get("event") == "error" else failure
                done = done or event.get("event") == "done"
                show(event)

        while not ended:
            while sent < height and not self._to_client.full():
                count = min(rows, height - sent)
                self._to_client.put(read_rows(sent, count))
                sent += count
            try:
                # The wait is short where there is still something to send.
                answer = self._from_client.get(timeout=0.02 if sent < height else 0.1)
                if answer is None:
                    ended = True
                elif isinstance(answer, dict):
                    self._row_bytes = answer["width"] * pixel_bytes(answer["format"])
                else:
                    write_rows(received, answer)
                    received += len(answer) // self._row_bytes
            except queue.Empty:
                pass
            hear()
        code = self._process.wait()
        # Only now: its end would have meant that nobody waits.
        self._close_input()
        # The last line may still be on its way.
        self._listener.join(timeout=5)
        hear()
        if code != 0 or not done:
            raise KoalaError(failure or f"koala-client ended with code {code} and no explanation; try \"koala-client status\" in a terminal.")

    def abandon(self):
        """Ends the client, if it has not ended."""
        self._close_input()
        try:
            self._process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self._process.kill()

    def _close_input(self):
        try:
            self._process.stdin.close()
        except OSError:
            pass

    def _write(self):
        left = self._request["height"] * self._request["width"] * pixel_bytes(self._request["format"])
        try:
            self._process.stdin.write((json.dumps(self._request) + "\n").encode())
            while left > 0:
                rows = self._to_client.get()
                left -= len(rows)
                self._process.stdin.write(rows)
                self._process.stdin.flush()
        except (OSError, ValueError):
            pass  # The client has ended; the end of its output says so.

    def _read(self):
        output = self._process.stdout
        try:
            line = output.readline()
            if line:
                header = json.loads(line)
                self._from_client.put(header)
                row_bytes = header["width"] * pixel_bytes(header["format"])
                size = max(1, CHUNK // row_bytes) * row_bytes
                while rows := output.read(size):
                    self._from_client.put(rows[: len(rows) // row_bytes * row_bytes])
        finally:
            self._from_client.put(None)

    def _listen(self):
        for line in self._process.stderr:
            try:
                event = json.loads(line)
            except ValueError:
                continue
            if isinstance(event, dict):
                self._events.put(event)


def pixel_bytes(text):
    channels, sample = text.split(" ")
    return len(channels) * {"u8": 1, "u16": 2, "float": 4}[sample]


# ---------------------------------------------------------------------------------------------------------------- pixels


class Pixels:
    """How the pixels of a drawable are exchanged: its own primaries, at least its own depth, sRGB's tone curve."""

    def __init__(self, image, drawable):
        own = drawable.get_format()
        sample = {"u8": "u8", "u16": "u16"}.get(Babl.get_name(Babl.format_get_type(own, 0)), "float")
        if image.get_color_profile() is not None:
            # The profile's tone curve may be another: 8 bits would not survive the way there and back, nor 16 a steep foot.
            sample = {"u8": "u16"}.get(sample, "float")
        grey, alpha = drawable.is_gray(), drawable.has_alpha()
        self.layer_format = ("Y" if grey else "RGB") + ("A" if alpha else "") + " " + sample
        # "R'G'B'" without a space would mean sRGB and clip wide gamuts; "~" is sRGB's curve in any space.
        babl = ("Y~" if grey else "R~G~B~") + ("A" if alpha else "") + " " + sample
        self.babl = Babl.get_name(Babl.format_with_space(babl, own))


def run_exchange(pixels, source, rectangle, options):
    """Sends a rectangle of a buffer; returns a buffer of the answer, which belongs to no image yet."""
    width, height = rectangle.width, rectangle.height
    factor = 1 if options["same_size"] else options["scale"]
    result = Gegl.Buffer.new(pixels.babl, 0, 0, width * factor, height * factor)
    row_bytes = width * factor * pixel_bytes(pixels.layer_format)

    def read_rows(y, count):
        return source.get(Gegl.Rectangle.new(rectangle.x, rectangle.y + y, width, count), 1.0, pixels.babl, Gegl.AbyssPolicy.CLAMP)

    def write_rows(y, rows):
        result.set(Gegl.Rectangle.new(0, y, width * factor, len(rows) // row_bytes), pixels.babl, rows)

    def show(event):
        if event.get("event") == "progress":
            left = event.get("seconds_left")
            Gimp.progress_set_text("Koala" + (f": about {left:.0f} s left" if left is not None else ""))
            Gimp.progress_update(event.get("fraction", 0))
        elif event.get("event") == "waiting":
            Gimp.progress_set_text(event.get("text", ""))
            Gimp.progress_pulse()

    exchange = Exchange({"width": width, "height": height, "format": pixels.layer_format, **options})
    try:
        exchange.run(read_rows, write_rows, show)
    except BaseException:
        exchange.abandon()
        raise
    result.flush()
    return result


def copy_into(layer, buffer, x=0, y=0):
    """Copies a part of a buffer, from (x, y), over a whole layer."""
    target = layer.get_buffer()
    width, height = layer.get_width(), layer.get_height()
    buffer.copy(Gegl.Rectangle.new(x, y, width, height), Gegl.AbyssPolicy.NONE, target, Gegl.Rectangle.new(0, 0, width, height))
    target.flush()
    layer.update(0, 0, width, height)


# ---------------------------------------------------------------------------------------------------------------- what to do


def selected_rectangle(layer):
    """The part of the layer in the selection, all of it without one: (x, y, width, height) in the layer's pixels."""
    found, x, y, width, height = layer.mask_intersect()
    if not found:
        raise KoalaError(MESSAGES["empty"])
    return x, y, width, height


def with_margin(layer, x, y, width, height):
    left, top = max(0, x - MARGIN), max(0, y - MARGIN)
    right, bottom = min(layer.get_width(), x + width + MARGIN), min(layer.get_height(), y + height + MARGIN)
    return Gegl.Rectangle.new(left, top, right - left, bottom - top)


def check(image, layer, writes):
    if image.get_base_type() == Gimp.ImageBaseType.INDEXED:
        raise KoalaError(MESSAGES["indexed"])
    if writes and layer.is_group():
        raise KoalaError(MESSAGES["group"])
    if writes and layer.is_text_layer():
        raise KoalaError(MESSAGES["text"])


def still_there(image, layer):
    if not (image.is_valid() and layer.is_valid()):
        raise KoalaError(MESSAGES["changed"])


def upscale(image, layer, what, where, options):
    """Returns the image that holds the result."""
    scale = options["scale"]
    visible = None
    check(image, layer, writes=where == "this-image" and what == "layer")
    if what == "image":
        visible = layer = Gimp.Layer.new_from_visible(image, image, "Koala")
        x, y, width, height = 0, 0, layer.get_width(), layer.get_height()
    elif what == "selection":
        x, y, width, height = selected_rectangle(layer)
    else:
        x, y, width, height = 0, 0, layer.get_width(), layer.get_height()
    try:
        area = with_margin(layer, x, y, width, height)
        result = run_exchange(Pixels(image, layer), layer.get_buffer(), area, options)
        still_there(image, layer)
        crop = ((x - area.x) * scale, (y - area.y) * scale)
        if where == "new-image":
            return into_new_image(image, layer, result, crop, (width * scale, height * scale), scale)
        into_this_image(image, layer, result, crop, (x, y, width, height), what, scale)
        return image
    finally:
        if visible is not None:
            visible.delete()


def layer_type(image, layer):
    grey = image.get_base_type() == Gimp.ImageBaseType.GRAY
    if layer.has_alpha():
        return Gimp.ImageType.GRAYA_IMAGE if grey else Gimp.ImageType.RGBA_IMAGE
    return Gimp.ImageType.GRAY_IMAGE if grey else Gimp.ImageType.RGB_IMAGE


def into_new_image(image, layer, result, crop, size, scale):
    new = Gimp.Image.new_with_precision(*size, image.get_base_type(), image.get_precision())
    try:
        new.undo_disable()
        new.set_color_profile(image.get_color_profile())
        found, horizontal, vertical = image.get_resolution()
        if found:
            # More pixels of the same scene: the same size on paper.
            new.set_resolution(horizontal * scale, vertical * scale)
        new.set_unit(image.get_unit())
        upscaled = Gimp.Layer.new(new, layer.get_name(), *size, layer_type(image, layer), 100.0, Gimp.LayerMode.NORMAL)
        new.insert_layer(upscaled, None, 0)
        copy_into(upscaled, result, *crop)
        new.undo_enable()
        return new
    except BaseException:
        new.delete()
        raise


def into_this_image(image, layer, result, crop, part, what, scale):
    image.undo_group_start()
    try:
        found, horizontal, vertical = image.get_resolution()
        Gimp.context_push()
        Gimp.context_set_interpolation(Gimp.InterpolationType.CUBIC)
        image.scale(image.get_width() * scale, image.get_height() * scale)
        Gimp.context_pop()
        if found:
            image.set_resolution(horizontal * scale, vertical * scale)
        if what == "layer":
            # Scaled like everything else, with its mask; only its pixels are better. The undo step keeps the old ones.
            copy_into(layer, result)
            return
        x, y, width, height = (scale * value for value in part)
        upscaled = Gimp.Layer.new(image, "Koala", width, height, layer_type(image, layer), 100.0, Gimp.LayerMode.NORMAL)
        parent, position = (None, 0) if what == "image" else (layer.get_parent(), image.get_item_position(layer))
        image.insert_layer(upscaled, parent, position)
        if what == "selection":
            _, left, top = layer.get_offsets()
            upscaled.set_offsets(left + x, top + y)
        copy_into(upscaled, result, *crop)
        if what == "selection" and not Gimp.Selection.is_empty(image):
            upscaled.add_mask(upscaled.create_mask(Gimp.AddMaskType.SELECTION))
    finally:
        image.undo_group_end()


def restore(image, layer, options):
    check(image, layer, writes=True)
    x, y, width, height = selected_rectangle(layer)
    area = with_margin(layer, x, y, width, height)
    result = run_exchange(Pixels(image, layer), layer.get_buffer(), area, options)
    still_there(image, layer)
    image.undo_group_start()
    try:
        # The shadow is merged through the selection, feathered or not, and makes the undo step.
        shadow = layer.get_shadow_buffer()
        result.copy(Gegl.Rectangle.new(x - area.x, y - area.y, width, height), Gegl.AbyssPolicy.NONE, shadow, Gegl.Rectangle.new(x, y, width, height))
        shadow.flush()
        layer.merge_shadow(True)
        layer.update(x, y, width, height)
    finally:
        image.undo_group_end()


# ---------------------------------------------------------------------------------------------------------------- GIMP


def choice(*entries):
    made = Gimp.Choice.new()
    for number, (nick, label) in enumerate(entries):
        made.add(nick, number, label, "")
    return made


def worker_status():
    """One line for the dialog."""
    try:
        process = start_client("status")
        process.stdin.close()
        lines = process.stdout.read().decode(errors="replace").splitlines()
        if process.wait() != 0:
            return "The worker starts with the first picture."
        device = next((line[6:].strip() for line in lines if line.startswith("device")), "")
        return f"The worker is ready: {device}"
    except KoalaError as error:
        return str(error)


def ask(procedure, config, *names):
    GimpUi.init(UPSCALE)
    dialog = GimpUi.ProcedureDialog.new(procedure, config, None)
    label = dialog.get_label("worker-status", "Looking for the worker …", False, False)
    label.set_line_wrap(True)
    label.set_max_width_chars(48)
    found = queue.Queue()
    threading.Thread(target=lambda: found.put(worker_status()), daemon=True).start()

    def look():
        if found.empty():
            return True
        label.set_text(found.get())
        return False

    timer = GLib.timeout_add(100, look)
    dialog.fill([*names, "worker-status"])
    accepted = dialog.run()
    if found.empty():
        GLib.source_remove(timer)
    dialog.destroy()
    return accepted


class Koala(Gimp.PlugIn):
    def do_query_procedures(self):
        return [UPSCALE, RESTORE]

    def do_set_i18n(self, name):
        return False

    def do_create_procedure(self, name):
        procedure = Gimp.ImageProcedure.new(self, name, Gimp.PDBProcType.PLUGIN, self.run, None)
        procedure.set_image_types("*")
        procedure.set_sensitivity_mask(Gimp.ProcedureSensitivityMask.DRAWABLE)
        procedure.set_attribution("Koala.Plugins", "Koala.Plugins", "2026")
        flags = GObject.ParamFlags.READWRITE
        procedure.add_choice_argument(
            "scale", "Scale", "How many times as wide and as high", choice(("2", "×2"), ("4", "×4")), "4" if name == UPSCALE else "2", flags)
        if name == UPSCALE:
            procedure.set_menu_label("Koala upscale…")
            procedure.set_documentation(
                "Enlarges the layer, the selection or the image with KOALAnet",
                "Sharpens what is out of focus by accident and leaves alone what is blurred on purpose.", name)
            procedure.add_choice_argument(
                "what", "What", "What is enlarged",
                choice(("layer", "The layer"), ("selection", "The layer's part in the selection"), ("image", "The whole image, as it looks")), "layer", flags)
            procedure.add_choice_argument(
                "where", "Into", "Where the result goes",
                choice(("new-image", "A new image"), ("this-image", "This image, scaled")), "new-image", flags)
        else:
            procedure.set_menu_label("Koala restore detail (same size)…")
            procedure.set_documentation(
                "Restores detail in the layer, or in its part in the selection, without changing its size",
                "Enlarges with KOALAnet and brings the result back to the size of the layer.", name)
        procedure.add_menu_path("<Image>/Filters/Enhance")
        procedure.add_double_argument(
            "strength", "Strength", "Share of the network's picture; the rest is the layer itself", 0.0, 1.0, 1.0, flags)
        procedure.add_choice_argument(
            "precision", "Precision", "Arithmetic of the network", choice(("auto", "Automatic"), ("bf16", "bf16 (fast)"), ("fp32", "fp32 (exact)")), "auto", flags)
        procedure.add_image_return_value("result-image", "Result", "The image that holds the result", True, flags)
        return procedure

    def run(self, procedure, run_mode, image, drawables, config, _):
        name = procedure.get_name()
        try:
            if len(drawables) != 1 or not isinstance(drawables[0], Gimp.Layer):
                raise KoalaError(MESSAGES["layers"])
            if run_mode == Gimp.RunMode.INTERACTIVE:
                names = ["scale", "what", "where", "strength", "precision"] if name == UPSCALE else ["scale", "strength", "precision"]
                if not ask(procedure, config, *names):
                    return procedure.new_return_values(Gimp.PDBStatusType.CANCEL, GLib.Error())
            Gegl.init(None)
            Gimp.progress_init("Koala")
            options = {
                "scale": int(config.get_property("scale")),
                "strength": config.get_property("strength"),
                "precision": config.get_property("precision"),
                "same_size": name == RESTORE,
            }
            if name == UPSCALE:
                result = upscale(image, drawables[0], config.get_property("what"), config.get_property("where"), options)
                if run_mode == Gimp.RunMode.INTERACTIVE and result != image:
                    Gimp.Display.new(result)
            else:
                restore(image, drawables[0], options)
                result = image
            Gimp.progress_end()
            Gimp.displays_flush()
            values = procedure.new_return_values(Gimp.PDBStatusType.SUCCESS, GLib.Error())
            values.remove(1)
            values.insert(1, GObject.Value(Gimp.Image, result))
            return values
        except KoalaError as error:
            failure = GLib.Error.new_literal(Gimp.PlugIn.error_quark(), str(error), 0)
            return procedure.new_return_values(Gimp.PDBStatusType.EXECUTION_ERROR, failure)


Gimp.main(Koala.__gtype__, sys.argv)
