using Koala.Client.CommandLine.Alarms;
using Koala.Client.CommandLine.Checks;
using Koala.Client.CommandLine.Progress;
using Koala.Client.CommandLine.Upscaling;
using Koala.Imaging;
using Koala.Imaging.Analysis;
using Koala.Imaging.Sheets;

namespace Koala.Client.CommandLine.Sheets;

/// <summary>Enlarges a part of a photograph with several settings into one picture, labelled.</summary>
/// <param name="input">The photograph, a file.</param>
/// <param name="output">The sheet.</param>
/// <param name="plan">The cells.</param>
/// <param name="settings">Format of the sheet, and the part that is shown; by default the middle of the photograph.</param>
/// <param name="recovery">What is done where the worker is lost.</param>
/// <param name="terminal">Where the command writes to.</param>
internal sealed class PhotoSheet(string input, string output, SheetPlan plan, UpscaleSettings settings, WorkerRecovery recovery, Terminal terminal)
{
    // Pixels of the photograph that a cell shows of each direction unless told otherwise: at four times about a third of a screen.
    private const int DefaultSide = 160;

    /// <summary>Makes the sheet and says so.</summary>
    /// <param name="contact">Finds a worker or starts it; told whom to tell what is waited for.</param>
    /// <param name="address">Where the worker is.</param>
    /// <param name="quiet">Whether nothing is said.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    public async Task RunAsync(Func<KoalaClient, Action<string>, Task> contact, WorkerAddress address, bool quiet, CancellationToken cancellationToken)
    {
        var part = settings.Preview ?? Middle();
        CheckOutput();
        var messages = output == UpscaleSettings.StandardStream ? terminal with { Out = terminal.Error, Screen = null } : terminal;
        var estimates = await ProgressDisplay.ShowAsync(quiet ? null : messages, async display =>
        {
            var (cells, estimates) = await EnlargeAsync(part, contact, address, display, cancellationToken);
            Write(ContactSheet.Compose(cells, plan.Columns), cancellationToken);
            return estimates;
        });
        if (quiet)
            return;
        if (InputAlarm.Warning(input, estimates) is { } warning)
            terminal.Error.WriteLine(warning);
        messages.Out.WriteLine($"{input} at {part.X},{part.Y},{part.Width},{part.Height} → {output}, {plan.Cells.Count} cells");
    }

    private async Task<(IReadOnlyList<SheetCell> Cells, PhotographEstimates Estimates)> EnlargeAsync(
        PixelRegion part, Func<KoalaClient, Action<string>, Task> contact, WorkerAddress address, ProgressDisplay display, CancellationToken cancellationToken)
    {
        var cells = new List<(string Label, MemoryStream Picture, PhotoUpscale Upscale)>();
        try
        {
            // All of them before the worker is waited for: a value that cannot work should be told at once.
            foreach (var (label, cell) in plan.Cells)
            {
                var picture = new MemoryStream();
                cells.Add((label, picture, PhotoUpscale.Open(input, picture, cell with { Preview = part, Output = new ImageWriterOptions { Format = "tiff" } })));
            }
            await using var client = new KoalaClient(address) { Recovery = recovery with { Report = display.Waiting } };
            await contact(client, display.Waiting);
            var done = new List<SheetCell>();
            foreach (var (label, picture, upscale) in cells)
            {
                display.Waiting($"Enlarging {input}, {label} …");
                var score = CheckScore.Of(await upscale.RunAsync(client, display, cancellationToken), settings);
                done.Add(new SheetCell(score is null ? label : $"{label}, {score.Short}", picture.ToArray()));
            }
            return (done, cells[0].Upscale.Estimates);
        }
        finally
        {
            foreach (var (_, _, upscale) in cells)
                upscale.Dispose();
        }
    }

    private PixelRegion Middle()
    {
        using var reader = ImageReader.Open(input);
        var (width, height) = (Math.Min(reader.Width, DefaultSide), Math.Min(reader.Height, DefaultSide));
        return new PixelRegion((reader.Width - width) / 2, (reader.Height - height) / 2, width, height);
    }

    private void CheckOutput()
    {
        using var reader = ImageReader.Open(input);
        using var writer = CreateWriter(reader);
    }

    private void Write(byte[] sheet, CancellationToken cancellationToken)
    {
        using var stream = new MemoryStream(sheet);
        using var reader = ImageReader.Open(stream, "the sheet");
        using var writer = CreateWriter(reader);
        writer.WriteAll(reader, cancellationToken);
    }

    private ImageWriter CreateWriter(ImageReader reader)
    {
        var options = settings.Output with { Overwrite = settings.Overwrite };
        return output == UpscaleSettings.StandardStream
            ? ImageWriter.Create(Console.OpenStandardOutput(), reader, 1, options)
            : ImageWriter.Create(output, reader, 1, options);
    }
}
