using System.Text.Json.Nodes;
using Koala.Client.CommandLine.Manifests;
using Koala.Client.Tests.Fakes;

namespace Koala.Client.CommandLine.Tests.Manifests;

public sealed class DecisionTests : IDisposable
{
    private static readonly ExistingOutputs Default = new(Overwrite: false, SkipExisting: false, Checksum: false);

    private readonly TemporaryFolder _folder = new();

    public DecisionTests()
    {
        File.WriteAllText(Input, "input");
        File.WriteAllText(Output, "output");
    }

    public void Dispose() => _folder.Dispose();

    private string Input => _folder["in.png"];

    private string Output => _folder["out.png"];

    [Fact]
    public void Of_NothingThere_IsUpscale()
    {
        var entry = Entry();
        File.Delete(Output);

        Assert.Equal(Verdict.Upscale, Decide(Default));
        Assert.Equal(Verdict.Upscale, Decide(Default, entry));
    }

    [Fact]
    public void Of_NotInTheManifest_IsRefusedUnlessToldWhatToDo()
    {
        Assert.Equal(Verdict.Refuse, Decide(Default));
        Assert.Equal(Verdict.Replace, Decide(Default with { Overwrite = true }));
        Assert.Equal(Verdict.Exists, Decide(Default with { SkipExisting = true }));
    }

    [Fact]
    public void Of_Done_IsUpToDateWhateverIsAllowed()
    {
        var entry = Entry();

        Assert.Equal(Verdict.UpToDate, Decide(Default, entry));
        Assert.Equal(Verdict.UpToDate, Decide(Default with { Overwrite = true }, entry));
        Assert.Equal(Verdict.UpToDate, Decide(Default with { SkipExisting = true }, entry));
        Assert.Equal(Verdict.UpToDate, Decide(Default with { Checksum = true }, entry));
    }

    [Fact]
    public void Of_FilesWithNewTimes_AreComparedByContent()
    {
        var entry = Entry();
        File.SetLastWriteTimeUtc(Input, DateTime.UtcNow.AddHours(1));
        File.SetLastWriteTimeUtc(Output, DateTime.UtcNow.AddHours(1));

        Assert.Equal(Verdict.UpToDate, Decide(Default, entry));
    }

    [Fact]
    public void Of_SameSizeAndTimeWithOtherContent_IsSeenByChecksumOnly()
    {
        var entry = Entry();
        var time = File.GetLastWriteTimeUtc(Input);
        File.WriteAllText(Input, "INPUT");
        File.SetLastWriteTimeUtc(Input, time);

        Assert.Equal(Verdict.UpToDate, Decide(Default, entry));
        Assert.Equal(Verdict.Replace, Decide(Default with { Checksum = true }, entry));
    }

    [Fact]
    public void Of_PhotographChanged_IsMadeAnew()
    {
        var entry = Entry();
        File.WriteAllText(Input, "another");

        Assert.Equal(Verdict.Replace, Decide(Default, entry));
        Assert.Equal(Verdict.Exists, Decide(Default with { SkipExisting = true }, entry));
    }

    [Fact]
    public void Of_SettingsOrModelChanged_IsMadeAnew()
    {
        var entry = Entry();

        Assert.Equal(Verdict.Replace, Decide(Default, entry with { Work = entry.Work with { Parameters = new JsonObject { ["scale"] = 2 } } }));
        Assert.Equal(Verdict.Replace, Decide(Default, entry with { Work = entry.Work with { Model = "other" } }));
        Assert.Equal(Verdict.Replace, Decide(Default, entry with { Work = entry.Work with { ModelSha256 = "other" } }));
    }

    [Fact]
    public void Of_OutputEdited_IsNeverReplacedUnlessToldSo()
    {
        var entry = Entry();
        File.WriteAllText(Output, "edited");
        Assert.Equal(Verdict.Altered, Decide(Default, entry));

        File.WriteAllText(Input, "another");
        Assert.Equal(Verdict.Refuse, Decide(Default, entry));
        Assert.Equal(Verdict.Replace, Decide(Default with { Overwrite = true }, entry));
    }

    [Fact]
    public void Of_KilledBetweenNameAndManifest_IsFoundDone()
    {
        var started = Entry() with { State = ManifestState.Started, Output = null };

        var decision = Of(Default, started);

        Assert.Equal(Verdict.UpToDate, decision.Verdict);
        Assert.Equal((ManifestState.Done, FileState.Of(Output, "out.png")), (decision.Finished!.State, decision.Finished.Output));
    }

    [Fact]
    public void Of_KilledBeforeItReplaced_IsReplaced()
    {
        var done = Entry();
        File.WriteAllText(Input, "another");
        var started = Entry() with { State = ManifestState.Started };

        var decision = Of(Default, done, started);

        Assert.Equal((Verdict.Replace, null), (decision.Verdict, decision.Finished));
    }

    [Fact]
    public void Of_Failed_LeavesWhatIsThereForeign()
    {
        var failed = Entry() with { State = ManifestState.Failed, Output = null };

        Assert.Equal(Verdict.Refuse, Of(Default, failed with { State = ManifestState.Started }, failed).Verdict);
    }

    private Verdict Decide(ExistingOutputs existing, params ManifestEntry[] entries) => Of(existing, entries).Verdict;

    private Decision Of(ExistingOutputs existing, params ManifestEntry[] entries) =>
        Decision.Of(new OutputHistory(entries), ManifestLogTests.Entry("", ManifestState.Done).Work, Input, "out.png", Output, existing);

    private ManifestEntry Entry() => ManifestLogTests.Entry("out.png", ManifestState.Done) with
    {
        Input = FileState.Of(Input, "in.png"),
        Output = FileState.Of(Output, "out.png"),
    };
}
