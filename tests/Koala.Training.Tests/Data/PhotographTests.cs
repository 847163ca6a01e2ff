using Koala.Training.Data;
using Koala.Training.Degradation;
using static TorchSharp.torch;

namespace Koala.Training.Tests.Data;

public sealed class PhotographTests
{
    [Fact]
    public void Read_WhatWriteWrote_IsEqual()
    {
        using var folder = new TestFolder();
        using var scope = NewDisposeScope();
        var image = rand([1, 3, 9, 14]) * 2 - 1;
        Photograph.Write(image, folder.Sub("a.png"));
        var read = Photograph.Read(folder.Sub("a.png"));
        Assert.Equal((14, 9), (read.Width, read.Height));
        Assert.InRange((read.ToTensor() - image).abs().max().item<float>(), 0, 0.5 / 127.5 + 1e-6);
        Assert.Equal(read.Pixels, Photograph.FromTensor(read.ToTensor()).Pixels);
    }

    [Fact]
    public void Read_NoImage_SaysSo()
    {
        using var folder = new TestFolder();
        File.WriteAllText(folder.Sub("letter.png"), "not a picture");
        Assert.Contains("letter.png", Assert.Throws<InvalidDataException>(() => Photograph.Read(folder.Sub("letter.png"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_FolderWithBadFiles_LeavesThemOutAndSaysSo()
    {
        using var folder = new TestFolder();
        var photographs = folder.Photographs(3, 64);
        File.WriteAllText(Path.Combine(photographs, "broken.jpg"), "no");
        using (var scope = NewDisposeScope())
            Photograph.Write(zeros([1, 3, 8, 100]), Path.Combine(photographs, "small.png"));
        var log = new List<string>();
        using (var cache = PhotographCache.Open(photographs, folder.Sub("cache"), 32, log.Add))
        {
            Assert.Equal(["00.png", "01.png", "02.png"], cache.Entries.Select(e => e.Name));
            var expected = Photograph.Read(Path.Combine(photographs, "02.png"));
            Assert.Equal(expected.Pixels.AsSpan(3 * (5 * 64 + 7), 30).ToArray(), cache.Row(cache.Entries[2], 5, 7, 10).ToArray());
        }

        Assert.Equal(2, log.Count);
        // A second time nothing is decoded, and so nothing said.
        using var again = PhotographCache.Open(photographs, folder.Sub("cache"), 32, log.Add);
        Assert.Equal(2, log.Count);
    }

    [Fact]
    public void Open_EmptyFolder_Throws()
    {
        using var folder = new TestFolder();
        Directory.CreateDirectory(folder.Sub("empty"));
        Assert.Throws<InvalidDataException>(() => PhotographCache.Open(folder.Sub("empty"), folder.Sub("cache"), 32, _ => { }));
    }

    [Fact]
    public void Draw_SameStep_IsTheSameBatch()
    {
        using var folder = new TestFolder();
        using var cache = PhotographCache.Open(folder.Photographs(3, 96), folder.Sub("cache"), 64, _ => { });
        using var scope = NewDisposeScope();
        var first = new PatchSampler(cache, cache.Entries, 4, 16, 3, 0, 1, CPU).Draw(41);
        var second = new PatchSampler(cache, cache.Entries, 4, 16, 3, 0, 1, CPU).Draw(41);
        var other = new PatchSampler(cache, cache.Entries, 4, 16, 3, 0, 1, CPU).Draw(42);
        Assert.Equal([3, 3, 64, 64], first.Hr.shape);
        Assert.Equal([3, 3, 16, 16], first.Lr.shape);
        Assert.True(equal(first.Hr, second.Hr).all().item<bool>() && equal(first.Lr, second.Lr).all().item<bool>());
        Assert.False(equal(first.Hr, other.Hr).all().item<bool>());
    }

    [Theory]
    [InlineData(0.0)]
    [InlineData(1.0)]
    public void Draw_Kernels_AreThoseThatMakeTheLrImage(double twoBlurs)
    {
        using var folder = new TestFolder();
        using var cache = PhotographCache.Open(folder.Photographs(3, 96), folder.Sub("cache"), 64, _ => { });
        using var scope = NewDisposeScope();
        var batch = new PatchSampler(cache, cache.Entries, 4, 16, 3, twoBlurs, 1, CPU).Draw(41);
        Assert.Equal([3, 400, 16, 16], batch.Kernels.shape);
        var rebuilt = Degrader.Rebuild(batch.Hr, batch.Kernels, 4);
        Assert.InRange((rebuilt - batch.Lr).abs().max().item<float>() * 127.5, 0, 0.5 + 1e-3);
        var differences = (batch.Kernels - batch.Kernels.narrow(2, 0, 1).narrow(3, 0, 1)).abs().amax([1, 2, 3]);
        Assert.All(differences.data<float>().ToArray(), difference => Assert.Equal(twoBlurs > 0, difference > 1e-3));
    }
}
