using Koala.Client.CommandLine.Folders;

namespace Koala.Client.CommandLine.Tests.Folders;

public class ShardTests
{
    private static readonly InputFile[] Files =
        [.. Enumerable.Range(0, 1000).Select(i => new InputFile($"/photos/{i % 7}/{i}.jpg", $"{i % 7}/{i}.jpg", Named: false))];

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(8)]
    public void Has_AllParts_AreDisjointCompleteAndOfAboutOneSize(int count)
    {
        var parts = Enumerable.Range(1, count).Select(number => Files.Count(new Shard(number, count).Has)).ToArray();

        Assert.All(Files, file => Assert.Single(Enumerable.Range(1, count), number => new Shard(number, count).Has(file)));
        Assert.All(parts, size => Assert.InRange(size, 800 / count, 1200 / count));
    }

    // Written down: another hash would leave photographs out while machines have different versions.
    [Fact]
    public void Has_APath_StaysInItsPart()
    {
        Assert.Equal(1, Part("a/b.jpg"));
        Assert.Equal(1, Part("a\\b.jpg"));
    }

    [Theory]
    [InlineData("1/1", 1, 1)]
    [InlineData("3/8", 3, 8)]
    public void TryParse_Part_IsRead(string text, int number, int count) => Assert.Equal(new Shard(number, count), Shard.TryParse(text));

    [Theory]
    [InlineData("0/3")]
    [InlineData("4/3")]
    [InlineData("1")]
    [InlineData("1/2/3")]
    [InlineData("-1/3")]
    [InlineData("a/b")]
    [InlineData("")]
    public void TryParse_NoPart_IsNull(string text) => Assert.Null(Shard.TryParse(text));

    private static int Part(string path) => Enumerable.Range(1, 3).Single(number => new Shard(number, 3).Has(new InputFile("p", path, Named: true)));
}
