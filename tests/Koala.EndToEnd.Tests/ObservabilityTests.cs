using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace Koala.EndToEnd.Tests;

/// <summary>What a worker tells programs that watch it.</summary>
public sealed partial class ObservabilityTests : IDisposable
{
    private const int Terminate = 15;

    private readonly Desk _desk = new();

    public void Dispose() => _desk.Dispose();

    [Fact]
    public async Task Worker_MetricsAndJsonLog_AreReadByMachines()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "signals as on Linux");
        Desk.CreatePrivate(_desk.File("run/koala"));
        var metrics = $"http://127.0.0.1:{FreePort()}";
        using var worker = _desk.StartProcess(Repository.WorkerProgram, "--metrics", metrics, "--log-format", "json", "--device", "cpu");
        var log = worker.StandardError.ReadToEndAsync();
        // Asked and not started: another worker would take the place of this one.
        while ((await _desk.RunAsync("status")).ExitCode == 33)
            Assert.False(worker.HasExited);
        Assert.Equal(0, (await _desk.RunAsync("upscale", _desk.Picture("photo.png", 16, 16), "-o", _desk.File("out.png"))).ExitCode);

        using var http = new HttpClient();
        var text = await http.GetStringAsync($"{metrics}/metrics");
        Assert.Matches(@"(?m)^koala_ready\{[^}]*\} 1\s*$", text);
        Assert.Matches(@"(?m)^koala_tiles_total\{[^}]*status=""OK""[^}]*\} 1\s*$", text);
        Assert.Matches(@"koala_model\{[^}]*sha256=""[0-9a-f]{64}""", text);

        _ = Signal(worker.Id, Terminate);
        await worker.WaitForExitAsync();
        Assert.Equal(0, worker.ExitCode);
        var lines = (await log).TrimEnd().Split('\n');
        Assert.Contains(lines, line => JsonDocument.Parse(line).RootElement.GetProperty("Message").GetString() == $"Metrics at {metrics}/metrics");
        Assert.All(lines, line => Assert.EndsWith("Z", JsonDocument.Parse(line).RootElement.GetProperty("Timestamp").GetString()!, StringComparison.Ordinal));
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Signal(int processId, int signal);
}
