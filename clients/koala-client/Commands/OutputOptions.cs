using System.CommandLine;
using System.Globalization;
using Koala.Imaging;

namespace Koala.Client.CommandLine.Commands;

/// <summary>The options that say how the enlarged photographs are written.</summary>
internal sealed class OutputOptions
{
    private static readonly string[] Formats = ["png", "jpeg", "webp", "tiff", "avif", "dzi"];

    private readonly Option<string?> _format = new("--format")
    {
        Description = "png, jpeg, webp, tiff, avif or dzi (a Deep Zoom pyramid). Default: by the extension of OUT; needed where OUT is '-'.",
        HelpName = "FORMAT",
        CustomParser = result =>
        {
            var text = result.Tokens[0].Value.ToLowerInvariant();
            if (Formats.Contains(text))
                return text;
            result.AddError($"--format is {string.Join(", ", Formats[..^1])} or {Formats[^1]}, not '{text}'");
            return null;
        },
    };

    private readonly Option<int?> _quality = new("--quality")
    {
        Description = "1 to 100. Default: 95 for jpeg and dzi, 90 for avif and for webp that is not lossless.",
        HelpName = "QUALITY",
        CustomParser = result =>
        {
            var text = result.Tokens[0].Value;
            if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var quality) && quality is >= 1 and <= 100)
                return quality;
            result.AddError($"--quality is 1 to 100, not '{text}'");
            return null;
        },
    };

    private readonly Option<string?> _compression = new("--compression")
    {
        Description = "For png 0 (fast) to 9 (small), default 2; for tiff none, lzw or deflate, default deflate.",
        HelpName = "COMPRESSION",
    };

    private readonly Option<ChromaSubsampling?> _chroma = new("--chroma")
    {
        Description = "For jpeg and avif 444, or 420, which is smaller and blurs the edges of colours. Default: 444.",
        HelpName = "444|420",
        CustomParser = result =>
        {
            var text = result.Tokens[0].Value;
            switch (text.Replace(":", ""))
            {
                case "444":
                    return ChromaSubsampling.Full;
                case "420":
                    return ChromaSubsampling.Half;
                default:
                    result.AddError($"--chroma is 444 or 420, not '{text}'");
                    return null;
            }
        },
    };

    private readonly Option<bool?> _lossless = new("--lossless")
    {
        Description = "For webp and avif: keep every pixel exactly. Default: yes for webp without --quality, else no.",
        HelpName = "true|false",
    };

    /// <summary>Adds --format, --quality, --compression, --chroma and --lossless.</summary>
    public void AddTo(Command command)
    {
        foreach (var option in (Option[])[_format, _quality, _compression, _chroma, _lossless])
            command.Add(option);
    }

    /// <summary>What they say; whether it fits the format the writer finds out.</summary>
    public ImageWriterOptions Output(ParseResult parsed) => new()
    {
        Format = parsed.GetValue(_format),
        Quality = parsed.GetValue(_quality),
        Compression = parsed.GetValue(_compression),
        Chroma = parsed.GetValue(_chroma),
        Lossless = parsed.GetValue(_lossless),
    };
}
