using System.Diagnostics;
using Koala.Network;
using Koala.Training.Data;
using Koala.Training.Optimization;
using Koala.Training.Stages;

namespace Koala.Training.Tests.Stages;

/// <summary>Alone in the process: initial weights come from libtorch's random state, which is everybody's.</summary>
[Collection(nameof(TrainerTests))]
[CollectionDefinition(nameof(TrainerTests), DisableParallelization = true)]
public sealed class TrainerTests
{
    private static TrainingOptions Options(int stage, int steps) => new()
    {
        Stage = stage,
        Steps = steps,
        Network = new KoalaNetOptions(4),
        Batch = 2,
        PatchLr = 16,
        HeldOut = 1,
        WarmUp = 2,
        ValidateEvery = 100,
        Precision = Precision.Fp32,
    };

    [Theory]
    [InlineData(1, OptimizationMethod.Adam)]
    [InlineData(3, OptimizationMethod.Muon)]
    public void Run_StoppedAndResumed_EqualsUndisturbed(int stage, OptimizationMethod method)
    {
        var options = Options(stage, 6) with { Method = method };
        using var folder = new TestFolder();
        using var photographs = PhotographCache.Open(folder.Photographs(4, 96), folder.Sub("cache"), 64, _ => { });
        using (var whole = new Trainer(options, photographs, folder.Sub("whole"), null, _ => { }))
            whole.Run(default);

        using (var first = new Trainer(options, photographs, folder.Sub("parts"), null, _ => { }))
        {
            using var stop = new CancellationTokenSource();
            StopAt(first, 3, stop);
            first.Run(stop.Token);
            Assert.InRange(first.Step, 3, 5);
        }

        using (var second = new Trainer(options, photographs, folder.Sub("parts"), null, _ => { }))
        {
            Assert.InRange(second.Step, 3, 5);
            second.Run(default);
            Assert.Equal(6, second.Step);
        }

        Assert.Equal(File.ReadAllBytes(folder.Sub("whole/state.safetensors")), File.ReadAllBytes(folder.Sub("parts/state.safetensors")));
    }

    [Fact]
    public void Run_GoesOnFromWhatAKillLeaves_EqualsUndisturbed()
    {
        using var folder = new TestFolder();
        using var photographs = PhotographCache.Open(folder.Photographs(4, 96), folder.Sub("cache"), 64, _ => { });
        var options = Options(3, 6) with { CheckpointSeconds = 0, ValidateEvery = 1 };
        Directory.CreateDirectory(folder.Sub("killed"));
        using (var whole = new Trainer(options, photographs, folder.Sub("whole"), null, line =>
        {
            // In the middle of a step's work: a killed process would leave what lies there now.
            if (line.StartsWith("step 4:", StringComparison.Ordinal))
                File.Copy(folder.Sub("whole/state.safetensors"), folder.Sub("killed/state.safetensors"));
        }))
        {
            whole.Run(default);
        }

        using var killed = new Trainer(options, photographs, folder.Sub("killed"), null, _ => { });
        Assert.Equal(3, killed.Step);
        killed.Run(default);
        Assert.Equal(File.ReadAllBytes(folder.Sub("whole/state.safetensors")), File.ReadAllBytes(folder.Sub("killed/state.safetensors")));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Run_SomeSteps_WritesWeightsAndCurve(int stage)
    {
        using var folder = new TestFolder();
        using var photographs = PhotographCache.Open(folder.Photographs(4, 96), folder.Sub("cache"), 64, _ => { });
        var lines = new List<string>();
        using var trainer = new Trainer(Options(stage, 12) with { ValidateEvery = 6 }, photographs, folder.Sub("out"), null, lines.Add);
        trainer.Run(default);
        Assert.Contains(lines, l => l.StartsWith("step 12/12  loss ", StringComparison.Ordinal) && l.Contains(" steps/s  ", StringComparison.Ordinal)
            && l.Contains("psnr ", StringComparison.Ordinal) && l.EndsWith("ETA 0.00:00", StringComparison.Ordinal));
        var info = Checkpoint.ReadInfo(trainer.WeightsPath);
        Assert.Equal(stage, info.Stage);
        var curve = File.ReadLines(folder.Sub("out/curve.tsv")).Select(line => line.Split('\t')).ToArray();
        Assert.Contains(curve, c => c[1] == "loss");
        Assert.Contains(curve, c => c[1] == (stage == 1 ? "kernel_l2" : "psnr") && c[0] == "12");
        // One photograph is held out: LR, result, HR and two kernels above each other, with a gap of 4 after each.
        var sheet = Photograph.Read(folder.Sub("out/validation.png"));
        Assert.Equal((3 * 196 + 96 + 4, 196), (sheet.Width, sheet.Height));
    }

    [Fact]
    public void Constructor_StateOfAnotherStage_SaysSo() =>
        Assert.Contains("another --out", Refusal(Options(1, 1), Options(2, 1)), StringComparison.Ordinal);

    [Fact]
    public void Constructor_StateByAnotherMethod_SaysSo() =>
        Assert.Contains("--optimizer Adam", Refusal(Options(1, 1) with { Method = OptimizationMethod.Adam }, Options(1, 2)), StringComparison.Ordinal);

    [Fact]
    public void Constructor_StateWithOtherPatches_SaysSo() =>
        Assert.Contains("--batch 2 --patch 16 --seed 1 --two-blurs 0.25", Refusal(Options(1, 1), Options(1, 2) with { Seed = 7 }), StringComparison.Ordinal);

    [Fact]
    public void Constructor_StateOfOtherPhotographs_SaysSo()
    {
        using var folder = new TestFolder();
        using (var four = PhotographCache.Open(folder.Photographs(4, 96), folder.Sub("cache"), 64, _ => { }))
        using (var trainer = new Trainer(Options(1, 1), four, folder.Sub("out"), null, _ => { }))
            trainer.Run(default);
        File.Delete(folder.Sub("photographs/03.png"));
        using var three = PhotographCache.Open(folder.Sub("photographs"), folder.Sub("cache"), 64, _ => { });
        var e = Assert.Throws<CheckpointException>(() => new Trainer(Options(1, 2), three, folder.Sub("out"), null, _ => { }).Dispose());
        Assert.Contains("other photographs", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_LossThatIsNeverFinite_IsLeftOutThenGivenUp()
    {
        using var folder = new TestFolder();
        using var photographs = PhotographCache.Open(folder.Photographs(2, 96), folder.Sub("cache"), 64, _ => { });
        using var network = new KoalaNet(new KoalaNetOptions(4));
        var weights = network.named_parameters().ToDictionary(p => p.name, p => p.parameter.detach());
        weights["downsampling.head1.bias"] = TorchSharp.torch.full_like(weights["downsampling.head1.bias"], float.NaN);
        Checkpoint.Save(folder.Sub("nan.safetensors"), weights, new CheckpointInfo(new KoalaNetOptions(4)));
        var lines = new List<string>();
        using var trainer = new Trainer(Options(1, 20), photographs, folder.Sub("out"), folder.Sub("nan.safetensors"), lines.Add);
        Assert.Throws<ArithmeticException>(() => trainer.Run(default));
        Assert.Equal(9, lines.Count(l => l.Contains("left out: the loss is not finite", StringComparison.Ordinal)));
        Assert.Equal(9, trainer.Step);
    }

    [Fact]
    public void Run_DiskFull_GoesOnAndSaysSoAtTheEnd()
    {
        using var folder = new TestFolder();
        using var photographs = PhotographCache.Open(folder.Photographs(4, 96), folder.Sub("cache"), 64, _ => { });
        var small = Directory.CreateDirectory(folder.Sub("small")).FullName;
        Assert.SkipUnless(Run("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", small), "needs the right to mount");
        try
        {
            var lines = new List<string>();
            using var trainer = new Trainer(Options(1, 4) with { CheckpointSeconds = 0 }, photographs, small, null, lines.Add);
            Assert.Throws<IOException>(() => trainer.Run(default));
            Assert.Equal(4, trainer.Step);
            Assert.Contains(lines, l => l.Contains("free some space", StringComparison.Ordinal));
            Assert.DoesNotContain(Directory.EnumerateFiles(small), f => f.EndsWith(".safetensors", StringComparison.Ordinal));
        }
        finally
        {
            Run("umount", small);
        }

        static bool Run(string program, params string[] arguments)
        {
            using var process = Process.Start(program, arguments);
            process.WaitForExit();
            return process.ExitCode == 0;
        }
    }

    [Fact]
    public void Run_MoreSteps_LeaveNoTensors()
    {
        using var folder = new TestFolder();
        using var photographs = PhotographCache.Open(folder.Photographs(4, 96), folder.Sub("cache"), 64, _ => { });
        using var trainer = new Trainer(
            Options(3, 20) with { Batch = 1, PatchLr = 8, ValidateEvery = 8 }, photographs, folder.Sub("out"), null, _ => { });
        using var stop = new CancellationTokenSource();
        StopAt(trainer, 9, stop);
        trainer.Run(stop.Token);
        var statistics = TorchSharp.DisposeScopeManager.Statistics.TensorStatistics;
        var living = statistics.ThreadTotalLiveCount;
        // Steps, a validation and a checkpoint.
        trainer.Run(default);
        Assert.Equal(living, statistics.ThreadTotalLiveCount);
    }

    [Fact]
    public void Run_ManySteps_MemoryStaysFlat()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "reads /proc");
        using var folder = new TestFolder();
        using var photographs = PhotographCache.Open(folder.Photographs(4, 96), folder.Sub("cache"), 64, _ => { });
        using var trainer = new Trainer(
            Options(3, 260) with { Batch = 1, PatchLr = 8, ValidateEvery = 1000 }, photographs, folder.Sub("out"), null, _ => { });
        using var stop = new CancellationTokenSource();
        StopAt(trainer, 60, stop);
        trainer.Run(stop.Token);
        var before = ResidentMegabytes();
        trainer.Run(default);
        // 200 steps that kept one feature map each would hold 200·64·8·8·4 bytes = 3 MB a convolution, of which there are 90.
        Assert.InRange(ResidentMegabytes() - before, double.NegativeInfinity, 100);
    }

    // What a trainer says of the state that another left in its folder.
    private static string Refusal(TrainingOptions before, TrainingOptions now)
    {
        using var folder = new TestFolder();
        using var photographs = PhotographCache.Open(folder.Photographs(2, 96), folder.Sub("cache"), 64, _ => { });
        using (var trainer = new Trainer(before, photographs, folder.Sub("out"), null, _ => { }))
            trainer.Run(default);
        return Assert.Throws<CheckpointException>(() => new Trainer(now, photographs, folder.Sub("out"), null, _ => { })).Message;
    }

    private static double ResidentMegabytes()
    {
        GC.Collect();
        using var process = Process.GetCurrentProcess();
        return process.WorkingSet64 / 1e6;
    }

    [Fact]
    public void RateAt_EitherSchedule_RisesAndFalls()
    {
        var cosine = Options(1, 1000) with { WarmUp = 100, Rate = 1 };
        Assert.Equal(0.01, cosine.RateAt(0), 3);
        Assert.InRange(cosine.RateAt(100), 0.95, 1);
        Assert.InRange(cosine.RateAt(999), 0.01, 0.011);
        var paper = cosine with { Schedule = RateSchedule.Paper };
        Assert.Equal<double>([1, 0.1, 0.01], [.. ((List<int>)[799, 800, 900]).Select(s => Math.Round(paper.RateAt(s), 6))]);
    }

    // The trainer has no hook for tests: a file system's eye sees no step, so a timer watches the public counter.
    private static void StopAt(Trainer trainer, int step, CancellationTokenSource stop) => _ = Task.Run(async () =>
    {
        while (trainer.Step < step)
            await Task.Delay(1);
        await stop.CancelAsync();
    });
}
