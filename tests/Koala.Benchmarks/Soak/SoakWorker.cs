using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Koala.Client;

namespace Koala.Benchmarks.Soak;

/// <summary>A worker's process, at a port and with metrics, that is looked at from outside.</summary>
internal sealed class SoakWorker : IAsyncDisposable
{
    private readonly Process _process;
    private readonly int _metrics = FreePort();

    /// <param name="program">The worker's program.</param>
    public SoakWorker(string program)
    {
        Address = WorkerAddress.Parse($"http://127.0.0.1:{FreePort()}");
        _process = Process.Start(new ProcessStartInfo(
            program, ["--listen", Address.ToString(), "--metrics", $"http://127.0.0.1:{_metrics}", "--idle-timeout", "0", "--device", "cpu"])
        {
            RedirectStandardError = true,
        })!;
        // Nobody reads it, and a full pipe would stop the worker.
        _process.ErrorDataReceived += (_, _) => { };
        _process.BeginErrorReadLine();
    }

    public WorkerAddress Address { get; }

    /// <summary>Seconds that its processors have worked.</summary>
    public double ProcessorSeconds
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime.TotalSeconds;
        }
    }

    /// <summary>Waits until it is ready.</summary>
    public async Task StartAsync()
    {
        await using var client = new KoalaClient(Address);
        for (var clock = Stopwatch.StartNew(); clock.Elapsed < TimeSpan.FromMinutes(1) && !_process.HasExited; await Task.Delay(200))
        {
            try
            {
                if ((await client.GetStatusAsync()).State == WorkerState.Ready)
                    return;
            }
            catch (KoalaException exception) when (exception.IsTransient)
            {
            }
        }
        throw new InvalidOperationException("The worker does not become ready.");
    }

    /// <summary>What it holds, once it has nothing more to do.</summary>
    public async Task<WorkerSample> SampleAsync()
    {
        await using (var client = new KoalaClient(Address))
        {
            // What clients that are gone had in the queue is dropped, and a batch that is computed is ended.
            for (var clock = Stopwatch.StartNew(); clock.Elapsed < TimeSpan.FromSeconds(10); await Task.Delay(100))
            {
                if ((await client.GetStatusAsync()).Load is { OpenJobs: 0, WaitingTiles: 0 })
                    break;
            }
        }
        var metrics = await RestingAsync();
        // The worker closes the connection over which it told them a little later, and gives memory back once it has rested.
        await Task.Delay(1500);
        var folder = $"/proc/{_process.Id}";
        return new WorkerSample(
            Resident: long.Parse(File.ReadAllText($"{folder}/statm").Split(' ')[1], CultureInfo.InvariantCulture) * Environment.SystemPageSize / 1048576.0,
            Threads: Directory.GetDirectories($"{folder}/task").Length,
            Sockets: Directory.GetFiles($"{folder}/fd").Count(file => new FileInfo(file).LinkTarget?.StartsWith("socket:", StringComparison.Ordinal) ?? false),
            Tensors: (long)metrics["koala_tensors"],
            Streams: (int)metrics["koala_streams_open"]);
    }

    /// <summary>The metrics, once no tensor comes or goes: a batch at work makes some with every layer.</summary>
    private async Task<IReadOnlyDictionary<string, double>> RestingAsync()
    {
        var metrics = await MetricsAsync();
        for (var (clock, same) = (Stopwatch.StartNew(), 0); same < 3 && clock.Elapsed < TimeSpan.FromSeconds(30);)
        {
            await Task.Delay(500);
            var next = await MetricsAsync();
            same = next["koala_tensors"] == metrics["koala_tensors"] ? same + 1 : 0;
            metrics = next;
        }
        return metrics;
    }

    /// <summary>The metrics, those of several series added up.</summary>
    public async Task<IReadOnlyDictionary<string, double>> MetricsAsync()
    {
        // A client of its own, whose connection ends with it.
        using var http = new HttpClient();
        var text = await http.GetStringAsync(new Uri($"http://127.0.0.1:{_metrics}/metrics"));
        return text.Split('\n').Where(line => line.Length > 0 && line[0] != '#')
            .GroupBy(line => line[..line.IndexOfAny(['{', ' '])], line => double.Parse(
                line[(line.LastIndexOf('}') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries)[0], CultureInfo.InvariantCulture))
            .ToDictionary(metric => metric.Key, metric => metric.Sum());
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    /// <summary>A port of this machine that nobody listens at.</summary>
    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}

/// <summary>What a worker holds while it has nothing to do.</summary>
/// <param name="Resident">MiB of memory.</param>
/// <param name="Threads">Threads of the process.</param>
/// <param name="Sockets">Sockets, those it listens at among them.</param>
/// <param name="Tensors">Tensors, as it says itself.</param>
/// <param name="Streams">Open streams, as it says itself.</param>
internal sealed record WorkerSample(double Resident, int Threads, int Sockets, long Tensors, int Streams)
{
    /// <inheritdoc/>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"{Resident,7:0.0} MiB  {Threads,3} threads  {Sockets,3} sockets  {Tensors,5} tensors  {Streams,3} streams");
}
