using System.Text.Json.Nodes;
using Koala.Client.CommandLine.Manifests;
using Koala.Client.Tests.Fakes;

namespace Koala.Client.CommandLine.Tests.Manifests;

public sealed class ManifestLogTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Append_Entries_AreReadBackAsTheyWere()
    {
        var entry = Entry("ü/日本_x4.png", ManifestState.Done) with { Seconds = 1.5 };
        Append("", entry, Entry("b.png", ManifestState.Started));

        var entries = ManifestLog.Read(_folder.Path);

        Assert.Equal(["ü/日本_x4.png", "b.png"], entries.Select(read => read.OutputPath));
        Assert.Equal(entry.Input, entries[0].Input);
        Assert.Equal(entry.Output, entries[0].Output);
        Assert.Equal((1.5, ManifestState.Done), (entries[0].Seconds, entries[0].State));
        Assert.True(entry.Work.IsSame(entries[0].Work));
        Assert.Equal(2, File.ReadAllLines(_folder[".koala-manifest.jsonl"]).Length);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(40)]
    [InlineData(5000)]
    public void Open_LastLineTorn_IsCutOff(int length)
    {
        Append("", Entry("a.png", ManifestState.Done));
        var whole = File.ReadAllText(_folder[".koala-manifest.jsonl"]);
        File.AppendAllText(_folder[".koala-manifest.jsonl"], new string('{', length));

        Assert.Single(ManifestLog.Read(_folder.Path));
        Append("", Entry("b.png", ManifestState.Done));

        Assert.StartsWith(whole + "{\"version\":1", File.ReadAllText(_folder[".koala-manifest.jsonl"]), StringComparison.Ordinal);
        Assert.Equal(["a.png", "b.png"], ManifestLog.Read(_folder.Path).Select(entry => entry.OutputPath));
    }

    [Fact]
    public void Open_NothingButATornLine_IsEmpty()
    {
        File.WriteAllText(_folder[".koala-manifest.jsonl"], "{\"version\":1,\"sta");

        Append("");

        Assert.Equal(0, new FileInfo(_folder[".koala-manifest.jsonl"]).Length);
    }

    [Fact]
    public void Read_LinesThatAreNoEntries_AreLeftOut()
    {
        File.WriteAllLines(_folder[".koala-manifest.jsonl"],
        [
            "", "no json", "[]", "{}", Entry("later.png", ManifestState.Done).ToLine().Replace("\"version\":1", "\"version\":2", StringComparison.Ordinal),
            Entry("a.png", ManifestState.Done).ToLine(),
        ]);

        Assert.Equal("a.png", Assert.Single(ManifestLog.Read(_folder.Path)).OutputPath);
    }

    [Fact]
    public void Read_SeveralParts_AreOneHistoryInTheOrderOfTime()
    {
        var time = DateTime.UtcNow;
        Append("2-of-2", Entry("a.png", ManifestState.Done) with { Time = time });
        Append("1-of-2", Entry("a.png", ManifestState.Started) with { Time = time.AddSeconds(-1) }, Entry("b.png", ManifestState.Done) with { Time = time.AddSeconds(1) });

        var history = new OutputHistory(ManifestLog.Read(_folder.Path));

        Assert.NotNull(history.Done("a.png"));
        Assert.Null(history.Started("a.png"));
        Assert.NotNull(history.Done("b.png"));
    }

    [Fact]
    public void Read_NoFolder_IsNothing() => Assert.Empty(ManifestLog.Read(_folder["none"]));

    internal static ManifestEntry Entry(string output, ManifestState state) => new()
    {
        State = state,
        Time = DateTime.UtcNow,
        Input = new FileState("a.png", 3, DateTime.UtcNow, "abc"),
        Work = new UpscaleWork(new JsonObject { ["scale"] = 4 }, "fake", "123"),
        OutputPath = output,
        Output = new FileState(output, 5, DateTime.UtcNow, "def"),
    };

    private void Append(string part, params ManifestEntry[] entries)
    {
        using var log = ManifestLog.Open(_folder.Path, part);
        foreach (var entry in entries)
            log.Append(entry);
    }
}
