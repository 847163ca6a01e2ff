using NetVips;

namespace Koala.Client.CommandLine.Tests;

/// <summary>What is wrong with files is told before a worker is looked for: none runs at the address that is named.</summary>
public sealed class FileErrorTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("koala-client-").FullName;

    public FileErrorTests() => Save("in.png", 16, 16);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Upscale_InputCannotBeRead_HasACodeForEveryReason()
    {
        File.WriteAllText(PathOf("text.png"), "no picture");
        Save("whole.jpg", 300, 300);
        File.WriteAllBytes(PathOf("cut.jpg"), File.ReadAllBytes(PathOf("whole.jpg"))[..^500]);
        File.WriteAllBytes(PathOf("header.jpg"), File.ReadAllBytes(PathOf("whole.jpg"))[..30]);
        using (var black = Image.Black(8, 8, bands: 4))
            black.Bandjoin(black).Tiffsave(PathOf("bands.tif"));

        (await Upscale("none.png", "out.png")).AssertFailed(ExitCode.InputNotFound, "none.png");
        (await Upscale("", "out.png")).AssertFailed(ExitCode.InputIsDirectory, "folder");
        (await Upscale("text.png", "out.png")).AssertFailed(ExitCode.InputNotAnImage, "text.png");
        (await Upscale("header.jpg", "out.png")).AssertFailed(ExitCode.InputCorrupt, "header.jpg");
        (await Upscale("bands.tif", "out.png")).AssertFailed(ExitCode.InputUnsupported, "RGB");
        // Its header is whole: only a worker's first tile would show what is missing.
        (await Upscale("cut.jpg", "out.png")).AssertFailed(ExitCode.WorkerUnavailable, "No worker");
    }

    [Fact]
    public async Task Upscale_OutputCannotBeWritten_HasACodeForEveryReason()
    {
        Directory.CreateDirectory(PathOf("folder.png"));
        Save("old.png", 4, 4);
        using (var black = Image.Black(8, 8, bands: 4))
            black.Copy(interpretation: Enums.Interpretation.Srgb).Pngsave(PathOf("alpha.png"));

        (await Upscale("in.png", "out.gif")).AssertFailed(ExitCode.OutputFormatUnknown, "out.gif");
        (await Upscale("alpha.png", "out.jpg")).AssertFailed(ExitCode.OutputFormatUnsuitable, "transparency");
        (await Upscale("in.png", "out.png", "--quality", "90")).AssertFailed(ExitCode.OutputOptionUnsuitable, "PNG has no quality");
        (await Upscale("in.png", "out.tif", "--compression", "9")).AssertFailed(ExitCode.OutputOptionUnsuitable, "none, lzw, deflate");
        (await Upscale("in.png", "out.png", "--scale", "5")).AssertFailed(ExitCode.Usage, "--allow-repeat");
        (await Upscale("in.png", "out.png", "--preview", "10,0,7,4")).AssertFailed(ExitCode.Usage, "which has 16x16 pixels");
        (await Upscale("in.png", "-")).AssertFailed(ExitCode.OutputFormatUnknown, "name png");
        (await Upscale("in.png", "none/out.png")).AssertFailed(ExitCode.OutputFolderMissing, "none");
        (await Upscale("in.png", "folder.png")).AssertFailed(ExitCode.OutputIsDirectory, "folder.png");
        (await Upscale("in.png", "in.png")).AssertFailed(ExitCode.OutputIsInput, "in.png");
        (await Upscale("in.png", "old.png")).AssertFailed(ExitCode.OutputExists, "--overwrite");
        Assert.SkipUnless(Directory.Exists("/sys/kernel"), "the rest needs Linux's /sys");
        (await Upscale("in.png", "/sys/kernel/out.png")).AssertFailed(ExitCode.OutputNotWritable, "/sys/kernel/out.png");
    }

    [Fact]
    public async Task Upscale_AnyFailure_LeavesTheFolderAsItWas()
    {
        Save("old.png", 4, 4);

        (await Upscale("in.png", "out.png")).AssertFailed(ExitCode.WorkerUnavailable, "No worker");
        (await Upscale("in.png", "old.png", "--overwrite")).AssertFailed(ExitCode.WorkerUnavailable, "No worker");

        Assert.Equal(["in.png", "old.png"], Directory.EnumerateFileSystemEntries(_folder).Select(Path.GetFileName).Order());
    }

    private Task<CommandRun> Upscale(string photo, string output, params string[] more) => CommandRun.Of(
        ["upscale", PathOf(photo), "-o", output == "-" ? output : PathOf(output), "--no-start", "--worker", $"unix:{PathOf("none.sock")}", .. more]);

    private string PathOf(string name) => Path.Combine(_folder, name);

    private void Save(string name, int width, int height)
    {
        using var picture = Image.Gaussnoise(width, height, mean: 128, sigma: 30).Cast(Enums.BandFormat.Uchar);
        picture.WriteToFile(PathOf(name));
    }
}
