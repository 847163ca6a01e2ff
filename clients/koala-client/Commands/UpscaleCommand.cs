using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Koala.Client.CommandLine.Progress;
using Koala.Client.CommandLine.Upscaling;

namespace Koala.Client.CommandLine.Commands;

/// <summary><c>koala-client upscale PHOTO -o OUT</c></summary>
internal static class UpscaleCommand
{
    public static Command Create(Terminal terminal)
    {
        var photo = new Argument<string>("PHOTO")
        {
            Description = "The photo: PNG, JPEG, WebP, TIFF, AVIF, …; 8 or 16 bits or float, grey, RGB or CMYK, with transparency or without; '-' for standard input.",
        };
        var output = new Option<string>("--output", "-o")
        {
            Description = "The enlarged photo; its extension is the format: .png, .jpg, .webp (lossless), .tif, .avif or .dzi; '-' for standard output.",
            HelpName = "OUT",
            Required = true,
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
        var target = new TargetOptions();
        var encoding = new OutputOptions();
        var worker = new WorkerOptions();

        var command = new Command("upscale", "Enlarges a photo. Starts a worker if none runs; it stays for the next photo.")
        {
            photo, output, model, precision, overwrite, quiet,
        };
        target.AddTo(command);
        encoding.AddTo(command);
        worker.AddAllTo(command);
        command.Add(noStart);
        command.Add(tile);
        command.Add(halo);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            // Everything that costs nothing to know comes first: a wrong path should not have to wait for a worker.
            var settings = new UpscaleSettings
            {
                Target = target.Target(parsed),
                Output = encoding.Output(parsed),
                Model = parsed.GetRequiredValue(model),
                Precision = parsed.GetValue(precision),
                Overwrite = parsed.GetValue(overwrite),
                TileSide = parsed.GetValue(tile),
                Halo = parsed.GetValue(halo),
            };
            using var upscale = PhotoUpscale.Open(parsed.GetRequiredValue(photo), parsed.GetRequiredValue(output), settings);
            // Where the picture itself goes to standard output, what is said about it goes to the other.
            var messages = upscale.Output == UpscaleSettings.StandardStream ? terminal with { Out = terminal.Error, Screen = null } : terminal;
            if (!parsed.GetValue(quiet))
            {
                foreach (var note in upscale.Notes)
                    messages.Out.WriteLine($"Note: {note}");
            }
            var address = worker.Address(parsed);
            var elapsed = Stopwatch.StartNew();
            var result = await ProgressDisplay.ShowAsync(parsed.GetValue(quiet) ? null : messages, async display =>
            {
                await using var client = new KoalaClient(address);
                await WorkerContact.ContactAsync(() => parsed.GetValue(noStart)
                    ? client.GetStatusAsync(cancellationToken)
                    : WorkerLauncher.EnsureRunningAsync(address, worker.Start(parsed), display.Waiting, cancellationToken));
                display.Waiting($"Enlarging {upscale} …");
                elapsed.Restart();
                return await upscale.RunAsync(client, display, cancellationToken);
            });

            if (!parsed.GetValue(quiet))
            {
                messages.Out.WriteLine(Summary(
                    upscale.Input, (upscale.Width, upscale.Height), upscale.Output, (upscale.OutputWidth, upscale.OutputHeight), result, elapsed.Elapsed));
            }

            return (int)ExitCode.Success;
        });
        return command;
    }

    /// <summary>The line that says what was done.</summary>
    internal static string Summary(
        string input, (int Width, int Height) from, string output, (int Width, int Height) to, UpscaleResult result, TimeSpan elapsed) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{input} {from.Width}x{from.Height} → {output} {to.Width}x{to.Height} in {elapsed.TotalSeconds:0.0} s ({result.Device}, {(result.Precision == Precision.Fp32 ? "fp32" : "bf16")}, {result.Model})");

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
