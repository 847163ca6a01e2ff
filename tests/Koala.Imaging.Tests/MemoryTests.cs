using NetVips;

namespace Koala.Imaging.Tests;

[CollectionDefinition(nameof(MemoryTests), DisableParallelization = true)]
[Collection(nameof(MemoryTests))]
public class MemoryTests : TestFolder
{
    [Theory]
    [InlineData("in.png", "out.png")]
    [InlineData("in.jpg", "out.tif")]
    [InlineData("in.tif", "out.jpg")]
    public void ReadAndWrite_LargePicture_HoldsOnlyRows(string input, string output)
    {
        const int MiB = 1 << 20;
        using (var ramp = Image.Xyz(6000, 4000))
        using (var picture = ramp.Bandjoin(ramp.ExtractBand(0)).ExtractBand(0, n: 3).Cast(Enums.BandFormat.Uchar))
            Pictures.Save(picture.Copy(interpretation: Enums.Interpretation.Srgb), PathOf(input));

        using var reader = ImageReader.Open(PathOf(input));
        using var writer = ImageWriter.Create(PathOf(output), reader, 2);
        var rows = new byte[writer.BytesPerRow * 2];
        var row = new byte[reader.BytesPerRow];
        GC.Collect();
        var before = Environment.WorkingSet;
        var highest = before;
        for (var y = 0; reader.ReadRows(row) > 0; y++)
        {
            writer.WriteRows(rows);
            if (y % 50 != 0)
                continue;
            // Rows already done are garbage; how much of it may lie about depends on the processor's cache.
            GC.Collect();
            highest = Math.Max(highest, Environment.WorkingSet);
        }
        writer.Commit();

        // Decoded, the picture has 69 MiB and the enlarged one 275.
        Assert.InRange((highest - before) / MiB, 0, 60);
    }
}
