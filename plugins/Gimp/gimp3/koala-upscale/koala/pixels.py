"""Pixels of layers: how they travel, and where they are read and written."""

from gi.repository import Babl, Gegl, Gimp

from .exchange import CHUNK, Exchange, pixel_bytes

# Pixels around a selection that the network sees too, as many as the halo of the weights, so that its border looks like the middle.
MARGIN = 48


class Pixels:
    """How the pixels of a drawable are exchanged: its own primaries, at least its own depth, sRGB's tone curve."""

    def __init__(self, image, drawable, alpha):
        own = drawable.get_format()
        sample = {"u8": "u8", "u16": "u16"}.get(Babl.get_name(Babl.format_get_type(own, 0)), "float")
        if image.get_color_profile() is not None:
            # The profile's tone curve may be another: 8 bits would not survive the way there and back, nor 16 a steep foot.
            sample = {"u8": "u16"}.get(sample, "float")
        grey = drawable.is_gray()
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


def with_margin(layer, x, y, width, height):
    """A part of a layer and what is around it."""
    left, top = max(0, x - MARGIN), max(0, y - MARGIN)
    right, bottom = min(layer.get_width(), x + width + MARGIN), min(layer.get_height(), y + height + MARGIN)
    return Gegl.Rectangle.new(left, top, right - left, bottom - top)


def is_opaque(layer):
    """Whether there is nothing to see through, alpha channel or not."""
    if not layer.has_alpha():
        return True
    buffer, width, height = layer.get_buffer(), layer.get_width(), layer.get_height()
    rows = max(1, CHUNK // (2 * width))
    for y in range(0, height, rows):
        alpha = buffer.get(Gegl.Rectangle.new(0, y, width, min(rows, height - y)), 1.0, "A u16", Gegl.AbyssPolicy.CLAMP)
        if alpha.count(b"\xff") != len(alpha):
            return False
    return True


def copy_into(layer, buffer, x=0, y=0):
    """Copies a part of a buffer, from (x, y), over a whole layer."""
    target = layer.get_buffer()
    width, height = layer.get_width(), layer.get_height()
    buffer.copy(Gegl.Rectangle.new(x, y, width, height), Gegl.AbyssPolicy.NONE, target, Gegl.Rectangle.new(0, 0, width, height))
    target.flush()
    layer.update(0, 0, width, height)


def merge_through_selection(layer, buffer, x, y):
    """Puts a buffer on a layer, its corner at (x, y), as far as the selection lets it through; one undo step. Whether GIMP did."""
    width, height = buffer.props.width, buffer.props.height
    shadow = layer.get_shadow_buffer()
    # The selection may have become another: what it lets through beside the buffer is the layer itself.
    whole = Gegl.Rectangle.new(0, 0, layer.get_width(), layer.get_height())
    layer.get_buffer().copy(whole, Gegl.AbyssPolicy.NONE, shadow, whole)
    buffer.copy(Gegl.Rectangle.new(0, 0, width, height), Gegl.AbyssPolicy.NONE, shadow, Gegl.Rectangle.new(x, y, width, height))
    shadow.flush()
    merged = layer.merge_shadow(True)
    layer.update(x, y, width, height)
    return merged
