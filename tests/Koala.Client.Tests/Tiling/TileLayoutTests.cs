namespace Koala.Client.Tests.Tiling;

public class TileLayoutTests
{
    [Theory]
    // width, height, tile side, halo, overlap → columns, rows, tile width, tile height
    [InlineData(1, 1, 256, 24, 4, 1, 1, 52, 52)]
    [InlineData(100, 60, 256, 24, 4, 1, 1, 148, 108)]
    [InlineData(208, 208, 256, 24, 4, 1, 1, 256, 256)]
    [InlineData(209, 208, 256, 24, 4, 2, 1, 156, 256)]
    [InlineData(640, 480, 256, 24, 4, 4, 3, 212, 212)]
    [InlineData(3, 5000, 256, 24, 4, 1, 25, 52, 252)]
    [InlineData(1000, 1000, 255, 23, 4, 5, 5, 252, 252)]
    [InlineData(640, 480, 64, 0, 0, 10, 8, 64, 60)]
    public void Layout_OfAnImage_IsEven(
        int width, int height, int tileSide, int halo, int overlap, int columns, int rows, int tileWidth, int tileHeight)
    {
        var layout = new TileLayout(width, height, tileSide, halo, overlap: overlap);

        Assert.Equal((columns, rows), (layout.Columns, layout.Rows));
        Assert.Equal((tileWidth, tileHeight), (layout.TileWidth, layout.TileHeight));
    }

    [Fact]
    public void Layout_OfAnySize_CoversAlignsAndKeepsTheHalo()
    {
        var random = new Random(1);
        for (var i = 0; i < 3000; i++)
        {
            var (alignment, halo, overlap) = (random.Next(1, 9), random.Next(0, 40), random.Next(0, 12));
            var side = TileLayout.MinimumTileSide(halo, alignment, overlap) + random.Next(0, i % 2 == 0 ? 5 : 300);
            var layout = new TileLayout(random.Next(1, 40), random.Next(1, 3000), side, halo, alignment, overlap);

            CheckAxes(layout, side);
        }
    }

    [Fact]
    public void Layout_OfAnyRegion_CoversItOnTheImagesGrid()
    {
        var random = new Random(1);
        for (var i = 0; i < 3000; i++)
        {
            var (alignment, halo, overlap) = (random.Next(1, 9), random.Next(0, 40), random.Next(0, 12));
            var side = TileLayout.MinimumTileSide(halo, alignment, overlap) + random.Next(0, i % 2 == 0 ? 5 : 300);
            var (width, height) = (random.Next(1, 40), random.Next(1, 3000));
            var (x, y) = (random.Next(width), random.Next(height));
            var region = new PixelRegion(x, y, random.Next(1, width - x + 1), random.Next(1, height - y + 1));

            CheckAxes(new TileLayout(width, height, side, halo, alignment, overlap, region), side);
        }
    }

    [Theory]
    [InlineData(-1, 0, 1, 1)]
    [InlineData(0, 20, 1, 1)]
    [InlineData(3, 0, 8, 1)]
    [InlineData(0, 0, 1, 0)]
    [InlineData(1, 0, int.MaxValue, 1)]
    public void Layout_OfARegionOutside_Throws(int x, int y, int width, int height) => Assert.Equal(
        "region", Assert.Throws<ArgumentOutOfRangeException>(() => new TileLayout(10, 20, 64, 8, region: new PixelRegion(x, y, width, height))).ParamName);

    [Fact]
    public void Layout_OfEverySmallLength_LeavesNoTinyTile()
    {
        for (var length = 1; length < 1500; length++)
        {
            var layout = new TileLayout(length, 1, 128, 16);
            var widths = Enumerable.Range(0, layout.Count).Select(i => layout[i].Wanted.Width).ToList();

            Assert.True(widths.Max() - widths.Min() <= 3 * layout.Alignment, $"{length}: {string.Join(' ', widths)}");
        }
    }

    [Theory]
    [InlineData(0, 1, 256, 24, 4, 4, "width")]
    [InlineData(1, -3, 256, 24, 4, 4, "height")]
    [InlineData(1, 1, 59, 24, 4, 4, "tileSide")]
    [InlineData(1, 1, 256, -1, 4, 4, "halo")]
    [InlineData(1, 1, 256, 24, 0, 4, "alignment")]
    [InlineData(1, 1, 256, 24, 4, -1, "overlap")]
    public void Layout_OfArgumentsOutOfRange_Throws(
        int width, int height, int tileSide, int halo, int alignment, int overlap, string name)
    {
        var exception = Assert.Throws<ArgumentOutOfRangeException>(
            () => new TileLayout(width, height, tileSide, halo, alignment, overlap));

        Assert.Equal(name, exception.ParamName);
        Assert.Contains("Expected", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Index_BeyondTheTiles_Throws() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new TileLayout(10, 10, 64, 8)[1]);

    private static void CheckAxes(TileLayout layout, int side)
    {
        var region = layout.Region;
        CheckAxis(region.X, region.Right, layout.TileWidth, layout.Columns, layout, side, t => (t.Area.X, t.Wanted.X, t.Wanted.Right), 1);
        CheckAxis(
            region.Y, region.Bottom, layout.TileHeight, layout.Rows, layout, side, t => (t.Area.Y, t.Wanted.Y, t.Wanted.Bottom), layout.Columns);
    }

    private static void CheckAxis(
        int first, int last, int tileSize, int count, TileLayout layout, int side, Func<TilePlacement, (int, int, int)> axis, int step)
    {
        Assert.True(tileSize <= side && tileSize % layout.Alignment == 0);
        var previousStart = first;
        var previousEnd = first + layout.Overlap;
        var endBeforeThat = first;
        for (var i = 0; i < count; i++)
        {
            var (origin, start, end) = axis(layout[i * step]);
            Assert.Equal(0, origin % layout.Alignment);
            Assert.True(origin <= start - layout.Halo && origin + tileSize >= end + layout.Halo);
            Assert.True(end > start);
            if (i == 0)
                Assert.Equal(first, start);
            else
                Assert.Equal(previousEnd - layout.Overlap, start);
            if (i > 0)
                Assert.True(start > previousStart);
            if (i > 1)
                Assert.True(start >= endBeforeThat, "no pixel belongs to three tiles");
            (endBeforeThat, previousStart, previousEnd) = (previousEnd, start, end);
        }
        Assert.Equal(last, previousEnd);
    }
}
