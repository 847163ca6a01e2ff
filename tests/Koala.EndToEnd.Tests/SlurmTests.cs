namespace Koala.EndToEnd.Tests;

/// <summary>The example of a job array, in a real Slurm.</summary>
[Trait("Category", "Slow")]
public sealed class SlurmTests : IDisposable
{
    private static readonly string Example = Path.Combine(Repository.Root, "clients", "koala-client", "examples", "slurm.sbatch");

    private readonly Desk _desk = new();

    public void Dispose() => _desk.Dispose();

    [Fact]
    public async Task Array_OfTheExample_EnlargesEverythingOnce()
    {
        Assert.SkipWhen(SlurmCluster.Missing() is not null, SlurmCluster.Missing() ?? "");
        Directory.CreateDirectory(_desk.File("photos/sub"));
        for (var i = 0; i < 10; i++)
            _desk.Picture($"photos/{(i % 2 == 0 ? "sub/" : "")}{i}.png", 8 + 4 * i, 16, seed: i);
        await using var slurm = await SlurmCluster.StartAsync();

        var first = await slurm.SubmitAsync(_desk.Folder, "--array=1-3", "--cpus-per-task=1", Example, "photos", "enlarged");
        Assert.True(first.ExitCode == 0, $"{first}{Logs()}");
        var outputs = Directory.GetFiles(_desk.File("enlarged"), "*.png", SearchOption.AllDirectories);
        Assert.Equal(10, outputs.Length);
        Assert.Equal(3, Directory.GetFiles(_desk.File("enlarged"), ".koala-manifest.*-of-3.jsonl").Length);

        // Submitted again it goes on with what is not done.
        File.Delete(outputs[0]);
        var written = outputs[1..].ToDictionary(output => output, File.GetLastWriteTimeUtc);
        var second = await slurm.SubmitAsync(_desk.Folder, "--array=1-3", "--cpus-per-task=1", Example, "photos", "enlarged");
        Assert.True(second.ExitCode == 0, $"{second}{Logs()}");
        Assert.True(File.Exists(outputs[0]));
        Assert.Equal(written, outputs[1..].ToDictionary(output => output, File.GetLastWriteTimeUtc));

        // A photograph that fails is seen by whoever waits for the job.
        await File.WriteAllBytesAsync(_desk.File("photos/broken.png"), (await File.ReadAllBytesAsync(_desk.File("photos/1.png")))[..200]);
        Assert.Equal(50, (await slurm.SubmitAsync(_desk.Folder, "--array=1-3", "--cpus-per-task=1", Example, "photos", "enlarged")).ExitCode);
    }

    private string Logs() => string.Concat(Directory.GetFiles(_desk.Folder, "koala-*.log").Select(log => $"\n{log}:\n{File.ReadAllText(log)}"));
}
