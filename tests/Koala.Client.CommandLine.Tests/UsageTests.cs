namespace Koala.Client.CommandLine.Tests;

public class UsageTests
{
    [Theory]
    [InlineData("--help", "koala-client upscale photo.jpg -o photo-x4.png")]
    [InlineData("upscale --help", "koala-client upscale photo.jpg -o photo-x4.png")]
    [InlineData("status --help", "koala-client status")]
    [InlineData("worker --help", "koala-client worker stop")]
    [InlineData("worker start --help", "koala-client worker start --device cpu --idle-timeout 60")]
    [InlineData("worker stop -h", "koala-client worker stop")]
    public async Task Help_EveryCommand_EndsWithExamples(string arguments, string example)
    {
        var run = await CommandRun.Of(arguments.Split(' '));

        Assert.Equal(ExitCode.Success, run.Code);
        Assert.Contains($"  {example}\n", run.Out[run.Out.IndexOf("Examples:", StringComparison.Ordinal)..], StringComparison.Ordinal);
        Assert.Empty(run.Error);
    }

    [Fact]
    public async Task Version_Asked_IsPrinted()
    {
        var run = await CommandRun.Of("--version");

        Assert.Equal(ExitCode.Success, run.Code);
        Assert.Matches(@"^\d+\.\d+\.\d+", run.Out);
    }

    [Theory]
    [InlineData("", "koala-client --help")]
    [InlineData("enlarge", "'enlarge'")]
    [InlineData("upscale", "koala-client upscale --help")]
    [InlineData("upscale in.png", "'--output'")]
    [InlineData("upscale in.png -o out.png --scale 0", "--scale is a number above 0 up to 16, not '0'")]
    [InlineData("upscale in.png -o out.png --scale two", "--scale is a number above 0 up to 16, not 'two'")]
    [InlineData("upscale in.png -o out.png --scale 17", "--scale is a number above 0 up to 16, not '17'")]
    [InlineData("upscale in.png -o out.png --width 0", "--width is a number of pixels, not '0'")]
    [InlineData("upscale in.png -o out.png --longest 3k", "--longest is a number of pixels, not '3k'")]
    [InlineData("upscale in.png -o out.png --megapixels -1", "--megapixels is a number above 0 up to 1000000, not '-1'")]
    [InlineData("upscale in.png -o out.png --scale 2 --longest 500", "--scale and --longest name two sizes")]
    [InlineData("upscale in.png -o out.png --longest 2 --height 500", "--longest and --width or --height name two sizes")]
    [InlineData("upscale in.png -o out.png --format bmp", "--format is png, jpeg, webp, tiff, avif or dzi, not 'bmp'")]
    [InlineData("upscale in.png -o out.png --quality 101", "--quality is 1 to 100, not '101'")]
    [InlineData("upscale in.png -o out.png --chroma 422", "--chroma is 444 or 420, not '422'")]
    [InlineData("upscale in.png -o out.png --precision fp16", "--precision is auto or fp32 or bf16, not 'fp16'")]
    [InlineData("upscale in.png -o out.png --idle-timeout -1", "--idle-timeout")]
    [InlineData("upscale in.png -o out.png --idle-timeout 10081", "--idle-timeout is 0 to 10080 minutes, not '10081'")]
    [InlineData("worker start --idle-timeout NaN", "--idle-timeout is 0 to 10080 minutes, not 'NaN'")]
    [InlineData("worker start --device cuda:x", "--device is auto, cpu, cuda or cuda:N, not 'cuda:x'")]
    [InlineData("upscale in.png -o out.png --device gpu", "--device is auto, cpu, cuda or cuda:N, not 'gpu'")]
    [InlineData("upscale in.png -o out.png --worker nowhere", "unix:/path")]
    [InlineData("upscale in.png -o out.png --colour", "'--colour'")]
    [InlineData("upscale a.png b.png -o out -x", "'./-x'")]
    [InlineData("upscale in.png -o out.png --tile many", "'many'")]
    [InlineData("upscale in.png -o out.png --preview 1,2,3", "--preview is x,y,width,height in pixels of PHOTO, such as 100,80,200,150, not '1,2,3'")]
    [InlineData("upscale in.png -o out.png --preview 1,2,3,0", "not '1,2,3,0'")]
    [InlineData("upscale in.png -o out.png --preview 1,-2,3,4", "not '1,-2,3,4'")]
    [InlineData("upscale in.png -o out.png --preview 1,2,3,x", "not '1,2,3,x'")]
    [InlineData("upscale in.png -o out.png --sheet quality=50,90", "settings are scale, width, height, longest, megapixels, keep-blur, kernel, kernel-scale, consistent, fast-smooth, model, precision")]
    [InlineData("upscale in.png -o out.png --fast-smooth 17", "not '17'")]
    [InlineData("upscale in.png -o out.png --fast-smooth 2 --check", "give one of them")]
    [InlineData("upscale in.png -o out.png --sheet scale", "not 'scale'")]
    [InlineData("upscale in.png -o out.png --sheet scale=2,,4", "not 'scale=2,,4'")]
    [InlineData("upscale in.png -o out.png --sheet scale=2 --sheet scale=4", "two different ones")]
    [InlineData("upscale in.png -o out.png --sheet scale=1,1,1,1,1,1,1 --sheet model=1,1,1,1,1,1", "36 cells at most")]
    [InlineData("upscale in.png -o out.png --sheet scale=2 --json", "--sheet has no events")]
    [InlineData("upscale in.png -o out.png --sheet scale=2 --check-map map.png", "--check alone labels the cells")]
    [InlineData("upscale - -o out.png --sheet scale=2", "name a file")]
    [InlineData("upscale a.png b.png -o out --sheet scale=2", "--preview and --sheet are for one photo")]
    [InlineData("upscale a.png b.png -o out --preview 1,2,3,4", "--preview and --sheet are for one photo")]
    [InlineData("upscale a.png -o out.png --preview 1,2,3,4 --dry-run", "--preview and --sheet are for one photo")]
    [InlineData("worker", "koala-client worker --help")]
    [InlineData("worker restart", "'restart'")]
    [InlineData("status --scale 2", "'--scale'")]
    public async Task Run_WrongArguments_IsAUsageError(string arguments, string named)
    {
        var run = await CommandRun.Of(arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries));

        run.AssertFailed(ExitCode.Usage, named);
        Assert.Contains("--help", run.Error, StringComparison.Ordinal);
        Assert.Empty(run.Out);
    }

    [Fact]
    public async Task Run_DebugAsked_PrintsTheStackTrace()
    {
        var run = await CommandRun.Of("upscale", "none.png", "-o", "out.png", "--debug");

        Assert.Equal(ExitCode.InputNotFound, run.Code);
        Assert.Contains("   at Koala.", run.Error, StringComparison.Ordinal);
    }
}
