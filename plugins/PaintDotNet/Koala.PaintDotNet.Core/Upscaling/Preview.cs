using Koala.Client;
using Koala.PaintDotNet.Layers;
using Koala.PaintDotNet.Workers;

namespace Koala.PaintDotNet.Upscaling;

/// <summary>A small part of the layer, before and after.</summary>
/// <param name="Width">Pixels of the part in a row, before.</param>
/// <param name="Height">Rows of the part, before.</param>
/// <param name="Scale">How many times as wide and high it is after.</param>
/// <param name="Before">Blue, green, red, straight alpha.</param>
/// <param name="After">Likewise.</param>
internal sealed record Preview(int Width, int Height, int Scale, byte[] Before, byte[] After)
{
    private const int LongestSide = 96;

    /// <summary>Makes the preview of the middle of what is selected.</summary>
    /// <exception cref="KoalaException">The worker could not do it.</exception>
    public static async Task<Preview> MakeAsync(LayerSource layer, EffectSettings settings, Connection connection, CancellationToken cancellationToken)
    {
        var selection = layer.Selection;
        var (width, height) = (Math.Min(LongestSide, selection.Width), Math.Min(LongestSide, selection.Height));
        var part = new PixelRegion(selection.X + (selection.Width - width) / 2, selection.Y + (selection.Height - height) / 2, width, height);
        var before = new byte[width * height * Bgra.PixelBytes];
        layer.Read(part, before);
        using var after = new MemoryStream();
        using var target = new MemoryImage(after);
        await NewImage.MakeAsync(layer, part, settings, connection, [target], progress: null, cancellationToken);
        return new Preview(width, height, settings.Scale, before, after.ToArray());
    }

    private sealed class MemoryImage(MemoryStream pixels) : IImageTarget
    {
        public void WriteRows(ReadOnlySpan<byte> bgra) => pixels.Write(bgra);

        public void Complete()
        {
        }

        public void Dispose()
        {
        }
    }
}
