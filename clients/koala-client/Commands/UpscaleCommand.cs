using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Koala.Client.CommandLine.Progress;
using Koala.Imaging;

namespace Koala.Client.CommandLine.Commands;

/// <summary><c>koala-client upscale PHOTO -o OUT</c></summary>
internal static class UpscaleCommand
{
    public static Command Create(Terminal terminal)
    {
        var photo = new Argument<string>("PHOTO")
        {
            Description = "The photo: PNG, JPEG, WebP, TIFF, AVIF, …; 8 or 16 bits, grey or RGB, with transparency or without.",
        };
        var output = new Option<string>("--output", "-o")
        {
            Description = "The enlarged photo; its extension is the format: .png, .jpg, .webp (lossless) or .tif.",
            HelpName = "OUT",
            Required = true,
        };
        var scale = new Option<int>("--scale", "-s")
        {
            Description = "How many times as wide and as high: 2 or 4.",
            HelpName = "2|4",
            DefaultValueFactory = _ => 4,
            CustomParser = result => OneOf(result, "--scale", ("2", 2), ("4", 4)),
        };
        var model = new Option<string>("--model")
        {
            Description = "Name of a model in 'koala-client status'. Default: the worker's own choice.",
            HelpName = "NAME",
            DefaultValueFactory = _ => "",
        };
        var precision = new Option<Precision>("--precision")
        {
            Description = "Arithmetic: fp32, or bf16, which is faster where the device knows it. Default: auto.",
            HelpName = "auto|fp32|bf16",
            CustomParser = result => OneOf(
                result, "--precision", ("auto", Precision.Auto), ("fp32", Precision.Fp32), ("bf16", Precision.Bf16)),
        };
        var overwrite = new Option<bool>("--overwrite") { Description = "Replace OUT if it exists." };
        var quiet = new Option<bool>("--quiet", "-q") { Description = "Print nothing unless it fails." };
        var noStart = new Option<bool>("--no-start") { Description = "Fail where no worker runs, instead of starting one." };
        var tile = new Option<int?>("--tile") { Description = "Longest side of a tile in pixels of PHOTO.", Hidden = true };
        var halo = new Option<int?>("--halo") { Description = "Pixels of PHOTO around a tile.", Hidden = true };
        var worker = new WorkerOptions();

        var command = new Command("upscale", "Enlarges a photo. Starts a worker if none runs; it stays for the next photo.")
        {
            photo, output, scale, model, precision, overwrite, quiet,
        };
        worker.AddAllTo(command);
        command.Add(noStart);
        command.Add(tile);
        command.Add(halo);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            // Everything that costs nothing to know comes first: a wrong path should not have to wait for a worker.
            using var reader = ImageReader.Open(parsed.GetRequiredValue(photo));
            using var writer = ImageWriter.Create(
                parsed.GetRequiredValue(output), reader, parsed.GetValue(scale), parsed.GetValue(overwrite));
            var address = worker.Address(parsed);
            var job = new UpscaleJob
            {
                Width = reader.Width,
                Height = reader.Height,
                PixelFormat = reader.BitsPerSample == 8 ? PixelFormat.RgbU8 : PixelFormat.RgbU16,
                Scale = parsed.GetValue(scale),
                Model = parsed.GetRequiredValue(model),
                Precision = parsed.GetValue(precision),
                TileSide = parsed.GetValue(tile),
                Halo = parsed.GetValue(halo),
                ReadRows = (_, _, rows, _) =>
                {
                    reader.ReadRows(rows.Span);
                    return ValueTask.CompletedTask;
                },
                WriteRows = (_, _, rows, _) =>
                {
                    writer.WriteRows(rows.Span);
                    return ValueTask.CompletedTask;
                },
            };

            var elapsed = Stopwatch.StartNew();
            var result = await ProgressDisplay.ShowAsync(parsed.GetValue(quiet) ? null : terminal, async display =>
            {
                await using var client = new KoalaClient(address);
                await WorkerContact.ContactAsync(() => parsed.GetValue(noStart)
                    ? client.GetStatusAsync(cancellationToken)
                    : WorkerLauncher.EnsureRunningAsync(address, worker.Start(parsed), display.Waiting, cancellationToken));
                display.Waiting($"Enlarging {parsed.GetRequiredValue(photo)}, {job.Width}x{job.Height} pixels, {job.Scale} times …");
                elapsed.Restart();
                var result = await WorkerContact.WorkAsync(() => client.UpscaleAsync(job, display, cancellationToken));
                writer.Commit();
                return result;
            });

            if (!parsed.GetValue(quiet))
                terminal.Out.WriteLine(Summary(parsed.GetRequiredValue(photo), parsed.GetRequiredValue(output), job, result, elapsed.Elapsed));
            return (int)ExitCode.Success;
        });
        return command;
    }

    /// <summary>The line that says what was done.</summary>
    internal static string Summary(string photo, string output, UpscaleJob job, UpscaleResult result, TimeSpan elapsed) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{photo} {job.Width}x{job.Height} → {output} {job.Width * job.Scale}x{job.Height * job.Scale} in {elapsed.TotalSeconds:0.0} s ({result.Device}, {(result.Precision == Precision.Fp32 ? "fp32" : "bf16")}, {result.Model})");

    private static T? OneOf<T>(System.CommandLine.Parsing.ArgumentResult result, string option, params (string Text, T Value)[] choices)
    {
        var text = result.Tokens[0].Value;
        foreach (var choice in choices)
        {
            if (string.Equals(choice.Text, text, StringComparison.OrdinalIgnoreCase))
                return choice.Value;
        }
        result.AddError($"{option} is {string.Join(" or ", choices.Select(choice => choice.Text))}, not '{text}'");
        return default;
    }
}
