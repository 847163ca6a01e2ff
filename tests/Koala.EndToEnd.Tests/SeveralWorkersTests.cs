using System.Diagnostics;
using Koala.Client;

namespace Koala.EndToEnd.Tests;

/// <summary>Three real workers of this machine share a photograph, while one of them is killed and another one told to leave.</summary>
public sealed class SeveralWorkersTests : IDisposable
{
    private const int Terminate = 15;
    private const int Tiles = 49;

    private readonly Desk _desk = new();
    private readonly List<Process> _processes = [];

    public void Dispose()
    {
        foreach (var process in _processes)
        {
            process.Kill();
            process.WaitForExit();
            process.Dispose();
        }
        _desk.Dispose();
    }

    [Fact]
    public async Task Upscale_OneKilledAndOneDraining_GivesThePictureOfASingleWorker()
    {
        var workers = await StartWorkersAsync();
        await UpscaleAsync(workers[2], "single.png");
        using var run = Start(string.Join(',', workers), "several.png");
        await WaitForTilesAsync(workers[0]);
        _processes[0].Kill();
        await WaitForTilesAsync(workers[1]);
        Assert.Equal(0, FailureTests.Signal(_processes[1].Id, Terminate));
        await AssertSameAsync(run);

        // It had nothing to wait for once its tiles were answered, although the job went on.
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        await _processes[1].WaitForExitAsync(patience.Token);
        Assert.Equal(0, _processes[1].ExitCode);
    }

    [Fact]
    public async Task Upscale_ThroughNginx_SpreadsOverTheWorkersBehindIt()
    {
        Assert.SkipUnless(File.Exists("/usr/sbin/nginx"), "needs nginx (Debian's package of that name)");
        var workers = await StartWorkersAsync();
        await UpscaleAsync(workers[2], "single.png");
        var proxy = await StartNginxAsync(workers);
        using var run = Start(string.Join(',', proxy, proxy, proxy), "several.png");
        await WaitForTilesAsync(workers[0]);
        await WaitForTilesAsync(workers[1]);
        _processes[0].Kill();
        await AssertSameAsync(run);
        // Both that are left took part.
        await WaitForTilesAsync(workers[1]);
        Assert.True(await FinishedAsync(workers[2]) > Tiles);
    }

    [Fact]
    public async Task Upscale_NameOfSeveralMachines_SpreadsOverAllOfThem()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.UserName == "root" && File.Exists("/usr/bin/unshare"), "a hosts file of one's own takes root on Linux");
        Koala.TestFiles.TestCertificates.WriteSelfSigned(_desk.File("worker.pem"));
        File.WriteAllText(_desk.File("hosts"), "127.0.0.1 koala-workers\n127.0.0.2 koala-workers\n127.0.0.3 koala-workers\n");
        File.WriteAllText(_desk.File("token"), "a-token-of-the-tests\n");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(_desk.File("token"), UnixFileMode.UserRead | UnixFileMode.UserWrite);
        var port = SecurityTests.FreePort();
        string[] secrets = ["--token-file", "token"];
        string[] workers = [.. Enumerable.Range(1, 3).Select(i => $"https://127.0.0.{i}:{port}")];
        foreach (var worker in workers)
            _processes.Add(_desk.StartProcess(Repository.WorkerProgram, ["--listen", worker, "--certificate", "worker.pem", "--device", "cpu", .. secrets]));
        ClientRun OnOwnHosts(params string[] arguments) => new(_desk.StartProcess(
            "/usr/bin/unshare",
            ["-m", "/bin/sh", "-c", "mount --bind \"$0\" /etc/hosts && exec \"$@\"", _desk.File("hosts"), Repository.ClientProgram, .. arguments, "--worker",
                $"dns:///koala-workers:{port}", "--ca", "worker.pem", .. secrets]));
        Outcome status;
        do
            status = await OnOwnHosts("status").OutcomeAsync();
        while (status.ExitCode == 33 || status.Output.Split("state    ready").Length < 4);

        using var run = OnOwnHosts(Arguments("several.png"));
        var outcome = await run.OutcomeAsync();

        Assert.True(outcome.ExitCode == 0, outcome.ToString());
        status = await OnOwnHosts("status").OutcomeAsync();
        Assert.All(workers, worker => Assert.Contains($" at {worker}, process ", status.Output, StringComparison.Ordinal));
        var finished = status.Output.Split('\n').Where(line => line.StartsWith("tiles ", StringComparison.Ordinal))
            .Select(line => int.Parse(line.Split(", ")[1].Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture)).ToArray();
        Assert.Equal(Tiles, finished.Sum());
        Assert.All(finished, count => Assert.InRange(count, 3, Tiles));
    }

    private async Task<string[]> StartWorkersAsync()
    {
        string[] workers = [.. SecurityTests.FreePorts(3).Select(port => $"http://127.0.0.1:{port}")];
        foreach (var worker in workers)
            // One tile a batch: sums of several are rounded in another order, and pictures would differ by a level here and there.
            _processes.Add(_desk.StartProcess(Repository.WorkerProgram, "--listen", worker, "--device", "cpu", "--max-batch", "1"));
        foreach (var worker in workers)
        {
            using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(1));
            await using var client = new KoalaClient(WorkerAddress.Parse(worker));
            while (!await IsReadyAsync(client))
                await Task.Delay(100, patience.Token);
        }
        return workers;
    }

    private static async Task<bool> IsReadyAsync(KoalaClient client)
    {
        try
        {
            return (await client.GetStatusAsync()).State == WorkerState.Ready;
        }
        catch (KoalaException error) when (error.IsTransient)
        {
            return false;
        }
    }

    private async Task<string> StartNginxAsync(string[] workers)
    {
        var port = SecurityTests.FreePort();
        var folder = Directory.CreateDirectory(_desk.File("nginx")).FullName;
        File.WriteAllText(_desk.File("nginx.conf"), $$"""
            {{(Environment.UserName == "root" ? "user root;" : "")}}
            daemon off;
            pid {{folder}}/pid;
            error_log {{folder}}/error.log;
            events {}
            http {
              access_log off;
              client_body_temp_path {{folder}}; proxy_temp_path {{folder}}; fastcgi_temp_path {{folder}}; uwsgi_temp_path {{folder}}; scgi_temp_path {{folder}};
              upstream workers {
                least_conn;
                {{string.Concat(workers.Select(worker => $"server {new Uri(worker).Authority}; "))}}
              }
              server {
                listen 127.0.0.1:{{port}} http2;
                client_max_body_size 0;
                location / {
                  grpc_pass grpc://workers;
                  client_body_timeout 1h; grpc_read_timeout 1h; grpc_send_timeout 1h;
                }
              }
            }
            """);
        // Its own child would outlive it.
        _processes.Add(_desk.StartProcess("/usr/sbin/nginx", "-c", _desk.File("nginx.conf"), "-g", "master_process off;"));
        var proxy = $"http://127.0.0.1:{port}";
        await using var client = new KoalaClient(WorkerAddress.Parse(proxy));
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        while (!await IsReadyAsync(client))
            await Task.Delay(100, patience.Token);
        return proxy;
    }

    private string[] Arguments(string output) =>
        ["upscale", _desk.Picture("photo.png", 200, 200), "-o", _desk.File(output), "--scale", "2", "--precision", "fp32", "--tile", "40", "--halo", "4"];

    private ClientRun Start(string workers, string output) => _desk.Start([.. Arguments(output), "--worker", workers]);

    private async Task UpscaleAsync(string worker, string output)
    {
        var outcome = await Start(worker, output).OutcomeAsync();
        Assert.True(outcome.ExitCode == 0, outcome.ToString());
        Assert.Equal(Tiles, await FinishedAsync(worker));
    }

    private async Task AssertSameAsync(ClientRun run)
    {
        var outcome = await run.OutcomeAsync();
        Assert.True(outcome.ExitCode == 0, outcome.ToString());
        Assert.Equal(File.ReadAllBytes(_desk.File("single.png")), File.ReadAllBytes(_desk.File("several.png")));
    }

    private static async Task WaitForTilesAsync(string worker)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        while (await FinishedAsync(worker) < 3)
            await Task.Delay(20, patience.Token);
    }

    private static async Task<long> FinishedAsync(string worker)
    {
        await using var client = new KoalaClient(WorkerAddress.Parse(worker));
        return (await client.GetStatusAsync()).Load.FinishedTiles;
    }
}
