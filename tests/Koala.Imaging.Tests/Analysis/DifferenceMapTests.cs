using System.Drawing;
using Koala.Imaging.Analysis;
using NetVips;

namespace Koala.Imaging.Tests.Analysis;

public class DifferenceMapTests : TestFolder
{
    [Theory]
    [InlineData(8)]
    [InlineData(16)]
    public void Map_OfKnownDifferences_HasTheirColours(int bits)
    {
        using (var grey = (Image.Black(8, 2, bands: 3) + (bits == 8 ? 100 : 25700)).Cast(bits == 8 ? Enums.BandFormat.Uchar : Enums.BandFormat.Ushort))
            grey.Copy(interpretation: bits == 8 ? Enums.Interpretation.Srgb : Enums.Interpretation.Rgb16).Pngsave(PathOf("in.png"));
        using var reader = ImageReader.Open(PathOf("in.png"));
        // A difference in one channel counts whole, whichever way.
        float[] levels = [0, 8, -8, 16, 24, 32, 100, 4];
        var rebuilt = levels.SelectMany(level => new[] { 100 / 255f, (100 + level) / 255f, 100 / 255f }).ToArray();

        using (var map = new DifferenceMap(PathOf("map.png"), reader, new Rectangle(0, 0, 8, 2), overwrite: false))
        {
            map.AddRead(Pictures.ReadAll(reader));
            map.AddRebuilt(0, 0, rebuilt);
            map.AddRebuilt(1, 0, rebuilt);
            map.Commit();
        }

        byte[] row = [0, 0, 0, 40, 30, 160, 40, 30, 160, 210, 40, 60, 250, 200, 40, 255, 255, 255, 255, 255, 255, 20, 15, 80];
        Assert.Equal([.. row, .. row], Pictures.Decode(PathOf("map.png")));
        Assert.Equal(["in.png", "map.png"], Names());
    }

    [Fact]
    public void Map_OfAPart_ComparesWhatIsThere()
    {
        using var picture = Pictures.Noise("rgb", 12, 9);
        picture.Pngsave(PathOf("in.png"));
        using var reader = ImageReader.Open(PathOf("in.png"));
        var rows = Pictures.ReadAll(reader);

        using (var map = new DifferenceMap(PathOf("map.png"), reader, new Rectangle(5, 3, 4, 2), overwrite: false))
        {
            map.AddRead(rows);
            // What is rebuilt is a little more than the part: columns from 2 on, rows from 1 on.
            for (var y = 1; y < 8; y++)
                map.AddRebuilt(y, 2, [.. rows.Skip(3 * (12 * y + 2)).Take(3 * 9).Select(value => value / 255f)]);
            map.Commit();
        }

        using var written = Image.NewFromFile(PathOf("map.png"));
        Assert.Equal((4, 2, 0.0), (written.Width, written.Height, written.Max()));
    }

    [Fact]
    public void Map_ThatIsNotCommitted_LeavesNothing()
    {
        using var picture = Pictures.Noise("rgb", 12, 9);
        picture.Pngsave(PathOf("in.png"));
        using var reader = ImageReader.Open(PathOf("in.png"));

        new DifferenceMap(PathOf("map.png"), reader, new Rectangle(0, 0, 12, 9), overwrite: false).Dispose();

        Assert.Equal(["in.png"], Names());
    }
}
