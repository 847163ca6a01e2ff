using System.CommandLine;
using System.Globalization;
using Koala.Client.CommandLine.Batches;
using Koala.Client.CommandLine.Blurs;
using Koala.Client.CommandLine.Estimates;
using Koala.Client.CommandLine.Manifests;
using Koala.Client.CommandLine.Reports;
using Koala.Client.CommandLine.Sheets;
using Koala.Client.CommandLine.Upscaling;

namespace Koala.Client.CommandLine.Commands;

/// <summary><c>koala-client upscale PHOTO… -o OUT</c></summary>
internal static class UpscaleCommand
{
    public static Command Create(Terminal terminal)
    {
        var photos = new Argument<string[]>("PHOTO")
        {
            Description = "A photo: PNG, JPEG, WebP, TIFF, AVIF, PSD, raw, …; 8 or 16 bits or float, grey, RGB or CMYK, with transparency or without; "
                + "'-' for standard input. Or several; a folder; a pattern such as 'scans/**/*.tif'; @FILE, a list of paths, and @- one from standard input.",
            Arity = ArgumentArity.OneOrMore,
        };
        // What begins like an option was meant as one.
        photos.Validators.Add(result =>
        {
            if (result.Tokens.FirstOrDefault(token => token.Value.Length > 1 && token.Value.StartsWith('-')) is { } token)
                result.AddError($"'{token.Value}' is no option here, and a file of that name is './{token.Value}'");
        });
        var output = new Option<string>("--output", "-o")
        {
            Description = "The enlarged photo; its extension is the format: .png, .jpg, .webp (lossless), .tif, .avif or .dzi; '-' for standard output. "
                + "Of several photos a folder: the same command goes on where it was stopped.",
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
        var overwrite = new Option<bool>("--overwrite") { Description = "Replace OUT if it exists; in a folder also outputs that were edited, and files that no earlier run made." };
        var quiet = new Option<bool>("--quiet", "-q") { Description = "Print nothing unless it fails." };
        var json = new Option<bool>("--json") { Description = "Print events for programs, one a line in JSON, instead of text for people." };
        var dryRun = new Option<bool>("--dry-run") { Description = "Tell what would be done and what it takes; the worker computes one tile for that." };
        var noStart = new Option<bool>("--no-start") { Description = "Fail where no worker runs, instead of starting one." };
        var tile = new Option<int?>("--tile") { Description = "Longest side of a tile in pixels of PHOTO.", Hidden = true };
        var halo = new Option<int?>("--halo") { Description = "Pixels of PHOTO around a tile.", Hidden = true };
        var size = new TargetOptions();
        var encoding = new OutputOptions();
        var folder = new FolderOptions();
        var steering = new SteeringOptions();
        var preview = new PreviewOptions([.. size.Sizes, .. steering.Compared, model, precision]);
        var check = new CheckOptions();
        var worker = new WorkerOptions();

        var command = new Command("upscale", "Enlarges photos. Starts a worker if none runs; it stays for the next ones.")
        {
            photos, output, model, precision, overwrite,
        };
        size.AddTo(command);
        steering.AddTo(command);
        preview.AddTo(command);
        check.AddTo(command);
        encoding.AddTo(command);
        folder.AddTo(command);
        command.Add(dryRun);
        command.Add(json);
        command.Add(quiet);
        worker.AddAllTo(command);
        command.Add(noStart);
        worker.AddRecoveryTo(command);
        command.Add(tile);
        command.Add(halo);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var settings = Settings(parsed);
            var (inputs, target, events, silent) =
                (parsed.GetRequiredValue(photos), parsed.GetRequiredValue(output), parsed.GetValue(json), parsed.GetValue(quiet));
            var address = worker.Address(parsed);
            var start = parsed.GetValue(noStart) ? null : worker.Start(parsed);
            var recovery = worker.Recovery(parsed, start);
            var intoFolder = FolderOptions.IsFolder(inputs, target);
            if (!intoFolder)
                folder.RefuseForOnePhoto(parsed);
            if (events && target == "-")
                throw new CommandFailure(ExitCode.Usage, "--json and the picture itself cannot both go to standard output; see koala-client upscale --help.");
            if (events && parsed.GetValue(dryRun))
                throw new CommandFailure(ExitCode.Usage, "--dry-run has no events; leave --json out; see koala-client upscale --help.");

            if (parsed.GetValue(dryRun) && inputs.Contains(UpscaleSettings.StandardStream))
                throw new CommandFailure(ExitCode.Usage, "--dry-run needs photos in files; see koala-client upscale --help.");

            if (!intoFolder && settings.Steering is { KernelLock: true })
                throw new CommandFailure(ExitCode.Usage, "--kernel-lock is for several photos into a folder; see koala-client upscale --help.");
            if (intoFolder && settings.Steering?.KeepBlurMask is not null)
                throw new CommandFailure(ExitCode.Usage, "--keep-blur-mask is for one photo into one file; see koala-client upscale --help.");
            if (settings.CheckMap is not null && intoFolder)
                throw new CommandFailure(ExitCode.Usage, "--check-map is for one photo into one file; see koala-client upscale --help.");

            var sheet = preview.Sheet(parsed);
            if ((settings.Preview is not null || sheet.Count > 0) && (intoFolder || parsed.GetValue(dryRun)))
                throw new CommandFailure(ExitCode.Usage, "--preview and --sheet are for one photo into one file, without --dry-run; see koala-client upscale --help.");
            if (sheet.Count > 0)
            {
                if (settings.CheckMap is not null || settings.CheckThreshold is not null)
                    throw new CommandFailure(ExitCode.Usage, "--check-map and --check-threshold are for one result; --check alone labels the cells of a --sheet; see koala-client upscale --help.");
                if (events || inputs[0] == UpscaleSettings.StandardStream)
                    throw new CommandFailure(ExitCode.Usage, "--sheet has no events and reads its photo several times: leave --json out, and name a file; see koala-client upscale --help.");
                await new PhotoSheet(inputs[0], target, SheetPlan.Of(sheet, parsed, Settings), settings, recovery, terminal).RunAsync(ContactAsync, address, silent, cancellationToken);
                return (int)ExitCode.Success;
            }

            if (intoFolder || parsed.GetValue(dryRun))
            {
                var batch = folder.Settings(parsed, inputs, target, settings);
                // Names of files are UTF-8, whatever the terminal's language.
                using var list = new StreamReader(Console.OpenStandardInput());
                var history = new OutputHistory(intoFolder ? ManifestLog.Read(target) : []);
                var plan = intoFolder ? FolderUpscale.Plan(batch, history, list) : SinglePhoto.Plan(inputs[0], target);
                if (parsed.GetValue(dryRun))
                {
                    await using var asked = new BatchWorker(address, recovery, silent ? _ => { } : terminal.Out.WriteLine);
                    return (int)await new DryRun(plan, batch, history, asked, terminal.Out).RunAsync(cancellationToken);
                }
                return await BatchReport.ShowAsync(terminal, events, silent, async report =>
                {
                    await using var client = new BatchWorker(address, recovery, report.Waiting);
                    batch = batch with { Upscale = await LockAsync(client, plan, batch.Upscale, report, cancellationToken) };
                    await FolderUpscale.RunAsync(plan, batch, client, report, cancellationToken);
                    return (int)ExitCode.Success;
                });
            }

            var single = new SinglePhoto(inputs[0], target, settings, recovery, terminal);
            await (events ? single.RunWithEventsAsync(ContactAsync, address, silent, cancellationToken) : single.RunAsync(ContactAsync, address, silent, cancellationToken));
            return (int)ExitCode.Success;

            Task ContactAsync(KoalaClient client, Action<string> report) => WorkerContact.ContactAsync(() => start is null
                ? client.GetStatusAsync(cancellationToken)
                : WorkerLauncher.EnsureRunningAsync(address, start, report, cancellationToken));
        });
        return command;

        UpscaleSettings Settings(ParseResult parsed)
        {
            var settings = Unchecked(parsed);
            return settings is { Check: true, Steering.SmoothLevels: > 0 }
                ? throw new CommandFailure(ExitCode.Usage, "--fast-smooth leaves parts to plain bicubic, of which --check cannot tell anything; give one of them; see koala-client upscale --help.")
                : settings;
        }

        UpscaleSettings Unchecked(ParseResult parsed) => check.Settings(parsed, new UpscaleSettings
        {
            Target = size.Target(parsed),
            Preview = preview.Preview(parsed),
            Steering = steering.Steering(parsed),
            Output = encoding.Output(parsed),
            Model = parsed.GetRequiredValue(model),
            Precision = parsed.GetValue(precision),
            Overwrite = parsed.GetValue(overwrite),
            TileSide = parsed.GetValue(tile),
            Halo = parsed.GetValue(halo),
        });
    }

    private static async Task<UpscaleSettings> LockAsync(
        BatchWorker worker, BatchPlan plan, UpscaleSettings settings, BatchReport report, CancellationToken cancellationToken)
    {
        if (settings.Steering is not { KernelLock: true } || plan.Photos.Count == 0)
            return settings;
        await worker.ContactAsync(cancellationToken);
        // What cannot be read is told of when its turn comes.
        string[] photos = [.. plan.Photos.Where(photo => photo.Width > 0 && photo.Problem is null).Select(photo => photo.Input.Path)];
        return photos.Length == 0 ? settings : await KernelLock.ApplyAsync(settings, photos, worker.Client, report.Waiting, cancellationToken);
    }

    /// <summary>What was done: <c>a.jpg 640x427 → out/a_x4.jpg 2560x1708 in 3.1 s</c>.</summary>
    internal static string Summary(PhotoDone done) => string.Create(
        CultureInfo.InvariantCulture,
        $"{done.Photo.Input.Path} {done.Photo.Width}x{done.Photo.Height} → {done.Photo.Output} {done.Width}x{done.Height} in {done.Elapsed.TotalSeconds:0.0} s");

    /// <summary>By what means: <c>cuda:0, bf16, koalanet-x4</c>.</summary>
    internal static string Means(UpscaleResult result) =>
        $"{result.Device}, {(result.Precision == Precision.Fp32 ? "fp32" : "bf16")}, {result.Model}";

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
