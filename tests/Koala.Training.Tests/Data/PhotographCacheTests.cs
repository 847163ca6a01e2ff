using Koala.Training.Data;

namespace Koala.Training.Tests.Data;

public sealed class PhotographCacheTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("{\"Stamp\": \"")]
    [InlineData("null")]
    public void Open_IndexThatAKillCutOff_IsMadeAnew(string index)
    {
        var photographs = _folder.Photographs(2, 64);
        using (PhotographCache.Open(photographs, _folder.Sub("cache"), 32, _ => { }))
        {
        }

        File.WriteAllText(_folder.Sub("cache.json"), index);
        AssertHoldsThem(photographs);
    }

    [Fact]
    public void Open_PixelsThatAreNotTheIndexes_AreDecodedAnew()
    {
        var photographs = _folder.Photographs(2, 64);
        using (PhotographCache.Open(photographs, _folder.Sub("cache"), 32, _ => { }))
        {
        }

        using (var file = File.OpenWrite(_folder.Sub("cache")))
            file.SetLength(100);
        AssertHoldsThem(photographs);
    }

    [Fact]
    public void Open_StoppedWhileDecoding_LeavesWhatWasThere()
    {
        var photographs = _folder.Photographs(2, 64);
        using (PhotographCache.Open(photographs, _folder.Sub("cache"), 32, _ => { }))
        {
        }

        var (pixels, index) = (File.ReadAllBytes(_folder.Sub("cache")), File.ReadAllText(_folder.Sub("cache.json")));
        Assert.Throws<OperationCanceledException>(() => PhotographCache.Open(photographs, _folder.Sub("cache"), 48, _ => { }, new CancellationToken(true)));
        Assert.Equal(pixels, File.ReadAllBytes(_folder.Sub("cache")));
        Assert.Equal(index, File.ReadAllText(_folder.Sub("cache.json")));
        Assert.False(File.Exists(_folder.Sub("cache.tmp")));
    }

    private void AssertHoldsThem(string photographs)
    {
        using var cache = PhotographCache.Open(photographs, _folder.Sub("cache"), 32, _ => { });
        Assert.Equal(2, cache.Entries.Count);
        var last = Photograph.Read(Path.Combine(photographs, "01.png"));
        Assert.Equal(last.Pixels[^192..], cache.Row(cache.Entries[1], 63, 0, 64).ToArray());
    }
}
