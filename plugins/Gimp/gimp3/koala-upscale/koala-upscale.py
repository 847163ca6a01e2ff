#!/usr/bin/env python3
"""Koala upscale and Koala restore detail for GIMP 3: sends a layer to koala-client and puts the answer where it is wanted.

Pixels travel as raw rows in the layer's own primaries and depth (see docs/stdio.md of koala-client). The image is touched only once the whole
answer is here, and in one undo step.
"""

import sys

import gi

gi.require_version("Babl", "0.1")
gi.require_version("Gegl", "0.4")
gi.require_version("Gimp", "3.0")
gi.require_version("GimpUi", "3.0")
from gi.repository import Gegl, Gimp, GLib, GObject  # noqa: E402

from koala.client import KoalaError  # noqa: E402
from koala.dialog import ask  # noqa: E402
from koala.results import MESSAGES, restore, upscale  # noqa: E402

UPSCALE = "koala-upscale"
RESTORE = "koala-restore-detail"

# Names of the arguments, in the order of the dialog.
ARGUMENTS = {
    UPSCALE: ["scale", "what", "where", "strength", "keep-blur", "precision"],
    RESTORE: ["scale", "strength", "keep-blur", "precision"],
}


def choice(*entries):
    made = Gimp.Choice.new()
    for number, (nick, label) in enumerate(entries):
        made.add(nick, number, label, "")
    return made


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
            "scale", "Sc_ale", "How many times as wide and as high", choice(("2", "×2"), ("4", "×4")), "4" if name == UPSCALE else "2", flags)
        if name == UPSCALE:
            procedure.set_menu_label("_Koala upscale…")
            procedure.set_documentation(
                "Enlarges the layer, the selection or the image with KOALAnet",
                "Sharpens what is out of focus by accident and leaves alone what is blurred on purpose.", name)
            procedure.add_choice_argument(
                "what", "_What", "What is enlarged",
                choice(("layer", "The layer"), ("selection", "The layer's part in the selection"), ("image", "The whole image, as it looks")), "layer", flags)
            procedure.add_choice_argument(
                "where", "_Into", "Where the result goes",
                choice(("new-image", "A new image"), ("this-image", "This image, scaled")), "new-image", flags)
        else:
            procedure.set_menu_label("K_oala restore detail (same size)…")
            procedure.set_documentation(
                "Restores detail in the layer, or in its part in the selection, without changing its size",
                "Enlarges with KOALAnet and brings the result back to the size of the layer.", name)
        procedure.add_menu_path("<Image>/Filters/Enhance")
        procedure.add_double_argument(
            "strength", "Stren_gth", "Share of the network's picture; the rest is the layer itself", 0.0, 1.0, 1.0, flags)
        procedure.add_double_argument(
            "keep-blur", "Keep _blur", "Where the layer is blurred on purpose, so much of the network's picture gives way to the layer itself", 0.0, 1.0, 0.0, flags)
        procedure.add_choice_argument(
            "precision", "_Precision", "Arithmetic of the network", choice(("auto", "Automatic"), ("bf16", "bf16 (fast)"), ("fp32", "fp32 (exact)")), "auto", flags)
        procedure.add_image_return_value("result-image", "Result", "The image that holds the result", True, flags)
        return procedure

    def run(self, procedure, run_mode, image, drawables, config, _):
        name = procedure.get_name()
        try:
            if len(drawables) != 1 or not isinstance(drawables[0], Gimp.Layer):
                raise KoalaError(MESSAGES["layers"])
            if run_mode == Gimp.RunMode.INTERACTIVE and not ask(procedure, config, ARGUMENTS[name]):
                return procedure.new_return_values(Gimp.PDBStatusType.CANCEL, GLib.Error())
            Gegl.init(None)
            Gimp.progress_init("Koala")
            options = {
                "scale": int(config.get_property("scale")),
                "strength": config.get_property("strength"),
                "keep_blur": config.get_property("keep-blur"),
                "precision": config.get_property("precision"),
                "same_size": name == RESTORE,
            }
            if name == UPSCALE:
                result = upscale(image, drawables[0], config.get_property("what"), config.get_property("where"), options)
                if run_mode != Gimp.RunMode.NONINTERACTIVE and result != image:
                    Gimp.Display.new(result)
            else:
                restore(image, drawables[0], options)
                result = image
            Gimp.displays_flush()
            values = procedure.new_return_values(Gimp.PDBStatusType.SUCCESS, GLib.Error())
            values.remove(1)
            values.insert(1, GObject.Value(Gimp.Image, result))
            return values
        except KoalaError as error:
            failure = GLib.Error.new_literal(Gimp.PlugIn.error_quark(), str(error), 0)
            return procedure.new_return_values(Gimp.PDBStatusType.EXECUTION_ERROR, failure)


Gimp.main(Koala.__gtype__, sys.argv)
