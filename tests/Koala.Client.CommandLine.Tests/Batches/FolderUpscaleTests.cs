using System.Text.Json;
using Koala.Client.Tests.Fakes;
using NetVips;
using Spectre.Console;

namespace Koala.Client.CommandLine.Tests.Batches;

/// <summary>The command on real files, with a worker that computes something simple.</summary>
public sealed class FolderUpscaleTests : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private FakeServer _server = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await FakeServer.StartAsync(new FakeWorker());
        foreach (var (name, side) in new[] { ("in/a.png", 20), ("in/b.jpg", 60), ("in/sub/ü 日本.png", 30) })
            Picture(name, side);
        File.WriteAllText(_folder["in/notes.txt"], "not a picture");
        File.WriteAllText(_folder["in/empty.png"], "");
        File.WriteAllText(_folder["in/.koala-abcdefgh.ijk"], "left by a program that was killed");
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Upscale_Folder_IsMirroredAndLeftAsItWas()
    {
        var before = Contents("in");

        var run = await Upscale("-r", "in");

        Assert.Equal((ExitCode.Success, ""), (run.Code, run.Error));
        Assert.Equal(["a_x4.png", "b_x4.jpg", "sub/ü 日本_x4.png"], Outputs());
        Assert.Equal((240, 240), Size("out/b_x4.jpg"));
        Assert.Contains("3 photos enlarged, 2 other files; 0.00 megapixels", run.Out, StringComparison.Ordinal);
        Assert.Equal(before, Contents("in"));
    }

    [Fact]
    public async Task Upscale_SeveralFiles_NeedNoFolderBefore()
    {
        var run = await Upscale("in/a.png", "in/b.jpg", "--name", "{name}-{type}-{scale}", "--format", "tiff", "--scale", "2");

        Assert.Equal((ExitCode.Success, ""), (run.Code, run.Error));
        Assert.Equal(["a-png-2.tif", "b-jpg-2.tif"], Outputs());
        Assert.Equal((40, 40), Size("out/a-png-2.tif"));
    }

    [Fact]
    public async Task Upscale_OnePhotoAndAFolder_TakesASlash()
    {
        var run = await CommandRun.Of(["upscale", _folder["in/a.png"], "-o", _folder["out/"], .. Worker]);

        Assert.Equal((ExitCode.Success, ""), (run.Code, run.Error));
        Assert.Equal(["a_x4.png"], Outputs());
    }

    [Fact]
    public async Task Upscale_Again_DoesNothing()
    {
        await Upscale("-r", "in");
        var before = Contents("out");

        var run = await Upscale("-r", "in");

        Assert.Equal(ExitCode.Success, run.Code);
        Assert.Contains("0 photos enlarged, 3 up to date", run.Out, StringComparison.Ordinal);
        Assert.Equal(before, Contents("out"));
    }

    [Fact]
    public async Task Upscale_SomethingChanged_MakesThatAnew()
    {
        await Upscale("-r", "in");
        Picture("in/a.png", 24);
        File.Delete(_folder["out/b_x4.jpg"]);
        Picture("in/new.png", 10);

        var run = await Upscale("-r", "in");

        Assert.Contains("3 photos enlarged, 1 up to date", run.Out, StringComparison.Ordinal);
        Assert.Equal((96, 96), Size("out/a_x4.png"));
        Assert.True(File.Exists(_folder["out/b_x4.jpg"]));

        // Settings are part of what is compared, though the name does not show them.
        Assert.Contains("4 photos enlarged", (await Upscale("-r", "in", "--precision", "fp32")).Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Upscale_OutputEdited_IsKeptUnlessToldOtherwise()
    {
        await Upscale("-r", "in");
        Picture("out/a_x4.png", 7);

        var kept = await Upscale("-r", "in");
        Assert.Equal(ExitCode.Success, kept.Code);
        Assert.Contains("a_x4.png was edited since it was written, and is kept", kept.Out, StringComparison.Ordinal);
        Assert.Equal((7, 7), Size("out/a_x4.png"));

        Picture("in/a.png", 24);
        var refused = await Upscale("-r", "in");
        Assert.Equal(ExitCode.SomeFailed, refused.Code);
        Assert.Equal((7, 7), Size("out/a_x4.png"));

        Assert.Equal(ExitCode.Success, (await Upscale("-r", "in", "--overwrite")).Code);
        Assert.Equal((96, 96), Size("out/a_x4.png"));
    }

    [Fact]
    public async Task Upscale_ForeignOutput_IsNeverReplacedSilently()
    {
        Picture("out/a_x4.png", 7);

        var refused = await Upscale("-r", "in");
        Assert.Equal(ExitCode.SomeFailed, refused.Code);
        Assert.Contains("--overwrite", refused.Error, StringComparison.Ordinal);
        Assert.Contains("2 photos enlarged, 1 failed", refused.Out, StringComparison.Ordinal);

        Assert.Equal(ExitCode.Success, (await Upscale("-r", "in", "--skip-existing")).Code);
        Assert.Equal((7, 7), Size("out/a_x4.png"));
    }

    [Fact]
    public async Task Upscale_InTheSameFolder_DoesNotTakeOutputsForPhotos()
    {
        var first = await CommandRun.Of(["upscale", "-r", _folder["in"], "-o", _folder["in"], .. Worker]);
        var second = await CommandRun.Of(["upscale", "-r", _folder["in"], "-o", _folder["in"], .. Worker]);

        Assert.Equal((ExitCode.Success, ExitCode.Success), (first.Code, second.Code));
        Assert.Contains("0 photos enlarged, 3 up to date", second.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Upscale_BadFiles_DoNotStopTheOthers()
    {
        File.WriteAllBytes(_folder["in/aa.jpg"], File.ReadAllBytes(_folder["in/b.jpg"])[..200]);
        Picture($"in/{new string('l', 250)}.png", 8);

        var run = await Upscale("-r", "in", "none.png", "in/notes.txt");

        Assert.Equal(ExitCode.SomeFailed, run.Code);
        Assert.Equal(["a_x4.png", "b_x4.jpg", "sub/ü 日本_x4.png"], Outputs());
        Assert.Contains("aa.jpg", run.Error, StringComparison.Ordinal);
        Assert.Contains("255 are allowed", run.Error, StringComparison.Ordinal);
        Assert.Contains("none.png' does not exist", run.Error, StringComparison.Ordinal);
        // It was named, and so it is wrong that it is no picture.
        Assert.Contains("notes.txt' is not a picture", run.Error, StringComparison.Ordinal);
        Assert.Contains("4 of 7 photos failed", run.Error.TrimEnd().Split('\n')[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Upscale_FailFast_StopsAtTheFirst()
    {
        File.WriteAllBytes(_folder["in/0.jpg"], File.ReadAllBytes(_folder["in/b.jpg"])[..200]);
        for (var i = 0; i < 20; i++)
            Picture($"in/c{i}.png", 30);

        var run = await Upscale("-r", "in", "--fail-fast");

        Assert.Equal(ExitCode.SomeFailed, run.Code);
        Assert.Contains("not reached", run.Out, StringComparison.Ordinal);
        Assert.True(Outputs().Length < 10);
    }

    [Theory]
    [InlineData(ExitCode.OutputsCollide, "{type}", "in/a.png", "in/sub/a.png", "-o", "out")]
    [InlineData(ExitCode.OutputsCollide, "'b.png'", "in/b.jpg", "in/b.png", "-o", "out", "--name", "{name}.png")]
    [InlineData(ExitCode.OutputIsInput, "in/a.png", "in", "-o", "in", "--name", "{name}{ext}")]
    [InlineData(ExitCode.InputIsDirectory, "is a folder", "in", "-o", "in/notes.txt")]
    [InlineData(ExitCode.InputIsDirectory, "is a folder", "in", "-o", "none.png")]
    [InlineData(ExitCode.OutputNotFolder, "several photos", "in/a.png", "in/b.jpg", "-o", "none.png")]
    [InlineData(ExitCode.InputNotFound, "no pictures", "none", "-o", "out")]
    [InlineData(ExitCode.Usage, "--skip-existing", "in", "-o", "out", "--overwrite", "--skip-existing")]
    [InlineData(ExitCode.Usage, "{nam}", "in", "-o", "out", "--name", "{nam}")]
    [InlineData(ExitCode.Usage, "--format is png", "in", "-o", "out", "--format", "gif")]
    [InlineData(ExitCode.Usage, "--shard is i/n", "in", "-o", "out", "--shard", "3/2")]
    [InlineData(ExitCode.Usage, "--name is for outputs in a folder", "in/a.png", "-o", "a.png", "--name", "{name}")]
    [InlineData(ExitCode.Usage, "'other' for scale 4", "in", "-o", "out", "--model", "other")]
    [InlineData(ExitCode.Usage, "standard output", "in/a.png", "-o", "-", "--json")]
    [InlineData(ExitCode.Usage, "--dry-run has no events", "in", "-o", "out", "--dry-run", "--json")]
    public async Task Upscale_SomethingWrongWithTheWhole_TouchesNothing(object code, string named, params string[] arguments)
    {
        Picture("in/sub/a.png", 12);
        Picture("in/b.png", 12);
        Directory.CreateDirectory(_folder["none"]);
        var before = Contents("");

        var run = await CommandRun.Of(["upscale", .. arguments.Select(Rooted), .. Worker]);

        run.AssertFailed((ExitCode)code, named == "in/a.png" ? _folder[named] : named);
        Assert.Equal(before, Contents(""));
    }

    [Fact]
    public async Task Upscale_Shards_AddUpToTheWhole()
    {
        for (var i = 0; i < 9; i++)
            Picture($"in/c{i}.png", 8 + i);

        var runs = await Task.WhenAll(Enumerable.Range(1, 3).Select(i => Upscale("-r", "in", "--shard", $"{i}/3")));

        Assert.All(runs, run => Assert.Equal((ExitCode.Success, ""), (run.Code, run.Error)));
        Assert.Equal(12, Outputs().Length);
        Assert.Equal(12, runs.Sum(run => run.Out.Split('\n').Count(line => line.StartsWith('['))));
        Assert.Contains("0 photos enlarged, 12 up to date", (await Upscale("-r", "in")).Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Upscale_DryRun_TouchesNothing()
    {
        await Upscale("in/a.png", "in/b.jpg");
        File.Delete(_folder["out/a_x4.png"]);
        var before = Contents("");

        var run = await Upscale("-r", "in", "--dry-run");

        Assert.Equal((ExitCode.Success, ""), (run.Code, run.Error));
        Assert.Contains("a.png 20x20 → ", run.Out, StringComparison.Ordinal);
        Assert.Contains("b_x4.jpg is up to date", run.Out, StringComparison.Ordinal);
        Assert.Contains("2 photos to enlarge, 1 not, 2 other files: 2 tiles, about ", run.Out, StringComparison.Ordinal);
        Assert.Equal(before, Contents(""));
    }

    [Fact]
    public async Task Upscale_TwiceAtOnce_IsRefused()
    {
        var reached = new TaskCompletionSource();
        var goOn = new TaskCompletionSource();
        await using var slow = await FakeServer.StartAsync(new FakeWorker
        {
            BeforeAnswer = async (_, stop) =>
            {
                reached.TrySetResult();
                await goOn.Task.WaitAsync(stop);
            },
        });
        string[] arguments = ["upscale", _folder["in"], "-o", _folder["out"], "--no-start", "--worker", slow.Address.ToString()];
        var first = CommandRun.Of(arguments);
        await reached.Task;

        (await CommandRun.Of(arguments)).AssertFailed(ExitCode.OutputFolderBusy, _folder["out"]);
        (await CommandRun.Of([.. arguments, "--shard", "1/2"])).AssertFailed(ExitCode.OutputFolderBusy, "--shard");

        goOn.SetResult();
        Assert.Equal(ExitCode.Success, (await first).Code);
    }

    [Fact]
    public async Task Upscale_PipesAndBrokenLinksInAFolder_AreNoPictures()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/mkfifo"), "needs mkfifo");
        using (var mkfifo = System.Diagnostics.Process.Start("/usr/bin/mkfifo", [_folder["in/pipe.png"]]))
            await mkfifo.WaitForExitAsync();
        File.CreateSymbolicLink(_folder["in/to-pipe.png"], "pipe.png");
        File.CreateSymbolicLink(_folder["in/nowhere.png"], "none.png");
        File.CreateSymbolicLink(_folder["in/loop.png"], "loop.png");
        File.CreateSymbolicLink(_folder["in/link.png"], "a.png");

        var run = await Upscale("-r", "in");

        Assert.Equal((ExitCode.Success, ""), (run.Code, run.Error));
        Assert.Contains("4 photos enlarged, 6 other files", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Upscale_OnAScreen_WritesLinesAboveBars()
    {
        File.WriteAllBytes(_folder["in/cut.jpg"], File.ReadAllBytes(_folder["in/b.jpg"])[..200]);
        using var output = new StringWriter();
        using var error = new StringWriter();
        var screen = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.Yes,
            Interactive = InteractionSupport.Yes,
            Out = new AnsiConsoleOutput(output),
        });

        var code = await KoalaCommandLine.RunAsync(
            ["upscale", "-r", _folder["in"], "-o", _folder["out"], .. Worker], new Terminal(output, error, screen));

        Assert.Equal(ExitCode.SomeFailed, (ExitCode)code);
        // Long lines are folded.
        var text = output.ToString().ReplaceLineEndings("");
        foreach (var told in new[] { "20x20", "60x60", "is damaged", "3 photos enlarged, 1 failed, 2 other files" })
            Assert.Contains(told, text, StringComparison.Ordinal);
        Assert.Single(error.ToString().TrimEnd().Split('\n'));
    }

    [Fact]
    public async Task Upscale_LeftoversOfAKilledProgram_AreRemovedUnlessWritten()
    {
        Directory.CreateDirectory(_folder["out"]);
        File.WriteAllText(_folder["out/.koala-abcdefgh.ijk"], "left");
        using var written = new FileStream(_folder["out/.koala-12345678.9ab"], FileMode.CreateNew);
        foreach (var name in new[] { ".koala-abcdefgh.ijk", ".koala-12345678.9ab" })
            File.SetLastWriteTimeUtc(_folder[$"out/{name}"], DateTime.UtcNow.AddMinutes(-1));

        await Upscale("in");

        Assert.False(File.Exists(_folder["out/.koala-abcdefgh.ijk"]));
        Assert.True(File.Exists(_folder["out/.koala-12345678.9ab"]));
    }

    [Fact]
    public async Task Upscale_Quiet_PrintsFailuresOnly()
    {
        var run = await Upscale("-r", "in", "none.png", "--quiet");

        Assert.Equal((ExitCode.SomeFailed, ""), (run.Code, run.Out));
        Assert.Equal(2, run.Error.TrimEnd().Split('\n').Length);
    }

    [Fact]
    public async Task Upscale_Events_EndInTheOrderOfTheBatch()
    {
        for (var i = 0; i < 9; i++)
            Picture($"in/c{i}.png", 90 - 9 * i);

        var run = await Upscale("-r", "in", "none.png", "--json");

        var events = run.Out.TrimEnd().Split('\n').Select(line => JsonDocument.Parse(line).RootElement).ToList();
        Assert.Equal("start", events[0].GetProperty("event").GetString());
        Assert.Equal("summary", events[^1].GetProperty("event").GetString());
        Assert.Equal((int)ExitCode.SomeFailed, events[^1].GetProperty("exitCode").GetInt32());
        var ended = events.Where(line => line.GetProperty("event").GetString() is "done" or "failed").Select(line => Path.GetFileName(line.GetProperty("input").GetString()!));
        Assert.Equal(["a.png", "b.jpg", "c0.png", "c1.png", "c2.png", "c3.png", "c4.png", "c5.png", "c6.png", "c7.png", "c8.png", "ü 日本.png", "none.png"], ended);
    }

    private string[] Worker => ["--no-start", "--worker", _server.Address.ToString()];

    private Task<CommandRun> Upscale(params string[] arguments) =>
        CommandRun.Of(["upscale", .. arguments.Select(Rooted), "-o", _folder["out"], .. Worker]);

    // What looks like a path is one in the test's folder.
    private string Rooted(string argument) =>
        argument is "in" or "out" or "none" || argument.StartsWith("in/", StringComparison.Ordinal) || argument.StartsWith("none.", StringComparison.Ordinal)
            ? _folder[argument]
            : argument;

    private void Picture(string name, int side)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_folder[name])!);
        using var picture = Image.Gaussnoise(side, side, mean: 128, sigma: 30).Gaussblur(2).Cast(Enums.BandFormat.Uchar);
        picture.WriteToFile(_folder[name]);
    }

    private (int, int) Size(string name)
    {
        using var picture = Image.NewFromFile(_folder[name]);
        return (picture.Width, picture.Height);
    }

    private string[] Outputs() =>
    [
        .. Directory.EnumerateFiles(_folder["out"], "*", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(_folder["out"], file))
            .Where(file => !file.StartsWith(".koala", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal),
    ];

    private Dictionary<string, (DateTime, string)> Contents(string folder) => Directory
        .EnumerateFileSystemEntries(_folder[folder], "*", SearchOption.AllDirectories)
        .Where(entry => !entry.EndsWith(".sock", StringComparison.Ordinal) && Path.GetFileName(entry) is not (".koala-lock" or ".koala-manifest.jsonl"))
        .ToDictionary(entry => entry, entry => File.Exists(entry) ? (File.GetLastWriteTimeUtc(entry), Convert.ToBase64String(File.ReadAllBytes(entry))) : default);
}
