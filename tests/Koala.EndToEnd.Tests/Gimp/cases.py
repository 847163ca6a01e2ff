"""Runs inside GIMP 3: works through the cases of cases.json and leaves, for each, NAME.json (what came out) and NAME.raw (its pixels)."""

import json
import os
import time

import gi

gi.require_version("Babl", "0.1")
gi.require_version("Gegl", "0.4")
gi.require_version("Gimp", "3.0")
from gi.repository import Babl, Gegl, Gimp, Gio  # noqa: E402

FOLDER = os.environ["KOALA_TEST_FOLDER"]


def path(name):
    return os.path.join(FOLDER, name)


def rows_of(drawable):
    """The pixels as they are stored: own primaries, depth and tone curve; float in sRGB's curve."""
    own = drawable.get_format()
    sample = {"u8": "u8", "u16": "u16"}.get(Babl.get_name(Babl.format_get_type(own, 0)), "float")
    mark = "~" if sample == "float" else "'"
    text = (f"Y{mark}" if drawable.is_gray() else f"R{mark}G{mark}B{mark}") + ("A" if drawable.has_alpha() else "") + " " + sample
    name = Babl.get_name(Babl.format_with_space(text, own))
    whole = Gegl.Rectangle.new(0, 0, drawable.get_width(), drawable.get_height())
    return text.replace(mark, ""), drawable.get_buffer().get(whole, 1.0, name, Gegl.AbyssPolicy.NONE)


def describe(image, layer, prefix):
    text, rows = rows_of(layer)
    with open(path(f"{prefix}.raw"), "wb") as file:
        file.write(rows)
    mask = layer.get_mask()
    if mask is not None:
        with open(path(f"{prefix}-mask.raw"), "wb") as file:
            file.write(rows_of(mask)[1])
    _, left, top = layer.get_offsets()
    _, horizontal, _ = image.get_resolution()
    profile = image.get_color_profile()
    return {
        "format": text, "width": layer.get_width(), "height": layer.get_height(), "left": left, "top": top,
        "image_width": image.get_width(), "image_height": image.get_height(), "layers": len(image.get_layers()),
        "precision": image.get_precision().value_nick, "profile": profile.get_label() if profile else None, "resolution": horizontal,
        "mask": mask is not None, "metadata": image.get_metadata().serialize() if image.get_metadata() else None,
    }


def run(case):
    image = Gimp.file_load(Gimp.RunMode.NONINTERACTIVE, Gio.File.new_for_path(path(case["file"])))
    layer = image.get_layers()[0]
    if "precision" in case:
        image.convert_precision(getattr(Gimp.Precision, case["precision"].upper()))
    if case.get("indexed"):
        image.convert_indexed(Gimp.ConvertDitherType.NONE, Gimp.ConvertPaletteType.GENERATE, 16, False, False, "")
    if "offset" in case:
        layer.set_offsets(*case["offset"])
    if "selection" in case:
        image.select_rectangle(Gimp.ChannelOps.REPLACE, *case["selection"])
    if case.get("layer_mask"):
        mask = layer.create_mask(Gimp.AddMaskType.WHITE)
        layer.add_mask(mask)
        image.select_rectangle(Gimp.ChannelOps.REPLACE, 0, 0, layer.get_width() // 2, layer.get_height())
        Gimp.context_set_foreground(Gegl.Color.new("black"))
        mask.edit_fill(Gimp.FillType.FOREGROUND)
        Gimp.Selection.none(image)
    if "effect" in case:
        layer.append_filter(Gimp.DrawableFilter.new(layer, case["effect"], ""))
    if case.get("position_locked"):
        layer.set_lock_position(True)
    if case.get("locked"):
        layer.set_lock_content(True)
    if case.get("second"):
        upper = layer.copy()
        image.insert_layer(upper, None, 0)
        upper.set_opacity(40)
        upper.set_offsets(11, 7)
        Gimp.file_save(Gimp.RunMode.NONINTERACTIVE, image, Gio.File.new_for_path(path(case["name"] + "-seen.png")))
    if case.get("text"):
        layer = Gimp.TextLayer.new(image, "Koala", Gimp.context_get_font(), 20, Gimp.Unit.pixel())
        image.insert_layer(layer, None, 0)
    if case.get("group"):
        group = Gimp.GroupLayer.new(image, "group")
        image.insert_layer(group, None, 0)
        image.reorder_item(layer, group, 0)
        layer = group
    before = describe(image, layer, case["name"] + "-before")
    image.clean_all()

    procedure = Gimp.get_pdb().lookup_procedure(case.get("procedure", "koala-upscale"))
    config = procedure.create_config()
    config.set_property("image", image)
    config.set_core_object_array("drawables", [layer])
    for key, value in case.get("arguments", {}).items():
        config.set_property(key, value)
    began = time.monotonic()
    values = procedure.run(config)
    answer = {"name": case["name"], "status": values.index(0).value_nick, "before": before, "seconds": time.monotonic() - began}
    if values.index(0) == Gimp.PDBStatusType.SUCCESS:
        result = values.index(1)
        answer["after"] = describe(result, layer if result == image and case.get("read", "layer") == "layer" else result.get_layers()[0], case["name"])
    else:
        answer["error"] = Gimp.get_pdb().get_last_error()
        answer["after"] = describe(image, layer, case["name"])
        answer["dirty"] = image.is_dirty()
    with open(path(case["name"] + ".json"), "w", encoding="utf-8") as file:
        json.dump(answer, file)


Gegl.init(None)
with open(path("cases.json"), encoding="utf-8") as file:
    for each in json.load(file):
        run(each)
