namespace Koala.PaintDotNet.Upscaling;

/// <summary>What the user chooses in "Upscale to new image".</summary>
internal sealed record UpscaleSettings
{
    /// <summary>What both effects have. Default: ×4.</summary>
    public EffectSettings Effect { get; init; } = new() { Scale = 4 };

    /// <summary>Whether the result is put on the clipboard. Default: yes.</summary>
    public bool ToClipboard { get; init; } = true;

    /// <summary>Whether the result is written to a PNG file. Default: no.</summary>
    public bool ToFile { get; init; }

    /// <summary>Whether the file is then opened in paint.net. Default: yes.</summary>
    public bool OpenFile { get; init; } = true;

    /// <summary>Folder of the last file; empty for the user's pictures.</summary>
    public string Folder { get; init; } = "";

    /// <summary>The nearest settings that are in range.</summary>
    public UpscaleSettings Valid() => this with { Effect = (Effect ?? new()).Valid(), Folder = Folder ?? "" };
}
