using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Koala.EndToEnd.Tests;

/// <summary>Folders with the real programs: what a worker in the test's own process cannot show.</summary>
public sealed partial class FolderTests : IDisposable
{
    private const int Interrupt = 2;

    private readonly Desk _desk = new();

    public FolderTests() => Directory.CreateDirectory(_desk.File("in"));

    public void Dispose() => _desk.Dispose();

    [Fact]
    public async Task Upscale_Interrupted_KeepsWhatIsDoneAndGoesOn()
    {
        for (var i = 0; i < 30; i++)
            _desk.Picture($"in/{i:00}.png", 48, 48, seed: i);
        using var run = _desk.Start("upscale", "in", "-o", "out");
        while (Outputs().Length < 2)
            await Task.Delay(50);
        _ = Signal(run.ProcessId, Interrupt);

        var outcome = await run.OutcomeAsync();

        Assert.Equal(130, outcome.ExitCode);
        Assert.Contains("the same command goes on", outcome.Error, StringComparison.Ordinal);
        var done = Outputs();
        Assert.InRange(done.Length, 2, 29);
        Assert.Equal([".koala-lock", ".koala-manifest.jsonl"], Directory.GetFiles(_desk.File("out"), ".*").Select(Path.GetFileName).Order());
        var times = done.ToDictionary(file => file, File.GetLastWriteTimeUtc);
        Assert.Equal(0, (await _desk.RunAsync("upscale", "in", "-o", "out")).ExitCode);
        Assert.Equal(30, Outputs().Length);
        Assert.Equal(times, done.ToDictionary(file => file, File.GetLastWriteTimeUtc));
    }

    [Fact]
    public async Task Upscale_ListFromStandardInput_KeepsItsFolders()
    {
        Directory.CreateDirectory(_desk.File("in/sub"));
        _desk.Picture("in/sub/a.png", 8, 8);
        _desk.Picture("in/b.png", 12, 8);
        using var process = _desk.StartProcess(Repository.ClientProgram, "upscale", "@-", "-o", "out");
        await process.StandardInput.WriteAsync("in/sub/a.png\nin/b.png\n");
        process.StandardInput.Close();
        using var run = new ClientRun(process);

        var outcome = await run.OutcomeAsync();

        Assert.Equal((0, ""), (outcome.ExitCode, outcome.Error));
        Assert.Equal(["out/in/b_x4.png", "out/in/sub/a_x4.png"], Outputs().Select(file => Path.GetRelativePath(_desk.Folder, file)));
    }

    [Fact]
    public async Task Upscale_OnePhotographBeyondTheTarget_FailsAlone()
    {
        _desk.Picture("in/a.png", 10, 8);
        _desk.Picture("in/b.png", 60, 40);
        var plan = await _desk.RunAsync("upscale", "in", "-o", "out", "--longest", "200", "--dry-run");
        Assert.Equal(50, plan.ExitCode);
        Assert.Contains("20 times is more than", plan.Output, StringComparison.Ordinal);

        var outcome = await _desk.RunAsync("upscale", "in", "-o", "out", "--longest", "200");

        Assert.Equal(50, outcome.ExitCode);
        Assert.Contains(Path.Combine("in", "a.png") + ": ", outcome.Error, StringComparison.Ordinal);
        Assert.Equal(["out/b_x200px.png"], Outputs().Select(file => Path.GetRelativePath(_desk.Folder, file)));
    }

    [Fact]
    public async Task Upscale_InterruptedWhileItReadsStandardInput_LeavesNothing()
    {
        var temporary = Directory.CreateDirectory(_desk.File("temporary")).FullName;
        using var process = _desk.StartProcess(
            Repository.ClientProgram, new Dictionary<string, string> { ["TMPDIR"] = temporary }, "upscale", "-", "-o", "out.png");
        await process.StandardInput.BaseStream.WriteAsync(new byte[1 << 20]);
        while (Directory.GetFiles(temporary).Length == 0)
            await Task.Delay(20);
        _ = Signal(process.Id, Interrupt);
        // A signal takes its time to be noticed, and nothing shows that it was.
        await Task.Delay(1000);
        process.StandardInput.Close();
        using var run = new ClientRun(process);

        Assert.Equal(130, (await run.OutcomeAsync()).ExitCode);
        Assert.Empty(Directory.GetFiles(temporary));
        Assert.False(File.Exists(_desk.File("out.png")));
    }

    [Fact]
    public async Task Upscale_DiskFull_EndsTheBatchWithItsCode()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.UserName == "root", "mounting a small disk takes root on Linux");
        for (var i = 0; i < 6; i++)
            _desk.Picture($"in/{i}.png", 100, 100, seed: i);
        var disk = Directory.CreateDirectory(_desk.File("disk")).FullName;
        Assert.SkipUnless(Mount("tmpfs", disk, "tmpfs", 0, "size=1m") == 0, "a small disk cannot be mounted here");
        try
        {
            var outcome = await _desk.RunAsync("upscale", "in", "-o", disk, "--format", "tiff", "--json");

            Assert.Equal(27, outcome.ExitCode);
            var summary = JsonDocument.Parse(outcome.Output.TrimEnd().Split('\n')[^1]).RootElement;
            Assert.Equal((0, 27), (summary.GetProperty("failed").GetInt32(), summary.GetProperty("exitCode").GetInt32()));
            Assert.True(summary.GetProperty("left").GetInt32() > 0);
            Assert.All(Directory.GetFiles(disk, "*.tif"), file => Assert.Equal((400, 400, 3), Pixels.Size(file)));
            Assert.Equal([".koala-lock", ".koala-manifest.jsonl"], Directory.GetFiles(disk, ".*").Select(Path.GetFileName).Order());
        }
        finally
        {
            Assert.Equal(0, Unmount(disk));
        }
    }

    [Fact]
    public async Task Upscale_DryRun_SaysAboutHowLongItTakes()
    {
        for (var i = 0; i < 4; i++)
            _desk.Picture($"in/{i}.png", 180, 180, seed: i);
        // Other programs may come or go between the two: once in three times they do not.
        var (seconds, took) = (0.0, 0.0);
        for (var attempt = 0; attempt < 3 && !(seconds >= took / 3 && seconds <= took * 3 + 1 && took > 0); attempt++)
        {
            var output = $"out{attempt}";
            var dry = await _desk.RunAsync("upscale", "in", "-o", output, "--dry-run");
            Assert.Equal((0, ""), (dry.ExitCode, dry.Error));
            Assert.False(Directory.Exists(_desk.File(output)));
            seconds = double.Parse(Sum().Match(dry.Output).Groups[1].Value, CultureInfo.InvariantCulture);

            var run = await _desk.RunAsync("upscale", "in", "-o", output, "--json");

            took = JsonDocument.Parse(run.Output.TrimEnd().Split('\n')[^1]).RootElement.GetProperty("seconds").GetDouble();
        }
        Assert.InRange(seconds, took / 3, took * 3 + 1);
    }

    private string[] Outputs() => !Directory.Exists(_desk.File("out"))
        ? []
        : [.. Directory.GetFiles(_desk.File("out"), "*.png", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];

    [GeneratedRegex(@"4 photos to enlarge: 4 tiles, about (\d+) s,")]
    private static partial Regex Sum();

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Signal(int processId, int signal);

    [LibraryImport("libc", EntryPoint = "mount", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Mount(string source, string target, string type, ulong flags, string data);

    [LibraryImport("libc", EntryPoint = "umount", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Unmount(string target);
}
