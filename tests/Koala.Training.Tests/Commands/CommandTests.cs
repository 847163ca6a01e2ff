using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Koala.Network;
using Koala.Training.Commands;
using Koala.Training.Data;

namespace Koala.Training.Tests.Commands;

/// <summary>The program as people start it.</summary>
public sealed class CommandTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Evaluate_TwoImages_WritesMeasuresAndPictures()
    {
        var photographs = _folder.Photographs(2, 64);
        Directory.CreateDirectory(Path.Combine(photographs, "more"));
        File.Move(Path.Combine(photographs, "01.png"), Path.Combine(photographs, "more", "01.png"));
        var (code, output, error) = await RunAsync(
            "evaluate", "--scale", "4", "--hr", photographs, "--precision", "fp32", "--json", _folder.Sub("new/report.json"), "--save", _folder.Sub("saved"));
        Assert.Equal((0, ""), (code, error));
        Assert.Contains("mean", output, StringComparison.Ordinal);

        var report = JsonDocument.Parse(File.ReadAllText(_folder.Sub("new/report.json"))).RootElement;
        Assert.Equal((4, "koalanet-x4"), (report.GetProperty("scale").GetInt32(), report.GetProperty("model").GetString()));
        var images = report.GetProperty("images").EnumerateArray().ToArray();
        Assert.Equal(["00.png", Path.Combine("more", "01.png")], images.Select(i => i.GetProperty("name").GetString()!));
        foreach (var field in (string[])["psnr", "ssim", "bicubic_psnr", "bicubic_ssim", "kernel_l2", "lr_psnr"])
            Assert.Equal(images.Average(i => i.GetProperty(field).GetDouble()), report.GetProperty("mean").GetProperty(field).GetDouble(), 1e-9);
        Assert.InRange(images[0].GetProperty("psnr").GetDouble(), 15, 60);
        Assert.Equal((64, 64), Size(_folder.Sub("saved/00.png")));
        Assert.Equal((64, 64), Size(_folder.Sub("saved/more/01.png")));
    }

    [Fact]
    public async Task Degrade_Subfolders_ComeAlong()
    {
        var photographs = _folder.Photographs(2, 72);
        Directory.CreateDirectory(Path.Combine(photographs, "more"));
        File.Move(Path.Combine(photographs, "01.png"), Path.Combine(photographs, "more", "00.png"));
        var (code, _, error) = await RunAsync("degrade", photographs, "-o", _folder.Sub("lr"), "--kernel", "2", "1", "0.3");
        Assert.Equal((0, ""), (code, error));
        Assert.Equal((16, 16), Size(_folder.Sub("lr/00.png")));
        Assert.NotEqual(File.ReadAllBytes(_folder.Sub("lr/00.png")), File.ReadAllBytes(_folder.Sub("lr/more/00.png")));
    }

    [Fact]
    public async Task Evaluate_ImageTooSmallForSsimOfItsLr_IsMeasured()
    {
        var (code, output, error) = await RunAsync("evaluate", "--scale", "4", "--hr", _folder.Photographs(1, 40));
        Assert.Equal((0, ""), (code, error));
        Assert.Contains("mean", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Train_Interrupted_KeepsItsStepsAndLetsNoOtherInBefore()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "sends a signal");
        string[] arguments =
        [
            "train", "--data", _folder.Photographs(2, 72), "--out", _folder.Sub("out"), "--stage", "1", "--scale", "2", "--steps", "100000",
            "--batch", "1", "--patch", "8", "--validate-every", "2", "--threads", "1",
        ];
        using var first = Start(arguments);
        while (await first.StandardOutput.ReadLineAsync() is { } line && !line.Contains("step 4:", StringComparison.Ordinal))
        {
        }

        var (code, _, error) = await RunAsync(arguments);
        Assert.Equal(1, code);
        Assert.Contains("another training runs in it", error, StringComparison.Ordinal);

        Process.Start("kill", ["-INT", $"{first.Id}"]).WaitForExit();
        await first.StandardOutput.ReadToEndAsync();
        await first.WaitForExitAsync();
        Assert.Equal(130, first.ExitCode);
        using var state = new SafetensorsReader(_folder.Sub("out/stage1/state.safetensors"));
        Assert.InRange(int.Parse(state.Metadata["step"], CultureInfo.InvariantCulture), 4, 99999);
        Assert.False(File.Exists(_folder.Sub("out/lock")));
    }

    [Fact]
    public async Task Release_SeveralWeights_IsTheirMean()
    {
        var tensors = new List<float>();
        foreach (var name in (string[])["a", "b", "c"])
        {
            using var network = new KoalaNet(new KoalaNetOptions(2));
            Checkpoint.Save(
                _folder.Sub(name), network.named_parameters().ToDictionary(p => p.name, p => (TorchSharp.torch.Tensor)p.parameter),
                new CheckpointInfo(network.Options, 3, name));
            tensors.Add(First(_folder.Sub(name)));
        }

        var (code, _, error) = await RunAsync(
            "release", _folder.Sub("a"), _folder.Sub("b"), _folder.Sub("c"), "-o", _folder.Sub("mean"), "--halo", "48", "--description", "none");

        Assert.Equal((0, ""), (code, error));
        Assert.Equal(tensors.Average(), First(_folder.Sub("mean")), 1e-4f);
        Assert.Equal(48, Checkpoint.ReadInfo(_folder.Sub("mean")).HaloLr);

        static float First(string path)
        {
            using var reader = new SafetensorsReader(path);
            using var tensor = reader.Read("upsampling.image_head0.weight");
            using var first = tensor.flatten()[0];
            return first.to_type(TorchSharp.torch.ScalarType.Float32).item<float>();
        }
    }

    [Fact]
    public async Task Help_OfACommand_EndsWithItsExamples()
    {
        var (code, output, error) = await RunAsync("train", "--help");
        Assert.Equal((0, ""), (code, error));
        Assert.Contains("--kernel-weight", output, StringComparison.Ordinal);
        Assert.Contains("Examples:\n  koala-train train --data ", output, StringComparison.Ordinal);
    }

    [Fact]
    public void Examples_OfEveryCommand_AreUnderstood()
    {
        var root = KoalaTrainCommandLine.Create();
        foreach (var command in root.Subcommands)
        {
            var examples = Examples.Of(command.Name);
            Assert.NotEmpty(examples);
            foreach (var example in examples)
            {
                // Behind four spaces a remark.
                var parsed = root.Parse(example.Split("    ")[0]["koala-train ".Length..]);
                Assert.Equal(command, parsed.CommandResult.Command);
                // The files of the examples do not exist here.
                Assert.All(parsed.Errors, e => Assert.Contains("does not exist", e.Message, StringComparison.Ordinal));
            }
        }
    }

    [Theory]
    [InlineData("would be overwritten", "degrade", "{photographs}", "-o", "{photographs}")]
    [InlineData("would be overwritten", "evaluate", "--hr", "{photographs}", "--save", "{photographs}")]
    [InlineData("two images would become", "degrade", "{same}", "-o", "{out}")]
    [InlineData("expected at least 16×16", "degrade", "{small}", "-o", "{out}")]
    [InlineData("expected at least 16×16", "evaluate", "--hr", "{small}")]
    [InlineData("is for scale 4, not 2", "evaluate", "--hr", "{photographs}", "--scale", "2", "--model", "{models}/koalanet-x4.safetensors")]
    [InlineData("leave --worker out", "evaluate", "--hr", "{photographs}", "--worker", "default", "--true-kernels")]
    [InlineData("has no downsampling network", "train", "--data", "{photographs}", "--out", "{out}", "--upsampling", "Baseline")]
    [InlineData("choose an --out beside it", "train", "--data", "{photographs}", "--out", "{photographs}/out")]
    [InlineData("with --stage all three of them", "train", "--data", "{photographs}", "--out", "{out}", "--stage", "3", "--steps", "1,2,3")]
    [InlineData("with --stage all three of them", "train", "--data", "{photographs}", "--out", "{out}", "--steps", "1,2")]
    [InlineData("expected a share from 0 to 1", "train", "--data", "{photographs}", "--out", "{out}", "--two-blurs", "1.5")]
    [InlineData("is no network", "release", "{models}/koalanet-x4.safetensors", "{models}/koalanet-x2.safetensors", "-o", "{out}", "--halo", "48", "--description", "none")]
    [InlineData("no images", "evaluate", "--hr", "{empty}")]
    [InlineData("no photograph of at least 192×192", "train", "--data", "{photographs}", "--out", "{out}")]
    public async Task BadInput_IsOneClearLineAndChangesNothing(string expected, params string[] arguments)
    {
        var photographs = _folder.Photographs(1, 64);
        var before = File.ReadAllBytes(Path.Combine(photographs, "00.png"));
        foreach (var name in (string[])["small", "same", "empty"])
            Directory.CreateDirectory(_folder.Sub(name));
        Photograph.Write(TorchSharp.torch.zeros(1, 3, 8, 8), _folder.Sub("small/a.png"));
        File.WriteAllBytes(_folder.Sub("same/a.png"), before);
        File.WriteAllBytes(_folder.Sub("same/a.jpg"), before);
        var (code, _, error) = await RunAsync([.. arguments.Select(a => a
            .Replace("{photographs}", photographs, StringComparison.Ordinal).Replace("{models}", Path.Combine(AppContext.BaseDirectory, "models"), StringComparison.Ordinal)
            .Replace("{", _folder.Path + "/", StringComparison.Ordinal).Replace("}", "", StringComparison.Ordinal))]);
        Assert.NotEqual(0, code);
        Assert.Contains(expected, error, StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllBytes(Path.Combine(photographs, "00.png")));
        Assert.Single(Directory.GetFileSystemEntries(photographs));
    }

    private static (int Width, int Height) Size(string path)
    {
        var photograph = Photograph.Read(path);
        return (photograph.Width, photograph.Height);
    }

    private static async Task<(int Code, string Output, string Error)> RunAsync(params string[] arguments)
    {
        using var process = Start(arguments);
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(5));
        await process.WaitForExitAsync(limit.Token);
        return (process.ExitCode, await output, await error);
    }

    private static Process Start(params string[] arguments) =>
        Process.Start(new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? "koala-train.exe" : "koala-train"), arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
}
