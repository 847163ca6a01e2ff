using Koala.Client.CommandLine.Folders;
using Koala.Client.CommandLine.Upscaling;
using Koala.Imaging;

namespace Koala.Client.CommandLine.Batches;

/// <summary>A photograph of a batch and where its enlargement goes.</summary>
/// <param name="Input">The photograph.</param>
/// <param name="OutputPath">The output's path below the output folder, with slashes.</param>
/// <param name="Output">The output's path.</param>
internal sealed record PlannedPhoto(InputFile Input, string OutputPath, string Output)
{
    /// <summary>Width in pixels; 0 where the file cannot be read.</summary>
    public int Width { get; init; }

    /// <summary>Height in pixels; 0 where the file cannot be read.</summary>
    public int Height { get; init; }

    /// <summary>1 to 4, alpha included.</summary>
    public int Channels { get; private init; } = 3;

    /// <summary>How its samples travel to the worker.</summary>
    public PixelFormat PixelFormat { get; private init; } = PixelFormat.RgbU8;

    /// <summary>Bytes of one of its samples.</summary>
    public int SampleBytes => PixelFormat.BytesPerPixel() / 3;

    /// <summary>Whether the file was read and has the content of no format that is known.</summary>
    public bool IsNoPicture { get; private init; }

    /// <summary>Million pixels.</summary>
    public double Megapixels => (double)Width * Height / 1e6;

    /// <summary>Why it cannot be enlarged, where that is known before.</summary>
    public CommandFailure? Problem => Input.Problem ?? OutputName.Problem(Output);

    /// <summary>The same with what the file's header tells. A file that cannot be read says why when its turn comes.</summary>
    public PlannedPhoto Measure()
    {
        if (Problem is not null)
            return this;
        // A link may lead nowhere; a pipe has no length, and would be waited for.
        if (!Input.Named && new FileInfo(RealPath.Of(Input.Path)) is not { Exists: true, LinkTarget: null, Length: > 0 })
            return this with { IsNoPicture = true };
        try
        {
            using var reader = ImageReader.Open(Input.Path);
            return this with
            {
                Width = reader.Width,
                Height = reader.Height,
                Channels = (reader.IsGrey ? 1 : 3) + (reader.HasAlpha ? 1 : 0),
                PixelFormat = PhotoUpscale.PixelFormatOf(reader),
            };
        }
        catch (ImageFileException error)
        {
            return this with { IsNoPicture = error.Reason == ImageFileError.NotAnImage };
        }
    }
}
