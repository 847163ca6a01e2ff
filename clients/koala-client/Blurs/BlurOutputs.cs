using Koala.Imaging;
using Koala.Imaging.Sheets;

namespace Koala.Client.CommandLine.Blurs;

/// <summary>Files that a photograph's blur is written to; what is null is not wanted.</summary>
/// <param name="Photo">The photograph.</param>
/// <param name="Map">A picture.</param>
/// <param name="Layers">A TIFF of numbers.</param>
/// <param name="Kernels">A picture of kernels.</param>
/// <param name="MeanKernel">A text.</param>
/// <param name="Overwrite">Whether files that exist may be replaced.</param>
internal sealed record BlurOutputs(string Photo, string? Map, string? Layers, string? Kernels, string? MeanKernel, bool Overwrite)
{
    /// <summary>Whether there is one.</summary>
    public bool Any => (Map ?? Layers ?? Kernels ?? MeanKernel) is not null;

    /// <summary>Finds what can be known to go wrong before any work.</summary>
    /// <exception cref="ImageFileException">A file cannot be written.</exception>
    /// <exception cref="CommandFailure">A name does not say the format that it will have.</exception>
    public void Check()
    {
        foreach (var picture in new[] { Map, Kernels }.OfType<string>())
            RgbCanvas.CheckPlace(picture, Photo, Overwrite);
        if (Layers is not null)
        {
            if (Path.GetExtension(Layers).ToLowerInvariant() is not (".tif" or ".tiff"))
                throw new CommandFailure(ExitCode.OutputFormatUnknown, $"'{Layers}' is to be a TIFF; let it end in .tif.");
            SampleFile.CheckPlace(Layers, Photo, Overwrite);
        }
        if (MeanKernel is not null)
            SampleFile.CheckPlace(MeanKernel, Photo, Overwrite);
    }

    /// <summary>Writes them, each whole or not at all.</summary>
    /// <exception cref="ImageFileException">A file cannot be written.</exception>
    public void Write(PhotoBlur blur)
    {
        if (Map is not null)
            BlurPicture.Draw(blur).Save(Map, Photo, Overwrite);
        if (Layers is not null)
            SampleFile.WriteTiff(
                Layers, Photo, Overwrite, blur.Width, Layer(blur, pixel => pixel.SigmaMajor), Layer(blur, pixel => pixel.SigmaMinor),
                Layer(blur, pixel => (float)(pixel.Angle * 180 / Math.PI)));
        if (Kernels is not null)
            KernelSheet.Draw(Photo, blur).Save(Kernels, Photo, Overwrite);
        if (MeanKernel is not null)
            SampleFile.WriteText(MeanKernel, Photo, Overwrite, KernelFile.Text(blur.Result.MeanKernel!.Centred()));
    }

    private static float[] Layer(PhotoBlur blur, Func<Blur, float> value) => [.. blur.Map.Select(value)];
}
