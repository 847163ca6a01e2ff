using Koala.Client;
using Koala.PaintDotNet.Layers;
using Koala.PaintDotNet.Workers;

namespace Koala.PaintDotNet.Upscaling;

/// <summary>Enlarges a part of a layer, row by row, into any number of targets.</summary>
internal static class NewImage
{
    /// <summary>Sends the part and what the network needs to see around it; rows go to the targets as they are finished.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="part">What is wanted of it.</param>
    /// <param name="settings">How it is enlarged.</param>
    /// <param name="connection">The worker.</param>
    /// <param name="targets">Each of the part's size times the scale. Not completed here.</param>
    /// <param name="progress">Told after every tile.</param>
    /// <param name="cancellationToken">Ends the job.</param>
    /// <exception cref="KoalaException">The worker could not do it.</exception>
    /// <exception cref="IOException">A target could not be written.</exception>
    public static async Task MakeAsync(
        LayerSource layer, PixelRegion part, EffectSettings settings, Connection connection, IReadOnlyCollection<IImageTarget> targets,
        IProgress<UpscaleProgress>? progress, CancellationToken cancellationToken)
    {
        var scale = settings.Scale;
        var area = part.Inflate(connection.Model(scale).Halo).Intersect(new PixelRegion(0, 0, layer.Width, layer.Height));
        var wanted = new PixelRegion(part.X - area.X, part.Y - area.Y, part.Width, part.Height).Scaled(scale);
        var mask = SelectionMask.Of(layer, part, scale);
        await connection.Client.UpscaleLayerAsync(
            new LayerJob
            {
                Width = area.Width,
                Height = area.Height,
                Format = new LayerFormat(Bgra.PixelBytes, SampleType.U8),
                Scale = scale,
                Strength = settings.Strength,
                KeepBlur = settings.KeepBlur,
                Precision = settings.Precision,
                ReadRows = (y, count, rows, _) =>
                {
                    layer.Read(area with { Y = area.Y + y, Height = count }, rows.Span);
                    Bgra.SwapRedAndBlue(rows.Span);
                    return ValueTask.CompletedTask;
                },
                WriteRows = (y, count, rows, _) =>
                {
                    WriteRows(rows.Span, y, area.Width * scale);
                    return ValueTask.CompletedTask;
                },
            },
            progress,
            cancellationToken);

        void WriteRows(ReadOnlySpan<byte> rgba, int first, int width)
        {
            var kept = new PixelRegion(0, first, width, rgba.Length / (width * Bgra.PixelBytes)).Intersect(wanted);
            if (kept.Height == 0)
                return;
            var rowBytes = kept.Width * Bgra.PixelBytes;
            var bgra = new byte[kept.Height * rowBytes];
            for (var i = 0; i < kept.Height; i++)
            {
                var row = bgra.AsSpan(i * rowBytes, rowBytes);
                rgba.Slice(((kept.Y - first + i) * width + kept.X) * Bgra.PixelBytes, rowBytes).CopyTo(row);
                Bgra.SwapRedAndBlue(row);
                mask?.Apply(row);
            }
            foreach (var target in targets)
                target.WriteRows(bgra);
        }
    }
}
