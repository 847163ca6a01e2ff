using System.CommandLine;
using System.Text;
using System.Text.Json;
using Koala.Client.CommandLine.Stdio;

namespace Koala.Client.CommandLine.Commands;

/// <summary><c>koala-client stdio</c>: raw rows in and out, for programs that cannot speak to a worker themselves.</summary>
internal static class StdioCommand
{
    public static Command Create(Terminal terminal)
    {
        var worker = new WorkerOptions();
        var command = new Command(
            "stdio", "Enlarges one layer of raw pixels from standard input to standard output, for plug-ins; docs/stdio.md describes the exchange.");
        worker.AddAllTo(command);
        worker.AddRecoveryTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var events = new StdioEvents(terminal.Error);
            using var gone = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            try
            {
                await using var input = Console.OpenStandardInput();
                await using var output = Console.OpenStandardOutput();
                var request = await StdioRequest.ReadAsync(input, gone.Token);
                events.Done(await RunAsync(request, worker, parsed, input, output, events, gone));
                return (int)ExitCode.Success;
            }
#pragma warning disable CA1031 // A program reads events, not sentences: whatever it is becomes one.
            catch (Exception error)
#pragma warning restore CA1031
            {
                var (code, message) = gone.IsCancellationRequested
                    ? (ExitCode.Cancelled, "Cancelled.")
                    : Explanation.Of(error);
                TryReport(events, code, message);
                return (int)code;
            }
        });
        return command;
    }

    private static async Task<UpscaleResult> RunAsync(
        StdioRequest request, WorkerOptions worker, ParseResult parsed, Stream input, Stream output, StdioEvents events, CancellationTokenSource gone)
    {
        var address = worker.Address(parsed);
        var rows = new StdioRows(input, gone);
        var job = new LayerJob
        {
            Width = request.Width,
            Height = request.Height,
            Format = request.LayerFormat,
            Scale = request.Scale,
            SameSize = request.SameSize,
            Strength = request.Strength,
            KeepBlur = request.KeepBlur,
            Model = request.Model,
            Precision = request.Precision,
            ReadRows = (y, count, buffer, stop) => rows.ReadAsync(buffer, last: y + count == request.Height, stop),
            WriteRows = (_, _, buffer, stop) => output.WriteAsync(buffer, stop),
        };
        var start = worker.Start(parsed);
        await using var client = new KoalaClient(address) { Recovery = worker.Recovery(parsed, start) with { Report = events.Waiting } };
        await WorkerContact.ContactAsync(() => WorkerLauncher.EnsureRunningAsync(address, start, events.Waiting, gone.Token));
        var header = JsonSerializer.Serialize(new { width = job.ResultWidth, height = job.ResultHeight, format = job.Format.ToString() });
        await output.WriteAsync(Encoding.UTF8.GetBytes(header + "\n"), gone.Token);
        var result = await WorkerContact.WorkAsync(() => client.UpscaleLayerAsync(job, events, gone.Token));
        await output.FlushAsync(gone.Token);
        return result;
    }

    private static void TryReport(StdioEvents events, ExitCode code, string message)
    {
        try
        {
            events.Failed(code, message);
        }
        catch (IOException)
        {
            // Who asked is gone; the code is left.
        }
    }
}
