"""What the procedures do: where pixels are taken from, and where the answer goes."""

from gi.repository import Gegl, Gimp

from .client import KoalaError
from .pixels import Pixels, copy_into, is_opaque, merge_through_selection, run_exchange, with_margin

MESSAGES = {
    "indexed": "Koala works on RGB and grey layers: choose Image > Mode > RGB first.",
    "layers": "Koala works on one layer: select exactly one, and not its mask.",
    "group": "This is a group: choose \"The whole image\", or merge the group first.",
    "text": "This is a text layer: choose Layer > Discard Text Information first, or let the result go to a new image.",
    "mask": "The mask of a group or a text layer cannot be enlarged: apply or delete the mask, or choose \"The whole image\".",
    "locked": "The pixels of this layer are locked: unlock them in the Layers dialog first.",
    "floating": "There is a floating selection: anchor it first (Layer > Anchor Layer).",
    "effects": "The effects of this layer cannot be merged in a copy: merge them first, or choose \"The whole image\".",
    "empty": "The selection does not touch this layer.",
    "changed": "The image was closed or changed while Koala worked; nothing was changed.",
    "refused": "GIMP did not take the result; undo, and try again on a layer that can be painted on.",
}


def upscale(image, layer, what, where, options):
    """Returns the image that holds the result. what: layer, selection or image; where: new-image or this-image."""
    here, scale = where == "this-image", options["scale"]
    check(image, layer, writes=here and what != "image")
    if here and image.get_floating_sel() is not None:
        raise KoalaError(MESSAGES["floating"])
    if what != "image" and layer.get_mask() is not None and (layer.is_group() or layer.is_text_layer()):
        raise KoalaError(MESSAGES["mask"])
    visible = Gimp.Layer.new_from_visible(image, image, "Koala") if what == "image" else None
    # Effects stay on a layer of this image, and would be lost in a new one.
    merged = with_effects_merged(image, layer) if what != "image" and not here and layer.get_filters() else None
    source = visible or merged or layer
    try:
        part = selected_rectangle(layer) if what == "selection" else (0, 0, source.get_width(), source.get_height())
        # What is visible always has an alpha channel, needed or not.
        alpha = source.has_alpha() and (visible is None or not is_opaque(source))
        area = with_margin(source, *part)
        before = state(image, layer, merges=here and what == "selection")
        result = run_exchange(Pixels(image, source, alpha), source.get_buffer(), area, options)
        still_there(image, layer, before)
        if not here:
            return into_new_image(image, source, result, area, part, alpha, scale)
        into_this_image(image, layer, result, area, what, alpha, scale)
        return image
    finally:
        if visible is not None:
            visible.delete()
        if merged is not None:
            merged.get_image().delete()


def restore(image, layer, options):
    """Restores detail in the layer, or in its part in the selection."""
    check(image, layer, writes=True)
    area = with_margin(layer, *selected_rectangle(layer))
    before = state(image, layer, merges=True)
    result = run_exchange(Pixels(image, layer, layer.has_alpha()), layer.get_buffer(), area, options)
    still_there(image, layer, before)
    if not merge_through_selection(layer, result, area.x, area.y):
        raise KoalaError(MESSAGES["refused"])


def with_effects_merged(image, layer):
    """A copy of the layer, in an image of its own, that looks like it without effects."""
    own = Gimp.Image.new_with_precision(layer.get_width(), layer.get_height(), image.get_base_type(), image.get_precision())
    own.undo_disable()
    own.set_color_profile(image.get_color_profile())
    copy = Gimp.Layer.new_from_drawable(layer, own)
    own.insert_layer(copy, None, 0)
    copy.set_lock_content(False)
    copy.merge_filters()
    if copy.get_filters() or (copy.get_width(), copy.get_height()) != (layer.get_width(), layer.get_height()):
        own.delete()
        raise KoalaError(MESSAGES["effects"])
    return copy


def selected_rectangle(layer):
    """The part of the layer in the selection, all of it without one: (x, y, width, height) in the layer's pixels."""
    found, x, y, width, height = layer.mask_intersect()
    if not found:
        raise KoalaError(MESSAGES["empty"])
    return x, y, width, height


def check(image, layer, writes):
    if image.get_base_type() == Gimp.ImageBaseType.INDEXED:
        raise KoalaError(MESSAGES["indexed"])
    if writes and layer.is_group():
        raise KoalaError(MESSAGES["group"])
    if writes and layer.is_text_layer():
        raise KoalaError(MESSAGES["text"])
    if writes and layer.get_lock_content():
        raise KoalaError(MESSAGES["locked"])


def state(image, layer, merges):
    """What the place of the result depends on. merges: whether it goes through the selection."""
    selection = tuple(layer.mask_intersect()) if merges else None
    return image.get_width(), image.get_height(), layer.get_width(), layer.get_height(), selection


def still_there(image, layer, before):
    if not (image.is_valid() and layer.is_valid()) or state(image, layer, merges=before[-1] is not None) != before:
        raise KoalaError(MESSAGES["changed"])
    # Its Cancel kills the plug-in: from here on that would leave half of a result.
    Gimp.progress_end()


def layer_type(image, alpha):
    if image.get_base_type() == Gimp.ImageBaseType.GRAY:
        return Gimp.ImageType.GRAYA_IMAGE if alpha else Gimp.ImageType.GRAY_IMAGE
    return Gimp.ImageType.RGBA_IMAGE if alpha else Gimp.ImageType.RGB_IMAGE


def into_new_image(image, layer, result, area, part, alpha, scale):
    x, y, width, height = part
    new = Gimp.Image.new_with_precision(width * scale, height * scale, image.get_base_type(), image.get_precision())
    try:
        new.undo_disable()
        new.set_color_profile(image.get_color_profile())
        found, horizontal, vertical = image.get_resolution()
        if found:
            # More pixels of the same scene: the same size on paper.
            new.set_resolution(horizontal * scale, vertical * scale)
        new.set_unit(image.get_unit())
        if (metadata := image.get_metadata()) is not None:
            new.set_metadata(metadata)
        if layer.get_mask() is not None:
            upscaled = enlarged_copy(new, layer, part, scale)
        else:
            upscaled = Gimp.Layer.new(new, layer.get_name(), width * scale, height * scale, layer_type(image, alpha), 100.0, Gimp.LayerMode.NORMAL)
            new.insert_layer(upscaled, None, 0)
        copy_into(upscaled, result, (x - area.x) * scale, (y - area.y) * scale)
        new.undo_enable()
        return new
    except BaseException:
        new.delete()
        raise


def enlarged_copy(new, layer, part, scale):
    """A part of a layer with its mask, as GIMP enlarges it."""
    x, y, width, height = part
    copy = Gimp.Layer.new_from_drawable(layer, new)
    new.insert_layer(copy, None, 0)
    copy.set_lock_content(False)
    copy.set_lock_position(False)
    copy.set_opacity(100.0)
    copy.set_mode(Gimp.LayerMode.NORMAL)
    copy.set_visible(True)
    Gimp.context_push()
    Gimp.context_set_interpolation(Gimp.InterpolationType.CUBIC)
    made = copy.resize(width, height, -x, -y) and copy.scale(width * scale, height * scale, False)
    Gimp.context_pop()
    if not made:
        raise KoalaError(MESSAGES["refused"])
    copy.set_offsets(0, 0)
    return copy


def into_this_image(image, layer, result, area, what, alpha, scale):
    image.undo_group_start()
    try:
        found, horizontal, vertical = image.get_resolution()
        Gimp.context_push()
        Gimp.context_set_interpolation(Gimp.InterpolationType.CUBIC)
        image.scale(image.get_width() * scale, image.get_height() * scale)
        Gimp.context_pop()
        if found:
            image.set_resolution(horizontal * scale, vertical * scale)
        # Layers are scaled like everything else, with their masks; the undo step keeps the old ones.
        if what == "layer":
            copy_into(layer, result)
        elif what == "selection":
            if not merge_through_selection(layer, result, area.x * scale, area.y * scale):
                raise KoalaError(MESSAGES["refused"])
        else:
            upscaled = Gimp.Layer.new(image, "Koala", image.get_width(), image.get_height(), layer_type(image, alpha), 100.0, Gimp.LayerMode.NORMAL)
            image.insert_layer(upscaled, None, 0)
            copy_into(upscaled, result)
    finally:
        image.undo_group_end()
