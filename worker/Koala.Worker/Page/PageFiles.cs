namespace Koala.Worker.Page;

/// <summary>The files of the status page, which the program carries in itself.</summary>
internal static class PageFiles
{
    private static readonly Dictionary<string, (string ContentType, byte[] Bytes)> Files = new(StringComparer.Ordinal)
    {
        ["/"] = ("text/html; charset=utf-8", Read("index.html")),
        ["/page.css"] = ("text/css; charset=utf-8", Read("page.css")),
        ["/page.js"] = ("text/javascript; charset=utf-8", Read("page.js")),
        ["/try-out.js"] = ("text/javascript; charset=utf-8", Read("try-out.js")),
        ["/icon.svg"] = ("image/svg+xml", Read("icon.svg")),
    };

    /// <summary>The file at a path, with its type; null where there is none.</summary>
    public static (string ContentType, byte[] Bytes)? Find(string? path) => Files.TryGetValue(path ?? "", out var file) ? file : null;

    private static byte[] Read(string name)
    {
        using var resource = typeof(PageFiles).Assembly.GetManifestResourceStream($"page/{name}")!;
        var bytes = new byte[resource.Length];
        resource.ReadExactly(bytes);
        return bytes;
    }
}
