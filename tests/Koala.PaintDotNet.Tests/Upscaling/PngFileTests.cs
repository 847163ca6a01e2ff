using Koala.PaintDotNet.Tests.Host;
using Koala.PaintDotNet.Upscaling;
using NetVips;

namespace Koala.PaintDotNet.Tests.Upscaling;

public sealed class PngFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("koala-png-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void WriteRows_OfAnyPixels_AreReadBackByAnotherProgramsDecoder()
    {
        var layer = Layer.Picture(257, 131).With((x, y, pixel) => pixel with { A = (byte)(x + y) });
        var path = Path.Combine(_folder, "picture.png");
        using (var file = new PngFile(path, layer.Width, layer.Height))
        {
            foreach (var rows in Bytes(layer).Chunk(layer.Width * 4 * 17))
                file.WriteRows(rows);
            Assert.False(File.Exists(path));
            file.Complete();
        }

        using var image = NewImageTests.Open(path);
        Assert.Equal((layer.Width, layer.Height, 4), (image.Width, image.Height, image.Bands));
        Assert.Equal(layer.Pixels.SelectMany(p => new[] { p.R, p.G, p.B, p.A }), image.WriteToMemory<byte>());
        Assert.Equal(["picture.png"], Directory.GetFiles(_folder).Select(Path.GetFileName));
    }

    [Fact]
    public void Complete_WithAProfile_EmbedsIt()
    {
        var profile = Image.ProfileLoad("p3");
        var path = Path.Combine(_folder, "p3.png");
        using (var file = new PngFile(path, 1, 1, profile))
        {
            file.WriteRows([1, 2, 3, 4]);
            file.Complete();
        }
        using var image = NewImageTests.Open(path);
        Assert.Equal(profile, (byte[])image.Get("icc-profile-data"));
    }

    [Fact]
    public void Dispose_BeforeItIsWhole_LeavesWhatWasThere()
    {
        var path = Path.Combine(_folder, "old.png");
        File.WriteAllText(path, "old");
        using (var file = new PngFile(path, 4, 4))
            file.WriteRows(new byte[16]);
        Assert.Equal("old", File.ReadAllText(path));
        Assert.Single(Directory.GetFiles(_folder));
    }

    private static byte[] Bytes(Layer layer) => [.. layer.Pixels.SelectMany(p => new[] { p.B, p.G, p.R, p.A })];
}
